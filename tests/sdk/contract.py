"""IonQ's OpenAPI document as a judge: `Contract.errors(exchange)` is what an answer does that the document does not say.

The document is read from ionq-core's source archive (`tests/sdk/environment ionq-core-source`). What it does not know (API
v0.3, paths that only SDKs call) is in `beyond.py`; what SDKs force us to do against it is in `forced.py`.
"""

import datetime
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import urlsplit

import jsonschema
import referencing
import referencing.jsonschema

import beyond

DOCUMENT = "urn:ionq:v0.4"
METHODS = {"get", "put", "post", "delete", "patch", "head", "options"}


@dataclass
class Exchange:
    """One request and its answer."""

    method: str
    target: str  # path and query
    agent: str  # User-Agent
    status: int
    media_type: str
    body: bytes
    test: str = ""

    @property
    def path(self):
        return urlsplit(self.target).path


@dataclass
class Finding:
    """One place of an answer that is not as published."""

    operation: str
    status: int
    where: str  # path in the body, such as results/probabilities
    message: str
    agent: str = field(default="", compare=False)
    test: str = field(default="", compare=False)

    def __str__(self):
        return f"{self.operation} {self.status}: at {self.where or 'the top'}: {self.message} (in {self.test}, {self.agent})"


# ------------------------------------------------------------------------------------- from OpenAPI 3.0 to JSON Schema 2020-12


def to_json_schema(node):
    """`nullable` is the one word that means something else there."""
    if isinstance(node, list):
        return [to_json_schema(item) for item in node]
    if not isinstance(node, dict):
        return node
    schema = {key: to_json_schema(value) for key, value in node.items() if key not in ("example", "examples", "discriminator")}
    return {"anyOf": [schema, {"type": "null"}]} if schema.pop("nullable", False) is True else schema


formats = jsonschema.FormatChecker(formats=["uuid"])


@formats.checks("date-time", raises=ValueError)
def is_date_time(value):
    return not isinstance(value, str) or ("T" in value and bool(datetime.datetime.fromisoformat(value).tzinfo))


@formats.checks("date", raises=ValueError)
def is_date(value):
    return not isinstance(value, str) or bool(datetime.date.fromisoformat(value))


@formats.checks("int32")
def is_int32(value):
    return not isinstance(value, int) or -(2**31) <= value < 2**31


def leaves(error, forgiven):
    """The errors at the bottom; of alternatives those of the one that comes closest."""
    if error.validator not in ("anyOf", "oneOf") or not error.context:
        return [error]
    branches = {}
    for inner in error.context:
        branches.setdefault(inner.schema_path[0], []).extend(leaves(inner, forgiven))
    return min(branches.values(), key=lambda of_branch: (sum(not forgiven(leaf) for leaf in of_branch), len(of_branch)))


# ---------------------------------------------------------------------------------------------------------------- the document


