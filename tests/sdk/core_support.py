"""What the tests of ionq-core share: IonQ's own typed client, unmodified, told its address and its key.

It simulates nothing itself, so the truth is numpy: the matrices of its own `ionq_core.gates` for the native gates, and those
of IonQ's documentation for the others.
"""

import numpy as np
import pytest
from ionq_core import IonQClient, gpi2_matrix, gpi_matrix, ms_matrix, wait_for_job, zz_matrix
from ionq_core.api.default import create_job, get_job_probabilities
from ionq_core.models.circuit_job_creation_payload import CircuitJobCreationPayload
from ionq_core.models.json_multi_circuit_job import JSONMultiCircuitJob

quietly = pytest.mark.filterwarnings("ignore:base_url .* does not use HTTPS")
SOON = 0.02  # seconds between two looks at a job; the SDK's own default is 1


@pytest.fixture
def client_of():
    return lambda cloud, key="any", retries=0: IonQClient(api_key=key, base_url=f"{cloud.url}/v0.4", max_retries=retries)


@pytest.fixture
def client(client_of, cloud):
    return client_of(cloud)


# ------------------------------------------------------------------------------------------------------------------------ jobs

BELL = [{"gate": "h", "target": 0}, {"gate": "cnot", "control": 0, "target": 1}]
ASYMMETRIC = [
    {"gate": "ry", "target": 0, "rotation": 0.4},
    {"gate": "rx", "target": 1, "rotation": 1.1},
    {"gate": "ry", "target": 2, "rotation": 1.9},
    {"gate": "cnot", "control": 0, "target": 2},
    {"gate": "xx", "targets": [2, 1], "rotation": 0.9},
    {"gate": "cnot", "control": 1, "target": 0},
    {"gate": "rx", "target": 0, "rotation": 0.3},
]


def payload(circuit, qubits, gateset="qis", backend="simulator", **more):
    of_input = {"gateset": gateset, "qubits": qubits, "circuit": circuit}
    return CircuitJobCreationPayload.from_dict({"type": "ionq.circuit.v1", "backend": backend, "input": of_input} | more)


def program(text, **more):
    return CircuitJobCreationPayload.from_dict({"type": "ionq.qasm3.v1", "backend": "simulator", "input": {"data": text}} | more)


def multi_payload(circuits, qubits, gateset="qis", backend="simulator", **more):
    of_input = {"gateset": gateset, "qubits": qubits, "circuits": [{"circuit": circuit} for circuit in circuits]}
    return JSONMultiCircuitJob.from_dict({"type": "ionq.multi-circuit.v1", "backend": backend, "input": of_input} | more)


def submitted(client, body):
    created = create_job.sync(client=client, body=body)
    assert created.status == "submitted"
    return created.id


def finished(client, body, **more):
    return wait_for_job(client, submitted(client, body), poll_interval=SOON, **more)


def probabilities(client, job, qubits, **asked):
    of_outcomes = get_job_probabilities.sync(uuid=job, client=client, **asked).additional_properties
    dense = np.zeros(2**qubits)
    for outcome, probability in of_outcomes.items():
        dense[int(outcome)] = probability
    return dense


# ----------------------------------------------------------------------------------------------------------------------- numpy

X, Y, Z = np.array([[0, 1], [1, 0]]), np.array([[0, -1j], [1j, 0]]), np.diag([1, -1])


def exponential(generator, angle):
    """exp(-i angle/2 G) of a G that is its own inverse."""
    return np.cos(angle / 2) * np.eye(len(generator)) - 1j * np.sin(angle / 2) * generator


V = np.array([[1 + 1j, 1 - 1j], [1 - 1j, 1 + 1j]]) / 2
FIXED = {
    **{"x": X, "not": X, "cnot": X, "y": Y, "z": Z, "h": (X + Z) / np.sqrt(2)},
    **{"s": np.diag([1, 1j]), "si": np.diag([1, -1j]), "v": V, "vi": V.conj().T},
    **{"t": np.diag([1, np.exp(1j * np.pi / 4)]), "ti": np.diag([1, np.exp(-1j * np.pi / 4)])},
    "swap": np.eye(4)[[0, 2, 1, 3]],
}
TURNED = {"rx": X, "ry": Y, "rz": Z, "xx": np.kron(X, X), "yy": np.kron(Y, Y), "zz": np.kron(Z, Z)}


