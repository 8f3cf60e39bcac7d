"""The museum of bugs, seen through ionq-core 0.2.0, IonQ's own client. See fixtures/museum/README.md.

It hands on what came and computes nothing, so the exhibits with wrong numbers are few here.
"""

import math

import httpx
import pytest
from core_support import BELL, SOON, client_of, finished, payload, quietly, submitted
from ionq_core import wait_for_job
from ionq_core.api.default import get_job_probabilities
from museum_support import RIGHT, TRUTH, Raises, answering, faulty, is_close

pytestmark = quietly


@pytest.fixture
def run(client_of):
    """The numbers of a Bell pair, as they came."""

    def answer(cloud):
        client = client_of(cloud, retries=2)  # its default
        job = finished(client, payload(BELL, 2), timeout=5)
        return numbers(client, job)

    return answer


def numbers(client, job):
    received = get_job_probabilities.sync(uuid=job.id, client=client).additional_properties
    return {int(outcome): number for outcome, number in received.items()}


EXHIBITS = {
}