class Contract:
    def __init__(self, path, forgive=lambda finding: None):
        self.document = json.loads(path.read_text())
        self.forgive = forgive
        self.forgiven = Counter()  # name of the exception -> how often it was needed
        self.artifacts = {}  # (job, artifact) -> format, as announced by the jobs seen
        converted = to_json_schema(self.document)
        resource = referencing.Resource(converted, referencing.jsonschema.DRAFT202012)
        self.registry = referencing.Registry().with_resource(DOCUMENT, resource)
        self.operations = {
            (method.upper(), template): operation
            for template, methods in self.document["paths"].items()
            for method, operation in methods.items()
            if method in METHODS
        }

    # ------------------------------------------------------------------------------------------------------ which operation

    @cache
    def template(self, path):
        """`/jobs/{UUID}` of `/jobs/0198…`, of the document or of what is beyond it; a literal wins over a parameter."""
        known = {template for _, template in self.operations} | set(beyond.V04)
        found = [template for template in known if re.fullmatch(re.sub(r"{[^}]*}", "[^/]+", template), path)]
        return min(found, key=lambda template: template.count("{"), default=None)

    def operation(self, exchange):
        """`GET /jobs/{UUID}`; `v0.3 GET /jobs/{UUID}`; None for a path that no version has."""
        version, _, path = exchange.path.lstrip("/").partition("/")
        template = {"v0.4": self.template, "v0.3": beyond.template_v03}.get(version, lambda _: None)(f"/{path}")
        prefix = "v0.3 " if version == "v0.3" else ""
        return template and f"{prefix}{exchange.method} {template}"

    def schema(self, operation, exchange):
        """The schema of this answer, or None where nothing says what it should be."""
        if exchange.status >= 400:
            return component("BadRequestError" if exchange.status == 400 else "Error")
        if operation.startswith("v0.3 "):
            return beyond.V03.get(operation.removeprefix("v0.3 "))
        method, template = operation.split()
        if template in beyond.V04:
            return beyond.V04[template]
        if template == "/jobs/{UUID}/artifacts/{artifactId}":
            return self.artifact_schema(exchange)
        responses = self.operations.get((method, template), {}).get("responses", {})
        response = responses.get(str(exchange.status))
        if response is None:
            return None
        if "$ref" in response:
            return pointer(f"{response['$ref'].removeprefix('#')}/content/application~1json/schema")
        escaped = template.replace("~", "~0").replace("/", "~1")
        return pointer(f"/paths/{escaped}/{method.lower()}/responses/{exchange.status}/content/application~1json/schema")

    def artifact_schema(self, exchange):
        """An artifact is of the format that its job announced."""
        *_, job, _, artifact = exchange.path.split("/")
        announced = self.artifacts.get((job, artifact))
        schemas = self.document["components"]["schemas"]
        for catalog in ("ResultFormatsCatalog", "CircuitFormatsCatalog"):
            if announced in schemas[catalog]["properties"]:
                return pointer(f"/components/schemas/{catalog}/properties/{announced}")
        return None

    # ------------------------------------------------------------------------------------------------------------ the verdict

    def findings(self, exchange):
        """Everything in this answer that is neither published nor forced."""
        operation = self.operation(exchange)
        if operation is None:
            known = exchange.status == 404
            return [] if known else [self.finding(exchange, "", "no version of the API has this path", exchange.path)]
        if exchange.status >= 500:
            return [self.finding(exchange, "", "a server error", operation)]
        schema = self.schema(operation, exchange)
        if schema is None:
            return [self.finding(exchange, "", "nothing says what this status or artifact looks like", operation)]
        if not exchange.media_type.startswith("application/json"):
            plain = "artifacts" in exchange.path or "circuits" in exchange.path
            return [] if plain else [self.finding(exchange, "", f"is {exchange.media_type}, not JSON", operation)]
        try:
            body = json.loads(exchange.body, parse_constant=refuse)
        except ValueError as error:
            return [self.finding(exchange, "", f"is not JSON: {error}", operation)]
        self.remember_artifacts(body)
        return self.compare(schema, body, exchange, operation)

    def compare(self, schema, body, exchange, operation):
        of_error = lambda error: self.finding(exchange, "/".join(map(str, error.absolute_path)), error.message, operation)
        validator = jsonschema.Draft202012Validator(schema, registry=self.registry, format_checker=formats)
        found = []
        for error in validator.iter_errors(body):
            found += [of_error(leaf) for leaf in leaves(error, lambda leaf: self.forgive(of_error(leaf)))]
        covered = [self.forgive(finding) for finding in found]
        self.forgiven.update(exception.name for exception in covered if exception)
        return [finding for finding, exception in zip(found, covered) if not exception]

    def finding(self, exchange, where, message, operation):
        short = message if len(message) < 300 else f"{message[:100]} … {message[-190:]}"
        return Finding(operation, exchange.status, where, short, exchange.agent, exchange.test)

    def remember_artifacts(self, node, job=None):
        if isinstance(node, dict):
            if isinstance(node.get("id"), str) and isinstance(node.get("format"), str):
                self.artifacts[job, node["id"]] = node["format"]
            job = node["id"] if {"id", "status", "type"} <= node.keys() and isinstance(node["id"], str) else job
            for value in node.values():
                self.remember_artifacts(value, job)
        elif isinstance(node, list) and node and isinstance(node[0], dict):
            for value in node:
                self.remember_artifacts(value, job)


def refuse(constant):
    raise ValueError(f"{constant} is no number of JSON")


def pointer(path):
    return {"$ref": f"{DOCUMENT}#{path}"}


def component(name):
    return pointer(f"/components/schemas/{name}")
