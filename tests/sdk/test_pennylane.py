"""pennylane-ionq, unmodified but for the one class attribute that holds its URL. The key is in the environment: IONQ_API_KEY."""

import numpy as np
import pennylane as qml
import pytest
from pennylane_ionq import ops
from pennylane_ionq.api_client import APIClient, JobExecutionError

pytestmark = pytest.mark.filterwarnings("ignore:The 'num_steps' argument")


@pytest.fixture
def at(monkeypatch):
    def connect(cloud, key="any"):
        monkeypatch.setattr(APIClient, "BASE_URL", f"{cloud.url}/v0.4")
        monkeypatch.setenv("IONQ_API_KEY", key)

    return connect


@pytest.fixture(autouse=True)
def connected(at, cloud):
    at(cloud)


# ------------------------------------------------------------------------------------------------------- circuits and answers


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


def assert_same(ours, theirs):
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9)


def in_pennylanes_order(outcomes, wires):
    """The other way round: wire 0 is most significant here, least significant at IonQ."""
    return [outcomes.get(int(f"{outcome:0{wires}b}"[::-1], 2), 0) for outcome in range(2**wires)]


# ----------------------------------------------------------------------------------------------------------------------- tests


def test_a_bell_state_gives_only_00_and_11_and_as_many_counts_as_shots():
    def bell():
        qml.Hadamard(0)
        qml.CNOT([0, 1])

    counts = sampled(bell, qml.device("ionq.simulator", wires=2), shots=1000)

    assert set(counts) == {"00", "11"}
    assert sum(counts.values()) == 1000


def test_an_asymmetric_circuit_has_the_probabilities_of_the_fixture(expected):
    device = qml.device("ionq.simulator", wires=3)
    sampled(asymmetric_3, device)
    assert_same(device.prob, in_pennylanes_order(expected("qis/asymmetric_3"), 3))


@pytest.mark.parametrize("circuit", [asymmetric_3, every_gate, evolution])
def test_circuits_have_the_probabilities_of_pennylanes_own_simulator(circuit):
    device = qml.device("ionq.simulator", wires=4)
    sampled(circuit, device)
    assert_same(device.prob, simulated(circuit, 4))


def test_native_circuits_have_the_probabilities_of_the_gates_as_ionq_defines_them():
    """exp(-iπθ G(φ₀)⊗G(φ₁)) with G(φ) = cos 2πφ X + sin 2πφ Y; PennyLane's own matrix of MS is another."""

    def equator(phase, wire):
        return np.cos(2 * np.pi * phase) * qml.X(wire) + np.sin(2 * np.pi * phase) * qml.Y(wire)

    def defined():
        qml.evolve(equator(0.1, 0), np.pi / 4)
        qml.evolve(equator(0.37, 1), np.pi / 2)
        qml.evolve(equator(0.05, 0) @ equator(0.3, 1), np.pi / 4)
        qml.evolve(equator(0.62, 2) @ equator(-0.11, 0), np.pi / 10)
        qml.evolve(equator(-0.2, 2), np.pi / 4)

    device = qml.device("ionq.simulator", wires=3, gateset="native")
    sampled(native, device)
    assert_same(device.prob, simulated(defined, 3))


def test_a_batch_of_tapes_is_one_job_and_returns_different_circuits_in_order(cloud):
    circuits = [asymmetric_3, every_gate, evolution]
    operations = [qml.tape.make_qscript(circuit)().operations for circuit in circuits]
    tapes = [qml.tape.QuantumScript(of_tape, [qml.counts(wires=range(4))], shots=100) for of_tape in operations]
    device = qml.device("ionq.simulator", wires=4, job_name="tapes")

    counts = qml.execute(tapes, device)

    newest = cloud.get("jobs?limit=1")["jobs"][0]
    assert (newest["name"], newest["type"], newest["stats"]["circuits"]) == ("tapes", "ionq.multi-circuit.v1", 3)
    assert [sum(of_tape.values()) for of_tape in counts] == [100] * 3
    for index, circuit in enumerate(circuits):
        device.set_current_circuit_index(index)
        assert_same(device.prob, simulated(circuit, 4))


def test_an_expectation_value_is_that_of_the_circuit():
    def program():
        asymmetric_3()
        return qml.expval(qml.PauliZ(0) @ qml.PauliX(2))

    np.random.seed(5)  # the SDK samples by itself, with this generator
    shots = 100_000
    ours = qml.set_shots(qml.QNode(program, qml.device("ionq.simulator", wires=3)), shots)()
    theirs = qml.QNode(program, qml.device("default.qubit", wires=3))()
    assert abs(theirs) > 0.1
    assert abs(ours - theirs) < 5 * np.sqrt((1 - theirs**2) / shots)


def test_a_noise_model_returns_noisy_counts_that_its_seed_repeats():
    def there_and_back():  # ends where it began, but for the noise
        for _ in range(40):
            qml.CNOT([0, 1])

    def distribution(seed):
        device = qml.device("ionq.simulator", wires=2, noise_model="aria-1", noise_seed=seed)
        sampled(there_and_back, device, shots=2000)
        return device.prob

    noisy = distribution(7)
    stays = 1 / 4 + 3 / 4 * (1 - 0.0133) ** 40  # of depolarizing after each of 40 gates
    assert abs(noisy[0] - stays) < 5 * np.sqrt(stays * (1 - stays) / 2000)
    assert_same(noisy * 2000, np.round(noisy * 2000))
    assert distribution(7).tolist() == noisy.tolist()
    assert distribution(8).tolist() != noisy.tolist()


def test_aria_1_returns_counts_over_the_shots():
    device = qml.device("ionq.qpu", wires=3, backend="aria-1")
    sampled(asymmetric_3, device, shots=1000)
    assert_same(device.prob * 1000, np.round(device.prob * 1000))
    assert_same(device.prob.sum(), 1)
    assert abs(device.prob - simulated(asymmetric_3, 3)).max() < 0.1  # sampling and noise of eleven gates


def test_a_failed_job_raises():
    with pytest.raises(JobExecutionError, match="Job failed"):
        sampled(native, qml.device("ionq.qpu", wires=3, backend="forte-1", gateset="native"))


def test_a_bad_request_is_refused_with_its_reason():
    with pytest.raises(Exception, match='"statusCode":400.*qpu.nowhere'):
        sampled(asymmetric_3, qml.device("ionq.qpu", wires=3, backend="nowhere"))


def test_only_the_key_of_the_server_is_accepted(serve, at):
    cloud = serve("--api-key", "right")
    at(cloud, key="wrong")
    with pytest.raises(Exception, match='"statusCode":401.*API key'):
        sampled(asymmetric_3, qml.device("ionq.simulator", wires=3))
    at(cloud, key="right")
    assert sum(sampled(asymmetric_3, qml.device("ionq.simulator", wires=3)).values()) == 100
