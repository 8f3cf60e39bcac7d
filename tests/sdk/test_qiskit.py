"""qiskit-ionq, unmodified. All it is told is in the environment: IONQ_API_URL and IONQ_API_KEY."""

import numpy as np
import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister, transpile
from qiskit.circuit.library import PauliEvolutionGate
from qiskit.providers import JobStatus
from qiskit.quantum_info import SparsePauliOp, Statevector
from qiskit_ionq import GPI2Gate, GPIGate, IonQProvider, MSGate, ZZGate
from qiskit_ionq.exceptions import IonQAPIError, IonQJobFailureError

pytestmark = [
    pytest.mark.filterwarnings("ignore:Transpiler default optimization_level"),
    pytest.mark.filterwarnings("ignore::scipy.sparse.SparseEfficiencyWarning"),
]

SOON = 0.02  # seconds between two looks at a job; the SDK's own default is 5
SHOTS = 1_000_000  # qiskit-ionq samples by itself and hides the probability of what it did not draw
EXACTLY = {"shots": SHOTS, "sampler_seed": 1}


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


# ------------------------------------------------------------------------------------------------------- circuits and answers


def simulated(circuit, qubits=None):
    """{bits: probability} from qiskit's own simulator, last qubit left-most as in qiskit's counts."""
    unmeasured = circuit.remove_final_measurements(inplace=False)
    return Statevector(unmeasured).probabilities_dict(qubits)


def assert_same(ours, theirs):
    """Equal to 1e-9, but for what is so rare that the SDK did not draw it."""
    assert set(ours) <= {bits for bits, p in theirs.items() if p > 1e-12}
    for bits, probability in theirs.items():
        if bits in ours or probability > 30 / SHOTS:
            assert ours.get(bits, 0) == pytest.approx(probability, rel=0, abs=1e-9), bits


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


# ----------------------------------------------------------------------------------------------------------------------- tests


def test_a_bell_state_gives_only_00_and_11_and_as_many_counts_as_shots(simulator):
    bell = QuantumCircuit(2, 2)
    bell.h(0)
    bell.cx(0, 1)
    bell.measure([0, 1], [0, 1])

    counts = simulator.run(transpile(bell, simulator), shots=1000).get_counts()

    assert set(counts) == {"00", "11"}
    assert sum(counts.values()) == 1000


def test_the_devices_have_the_qubits_that_ionq_says(provider):
    assert provider.get_backend("simulator").num_qubits == 29
    assert provider.get_backend("qpu.aria-1").num_qubits == 25
    assert provider.get_backend("qpu.forte-1").num_qubits == 36


def test_an_asymmetric_circuit_has_the_probabilities_of_the_fixture(simulator, expected):
    job = simulator.run(transpile(asymmetric_3(), simulator), **EXACTLY)
    ours = job.result(wait=SOON).get_probabilities()
    assert_same(ours, {f"{outcome:03b}": p for outcome, p in expected("qis/asymmetric_3").items()})


@pytest.mark.parametrize("circuit", [every_gate(), controlled(), evolution()], ids=lambda circuit: circuit.name)
def test_transpiled_circuits_have_the_probabilities_of_qiskits_own_simulator(simulator, circuit):
    job = simulator.run(transpile(circuit, simulator), **EXACTLY)
    job.wait_for_final_state(wait=SOON)
    assert_same(job.get_probabilities(), simulated(circuit))


def test_untranspiled_circuits_are_sent_gate_by_gate_and_have_the_same_probabilities(simulator):
    circuits = [every_gate(), controlled(), evolution()]
    everything = simulator.run(circuits, **EXACTLY).result(wait=SOON).get_probabilities()
    for ours, circuit in zip(everything, circuits, strict=True):
        assert_same(ours, simulated(circuit))


def test_a_batch_returns_different_circuits_in_order_with_their_measurements(simulator):
    partly = QuantumCircuit(QuantumRegister(4, "q"), ClassicalRegister(2, "c"), name="partly")
    partly.ry(0.3, 1)
    partly.ry(1.2, 2)
    partly.cx(2, 3)
    partly.measure([2, 1], [0, 1])
    circuits = [asymmetric_3(), partly, every_gate(), controlled()]

    result = simulator.run(transpile(circuits, simulator), **EXACTLY).result(wait=SOON)

    ours = result.get_probabilities()
    assert_same(ours[0], simulated(circuits[0]))
    assert_same(ours[1], simulated(partly, [2, 1]))
    assert_same(ours[2], simulated(circuits[2]))
    assert_same(ours[3], simulated(circuits[3]))
    assert [sum(counts.values()) for counts in result.get_counts()] == [SHOTS] * 4


