"""The museum of bugs, seen through ionq-core 0.2.0, IonQ's own client. See fixtures/museum/README.md.

It hands on what came and computes nothing, so the exhibits with wrong numbers are few here.
"""

import math

import httpx
import httpx_retries.retry
import pytest
from core_support import BELL, SOON, client_of, finished, payload, quietly, submitted
from ionq_core import wait_for_job
from ionq_core.api.default import get_job_probabilities
from ionq_core.exceptions import RateLimitError
from museum_support import RIGHT, TRUTH, Raises, Silently, faulty, happened, is_close, show

pytestmark = quietly


@pytest.fixture
def run(client_of):
    """The numbers of a Bell pair, as they came."""

    def answer(cloud, _shown="bell"):
        client = client_of(cloud, retries=2)  # its default
        job = finished(client, payload(BELL, 2), timeout=5)
        return numbers(client, job)

    return answer


def numbers(client, job):
    received = get_job_probabilities.sync(uuid=job.id, client=client).additional_properties
    return {int(outcome): number for outcome, number in received.items()}


EXHIBITS = {
    "A-06": RIGHT,  # with a negative probability, as it came
    "A-09": Silently({0b00: 0.25, 0b11: 0.5}),
    "A-18": Silently({}),
    "A-18-null": Raises("TypeError", "'NoneType' object is not iterable"),
    "A-18-html": Raises("JSONDecodeError", "Expecting value: line 1 column 1 (char 0)"),
    "D-01": RIGHT,
    "D-01-status": RIGHT,
    "D-02": Raises("RateLimitError", "…"),
    "D-02-get": RIGHT,
    "D-03": Raises("APIError", "…"),
    "D-03-create": Raises("APIError", "…"),
    "D-04": Raises("ServerError", "…"),
    "D-04-500": RIGHT,
    "D-04-520": RIGHT,
    "D-06": Raises("NotFoundError", "job … has no results: it was canceled"),  # the wait ends without a word
    "D-08": Raises("JobFailedError", "Job … failed: Failure(code='CompilationError', message='the compiler gave up')"),
    "D-08-quota": Raises("JobFailedError", "Job … failed: Failure(code='QuotaExhaustedError', message='…')"),
    "D-09": RIGHT,
    "D-09-html": RIGHT,
    "D-10": Raises("NotFoundError", "job … has no results: …"),
    "D-10-null": RIGHT,
    "D-11": RIGHT,
    "D-12": RIGHT,
    "D-12-stats": RIGHT,
    "F-03": Raises("TypeError", "Unexpected value 'running'. Expected one of {…}"),
    "F-07": RIGHT,
}


@pytest.mark.parametrize("scenario", EXHIBITS)
def test_an_exhibit_does_what_its_page_says(scenario, faulty, run):
    show(scenario, faulty(scenario), EXHIBITS[scenario], run)


def test_without_a_scenario_the_answer_is_right(cloud, run):
    RIGHT.check(lambda: run(cloud), TRUTH["bell"])


@pytest.mark.parametrize("scenario, jobs", {"D-01": 3, "D-01-status": 3, "D-02": 0}.items())
def test_a_create_without_an_answer_is_sent_again_and_leaves_a_job_each_time(scenario, jobs, faulty, run):
    cloud = faulty(scenario)
    try:
        run(cloud)
    except RateLimitError:
        assert scenario == "D-02"
    assert len(cloud.get("jobs")["jobs"]) == jobs


def test_what_the_service_asks_to_wait_is_waited(faulty, client_of, monkeypatch):
    """D-02-get: a second twice, as Retry-After says."""
    client, pauses = client_of(faulty("D-02-get"), retries=2), []
    job = submitted(client, payload(BELL, 2))
    monkeypatch.setattr(httpx_retries.retry.time, "sleep", pauses.append)
    wait_for_job(client, job)
    assert pauses[:2] == [1, 1]


def test_an_answer_is_waited_for_a_minute(faulty, client_of):
    """D-05, in which nobody answers the first question for a job. Here the wait is shorter, so that this test is."""
    cloud = faulty("D-05")
    client = client_of(cloud, retries=2)
    session = client.get_httpx_client()
    assert session.timeout.read == 60
    session.timeout = httpx.Timeout(0.5)
    assert is_close(numbers(client, finished(client, payload(BELL, 2))), TRUTH["bell"])  # the second question is answered
    assert happened(cloud) == 1


def test_numbers_are_handed_on_as_they_came(faulty, run):
    """A-07, A-08: what no probability can be."""
    assert min(run(faulty("A-07")).values()) == pytest.approx(-0.1)
    assert any(math.isnan(number) for number in run(faulty("A-08")).values())
