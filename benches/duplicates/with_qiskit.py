"""qiskit-ionq. The server is in IONQ_API_URL."""

from circuits import flipped
from qiskit import QuantumCircuit, transpile
from qiskit_ionq import IonQProvider

WORKERS = 10


def connect():
    backend = IonQProvider().get_backend("simulator")

    def run(number, qubits):
        circuit = QuantumCircuit(qubits, qubits, name=f"circuit-{number}")
        circuit.x(flipped(number))
        circuit.measure(range(qubits), range(qubits))
        job = backend.run(transpile(circuit, backend, optimization_level=1), shots=100)
        [outcome] = job.get_counts()
        return int(outcome, 2)

    return run
