"""cirq-ionq: native gates, noise models, QPU backends, error mitigation, characterization.

Native circuits run as they are sent, so their noise is known exactly; what becomes of QIS gates on a device is its own
business, and theirs is bounded.
"""

import datetime

import cirq
import cirq_ionq
import numpy as np
import pytest
from cirq_ionq import AriaNativeGateset, ForteNativeGateset, GPI2Gate, GPIGate, MSGate, ZZGate
from cirq_support import (
    GATES,
    Q,
    V04,
    all_results,
    asymmetric_3,
    between_rotations,
    debiasing,
    noise,
    random_circuit,
    received,
    result,
    service,
    service_at,
    simulated,
    with_depolarizing,
)
from distributions import ARIA_1, FORTE_1, assert_same, distance, of_sampling, surprises


@pytest.mark.parametrize("seed", [2, 6, 8])
@pytest.mark.parametrize("gateset", [AriaNativeGateset(), ForteNativeGateset()], ids=["aria", "forte"])
def test_a_circuit_compiled_by_cirq_for_a_native_gateset_keeps_its_probabilities(service, gateset, seed):
    circuit = random_circuit(seed)
    native = cirq.optimize_for_target_gateset(circuit, gateset=gateset)
    assert gateset.validate(native)

    ours = received(result(service.create_job(native, target="simulator")))

    assert_same(ours, simulated(native))
    np.testing.assert_allclose(ours, simulated(circuit), rtol=0, atol=1e-6)  # cirq compiles to 1e-8 in a gate


# ----------------------------------------------------------------------------------------------------------------------- noise


def there_and_back(pairs=30):
    """Ends where it began, but for the noise; then two pulses."""
    pair = [MSGate(phi0=0.1, phi1=0.3)(Q[0], Q[1]), MSGate(phi0=0.6, phi1=0.3)(Q[0], Q[1])]
    return cirq.Circuit([pair, GPIGate(phi=0.2)(Q[2])] * pairs, GPI2Gate(phi=0.1)(Q[0]), GPIGate(phi=0.4)(Q[1]))


def turned_there_and_back():
    """The same for Forte."""
    pair = [ZZGate(theta=0.25)(Q[0], Q[1]), ZZGate(theta=-0.25)(Q[0], Q[1])]
    return cirq.Circuit([pair, GPIGate(phi=0.2)(Q[2])] * 30, GPI2Gate(phi=0.1)(Q[0]), GPIGate(phi=0.4)(Q[1]))


def compiled_for_aria():
    return cirq.optimize_for_target_gateset(random_circuit(11), gateset=AriaNativeGateset())


@pytest.mark.parametrize(
    ("native", "model", "device"),
    [(there_and_back, "aria-1", ARIA_1), (compiled_for_aria, "aria-1", ARIA_1), (turned_there_and_back, "forte-1", FORTE_1)],
)
def test_a_native_circuit_under_a_noise_model_returns_counts_of_that_noise(service, native, model, device):
    circuit, shots = native(), 20_000

    job = service.create_job(circuit, target="simulator", repetitions=shots, **noise(model, seed=7))
    of_outcomes = result(job).probabilities()
    counts = {outcome: round(p * shots) for outcome, p in of_outcomes.items()}

    assert all(abs(p * shots - round(p * shots)) < 1e-6 for p in of_outcomes.values())
    assert sum(counts.values()) == shots
    assert not surprises(counts, with_depolarizing(circuit, device))
    assert surprises(counts, simulated(circuit)), "this circuit would not notice missing noise"


def test_the_seed_of_a_noise_model_decides_the_counts_on_any_cloud(serve, service_at):
    def counts(cloud, seed):
        job = service_at(cloud).create_job(asymmetric_3(), target="simulator", repetitions=1000, **noise("aria-1", seed))
        return result(job).probabilities()

    one, other = serve("--seed", "1"), serve("--seed", "2")
    assert counts(one, 7) == counts(one, 7) == counts(other, 7)
    assert counts(one, 7) != counts(one, 8)


# ------------------------------------------------------------------------------------------------------------------------ QPUs


def of_device(device, two, qubits, shots):
    """How far counts of QIS gates can be from the ideal: two-qubit gates lowered to one each, ten pulses around each."""
    return device.of_noise(10 * two + 3 * qubits, two, qubits) + of_sampling(shots, 2**qubits)


@pytest.mark.parametrize(("target", "device"), [("qpu.aria-1", ARIA_1), ("qpu.forte-1", FORTE_1)], ids=["aria", "forte"])
def test_a_qpu_returns_as_many_counts_as_repetitions_near_the_ideal_distribution(service, target, device):
    shots, ideal = 10_000, simulated(asymmetric_3())

    job = service.create_job(asymmetric_3(), target=target, repetitions=shots)
    ours = result(job)

    assert isinstance(ours, cirq_ionq.QPUResult)
    assert (ours.repetitions(), job.target()) == (shots, target)
    assert sum(ours.counts().values()) == shots
    near = of_device(device, two=3, qubits=3, shots=shots)
    assert distance(received(ours), ideal) < near
    reversed_bits = [ideal[int(f"{outcome:03b}"[::-1], 2)] for outcome in range(8)]
    assert distance(reversed_bits, ideal) > near, "this circuit would not notice reversed bits"
    assert len(ours.to_cirq_result().measurements["first"]) == shots


