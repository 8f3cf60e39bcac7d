"""Run with: IONQ_API_URL=http://127.0.0.1:8000/v0.4 IONQ_API_KEY=any python examples/python/ionq_core_bell.py"""

import os

from ionq_core import IonQClient, wait_for_job
from ionq_core.api.default import create_job, get_job_probabilities
from ionq_core.models.circuit_job_creation_payload import CircuitJobCreationPayload

bell = [{"gate": "h", "target": 0}, {"gate": "cnot", "control": 0, "target": 1}]
circuit = {"gateset": "qis", "qubits": 2, "circuit": bell}
payload = CircuitJobCreationPayload.from_dict({"type": "ionq.circuit.v1", "backend": "simulator", "input": circuit})

client = IonQClient(base_url=os.environ["IONQ_API_URL"])  # this SDK has no variable of its own for the URL
job = create_job.sync(client=client, body=payload)
wait_for_job(client, job.id)
print("probabilities:", get_job_probabilities.sync(uuid=job.id, client=client).additional_properties)
