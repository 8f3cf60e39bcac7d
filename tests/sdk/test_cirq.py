"""cirq-ionq, unmodified. All it is told is in the environment: IONQ_REMOTE_HOST and IONQ_API_KEY."""

import math
from concurrent.futures import ThreadPoolExecutor

import cirq
import cirq_ionq
import numpy as np
import pytest
import sympy
from cirq_ionq import AriaNativeGateset, ForteNativeGateset, GPI2Gate, GPIGate, MSGate, ZZGate

Q = cirq.LineQubit.range(6)
ARIA_1 = 0.0005, 0.0133  # IonQ's depolarizing rates after a gate on one and on two qubits
SOON = 0.02  # seconds between two looks at a job; the SDK's own default is 1


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


# ----------------------------------------------------------------------------------------------------------- two distributions


def simulated(circuit, qubits=None):
    """The distribution of these qubits in this order, first qubit most significant, from cirq's own simulator."""
    unmeasured = cirq.Circuit(op for op in circuit.all_operations() if not cirq.is_measurement(op))
    result = cirq.Simulator(dtype=np.complex128).simulate(unmeasured)
    return np.diag(result.density_matrix_of(qubits or sorted(unmeasured.all_qubits()))).real


def with_depolarizing(circuit, one_qubit, two_qubit):
    """The distribution of all qubits if each gate is followed by depolarizing at these rates, also from cirq."""
    after = {1: cirq.depolarize(3 / 4 * one_qubit), 2: cirq.depolarize(15 / 16 * two_qubit, n_qubits=2)}
    noisy = cirq.Circuit()
    for op in circuit.all_operations():
        if not cirq.is_measurement(op):
            noisy.append([op, after[len(op.qubits)](*op.qubits)])
    return np.diag(cirq.DensityMatrixSimulator(dtype=np.complex128).simulate(noisy).final_density_matrix).real


def received(result, key=None):
    """The distribution that came back, in the same order."""
    of_outcomes = result.probabilities(key)
    width = result.num_qubits() if key is None else len(result.measurement_dict()[key])
    dense = np.zeros(2**width)
    for outcome, probability in of_outcomes.items():
        dense[outcome] = probability
    return dense


def assert_same(ours, theirs):
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9)


def surprises(counts, distribution):
    """{outcome: (count, expected)} where the two are more than five binomial sigmas apart."""
    shots = sum(counts.values())
    near = 5 * np.sqrt(shots * distribution * (1 - distribution)) + 1
    pairs = {outcome: (counts.get(outcome, 0), shots * p) for outcome, p in enumerate(distribution)}
    return {outcome: pair for outcome, pair in pairs.items() if abs(pair[0] - pair[1]) > near[outcome]}


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
    """2 to 6 qubits, every gate that cirq-ionq can send, each qubit rotated at least once."""
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
        lambda *q: phasor("".join(random.choice(list("XYZ"), 2)), random.uniform(0, 1.5))(*q),
    ]
    circuit = cirq.Circuit([cirq.ry(angle())(q), cirq.rz(angle())(q)] for q in qubits)
    for _ in range(8 * len(qubits)):
        if random.rand() < 0.5:
            circuit.append(one[random.randint(len(one))](qubits[random.randint(len(qubits))]))
        else:
            pair = random.choice(len(qubits), 2, replace=False)
            circuit.append(two[random.randint(len(two))](*(qubits[i] for i in pair)))
    return circuit


# ---------------------------------------------------------------------------------------------------------------- single jobs


@pytest.mark.parametrize("op", GATES.values(), ids=GATES.keys())
def test_every_qis_gate_that_cirq_sends_does_what_it_does_in_cirqs_own_simulator(service, op):
    circuit = between_rotations(op)
    theirs = simulated(circuit)
    assert abs(theirs - simulated(between_rotations([]))).max() > 1e-3, "this circuit would not notice a missing gate"

    job = service.create_job(circuit, target="simulator")

    assert_same(received(job.results(polling_seconds=SOON)), theirs)


def test_an_identity_letter_of_a_pauliexp_leaves_its_qubit_alone(service):
    # Cirq's own simulator takes the I of a PauliStringPhasorGate for a Z, hence the same product without the letter.
    job = service.create_job(between_rotations(phasor("XIY", 0.7)(*Q[:3])), target="simulator")
    ours = received(job.results(polling_seconds=SOON))
    assert_same(ours, simulated(between_rotations(phasor("XY", 0.7)(Q[0], Q[2]))))