@pytest.mark.parametrize("circuit", [native_ms(), native_zz()], ids=lambda circuit: circuit.name)
def test_native_circuits_have_the_probabilities_of_qiskits_own_simulator(provider, circuit):
    backend = provider.get_backend("simulator", gateset="native")
    ours = backend.run(circuit, **EXACTLY).result(wait=SOON).get_probabilities()
    assert_same(ours, simulated(circuit))


@pytest.mark.parametrize("noise_model", ["aria-1", "forte-1"], ids=["ms_of_aria", "zz_of_forte"])
def test_a_circuit_transpiled_to_native_gates_keeps_its_probabilities(provider, noise_model):
    backend = provider.get_backend("simulator", gateset="native")
    backend.set_options(noise_model=noise_model)
    native = transpile(asymmetric_3(), backend)
    backend.set_options(noise_model="ideal")  # the model chose the gates; now without it

    ours = backend.run(native, **EXACTLY).result(wait=SOON).get_probabilities()

    assert {"ms", "zz"} & set(native.count_ops()) == ({"ms"} if noise_model == "aria-1" else {"zz"})
    assert_same(ours, simulated(asymmetric_3()))


def test_a_noise_model_returns_noisy_counts_that_its_seed_repeats(simulator):
    circuit = QuantumCircuit(2, 2)
    for _ in range(40):  # ends where it began, but for the noise
        circuit.cx(0, 1)
        circuit.barrier()
    circuit.measure([0, 1], [0, 1])

    def counts(seed):
        simulator.set_options(noise_model="aria-1", sampler_seed=seed)
        return simulator.run(circuit, shots=2000).result(wait=SOON).get_counts()

    noisy = counts(7)
    assert sum(noisy.values()) == 2000
    stays = 1 / 4 + 3 / 4 * (1 - 0.0133) ** 40  # of depolarizing after each of 40 gates
    assert abs(noisy["00"] - 2000 * stays) < 5 * np.sqrt(2000 * stays * (1 - stays))
    assert counts(7) == noisy
    assert counts(8) != noisy


def test_aria_1_returns_every_shot_and_the_counts_are_those_of_the_shots(provider):
    backend = provider.get_backend("qpu.aria-1")
    job = backend.run(transpile(asymmetric_3(), backend), shots=500, memory=True)
    result = job.result(wait=SOON)

    memory = result.get_memory()
    assert len(memory) == 500
    assert {bits: memory.count(bits) for bits in set(memory)} == result.get_counts()
    likely = max(simulated(asymmetric_3()).items(), key=lambda item: item[1])[0]
    assert result.get_counts()[likely] > 200  # of 500 at 0.55, the noise of Aria included


def test_a_batch_on_aria_1_returns_the_shots_of_each_circuit(provider):
    flipped = [QuantumCircuit(3, 3) for _ in range(3)]
    for q, circuit in enumerate(flipped):
        circuit.x(q)
        circuit.measure(range(3), range(3))
    result = provider.get_backend("qpu.aria-1").run(flipped, shots=200, memory=True).result(wait=SOON)
    for q, bits in enumerate(["001", "010", "100"]):
        assert len(result.get_memory(q)) == 200
        assert result.get_memory(q).count(bits) > 190  # the noise of one gate flips it once in four thousand shots


def test_a_canceled_job_is_canceled(serve, provider_at):
    backend = provider_at(serve("--queue-time", "1h")).get_backend("simulator")
    job = backend.run(asymmetric_3())
    assert job.status() in (JobStatus.INITIALIZING, JobStatus.QUEUED)
    job.cancel()
    with pytest.warns(UserWarning, match="was cancelled"):
        assert job.status() == JobStatus.CANCELLED


def test_a_failed_job_says_why(provider):
    too_much_for_forte = provider.get_backend("qpu.forte-1", gateset="native").run(native_ms())
    with pytest.raises(IonQJobFailureError, match="qpu.forte-1 .* ms"):
        too_much_for_forte.result(wait=SOON)


def test_a_bad_request_is_refused_with_its_reason(simulator):
    with pytest.raises(IonQAPIError, match="shots 0") as refused:
        simulator.run(asymmetric_3(), shots=0)
    assert refused.value.status_code == 400


def test_only_the_key_of_the_server_is_accepted(serve, provider_at):
    cloud = serve("--api-key", "right")
    with pytest.raises(IonQAPIError) as refused:
        provider_at(cloud, key="wrong").get_backend("simulator").run(asymmetric_3())
    assert refused.value.status_code == 401
    job = provider_at(cloud, key="right").get_backend("simulator").run(asymmetric_3())
    assert sum(job.result(wait=SOON).get_counts().values()) == 1024
