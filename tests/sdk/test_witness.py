"""The witness sees what it should: otherwise a run without findings means nothing."""

import json

import pytest
from conftest import IONQ_CORE, RECORD
from contract import Contract, Exchange
from forced import forgive

ID = "01a20411-77cf-7000-82df-6a8a88c8abf1"
JOB = {
    **{"id": ID, "status": "completed", "type": "ionq.circuit.v1", "backend": "simulator", "dry_run": False},
    **{"submitter_id": "5f0", "project_id": None, "parent_job_id": None, "session_id": None, "metadata": None, "name": None},
    **{"submitted_at": "2026-03-04T05:06:07.089Z", "started_at": None, "completed_at": None, "predicted_wait_time_ms": None},
    **{"predicted_execution_duration_ms": None, "execution_duration_ms": 3, "failure": None, "output": {}, "settings": {}},
    **{"stats": {}, "results": None, "child_job_ids": None},
}
URL = {"url": f"/v0.4/jobs/{ID}/results/probabilities"}
DESCRIPTOR = {"id": "probabilities", "format": "ionq.result.probabilities.json.v1", "media_type": "application/json"}


@pytest.fixture
def findings():
    contract = Contract(IONQ_CORE / "openapi.json", forgive)

    def of(body, target=f"/v0.4/jobs/{ID}", status=200, method="GET", agent="ionq-core/0.2.0", media_type="application/json"):
        text = body if isinstance(body, str) else json.dumps(body)
        exchange = Exchange(method, target, agent, status, media_type, text.encode(), "a test")
        return [f"{finding.where}: {finding.message}" for finding in contract.findings(exchange)]

    return of


def without(*keys):
    return {key: value for key, value in JOB.items() if key not in keys}


def test_a_job_as_published_is_found_right(findings):
    assert findings(JOB) == []
    assert findings(JOB | {"failure": {"code": "SystemCancel", "message": "why"}, "metadata": {"run": "42"}}) == []


@pytest.mark.parametrize(
    ("job", "words"),
    [
        (without("child_job_ids"), "'child_job_ids' is a required property"),
        (JOB | {"status": "running"}, "status: 'running' is not one of"),
        (JOB | {"execution_duration_ms": "3"}, "execution_duration_ms: "),
        (JOB | {"execution_duration_ms": 2**31}, "execution_duration_ms: "),
        (JOB | {"stats": None}, "stats: None is not of type 'object'"),
        (JOB | {"metadata": {"run": 42}}, "metadata/run: 42 is not of type 'string'"),
        (JOB | {"surprise": 1}, "'surprise' was unexpected"),
        (JOB | {"failure": {"code": "Nonsense", "message": "why"}}, "failure/code: 'Nonsense' is not one of"),
        (without("failure"), "'failure' is a required property"),
    ],
)
def test_a_job_that_is_not_as_published_is_found_once_and_named(findings, job, words):
    [found] = findings(job)
    assert words in found


def test_what_sdks_force_is_allowed_there_and_only_there(findings):
    assert findings(without("failure"), agent="cirq/1.7.0 (python/3.11.7)") == []
    assert findings(JOB | {"results": {"probabilities": DESCRIPTOR | URL}}) == []
    assert findings(JOB | {"results": {"probabilities": DESCRIPTOR | {"uri": "x"}}}) != []
    assert findings(JOB | {"results": {"probabilities": URL}}) != [], "the descriptor is still to be there"

    page = lambda **agent: findings({"jobs": []}, "/v0.4/jobs?limit=3", **agent)
    assert page(agent="cirq/1.7.0 (python/3.11.7)") == []
    assert page() == [": 'next' is a required property"]


def test_errors_have_the_three_words_that_all_sdks_read(findings):
    right = {"statusCode": 404, "error": "Not Found Error", "message": "no"}
    assert findings(right, status=404) == []
    assert findings({"error": "Not Found Error", "message": "no"}, status=404) == [": 'statusCode' is a required property"]
    assert findings(right | {"validation": {"keys": "shots"}}, "/v0.4/jobs", 400, "POST") != []


def test_server_errors_and_things_of_which_nothing_is_published_are_found(findings):
    assert findings({"statusCode": 500, "error": "x", "message": "y"}, status=500) == [": a server error"]
    assert findings({}, "/v0.4/jobs", 200, "POST") == [": nothing says what this status or artifact looks like"]
    assert findings({}, "/v0.4/nonsense")[0].endswith("no version of the API has this path")
    assert findings('{"0": NaN}', f"/v0.4/jobs/{ID}/results/probabilities") == [": is not JSON: NaN is no number of JSON"]
    assert findings("<html>", media_type="text/html") == [": is text/html, not JSON"]


def test_an_artifact_is_of_the_format_that_its_job_announced(findings):
    announced = {"id": "17", "format": "ionq.result.shots.json.v1", "media_type": "application/json"}
    assert findings(JOB | {"results": {"ionq.result.shots.json.v1": announced}}) == []
    assert findings(["0", "3"], f"/v0.4/jobs/{ID}/artifacts/17") == []
    assert findings([0, 3], f"/v0.4/jobs/{ID}/artifacts/17") != []
    assert findings(["0"], f"/v0.4/jobs/{ID}/artifacts/18") == [": nothing says what this status or artifact looks like"]


def test_v03_has_its_own_words_and_epoch_seconds(findings):
    job = {"id": ID, "status": "running", "target": "simulator", "request": 1_777_777_777}
    of = lambda more: findings(job | more, f"/v0.3/jobs/{ID}")
    assert of({}) == []
    assert of({"status": "started"}) != []
    assert of({"request": 1_777_777_777_000}) != []
    assert of({"backend": "simulator"}) != []
    assert findings({"id": ID, "status": "submitted"}, "/v0.3/jobs", method="POST") != []


def test_what_goes_through_the_witness_is_counted_and_comes_out_as_it_went_in(cloud):
    before = sum(RECORD.seen.values())
    reply = cloud.ask("GET", "backends/simulator")
    assert (reply.status_code, reply.json()["qubits"]) == (200, 29)
    assert cloud.ask("GET", "backends/qpu.nowhere").status_code == 404
    assert sum(RECORD.seen.values()) == before + 2
    assert RECORD.seen["GET /backends/{backend} 200"] >= 1
