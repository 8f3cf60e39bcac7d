"""ionq-core. Its address is an argument of its client."""

import os

from circuits import flipped
from ionq_core import IonQClient, wait_for_job
from ionq_core.api.default import create_job, get_job_probabilities
from ionq_core.models.circuit_job_creation_payload import CircuitJobCreationPayload

WORKERS = 10


def connect():
    client = IonQClient(base_url=os.environ["IONQ_API_URL"])

    def run(number, qubits):
        gates = [{"gate": "x", "target": qubit} for qubit in flipped(number)]
        body = {
            "type": "ionq.circuit.v1",
            "backend": "simulator",
            "name": f"circuit-{number}",
            "input": {"gateset": "qis", "qubits": qubits, "circuit": gates},
        }
        job = create_job.sync(client=client, body=CircuitJobCreationPayload.from_dict(body))
        wait_for_job(client, job.id)
        [outcome] = get_job_probabilities.sync(uuid=job.id, client=client).additional_properties
        return int(outcome)

    return run