@pytest.mark.parametrize("op", NATIVE_GATES.values(), ids=NATIVE_GATES.keys())
def test_every_native_gate_that_cirq_sends_does_what_it_does_in_cirqs_own_simulator(service, op):
    circuit = between_pulses(op)
    theirs = simulated(circuit)
    assert abs(theirs - simulated(between_pulses([]))).max() > 1e-3, "this circuit would not notice a missing gate"

    job = service.create_job(circuit, target="simulator")

    assert_same(received(job.results(polling_seconds=SOON)), theirs)


@pytest.mark.parametrize("seed", range(25))
def test_random_circuits_have_the_probabilities_of_cirqs_own_simulator(service, seed):
    circuit = random_circuit(seed)
    job = service.create_job(circuit, target="simulator")
    assert_same(received(job.results(polling_seconds=SOON)), simulated(circuit))


def test_an_asymmetric_circuit_has_the_probabilities_of_the_fixture(service, expected):
    job = service.create_job(asymmetric_3(), target="simulator")
    ours = received(job.results(polling_seconds=SOON))
    mirrored = {int(f"{outcome:03b}"[::-1], 2): p for outcome, p in expected("qis/asymmetric_3").items()}
    assert_same(ours, [mirrored[outcome] for outcome in range(8)])


def test_measurement_keys_pick_their_qubits_in_the_order_they_were_measured(service):
    circuit = random_circuit(3)  # five qubits
    keys = {"one": [Q[3]], "backwards": [Q[4], Q[2], Q[0]], "a key longer than a piece of metadata": [Q[1]]}
    circuit.append(cirq.measure(*qubits, key=key) for key, qubits in keys.items())

    result = service.create_job(circuit, target="simulator").results(polling_seconds=SOON)

    assert result.measurement_dict() == {key: [q.x for q in qubits] for key, qubits in keys.items()}
    assert abs(simulated(circuit, keys["backwards"]) - simulated(circuit, keys["backwards"][::-1])).max() > 1e-3
    for key, qubits in keys.items():
        assert_same(received(result, key), simulated(circuit, qubits))


def test_run_returns_the_bits_in_the_order_they_were_measured(service):
    circuit = cirq.Circuit(cirq.X(Q[2]), cirq.CNOT(Q[2], Q[4]))
    circuit.append([cirq.measure(Q[2], Q[0], key="a"), cirq.measure(Q[1], Q[3], Q[4], key="b")])

    result = service.run(circuit, repetitions=5, target="simulator")

    assert result.measurements["a"].tolist() == [[1, 0]] * 5
    assert result.measurements["b"].tolist() == [[0, 0, 1]] * 5


def test_three_qubits_of_twenty_nine_keep_their_places(service):
    a, b, c = qubits = cirq.LineQubit(28), cirq.LineQubit(2), cirq.LineQubit(11)
    small = random_circuit(21)  # three qubits
    circuit = small.transform_qubits(dict(zip(Q[:3], qubits)))
    circuit.append(cirq.measure(*qubits, key="used"))

    result = service.create_job(circuit, target="simulator").results(polling_seconds=SOON)

    assert result.num_qubits() == 29
    assert_same(received(result, "used"), simulated(small))
    places = sum(1 << (28 - q.x) for q in (a, b, c))
    assert all(outcome & ~places == 0 for outcome in result.probabilities())


def test_name_repetitions_metadata_and_measurements_come_back_as_sent(service):
    job = service.create_job(asymmetric_3(), target="simulator", name="näme 7", repetitions=321, metadata={"run": "42"})
    again = service.get_job(job.job_id())
    for job in (job, again):
        assert job.results(polling_seconds=SOON).repetitions() == 321
        assert (job.name(), job.repetitions(), job.num_qubits(), job.target()) == ("näme 7", 321, 3, "simulator")
        assert job.measurement_dict() == {"first": [2, 0], "second": [1]}
        assert job._job["metadata"]["run"] == "42"


def test_a_sweep_returns_its_points_in_order(service):
    turn = sympy.Symbol("turn")
    circuit = cirq.Circuit(cirq.X(Q[1]) ** turn, cirq.measure(Q[0], Q[1], key="m"))
    sampler = service.sampler(target="simulator")
    results = sampler.run_sweep(circuit, cirq.Points("turn", [0, 1, 2, 3, 1]), repetitions=3)
    assert [result.measurements["m"].tolist() for result in results] == [[[0, bit]] * 3 for bit in (0, 1, 0, 1, 1)]


