"""Run with: IONQ_API_URL=http://127.0.0.1:8000/v0.4 IONQ_API_KEY=any python examples/python/pennylane_bell.py"""

import os

import pennylane as qml
from pennylane_ionq.api_client import APIClient

APIClient.BASE_URL = os.environ["IONQ_API_URL"]  # this SDK has no variable of its own for the URL
device = qml.device("ionq.simulator", wires=2)


@qml.set_shots(1000)
@qml.qnode(device)
def bell():
    qml.Hadamard(0)
    qml.CNOT([0, 1])
    return qml.counts()


print("counts:", {str(bits): int(count) for bits, count in bell().items()})
