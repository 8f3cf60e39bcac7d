"""What the tests of qiskit-ionq share. Unmodified; all it is told is in the environment: IONQ_API_URL and IONQ_API_KEY."""

import numpy as np
import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit.library import PauliEvolutionGate
from qiskit.quantum_info import SparsePauliOp, Statevector
from qiskit_ionq import GPI2Gate, GPIGate, IonQProvider, MSGate, ZZGate

SOON = 0.02  # seconds between two looks at a job; the SDK's own default is 5
SHOTS = 1_000_000  # qiskit-ionq samples by itself and hides the probability of what it did not draw
EXACTLY = {"shots": SHOTS, "sampler_seed": 1}

quietly = [
    pytest.mark.filterwarnings("ignore:Transpiler default optimization_level"),
    pytest.mark.filterwarnings("ignore::scipy.sparse.SparseEfficiencyWarning"),
]


@pytest.fixture
def provider_at(monkeypatch):
    def connect(cloud, key="any"):
        monkeypatch.setenv("IONQ_API_URL", f"{cloud.url}/v0.4")
        monkeypatch.setenv("IONQ_API_KEY", key)
        return IonQProvider()

    return connect


@pytest.fixture
def provider(provider_at, cloud):
    return provider_at(cloud)


@pytest.fixture
def simulator(provider):
    return provider.get_backend("simulator")


# ----------------------------------------------------------------------------------------------------------------- the answers


def simulated(circuit, qubits=None):
    """{bits: probability} from qiskit's own simulator, last qubit left-most as in qiskit's counts."""
    unmeasured = circuit.remove_final_measurements(inplace=False)
    return Statevector(unmeasured).probabilities_dict(qubits)


def branches(circuit):
    """{bits: probability} of a circuit that measures and resets on its way: every path, with qiskit's own state vectors.

    Clbit 0 is the right-most bit. A path is (its probability, its state, its bits).
    """
    paths = [(1.0, Statevector.from_label("0" * circuit.num_qubits), "0" * circuit.num_clbits)]
    for step in circuit.data:
        places = [circuit.find_bit(qubit).index for qubit in step.qubits]
        match step.operation.name:
            case "barrier":
                pass
            case "measure":
                place = circuit.num_clbits - 1 - circuit.find_bit(step.clbits[0]).index
                write = lambda bits, value, place=place: bits[:place] + value + bits[place + 1 :]
                paths = [(p, state, write(bits, value)) for p, state, bits, value in split(paths, places[0])]
            case "reset":
                paths = [(p, to_zero(state, places[0], value), bits) for p, state, bits, value in split(paths, places[0])]
            case _:
                paths = [(p, state.evolve(step.operation, places), bits) for p, state, bits in paths]
    outcomes = {}
    for probability, _, bits in paths:
        outcomes[bits] = outcomes.get(bits, 0) + probability
    return outcomes


def split(paths, qubit):
    """Each path once for every value that the qubit can have."""
    for probability, state, bits in paths:
        ones = np.arange(len(state.data)) >> qubit & 1 == 1
        for value, kept in (("0", ~ones), ("1", ones)):
            weight = float((np.abs(state.data[kept]) ** 2).sum())
            if weight > 1e-14:
                yield probability * weight, Statevector(np.where(kept, state.data, 0) / np.sqrt(weight)), bits, value


def to_zero(state, qubit, value):
    return Statevector(state.data[np.arange(len(state.data)) ^ (1 << qubit)]) if value == "1" else state


def assert_same(ours, theirs):
    """Equal to 1e-9, but for what is so rare that the SDK did not draw it."""
    assert set(ours) <= {bits for bits, p in theirs.items() if p > 1e-12}
    for bits, probability in theirs.items():
        if bits in ours or probability > 30 / SHOTS:
            assert ours.get(bits, 0) == pytest.approx(probability, rel=0, abs=1e-9), bits


def dense(of_bits, width):
    """An array of what is said of bit strings."""
    array = np.zeros(2**width)
    for bits, value in of_bits.items():
        array[int(bits.replace(" ", ""), 2)] = value
    return array


# -------------------------------------------------------------------------------------------------------------------- circuits


def circuit_of(qubits, name="circuit"):
    circuit = QuantumCircuit(QuantumRegister(qubits, "q"), ClassicalRegister(qubits, "c"), name=name)
    for q in range(qubits):
        circuit.ry(0.5 + 0.3 * q, q)
        circuit.rz(0.7 - 0.2 * q, q)
    return circuit


def measured(circuit):
    """Rotates every qubit once more, so that the phases show, and measures it."""
    for q in range(circuit.num_qubits):
        circuit.rx(1.1 - 0.25 * q, q)
    circuit.measure(range(circuit.num_qubits), range(circuit.num_qubits))
    return circuit


