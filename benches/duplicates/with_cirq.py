"""cirq-ionq. The server is in IONQ_REMOTE_HOST."""

import cirq
import cirq_ionq
from circuits import flipped, from_first_to_last

WORKERS = 10


def connect():
    service = cirq_ionq.Service()

    def run(number, qubits):
        register = cirq.LineQubit.range(qubits)
        circuit = cirq.Circuit([cirq.X(register[qubit]) for qubit in flipped(number)], cirq.measure(*register, key="m"))
        job = service.create_job(circuit, target="simulator", repetitions=100, name=f"circuit-{number}")
        [outcome] = job.results().probabilities("m")
        return from_first_to_last(f"{outcome:0{qubits}b}")

    return run
