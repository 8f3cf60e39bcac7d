"""Run with: IONQ_API_URL=http://127.0.0.1:8000/v0.4 IONQ_API_KEY=any python examples/python/qiskit_bell.py"""

from qiskit import QuantumCircuit, transpile
from qiskit_ionq import IonQProvider

bell = QuantumCircuit(2, 2, name="bell")
bell.h(0)
bell.cx(0, 1)
bell.measure([0, 1], [0, 1])

backend = IonQProvider().get_backend("simulator")
job = backend.run(transpile(bell, backend, optimization_level=1), shots=1000)
print("probabilities:", dict(job.get_probabilities()))
print("counts:", dict(job.get_counts()))
