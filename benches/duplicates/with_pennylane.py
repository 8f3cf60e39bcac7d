"""pennylane-ionq. Its address is a class attribute, set as the README says."""

import os

import pennylane as qml
from circuits import flipped, from_first_to_last
from pennylane_ionq.api_client import APIClient

WORKERS = 1  # a device holds the one job that it is making, and PennyLane runs the circuits of a device one after another


def connect():
    APIClient.BASE_URL = os.environ["IONQ_API_URL"]

    def run(number, qubits):
        @qml.set_shots(100)
        @qml.qnode(qml.device("ionq.simulator", wires=qubits, job_name=f"circuit-{number}"))
        def circuit():
            for qubit in flipped(number):
                qml.PauliX(qubit)
            return qml.counts()

        [outcome] = circuit()
        return from_first_to_last(outcome)

    return run