# --------------------------------------------------------------------------------------------------------------------- batches


def test_a_batch_returns_twelve_different_circuits_in_order_with_what_was_sent_along(service):
    circuits = [random_circuit(seed) for seed in range(100, 112)]
    for index, circuit in enumerate(circuits):
        circuit.append(cirq.measure(*reversed(sorted(circuit.all_qubits())), key=f"circuit {index}"))
    theirs = [simulated(circuit) for circuit in circuits]
    for i in range(12):
        assert all(len(theirs[i]) != len(theirs[j]) or abs(theirs[i] - theirs[j]).max() > 1e-3 for j in range(i))

    job = service.create_batch_job(circuits, target="simulator", name="twelve", repetitions=77, metadata={"run": "42"})
    results = job.results(polling_seconds=SOON)

    assert (job.name(), job.repetitions(), job._job["metadata"]["run"]) == ("twelve", 77, "42")
    assert len(results) == 12
    for index, result in enumerate(results):
        qubits = sorted(circuits[index].all_qubits())
        assert_same(received(result), theirs[index])
        assert_same(received(result, f"circuit {index}"), simulated(circuits[index], qubits[::-1]))
        assert (result.num_qubits(), result.repetitions()) == (len(qubits), 77)
        assert job.measurement_dict(index) == {f"circuit {index}": [q.x for q in reversed(qubits)]}


def test_a_batch_of_native_circuits_returns_them_in_order(service):
    circuits = [between_pulses(op) for op in NATIVE_GATES.values()]
    results = service.create_batch_job(circuits, target="simulator").results(polling_seconds=SOON)
    for result, circuit in zip(results, circuits, strict=True):
        assert_same(received(result), simulated(circuit))


def test_single_and_batch_jobs_of_one_service_do_not_get_each_others_results(service):
    """cirq-ionq asks for a job's results in the form of the job that it created last."""
    a, b, c, d = (random_circuit(seed) for seed in (1, 6, 11, 16))  # three qubits each

    single = service.create_job(a, target="simulator")
    batch = service.create_batch_job([b, c], target="simulator")
    assert_same(received(single.results(polling_seconds=SOON)), simulated(a))

    last = service.create_job(d, target="simulator")
    for result, circuit in zip(batch.results(polling_seconds=SOON), [b, c], strict=True):
        assert_same(received(result), simulated(circuit))
    assert_same(received(last.results(polling_seconds=SOON)), simulated(d))


def test_a_batch_fetched_by_another_service_is_the_same_batch(service, service_at, cloud):
    circuits = [random_circuit(1), random_circuit(2)]
    job = service.create_batch_job(circuits, target="simulator")
    job.results(polling_seconds=SOON)
    fetched = service_at(cloud).get_job(job.job_id())
    for result, circuit in zip(fetched.results(), circuits, strict=True):
        assert_same(received(result), simulated(circuit))


# ----------------------------------------------------------------------------------------------------- native gates and devices


@pytest.mark.parametrize("seed", [2, 6, 8])
@pytest.mark.parametrize("gateset", [AriaNativeGateset(), ForteNativeGateset()], ids=["aria", "forte"])
def test_a_circuit_compiled_by_cirq_for_a_native_gateset_keeps_its_probabilities(service, gateset, seed):
    circuit = random_circuit(seed)
    native = cirq.optimize_for_target_gateset(circuit, gateset=gateset)
    assert gateset.validate(native)

    job = service.create_job(native, target="simulator")
    ours = received(job.results(polling_seconds=SOON))

    assert_same(ours, simulated(native))
    np.testing.assert_allclose(ours, simulated(circuit), rtol=0, atol=1e-6)  # cirq compiles to 1e-8 in a gate


def there_and_back():
    """Ends where it began, but for the noise; then two pulses."""
    pair = [MSGate(phi0=0.1, phi1=0.3)(Q[0], Q[1]), MSGate(phi0=0.6, phi1=0.3)(Q[0], Q[1])]
    return cirq.Circuit([pair, GPIGate(phi=0.2)(Q[2])] * 30, GPI2Gate(phi=0.1)(Q[0]), GPIGate(phi=0.4)(Q[1]))


def compiled_for_aria():
    return cirq.optimize_for_target_gateset(random_circuit(11), gateset=AriaNativeGateset())


