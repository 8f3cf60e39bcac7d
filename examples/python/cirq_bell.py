"""Run with: IONQ_REMOTE_HOST=http://127.0.0.1:8000 IONQ_API_KEY=any python examples/python/cirq_bell.py"""

import cirq
import cirq_ionq

a, b = cirq.LineQubit.range(2)
bell = cirq.Circuit(cirq.H(a), cirq.CNOT(a, b), cirq.measure(a, b, key="m"))

job = cirq_ionq.Service().create_job(bell, target="simulator", repetitions=1000, name="bell")
result = job.results()
print("probabilities:", result.probabilities("m"))
print("counts:", dict(result.to_cirq_result(seed=1).histogram(key="m")))
