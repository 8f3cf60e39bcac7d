"""qiskit-ionq: noise models, QPU backends, error mitigation, characterization, estimates, dry runs."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from distributions import ARIA_1, FORTE_1, distance, of_sampling
from qiskit import QuantumCircuit, transpile
from qiskit_ionq import ErrorMitigation, GPI2Gate, GPIGate, MSGate, ZZGate
from qiskit_ionq.exceptions import IonQAPIError, IonQJobError
from qiskit_support import (
    SOON,
    asymmetric_3,
    dense,
    provider,
    provider_at,
    quietly,
    random_circuit,
    simulated,
    simulator,
    there_and_back,
)

pytestmark = quietly


def test_the_devices_have_the_qubits_that_ionq_says(provider):
    qubits = {"simulator": 29, "qpu.harmony": 11, "qpu.aria-1": 25, "qpu.aria-2": 25, "qpu.forte-1": 36, "qpu.forte-enterprise-1": 36}
    assert {name: provider.get_backend(name).num_qubits for name in qubits} == qubits


# ----------------------------------------------------------------------------------------------------------------------- noise


def test_a_noise_model_returns_noisy_counts_that_its_seed_repeats(provider):
    backend = provider.get_backend("simulator", gateset="native")

    def counts(seed):
        backend.set_options(noise_model="aria-1", sampler_seed=seed)
        return backend.run(there_and_back(20), shots=2000).result(wait=SOON).get_counts()

    noisy = counts(7)
    assert sum(noisy.values()) == 2000
    stays = 1 / 4 + 3 / 4 * (1 - ARIA_1.two_qubit) ** 40  # of depolarizing after each of 40 gates
    assert abs(noisy["00"] - 2000 * stays) < 5 * np.sqrt(2000 * stays * (1 - stays))
    assert counts(7) == noisy
    assert counts(8) != noisy


@pytest.mark.parametrize("model", ["aria-1", "aria-2", "forte-1", "forte-enterprise-1", "harmony"])
def test_a_circuit_of_the_abstract_gates_is_noisy_under_every_model_and_near_the_ideal(provider, model):
    """Five qubits with four entangling gates at least; the published rates are all below two in a hundred."""
    ghz = QuantumCircuit(5, 5)
    ghz.h(0)
    for q in range(4):
        ghz.cx(q, q + 1)
    ghz.measure(range(5), range(5))
    backend = provider.get_backend("simulator")
    backend.set_options(noise_model=model, sampler_seed=11)

    counts = backend.run(ghz, shots=5000).result(wait=SOON).get_counts()

    assert sum(counts.values()) == 5000
    wrong = 5000 - counts["00000"] - counts["11111"]
    # one of at least four gates depolarizes two qubits and leaves at most half of that among the two right outcomes
    assert wrong > (1 - (1 - 0.004) ** 4) * 5000 / 4
    assert wrong < (1 - (1 - 0.05) ** 8) * 5000


# ------------------------------------------------------------------------------------------------------------------------ QPUs


def test_aria_1_returns_every_shot_and_the_counts_are_those_of_the_shots(provider):
    backend = provider.get_backend("qpu.aria-1")
    job = backend.run(transpile(asymmetric_3(), backend), shots=1000, memory=True)
    result = job.result(wait=SOON)

    memory = result.get_memory()
    assert len(memory) == 1000
    assert {bits: memory.count(bits) for bits in set(memory)} == result.get_counts()
    near = ARIA_1.of_noise(40, 3, 3) + of_sampling(1000, 8)
    assert distance(dense(result.get_counts(), 3) / 1000, dense(simulated(asymmetric_3()), 3)) < near


@pytest.mark.parametrize(("name", "device"), [("qpu.aria-1", ARIA_1), ("qpu.forte-1", FORTE_1)])
def test_a_batch_on_a_qpu_returns_the_shots_of_each_circuit(provider, name, device):
    flipped = [QuantumCircuit(3, 3) for _ in range(3)]
    for q, circuit in enumerate(flipped):
        circuit.x(q)
        circuit.measure(range(3), range(3))
    result = provider.get_backend(name).run(flipped, shots=400, memory=True).result(wait=SOON)
    for q, bits in enumerate(["001", "010", "100"]):
        assert len(result.get_memory(q)) == 400
        assert result.get_memory(q).count(bits) > 400 * (1 - device.of_noise(3, 0, 3) - of_sampling(400, 2))


def test_sharpening_a_debiased_job_leaves_the_outcome_that_every_variant_had_most(provider):
    backend = provider.get_backend("qpu.aria-1", gateset="native")
    job = backend.run(there_and_back(15), shots=3000, error_mitigation=ErrorMitigation.DEBIASING)
    average, sharpened = (job.result(wait=SOON, sharpen=sharpen).get_counts() for sharpen in (False, True))
    assert sharpened == {"00": 3000}
    assert 1000 < average["00"] < 2800


@pytest.mark.filterwarnings("ignore:The parameter.*is not checked")
@pytest.mark.parametrize("aggregation", ["average", "voting"])
def test_the_next_way_to_ask_for_an_aggregation_means_the_same(provider, aggregation):
    backend = provider.get_backend("qpu.aria-1", gateset="native")
    job = backend.run(there_and_back(15), shots=3000, error_mitigation=ErrorMitigation.DEBIASING)
    old = job.result(wait=SOON, sharpen=aggregation == "voting").get_counts()
    new = job.result(wait=SOON, extra_query_params={"aggregation": aggregation}).get_counts()
    assert new == old


def test_a_debiased_job_shows_its_variants_whose_shots_are_all_shots(provider, cloud):
    backend = provider.get_backend("qpu.aria-1")
    job = backend.run(asymmetric_3(), shots=1000)  # by default, from 500 shots on
    job.wait_for_final_state(wait=SOON)
    variants = cloud.get(f"jobs/{job.job_id()}")["output"]["error_mitigation"]["debiasing"]["variants"]
    assert len(variants) > 1
    assert sum(variant["shots"] for variant in variants) == 1000
    maps = [tuple(variant["qubit_map"]) for variant in variants]
    assert len(set(maps)) > 1
    assert all(len(set(places)) == len(places) for places in maps)


def test_without_debiasing_there_are_no_variants(provider, cloud):
    backend = provider.get_backend("qpu.aria-1")
    job = backend.run(asymmetric_3(), shots=1000, error_mitigation=ErrorMitigation.NO_DEBIASING)
    job.wait_for_final_state(wait=SOON)
    assert "debiasing" not in cloud.get(f"jobs/{job.job_id()}")["output"].get("error_mitigation", {})


# ------------------------------------------------------------------------------------------------ characterization, estimates


def test_a_characterization_has_what_the_sdk_reads(provider):
    forte = provider.get_backend("qpu.forte-1")
    newest = forte.calibration()

    assert (newest.backend, newest.qubits, forte.status()) == ("qpu.forte-1", 36, True)
    assert len({frozenset(pair) for pair in newest.connectivity}) == 36 * 35 // 2
    assert 0.9 < newest.median_spam_fidelity < 1
    assert timedelta(0) <= datetime.now(UTC) - newest.date < timedelta(days=3650)
    assert 0 < newest.timing["1q"] < newest.timing["2q"] < newest.timing["t2"] <= newest.timing["t1"]
    assert provider.get_backend("simulator").calibration() is None


def test_characterizations_are_listed_newest_first_and_no_more_than_asked_for(provider):
    client = provider.get_backend("qpu.aria-1").client
    listed = client.get_calibration_data("qpu.aria-1")
    assert [of_day.date for of_day in listed] == sorted((of_day.date for of_day in listed), reverse=True)
    assert client.get_calibration_data("qpu.aria-1", limit=1) == listed[:1]
    assert client.get_latest_calibration("qpu.aria-1") == listed[0]


def test_an_estimate_repeats_what_was_asked_and_grows_with_the_shots(simulator):
    def estimate(shots, **more):
        return simulator.client.estimate_job(backend="ionq_qpu.forte-1", oneq_gates=40, twoq_gates=12, qubits=5, shots=shots, **more)

    few, many = estimate(1000), estimate(5000, error_mitigation=True, session=True)

    assert (few.backend, few.oneq_gates, few.twoq_gates, few.qubits, few.shots) == ("qpu.forte-1", 40, 12, 5, 1000)
    assert (few.error_mitigation, many.error_mitigation) == (False, True)
    assert 0 < few.cost < many.cost
    assert 0 < few.exec_time < many.exec_time
    assert few.total_runtime == few.exec_time + few.queue_time
    assert abs(datetime.now(UTC) - few.estimated_at) < timedelta(minutes=5)
    assert few.rate_information


def test_a_simulator_costs_nothing(simulator):
    assert simulator.client.estimate_job(backend="simulator", oneq_gates=4, twoq_gates=1, qubits=2, shots=1000).cost == 0


# -------------------------------------------------------------------------------------------------------------------- dry runs


def in_qiskit(compiled):
    """The API's native gates as qiskit-ionq's own."""
    circuit = QuantumCircuit(compiled["qubits"])
    for gate in compiled["circuit"]:
        match gate:
            case {"gate": "gpi", "target": q, "phase": phase}:
                circuit.append(GPIGate(phase), [q])
            case {"gate": "gpi2", "target": q, "phase": phase}:
                circuit.append(GPI2Gate(phase), [q])
            case {"gate": "ms", "targets": targets, "phases": phases, "angle": angle}:
                circuit.append(MSGate(*phases, angle), targets)
            case {"gate": "zz", "targets": targets, "angle": angle}:
                circuit.append(ZZGate(angle), targets)
            case _:
                raise ValueError(f"{gate} is no native gate")
    return circuit


@pytest.mark.parametrize(("name", "gate"), [("qpu.aria-1", "ms"), ("qpu.forte-1", "zz")])
@pytest.mark.parametrize("circuit", [asymmetric_3(), random_circuit(4)], ids=lambda circuit: circuit.name)
def test_a_dry_run_gives_a_compiled_circuit_of_the_devices_gates_that_measures_the_same(provider, circuit, name, gate):
    job = provider.get_backend(name).run(circuit, shots=100, dry_run=True)
    job.wait_for_final_state(wait=SOON)
    compiled = job.compiled_circuit("native")

    ours = in_qiskit(compiled)
    width = circuit.num_qubits
    assert {"ms", "zz"} & set(ours.count_ops()) == {gate}
    np.testing.assert_allclose(dense(simulated(ours, range(width)), width), dense(simulated(circuit), width), rtol=0, atol=1e-9)
    assert job.compiled_circuit("ionq.native.v1") == compiled
    with pytest.raises(IonQJobError, match="dry_run"):
        job.result(wait=SOON)


def test_a_compiled_circuit_of_a_language_that_there_is_not_names_those_there_are(provider):
    job = provider.get_backend("qpu.aria-1").run(asymmetric_3(), shots=100)
    job.wait_for_final_state(wait=SOON)
    with pytest.raises(IonQJobError, match="ionq.native.v1"):
        job.compiled_circuit("fortran")


def test_debiasing_fewer_than_500_shots_is_refused(provider):
    with pytest.raises(IonQAPIError, match="500"):
        provider.get_backend("qpu.aria-1").run(asymmetric_3(), shots=100, error_mitigation=ErrorMitigation.DEBIASING)