@pytest.mark.parametrize("native", [there_and_back, compiled_for_aria])
def test_a_native_circuit_under_the_noise_of_aria_1_returns_counts_of_that_noise(service, native):
    circuit, shots = native(), 20_000

    job = service.create_job(circuit, target="simulator", noise={"model": "aria-1", "seed": 7}, repetitions=shots)
    of_outcomes = job.results(polling_seconds=SOON).probabilities()
    counts = {outcome: round(p * shots) for outcome, p in of_outcomes.items()}

    assert all(abs(p * shots - round(p * shots)) < 1e-6 for p in of_outcomes.values())
    assert sum(counts.values()) == shots
    assert not surprises(counts, with_depolarizing(circuit, *ARIA_1))
    assert surprises(counts, simulated(circuit)), "this circuit would not notice missing noise"


def test_the_seed_of_a_noise_model_decides_the_counts_on_any_cloud(serve, service_at):
    def counts(cloud, seed):
        noise = {"model": "aria-1", "seed": seed}
        job = service_at(cloud).create_job(asymmetric_3(), target="simulator", noise=noise, repetitions=1000)
        return job.results(polling_seconds=SOON).probabilities()

    one, other = serve("--seed", "1"), serve("--seed", "2")
    assert counts(one, 7) == counts(one, 7) == counts(other, 7)
    assert counts(one, 7) != counts(one, 8)


def test_aria_1_returns_as_many_counts_as_repetitions_with_the_noise_of_aria_1(service):
    shots = 10_000
    job = service.create_job(asymmetric_3(), target="qpu.aria-1", repetitions=shots)
    result = job.results(polling_seconds=SOON)

    assert isinstance(result, cirq_ionq.QPUResult)
    assert (result.repetitions(), job.target()) == (shots, "qpu.aria-1")
    assert not surprises(result.counts(), with_depolarizing(asymmetric_3(), *ARIA_1))
    assert len(result.to_cirq_result().measurements["first"]) == shots


def test_a_batch_on_aria_1_returns_the_counts_of_each_circuit(service):
    circuits = [between_rotations(GATES[name]) for name in ("cnot", "swap", "yy")]
    results = service.create_batch_job(circuits, target="qpu.aria-1", repetitions=2000).results(polling_seconds=SOON)

    for i, result in enumerate(results):
        assert isinstance(result, cirq_ionq.QPUResult)
        assert result.repetitions() == 2000
        matches = [not surprises(result.counts(), with_depolarizing(circuit, *ARIA_1)) for circuit in circuits]
        assert matches == [i == j for j in range(3)]


def test_counts_repeat_with_the_seed_of_the_server(serve, service_at):
    def counts(seed):
        job = service_at(serve("--seed", seed)).create_job(asymmetric_3(), target="qpu.aria-1", repetitions=1000)
        return job.results(polling_seconds=SOON).counts()

    assert counts("5") == counts("5")
    assert counts("5") != counts("6")


# ------------------------------------------------------------------------------------------------------------- the life of a job


def test_listing_jobs_goes_through_all_pages_and_ends(serve, service_at):
    service = service_at(serve())
    bell = cirq.Circuit(cirq.H(Q[0]), cirq.CNOT(Q[0], Q[1]))
    assert len(service.list_jobs()) == 0

    ids = [service.create_job(bell, target="simulator").job_id()]
    assert [job.job_id() for job in service.list_jobs()] == ids

    ids += [service.create_job(bell, target="simulator").job_id() for _ in range(129)]
    listed = [job.job_id() for job in service.list_jobs(limit=1000)]
    assert sorted(listed) == sorted(ids)
    assert [job.job_id() for job in service.list_jobs()] == listed[:100]


def test_listing_jobs_keeps_to_the_status_asked_for(serve, service_at):
    service = service_at(serve("--queue-time", "1h"))
    jobs = [service.create_job(cirq.Circuit(cirq.X(Q[0])), target="simulator") for _ in range(3)]
    jobs[1].cancel()

    assert [job.job_id() for job in service.list_jobs(status="canceled")] == [jobs[1].job_id()]
    assert len(service.list_jobs(status="completed")) == 0
    jobs[0].cancel(), jobs[2].cancel()  # or the cloud would wait for them when it is stopped


