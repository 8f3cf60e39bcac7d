"""What answers look like where IonQ's OpenAPI document for v0.4 says nothing: API v0.3, and paths that only SDKs know.

JSON Schemas by hand, from the documentation of v0.3 and from what the SDKs read. They say which fields there are, of which
type, in which unit as far as a type can tell: times of v0.3 are whole epoch seconds, v0.4 has no such number.
"""

import re

PROBABILITIES = {"type": "object", "minProperties": 1, "additionalProperties": {"type": "number", "minimum": 0}}
OUTCOMES = PROBABILITIES | {"propertyNames": {"pattern": "^(0|[1-9][0-9]*)$"}}  # never {}: clients take the first value
OF_CHILDREN = {"type": "object", "minProperties": 1, "additionalProperties": OUTCOMES}
SHOTS = {"type": "array", "items": {"type": "string", "pattern": "^[0-9]+$"}}
COUNTS = {"type": "object", "minProperties": 1, "additionalProperties": {"type": "integer", "minimum": 1}}

# -------------------------------------------------------------------------------------- as cirq-ionq knows characterizations

CALIBRATION = {
    "type": "object",
    "required": ["qubits", "target", "date", "fidelity", "timing", "connectivity"],
    "properties": {
        "qubits": {"type": "integer", "minimum": 1},
        "target": {"type": "string", "pattern": r"^qpu\."},
        "date": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"},  # cirq-ionq splits at the point
        "fidelity": {"type": "object"},
        "timing": {"type": "object"},
        "connectivity": {"type": "array", "items": {"type": "array", "minItems": 2, "maxItems": 2}},
    },
}
CALIBRATIONS = {
    "type": "object",
    "required": ["calibrations"],
    "properties": {"calibrations": {"type": "array", "items": CALIBRATION}},
}

V04 = {
    "/health": {"type": "object", "properties": {"status": {"const": "pass"}}, "required": ["status"]},
    "/api-docs": {"type": "object", "required": ["openapi", "info", "paths", "components"]},
    "/jobs/{UUID}/results/probabilities/aggregated": {"anyOf": [OF_CHILDREN, OUTCOMES]},
    "/jobs/{UUID}/results/histogram": COUNTS,
    "/jobs/{UUID}/results/shots": SHOTS,
    "/jobs/{UUID}/circuits/{lang}": {"type": ["object", "string"]},
    "/jobs/{UUID}/variants/{variantId}/results/probabilities": OUTCOMES,
    "/jobs/{UUID}/variants/{variantId}/results/histogram": COUNTS,
    "/jobs/{UUID}/variants/{variantId}/results/shots": SHOTS,
    "/calibrations": CALIBRATIONS,
    "/calibrations/current": CALIBRATION,
}

# ------------------------------------------------------------------------------------------------------------------------ v0.3

UUID = {"type": "string", "format": "uuid"}
EPOCH_SECONDS = {"type": "integer", "minimum": 1_500_000_000, "maximum": 5_000_000_000}
WHOLE = {"type": "integer", "minimum": 0}
NUMBER = {"type": ["number", "null"], "minimum": 0}
TEXT = {"type": ["string", "null"]}

JOB = {
    "type": "object",
    "required": ["id", "status", "target", "request"],
    "properties": {
        "id": UUID,
        "status": {"enum": ["submitted", "ready", "running", "completed", "failed", "canceled"]},
        "target": {"type": "string"},
        "name": TEXT,
        "request": EPOCH_SECONDS,
        "start": EPOCH_SECONDS,
        "response": EPOCH_SECONDS,
        "shots": WHOLE,
        "qubits": WHOLE,
        "circuits": WHOLE,
        "gate_counts": {"type": "object", "additionalProperties": WHOLE},
        "metadata": {"type": ["object", "null"]},
        "noise": {"type": "object", "required": ["model"]},
        "error_mitigation": {"type": "object", "properties": {"debias": {"type": "boolean"}}},
        "execution_time": NUMBER,
        "predicted_execution_time": NUMBER,
        "cost_usd": NUMBER,
        "cost_credit": NUMBER,
        "estimated_cost_usd": NUMBER,
        "estimated_cost_credit": NUMBER,
        "cost_model": TEXT,
        "children": {"type": "array", "items": UUID},
        "results_url": {"type": "string", "pattern": "^/v0.3/jobs/[0-9a-f-]{36}/results$"},
        "failure": {
            "type": "object",
            "required": ["error", "code"],
            "properties": {"error": {"type": "string"}, "code": {"type": "string"}},
        },
        "warning": {
            "type": "object",
            "required": ["messages"],
            "properties": {"messages": {"type": "array", "items": {"type": "string"}}},
        },
        "dry_run": {"type": "boolean"},
        # the words of v0.4 have no place here
        "backend": False,
        "submitted_at": False,
        "child_job_ids": False,
    },
}


def ended(status, ids):
    named = {"ids": {"type": "array", "items": UUID}} if ids else {"id": UUID}
    return {"type": "object", "required": [*named, "status"], "properties": {**named, "status": {"const": status}}}


FIDELITY = {"type": "object", "required": ["mean"], "properties": {"mean": {"type": "number", "minimum": 0, "maximum": 1}}}
CHARACTERIZATION = {
    "type": "object",
    "required": ["id", "qubits", "date", "fidelity", "timing", "connectivity"],
    "properties": {
        "id": UUID,
        "qubits": {"type": "integer", "minimum": 1},
        "date": EPOCH_SECONDS,
        "fidelity": {"type": "object", "required": ["spam"], "additionalProperties": FIDELITY},
        "timing": {"type": "object", "additionalProperties": {"type": "number", "minimum": 0}},
        "connectivity": {"type": "array", "items": {"type": "array", "minItems": 2, "maxItems": 2}},
    },
}
BACKEND = {
    "type": "object",
    "required": ["backend", "status", "qubits", "last_updated", "average_queue_time"],
    "properties": {"backend": {"type": "string"}, "status": {"type": "string"}, "qubits": {"type": "integer", "minimum": 1}},
}

V03 = {
    "POST /jobs": {
        "type": "object",
        "required": ["id", "status"],
        "properties": {"id": UUID, "status": {"const": "ready"}},
    },
    "GET /jobs": {
        "type": "object",
        "required": ["jobs"],
        "properties": {"jobs": {"type": "array", "items": JOB}, "next": {"type": ["string", "null"]}},
    },
    "GET /jobs/{UUID}": JOB,
    "GET /jobs/{UUID}/results": {"anyOf": [OUTCOMES, OF_CHILDREN]},
    "PUT /jobs/{UUID}/status/cancel": ended("canceled", ids=False),
    "PUT /jobs/status/cancel": ended("canceled", ids=True),
    "DELETE /jobs/{UUID}": ended("deleted", ids=False),
    "DELETE /jobs": ended("deleted", ids=True),
    "GET /backends": {"type": "array", "items": BACKEND},
    "GET /characterizations/backends/{backend}": {
        "type": "object",
        "required": ["characterizations"],
        "properties": {"characterizations": {"type": "array", "items": CHARACTERIZATION}, "pages": WHOLE},
    },
    "GET /characterizations/backends/{backend}/current": CHARACTERIZATION,
    "GET /characterizations/{UUID}": CHARACTERIZATION,
    "GET /calibrations": CALIBRATIONS,
    "GET /calibrations/current": CALIBRATION,
}


def template_v03(path):
    templates = {operation.split()[1] for operation in V03}
    found = [template for template in templates if re.fullmatch(re.sub(r"{[^}]*}", "[^/]+", template), path)]
    return min(found, key=lambda template: template.count("{"), default=None)
