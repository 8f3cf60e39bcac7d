"""What the tests of pennylane-ionq share.

Unmodified but for the one class attribute that holds its URL. The key is in the environment: IONQ_API_KEY.
"""

import numpy as np
import pennylane as qml
import pytest
from pennylane_ionq import ops
from pennylane_ionq.api_client import APIClient

quietly = pytest.mark.filterwarnings("ignore:The 'num_steps' argument")


@pytest.fixture
def at(monkeypatch):
    def connect(cloud, key="any"):
        monkeypatch.setattr(APIClient, "BASE_URL", f"{cloud.url}/v0.4")
        monkeypatch.setenv("IONQ_API_KEY", key)

    return connect


@pytest.fixture(autouse=True)
def connected(at, cloud):
    at(cloud)


# ------------------------------------------------------------------------------------------------------------------- answers


def sampled(circuit, device, shots=100):
    """Runs the circuit; afterwards `device.prob` is the distribution that came back."""

    def program():
        circuit()
        return qml.counts(wires=device.wires)

    return qml.set_shots(qml.QNode(program, device), shots)()


def simulated(circuit, wires):
    """The distribution from PennyLane's own simulator, wire 0 most significant."""

    def program():
        circuit()
        return qml.probs(wires=range(wires))

    return qml.QNode(program, qml.device("default.qubit", wires=wires))()


def in_pennylanes_order(outcomes, wires):
    """The other way round: wire 0 is most significant here, least significant at IonQ."""
    return [outcomes.get(int(f"{outcome:0{wires}b}"[::-1], 2), 0) for outcome in range(2**wires)]


# ------------------------------------------------------------------------------------------------------------------- circuits


def asymmetric_3():
    qml.RY(0.4, 0)
    qml.RX(1.1, 1)
    qml.RY(1.9, 2)
    qml.CNOT([0, 2])
    qml.RZ(0.7, 2)
    qml.SX(1)
    qml.IsingXX(0.9, [2, 1])
    qml.T(0)
    qml.RY(-0.6, 2)
    qml.CNOT([1, 0])
    qml.RX(0.3, 0)


def every_gate():
    for wire in range(4):
        qml.RY(0.5 + 0.3 * wire, wire)
        qml.RZ(0.7 - 0.2 * wire, wire)
    for place, gate in enumerate([qml.PauliX, qml.PauliY, qml.PauliZ, qml.Hadamard, qml.S, qml.T, qml.SX]):
        gate(place % 4)
    for place, gate in enumerate([qml.RX, qml.RY, qml.RZ]):
        gate(0.1 + 0.1 * place, place)
    qml.CNOT([2, 1])
    qml.SWAP([3, 0])
    for place, gate in enumerate([qml.IsingXX, qml.IsingYY, qml.IsingZZ]):
        gate(0.5 + 0.1 * place, wires=[place, place + 1])
    qml.adjoint(qml.S(1))
    qml.adjoint(qml.T(2))
    qml.adjoint(qml.SX(3))
    qml.Toffoli([2, 0, 1])
    qml.ControlledPhaseShift(1.07, [3, 1])
    qml.CRX(0.4, [0, 2])
    for wire in range(4):
        qml.RX(1.1 - 0.25 * wire, wire)


def evolution():
    x, y, z, i = qml.PauliX, qml.PauliY, qml.PauliZ, qml.Identity
    for wire in range(3):
        qml.RY(0.5 + 0.3 * wire, wire)
    qml.evolve(x(2) @ z(0), 0.314)
    qml.evolve(qml.Hamiltonian([0.5, -0.25, 0.75, 0.1], [x(0) @ x(2), y(0) @ y(2), z(0) @ z(2), i(0) @ i(2)]), 0.6)
    qml.evolve(y(1) @ x(2), -0.4)  # backwards: the sign moves into the coefficient
    for wire in range(3):
        qml.RX(1.1 - 0.25 * wire, wire)


