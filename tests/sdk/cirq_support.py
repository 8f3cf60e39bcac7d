"""What the tests of cirq-ionq share. They run three times: 1.7.0 speaks API v0.4, 1.6.1 and 1.5.0 speak v0.3.

The SDK is unmodified. All it is told is in the environment: IONQ_REMOTE_HOST and IONQ_API_KEY.
"""

import inspect
import math

import cirq
import cirq_ionq
import numpy as np
import pytest
from cirq_ionq import GPI2Gate, GPIGate, MSGate, ZZGate
from cirq_ionq.serializer import Serializer

Q = cirq.LineQubit.range(6)
SOON = 0.02  # seconds between two looks at a job; the SDK's own default is 1

V04 = "noise" in inspect.signature(cirq_ionq.Service.create_job).parameters  # with it came metadata, dry_run and compilation
HAS_PAULIEXP = hasattr(Serializer, "_serialize_pauli_string_phasor_gate")  # from 1.6


@pytest.fixture
def service_at(monkeypatch):
    def connect(cloud, key="any"):
        monkeypatch.setenv("IONQ_REMOTE_HOST", cloud.url)
        monkeypatch.setenv("IONQ_API_KEY", key)
        return cirq_ionq.Service()

    return connect


@pytest.fixture
def service(service_at, cloud):
    return service_at(cloud)


def all_results(job, **asked):
    """The results of all circuits: a list in 1.5 and 1.6, in 1.7 only if there are several."""
    results = job.results(polling_seconds=SOON, **asked)
    return list(results) if isinstance(results, list) else [results]


def result(job, **asked):
    [only] = all_results(job, **asked)
    return only


def noise(model, seed=None):
    """The arguments that ask for a noise model; before 1.7 there was no word for it."""
    of_job = {"model": model} if seed is None else {"model": model, "seed": seed}
    return {"noise": of_job} if V04 else {"extra_query_params": {"noise": of_job}}


def debiasing(wanted):
    return {"error_mitigation": {"debiasing" if V04 else "debias": wanted}}


# ----------------------------------------------------------------------------------------------------------- two distributions


def simulated(circuit, qubits=None):
    """The distribution of these qubits in this order, first qubit most significant, from cirq's own simulator."""
    unmeasured = cirq.Circuit(op for op in circuit.all_operations() if not cirq.is_measurement(op))
    state = cirq.Simulator(dtype=np.complex128).simulate(unmeasured)
    return np.diag(state.density_matrix_of(qubits or sorted(unmeasured.all_qubits()))).real


def with_depolarizing(circuit, device):
    """The distribution of all qubits if each gate is followed by depolarizing at the device's rates, also from cirq."""
    two = cirq.depolarize(15 / 16 * device.two_qubit, n_qubits=2)
    after = {1: cirq.depolarize(3 / 4 * device.one_qubit), 2: two}
    noisy = cirq.Circuit()
    for op in circuit.all_operations():
        if not cirq.is_measurement(op):
            noisy.append([op, after[len(op.qubits)](*op.qubits)])
    return np.diag(cirq.DensityMatrixSimulator(dtype=np.complex128).simulate(noisy).final_density_matrix).real


def received(result, key=None):
    """The distribution that came back, in the same order; of a QPU the frequencies."""
    if isinstance(result, cirq_ionq.QPUResult):
        of_outcomes = {outcome: count / result.repetitions() for outcome, count in result.counts(key).items()}
    else:
        of_outcomes = result.probabilities(key)
    width = result.num_qubits() if key is None else len(result.measurement_dict()[key])
    dense = np.zeros(2**width)
    for outcome, probability in of_outcomes.items():
        dense[outcome] = probability
    return dense


# -------------------------------------------------------------------------------------------------------------------- circuits


def phasor(letters, time):
    """exp(-i time P), which cirq-ionq sends as a pauliexp."""
    return cirq.PauliStringPhasorGate(cirq.DensePauliString(letters), exponent_neg=2 * time / math.pi)


def asymmetric_3():
    return cirq.Circuit(
        cirq.ry(0.4)(Q[0]),
        cirq.rx(1.1)(Q[1]),
        cirq.ry(1.9)(Q[2]),
        cirq.CNOT(Q[0], Q[2]),
        cirq.rz(0.7)(Q[2]),
        cirq.X(Q[1]) ** 0.5,
        cirq.XX(Q[2], Q[1]) ** (0.9 / math.pi),
        cirq.T(Q[0]),
        cirq.ry(-0.6)(Q[2]),
        cirq.CNOT(Q[1], Q[0]),
        cirq.rx(0.3)(Q[0]),
        cirq.measure(Q[2], Q[0], key="first"),
        cirq.measure(Q[1], key="second"),
    )