def test_a_native_circuit_on_aria_1_has_the_noise_of_its_gates_and_of_three_measurements(service):
    shots, circuit = 10_000, there_and_back()
    ours = received(result(service.create_job(circuit, target="qpu.aria-1", repetitions=shots)))

    of_measurement = 1 - (1 - ARIA_1.spam) ** 3
    # A device may have better and worse pairs of qubits: a fifth of the gates' noise is left open.
    of_gates = distance(with_depolarizing(circuit, ARIA_1), simulated(circuit))
    near = of_measurement + of_sampling(shots, 8) + of_gates / 5
    assert distance(ours, with_depolarizing(circuit, ARIA_1)) < near
    assert distance(ours, simulated(circuit)) > near


def test_a_batch_on_aria_1_returns_the_counts_of_each_circuit(service):
    circuits = [between_rotations(GATES[name]) for name in ("cnot", "swap", "yy")]
    results = all_results(service.create_batch_job(circuits, target="qpu.aria-1", repetitions=5000))

    near = of_device(ARIA_1, two=3, qubits=3, shots=5000)
    for i, ours in enumerate(results):
        assert isinstance(ours, cirq_ionq.QPUResult)
        assert ours.repetitions() == 5000
        far = [distance(received(ours), simulated(circuit)) for circuit in circuits]
        assert far[i] < near
        assert far[i] == min(far)


def test_counts_repeat_with_the_seed_of_the_server(serve, service_at):
    def counts(seed):
        job = service_at(serve("--seed", seed)).create_job(asymmetric_3(), target="qpu.aria-1", repetitions=1000)
        return result(job).counts()

    assert counts("5") == counts("5")
    assert counts("5") != counts("6")


# ----------------------------------------------------------------------------------------------------------- error mitigation


def peaked():
    """One outcome but for the noise, which no compiler can take away: native gates run as they are."""
    return there_and_back(pairs=15)[:-1] + cirq.Circuit(GPIGate(phi=0.4)(Q[1]))


def test_sharpening_a_debiased_job_leaves_the_outcome_that_every_variant_had_most(service):
    circuit = peaked()
    likely = int(np.argmax(simulated(circuit)))
    job = service.create_job(circuit, target="qpu.aria-1", repetitions=3000, **debiasing(True))

    average, sharpened = (result(job, sharpen=sharpen).counts() for sharpen in (False, True))

    assert sharpened == {likely: 3000}
    assert 1000 < average[likely] < 2800
    assert len(average) > 3
    assert result(job).counts() == average, "averaging is the default"


def test_a_native_job_is_not_debiased_unless_it_asks_for_it(service):
    job = service.create_job(peaked(), target="qpu.aria-1", repetitions=3000)
    plain, sharpened = (result(job, sharpen=sharpen).counts() for sharpen in (False, True))
    assert plain == sharpened
    assert len(plain) > 3


def test_debiasing_fewer_than_500_shots_is_refused(service):
    with pytest.raises(cirq_ionq.IonQException, match="500") as refused:
        service.create_job(asymmetric_3(), target="qpu.aria-1", repetitions=499, **debiasing(True))
    assert refused.value.status_code == 400


# --------------------------------------------------------------------------------------------------- dry runs, characterization

if V04:

    def test_a_dry_run_is_compiled_and_priced_and_has_no_results(service, cloud):
        job = service.create_job(asymmetric_3(), target="qpu.forte-1", repetitions=100, dry_run=True)
        with pytest.raises(cirq_ionq.IonQNotFoundException):
            result(job)
        assert job.status() == "completed"
        assert cloud.get(f"jobs/{job.job_id()}")["results"] is None
        cost = cloud.get(f"jobs/{job.job_id()}/cost")
        assert cost["dry_run"] is True
        assert cost["estimated_cost"]["value"] > 0

    def test_settings_of_compilation_come_back_as_sent(service, cloud):
        settings = {"opt": 1, "precision": "1E-4"}
        job = service.create_job(asymmetric_3(), target="simulator", compilation=settings)
        result(job)
        assert cloud.get(f"jobs/{job.job_id()}")["settings"]["compilation"] == settings


def test_the_current_calibration_is_that_of_a_qpu_with_all_to_all_connectivity(service):
    current = service.get_current_calibration()
    qubits = current.num_qubits()
    assert current.target().startswith("qpu.")
    assert len(current.connectivity()) == qubits * (qubits - 1)
    assert abs(datetime.datetime.now(datetime.UTC) - current.calibration_time()) < datetime.timedelta(days=3650)
    assert 0.9 < next(iter(current.fidelities()["2q"].values())) < 1
    assert 0 < current.timings()["1q"] < current.timings()["2q"] < 1


def test_calibrations_are_listed_newest_first_and_end(service):
    listed = service.list_calibrations()
    dates = [calibration.calibration_time() for calibration in listed]
    assert len(listed) >= 1
    assert dates == sorted(dates, reverse=True)
    assert len(service.list_calibrations(limit=1)) == 1


def test_calibrations_of_the_future_are_none(service):
    tomorrow = datetime.datetime.now(datetime.UTC if V04 else None) + datetime.timedelta(days=1)
    assert service.list_calibrations(start=tomorrow) == []
    assert service.list_calibrations(end=tomorrow) != []