def native():
    ops.GPI2(0.1, wires=0)
    ops.GPI(0.37, wires=1)
    ops.MS(0.05, 0.3, wires=[0, 1])
    ops.MS(0.62, -0.11, 0.1, wires=[2, 0])
    ops.GPI2(-0.2, wires=2)


def there_and_back(pairs):
    """Native gates that end where they began, but for the noise: 00."""

    def circuit():
        for _ in range(pairs):
            ops.MS(0.1, 0.3, wires=[0, 1])
            ops.MS(0.6, 0.3, wires=[0, 1])

    return circuit


# ---------------------------------------------------------------------------------------------------------- random circuits

FIXED = [qml.PauliX, qml.PauliY, qml.PauliZ, qml.Hadamard, qml.S, qml.T, qml.SX]
TURNED = [qml.RX, qml.RY, qml.RZ]
TWO_TURNED = {  # of pennylane-ionq's own operations, which have no matrix, those of PennyLane that they are
    qml.IsingXX: qml.IsingXX,
    qml.IsingYY: qml.IsingYY,
    qml.IsingZZ: qml.IsingZZ,
    ops.XX: qml.IsingXX,
    ops.YY: qml.IsingYY,
    ops.ZZ: qml.IsingZZ,
}


def random_circuit(seed, known=False):
    """2 to 4 wires, every gate that pennylane-ionq can send; `known`: only operations whose matrix PennyLane has."""

    def circuit():
        random = np.random.RandomState(seed)
        wires = 2 + seed % 3
        angle = lambda: random.uniform(-np.pi, np.pi)
        for wire in range(wires):
            qml.RY(angle(), wire)
        for _ in range(8 * wires):
            one, other = (int(wire) for wire in random.choice(wires, 2, replace=False))
            match random.randint(7):
                case 0:
                    FIXED[random.randint(len(FIXED))](one)
                case 1:
                    qml.adjoint([qml.S, qml.T, qml.SX][random.randint(3)](one))
                case 2:
                    TURNED[random.randint(3)](angle(), one)
                case 3:
                    qml.CNOT([one, other])
                case 4:
                    qml.SWAP([one, other])
                case 5:
                    sent, same = list(TWO_TURNED.items())[random.randint(len(TWO_TURNED))]
                    (same if known else sent)(angle(), wires=[one, other])
                case 6:
                    letters = [[qml.X, qml.Y, qml.Z][random.randint(3)] for _ in range(2)]
                    qml.evolve(letters[0](one) @ letters[1](other), random.uniform(-1.5, 1.5))

    return circuit


def equator(phase, wire):
    """cos 2πφ X + sin 2πφ Y, of which IonQ's native gates are made."""
    return np.cos(2 * np.pi * phase) * qml.X(wire) + np.sin(2 * np.pi * phase) * qml.Y(wire)


def random_native(seed, known=False):
    """2 to 4 wires, every native gate that pennylane-ionq can send; `known`: as IonQ defines them, in PennyLane's operations.

    PennyLane's own matrix of MS is another one, not even unitary.
    """

    def circuit():
        random = np.random.RandomState(seed)
        wires = 2 + seed % 3
        phase = lambda: random.uniform(-1, 1)
        for _ in range(8 * wires):
            one, other = (int(wire) for wire in random.choice(wires, 2, replace=False))
            first, second, angle = phase(), phase(), random.uniform(0, 0.25)
            match random.randint(3):
                case 0:
                    qml.evolve(equator(first, one), np.pi / 2) if known else ops.GPI(first, wires=one)
                case 1:
                    qml.evolve(equator(first, one), np.pi / 4) if known else ops.GPI2(first, wires=one)
                case 2 if known:
                    qml.evolve(equator(first, one) @ equator(second, other), np.pi * angle)
                case 2:
                    ops.MS(first, second, angle, wires=[one, other])

    return circuit