def test_a_canceled_job_has_no_results_and_says_why(serve, service_at):
    service = service_at(serve("--queue-time", "1h"))
    job = service.create_job(cirq.Circuit(cirq.X(Q[0])), target="simulator")
    assert job.status() in ("submitted", "ready")

    job.cancel()

    assert job.status() == "canceled"
    assert service.get_job(job.job_id()).status() == "canceled"
    with pytest.raises(RuntimeError, match="canceled"):
        job.results()


def test_a_job_canceled_elsewhere_has_no_results_and_says_why(serve, service_at):
    service = service_at(serve("--queue-time", "1h"))
    job = service.create_job(cirq.Circuit(cirq.X(Q[0])), target="simulator")
    service.get_job(job.job_id()).cancel()
    with pytest.raises(RuntimeError, match="canceled"):
        job.results(polling_seconds=SOON)


def test_a_job_that_takes_longer_than_asked_for_times_out(serve, service_at):
    service = service_at(serve("--queue-time", "1h"))
    job = service.create_job(cirq.Circuit(cirq.X(Q[0])), target="simulator")
    try:
        with pytest.raises(TimeoutError, match="timed out"):
            job.results(timeout_seconds=0.1, polling_seconds=SOON)
    finally:
        job.cancel()


def test_a_deleted_job_is_not_found_again(service):
    job = service.create_job(cirq.Circuit(cirq.X(Q[0])), target="simulator")
    job.delete()
    assert job.status() == "deleted"
    with pytest.raises(cirq_ionq.IonQNotFoundException):
        service.get_job(job.job_id())


def test_a_failed_job_says_why(service):
    too_wide = cirq.Circuit(cirq.X(cirq.LineQubit(35)))
    with pytest.raises(RuntimeError, match="36 qubits.* has 29"):
        service.create_job(too_wide, target="simulator").results(polling_seconds=SOON)

    not_for_forte = cirq.Circuit(MSGate(phi0=0, phi1=0)(Q[0], Q[1]))
    with pytest.raises(RuntimeError, match="qpu.forte-1 .* ms"):
        service.create_job(not_for_forte, target="qpu.forte-1").results(polling_seconds=SOON)


def test_one_failed_circuit_of_a_batch_is_named(service):
    circuits = [between_pulses(NATIVE_GATES[name]) for name in ("zz", "ms", "zz")]
    with pytest.raises(RuntimeError, match="circuit 1: .* ms"):
        service.create_batch_job(circuits, target="qpu.forte-1").results(polling_seconds=SOON)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"target": "simulator", "repetitions": 0}, "shots 0"),
        ({"target": "qpu.nowhere"}, "qpu.nowhere"),
        ({"target": "simulator", "noise": {"model": "no-such-noise"}}, "no-such-noise"),
    ],
    ids=["no_shots", "unknown_backend", "unknown_noise"],
)
def test_a_bad_request_is_refused_with_its_reason(service, asked, words):
    with pytest.raises(cirq_ionq.IonQException, match=f"'message': '[^']*{words}") as refused:
        service.create_job(cirq.Circuit(cirq.X(Q[0])), **asked)
    assert refused.value.status_code == 400


def test_only_the_key_of_the_server_is_accepted(serve, service_at):
    cloud = serve("--api-key", "right")
    circuit = cirq.Circuit(cirq.X(Q[0]))
    with pytest.raises(cirq_ionq.IonQException, match="Not authorized") as refused:
        service_at(cloud, key="wrong").create_job(circuit, target="simulator")
    assert refused.value.status_code == 401
    assert service_at(cloud, key="right").create_job(circuit, target="simulator").results().probabilities() == {1: 1}


# --------------------------------------------------------------------------------------------------------------- side by side


def test_ten_workers_with_one_circuit_each_have_their_jobs_running_together(serve, service_at):
    cloud = serve("--queue-time", "100ms", "--run-time", "800ms")
    service = service_at(cloud)
    circuits = [random_circuit(seed) for seed in range(200, 210)]

    def run(circuit):
        job = service.create_job(circuit, target="simulator")
        return job, job.results()

    with ThreadPoolExecutor(max_workers=10) as pool:
        done = list(pool.map(run, circuits))

    for circuit, (_, result) in zip(circuits, done, strict=True):
        assert_same(received(result), simulated(circuit))
    jobs = [cloud.get(f"jobs/{job.job_id()}") for job, _ in done]
    at_once = max(sum(j["started_at"] <= i["started_at"] < j["completed_at"] for j in jobs) for i in jobs)
    assert at_once >= 8, [(job["submitted_at"], job["started_at"], job["completed_at"]) for job in jobs]