def matrix(gate, gateset):
    """Of the gate without its controls; the first target is the left factor."""
    match gateset, gate["gate"]:
        case "native", "gpi":
            return np.array(gpi_matrix(gate["phase"]))
        case "native", "gpi2":
            return np.array(gpi2_matrix(gate["phase"]))
        case "native", "ms":
            return np.array(ms_matrix(*gate["phases"], gate.get("angle", 0.25)))
        case "native", "zz":
            return np.array(zz_matrix(gate["angle"]))
        case "qis", name if name in TURNED:
            return exponential(TURNED[name], gate["rotation"])
        case "qis", name:
            return FIXED[name]


def simulated(circuit, qubits, gateset="qis"):
    """The distribution, qubit 0 the least significant bit."""
    state = np.zeros([2] * qubits, dtype=complex)  # axis k is qubit k
    state[(0,) * qubits] = 1
    for gate in circuit:
        targets = gate.get("targets", [gate.get("target")])
        controls = gate.get("controls", [gate["control"]] if "control" in gate else [])
        active = tuple(1 if qubit in controls else slice(None) for qubit in range(qubits))
        part = state[active]  # without the axes of the controls
        axes = [target - sum(control < target for control in controls) for target in targets]
        small = matrix(gate, gateset).reshape([2] * (2 * len(axes)))
        moved = np.tensordot(small, part, axes=(range(len(axes), 2 * len(axes)), axes))
        state[active] = np.moveaxis(moved, range(len(axes)), axes)
    return np.abs(state.transpose().reshape(-1)) ** 2


def random_circuit(seed):
    """2 to 5 qubits, every gate of the contract but pauliexp, whose letters ionq-core leaves out; some controlled."""
    random = np.random.RandomState(seed)
    qubits = 2 + seed % 4
    angle = lambda: random.uniform(-np.pi, np.pi)
    circuit = [{"gate": "ry", "target": q, "rotation": angle()} for q in range(qubits)]
    for _ in range(10 * qubits):
        first, second, *others = (int(q) for q in random.permutation(qubits))
        name = str(random.choice(list(FIXED | TURNED)))
        wide = name in ("swap", "xx", "yy", "zz")
        gate = {"gate": name, "targets": [first, second]} if wide else {"gate": name, "target": first}
        if name in TURNED:
            gate["rotation"] = angle()
        free = others if wide else [second, *others]
        if name == "cnot" or (free and not wide and random.rand() < 0.3):
            gate["controls"] = free[: 1 + random.randint(len(free))]
        circuit.append(gate)
    return circuit, qubits


def random_native(seed):
    """2 to 5 qubits, every native gate."""
    random = np.random.RandomState(seed)
    qubits = 2 + seed % 4
    phase = lambda: random.uniform(-1, 1)
    circuit = []
    for _ in range(10 * qubits):
        first, second = (int(q) for q in random.choice(qubits, 2, replace=False))
        gates = [
            {"gate": "gpi", "target": first, "phase": phase()},
            {"gate": "gpi2", "target": first, "phase": phase()},
            {"gate": "ms", "targets": [first, second], "phases": [phase(), phase()], "angle": random.uniform(0, 0.25)},
            {"gate": "ms", "targets": [first, second], "phases": [phase(), phase()]},
            {"gate": "zz", "targets": [first, second], "angle": random.uniform(0, 0.25)},
        ]
        circuit.append(gates[random.randint(len(gates))])
    return circuit, qubits


def there_and_back(pairs):
    """Native gates that end where they began, but for the noise: outcome 0 of two qubits."""
    return [{"gate": "ms", "targets": [0, 1], "phases": [first, 0.3]} for _ in range(pairs) for first in (0.1, 0.6)]