def asymmetric_3():
    circuit = QuantumCircuit(3, 3, name="asymmetric_3")
    circuit.ry(0.4, 0)
    circuit.rx(1.1, 1)
    circuit.ry(1.9, 2)
    circuit.cx(0, 2)
    circuit.rz(0.7, 2)
    circuit.sx(1)
    circuit.rxx(0.9, 2, 1)
    circuit.t(0)
    circuit.ry(-0.6, 2)
    circuit.cx(1, 0)
    circuit.rx(0.3, 0)
    circuit.measure(range(3), range(3))
    return circuit


def every_gate():
    circuit = circuit_of(4, "every_gate")
    for place, name in enumerate(["x", "y", "z", "h", "s", "sdg", "t", "tdg", "sx", "sxdg", "id"]):
        getattr(circuit, name)(place % 4)
    for place, name in enumerate(["rx", "ry", "rz", "p"]):
        getattr(circuit, name)(0.1 + 0.1 * place, place)
    circuit.barrier()
    circuit.swap(3, 0)
    circuit.rxx(0.5, 0, 1)
    circuit.ryy(0.6, 1, 2)
    circuit.rzz(0.7, 2, 3)
    return measured(circuit)


def controlled():
    circuit = circuit_of(5, "controlled")
    circuit.cp(1.07, 2, 0)
    circuit.ccx(3, 1, 0)
    circuit.mcp(0.9, [4, 2, 1], 0)
    circuit.mcx([0, 4, 3], 2)
    circuit.mcx([0, 1, 2, 4], 3)
    circuit.ch(2, 1)
    circuit.cy(0, 3)
    circuit.cz(3, 2)
    circuit.csx(1, 4)
    circuit.crx(0.4, 0, 1)
    circuit.cry(0.5, 1, 2)
    circuit.crz(0.6, 2, 3)
    return measured(circuit)


def evolution():
    """One PauliEvolutionGate with commuting terms, on qubits out of order."""
    circuit = circuit_of(3, "evolution")
    terms = SparsePauliOp.from_list([("XX", 0.5), ("YY", -0.25), ("ZZ", 0.75), ("II", 0.1)])
    circuit.append(PauliEvolutionGate(terms, time=0.6), [2, 0])
    circuit.append(PauliEvolutionGate(SparsePauliOp("ZX"), time=0.314), [0, 1])
    return measured(circuit)


ONE = "x y z h s sdg t tdg sx sxdg id".split()
TURNED = "rx ry rz p".split()
TWO = "cx cy cz ch csx swap".split()
TWO_TURNED = "cp crx cry crz rxx ryy rzz".split()
MANY = "ccx mcx mcp pauli".split()


def random_circuit(seed):
    """3 to 5 qubits, every gate that qiskit-ionq can send as a gate list."""
    random = np.random.RandomState(seed)
    width = 3 + seed % 3
    circuit = circuit_of(width, f"random_{seed}")
    for _ in range(10 * width):
        kind = [ONE, TURNED, TWO, TWO_TURNED, MANY][random.randint(5)]
        append_random(circuit, random.choice(kind), random)
    return measured(circuit)


def append_random(circuit, name, random):
    qubits = [int(q) for q in random.permutation(circuit.num_qubits)]
    angle = random.uniform(-np.pi, np.pi)
    if name == "pauli":
        letters = SparsePauliOp("".join(random.choice(list("XYZ"), 2)), random.uniform(-1, 1))
        circuit.append(PauliEvolutionGate(letters, time=random.uniform(0, 1.5)), qubits[:2])
    elif name == "mcx":
        circuit.mcx(qubits[:-1], qubits[-1])
    elif name == "mcp":
        circuit.mcp(angle, qubits[:-1], qubits[-1])
    else:
        few = 3 if name == "ccx" else 2 if name in TWO + TWO_TURNED else 1
        angles = [angle] if name in TURNED + TWO_TURNED else []
        getattr(circuit, name)(*angles, *qubits[:few])


def native_ms():
    circuit = QuantumCircuit(3, 3, name="native_ms")
    circuit.append(GPI2Gate(0.1), [0])
    circuit.append(GPIGate(0.37), [1])
    circuit.append(MSGate(0.05, 0.3), [0, 1])
    circuit.append(MSGate(0.62, -0.11, 0.1), [2, 0])
    circuit.append(GPI2Gate(-0.2), [2])
    circuit.measure(range(3), range(3))
    return circuit


def native_zz():
    circuit = QuantumCircuit(3, 3, name="native_zz")
    circuit.append(GPI2Gate(0.1), [0])
    circuit.append(GPI2Gate(0.45), [2])
    circuit.append(ZZGate(0.15), [2, 0])
    circuit.append(GPI2Gate(0.8), [0])
    circuit.measure(range(3), range(3))
    return circuit


def there_and_back(pairs):
    """Native gates that end where they began, but for the noise: 00."""
    circuit = QuantumCircuit(2, 2, name="there_and_back")
    for _ in range(pairs):
        circuit.append(MSGate(0.1, 0.3), [0, 1])
        circuit.append(MSGate(0.6, 0.3), [0, 1])
    circuit.measure([0, 1], [0, 1])
    return circuit