GATES = {
    "x": cirq.X(Q[1]),
    "y": cirq.Y(Q[1]),
    "z": cirq.Z(Q[1]),
    "h": cirq.H(Q[1]),
    "s": cirq.S(Q[1]),
    "si": cirq.S(Q[1]) ** -1,
    "t": cirq.T(Q[1]),
    "ti": cirq.T(Q[1]) ** -1,
    "v": cirq.X(Q[1]) ** 0.5,
    "vi": cirq.X(Q[1]) ** -0.5,
    "rx": cirq.rx(0.9)(Q[1]),
    "ry": cirq.ry(-0.9)(Q[1]),
    "rz": cirq.rz(1.9)(Q[1]),
    "x_pow": cirq.X(Q[1]) ** 0.3,
    "y_pow": cirq.Y(Q[1]) ** -0.7,
    "z_pow": cirq.Z(Q[1]) ** 1.7,
    "cnot": cirq.CNOT(Q[2], Q[0]),
    "swap": cirq.SWAP(Q[2], Q[0]),
    "xx": cirq.XX(Q[2], Q[1]) ** 0.25,
    "yy": cirq.YY(Q[2], Q[1]) ** 0.5,
    "zz": cirq.ZZ(Q[2], Q[1]) ** -0.75,
    "ms_of_cirq": cirq.ms(0.4)(Q[2], Q[1]),
}
if HAS_PAULIEXP:
    GATES |= {
        "pauliexp_of_one_letter": phasor("Y", 0.4)(Q[1]),
        "pauliexp_of_two_letters": phasor("XZ", 0.314)(Q[2], Q[0]),
        "pauliexp_of_three_letters": phasor("YXZ", 0.55)(Q[1], Q[0], Q[2]),
        "pauliexp_of_minus_a_product": cirq.PauliStringPhasorGate(
            -cirq.DensePauliString("ZY"), exponent_neg=0, exponent_pos=0.4
        )(Q[1], Q[2]),
    }

NATIVE_GATES = {
    "gpi": GPIGate(phi=0.37)(Q[1]),
    "gpi2": GPI2Gate(phi=-0.2)(Q[1]),
    "ms": MSGate(phi0=0.05, phi1=0.3)(Q[2], Q[0]),
    "ms_partial": MSGate(phi0=0.62, phi1=-0.11, theta=0.1)(Q[0], Q[1]),
    "zz": ZZGate(theta=0.15)(Q[2], Q[0]),
}


def between_rotations(op):
    """The gate between different rotations of every qubit, so that its sign, phase and order all show."""
    before = [[cirq.ry(0.4 + 0.3 * i)(Q[i]), cirq.rz(0.7 - 0.2 * i)(Q[i])] for i in range(3)]
    after = [[cirq.rx(1.1 - 0.25 * i)(Q[i]), cirq.ry(0.3 + 0.4 * i)(Q[i])] for i in range(3)]
    return cirq.Circuit(before, op, after)


def between_pulses(op):
    """The same for a native gate."""
    before = [[GPI2Gate(phi=0.1 + 0.17 * i)(Q[i]), GPIGate(phi=0.3 - 0.1 * i)(Q[i])] for i in range(3)]
    after = [GPI2Gate(phi=-0.4 + 0.23 * i)(Q[i]) for i in range(3)]
    return cirq.Circuit(before, op, after)


def random_circuit(seed):
    """2 to 6 qubits, every gate that this cirq-ionq can send, each qubit rotated at least once."""
    random = np.random.RandomState(seed)
    qubits = Q[: 2 + seed % 5]
    angle = lambda: random.uniform(-math.pi, math.pi)
    one = [
        lambda q: random.choice([cirq.X, cirq.Y, cirq.Z, cirq.H, cirq.S, cirq.T, cirq.X**0.5, cirq.S**-1, cirq.T**-1])(q),
        lambda q: random.choice([cirq.rx, cirq.ry, cirq.rz])(angle())(q),
    ]
    two = [
        lambda *q: cirq.CNOT(*q),
        lambda *q: cirq.SWAP(*q),
        lambda *q: random.choice([cirq.XX, cirq.YY, cirq.ZZ])(*q) ** random.uniform(-1, 1),
    ]
    if HAS_PAULIEXP:
        two.append(lambda *q: phasor("".join(random.choice(list("XYZ"), 2)), random.uniform(0, 1.5))(*q))
    circuit = cirq.Circuit([cirq.ry(angle())(q), cirq.rz(angle())(q)] for q in qubits)
    return mixed(circuit, one, two, qubits, random)


def random_native_circuit(seed):
    """2 to 5 qubits, every native gate, phases and angles over all that the API takes."""
    random = np.random.RandomState(seed)
    qubits = Q[: 2 + seed % 4]
    phase = lambda: random.uniform(-1, 1)
    one = [lambda q: GPIGate(phi=phase())(q), lambda q: GPI2Gate(phi=phase())(q)]
    two = [
        lambda *q: MSGate(phi0=phase(), phi1=phase())(*q),
        lambda *q: MSGate(phi0=phase(), phi1=phase(), theta=random.uniform(0, 0.25))(*q),
        lambda *q: ZZGate(theta=random.uniform(-0.25, 0.25))(*q),
    ]
    return mixed(cirq.Circuit(GPI2Gate(phi=phase())(q) for q in qubits), one, two, qubits, random)


def mixed(circuit, one, two, qubits, random):
    for _ in range(8 * len(qubits)):
        if random.rand() < 0.5:
            circuit.append(one[random.randint(len(one))](qubits[random.randint(len(qubits))]))
        else:
            pair = random.choice(len(qubits), 2, replace=False)
            circuit.append(two[random.randint(len(two))](*(qubits[i] for i in pair)))
    return circuit
