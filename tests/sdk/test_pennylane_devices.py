"""pennylane-ionq: noise models, QPU backends, error mitigation, what is sent along, errors, keys."""

import numpy as np
import pennylane as qml
import pytest
from distributions import ARIA_1, FORTE_1, assert_same, distance, of_sampling
from pennylane_ionq.api_client import JobExecutionError
from pennylane_support import asymmetric_3, at, connected, native, quietly, sampled, simulated, there_and_back

pytestmark = quietly


def test_a_noise_model_returns_noisy_counts_that_its_seed_repeats():
    def distribution(seed):
        device = qml.device("ionq.simulator", wires=2, gateset="native", noise_model="aria-1", noise_seed=seed)
        sampled(there_and_back(20), device, shots=2000)
        return device.prob

    noisy = distribution(7)
    stays = 1 / 4 + 3 / 4 * (1 - ARIA_1.two_qubit) ** 40  # of depolarizing after each of 40 gates
    assert abs(noisy[0] - stays) < 5 * np.sqrt(stays * (1 - stays) / 2000)
    assert_same(noisy * 2000, np.round(noisy * 2000))
    assert distribution(7).tolist() == noisy.tolist()
    assert distribution(8).tolist() != noisy.tolist()


@pytest.mark.parametrize("model", ["ideal", "harmony", "aria-1", "aria-2", "forte-1", "forte-enterprise-1"])
def test_every_noise_model_that_the_sdk_knows_is_known(model):
    device = qml.device("ionq.simulator", wires=3, noise_model=model, noise_seed=3)
    sampled(asymmetric_3, device, shots=2000)
    near = 1 - (1 - 0.05) ** 3 * (1 - 0.005) ** 40 + of_sampling(2000, 8)
    assert distance(device.prob, simulated(asymmetric_3, 3)) < (1e-9 if model == "ideal" else near)


@pytest.mark.parametrize(("name", "published"), [("aria-1", ARIA_1), ("forte-1", FORTE_1)])
def test_a_qpu_returns_counts_over_the_shots_near_the_ideal_distribution(name, published):
    device = qml.device("ionq.qpu", wires=3, backend=name)
    counts = sampled(asymmetric_3, device, shots=1000)
    assert sum(counts.values()) == 1000
    assert_same(device.prob * 1000, np.round(device.prob * 1000))
    assert_same(device.prob.sum(), 1)
    near = published.of_noise(40, 3, 3) + of_sampling(1000, 8)
    assert distance(device.prob, simulated(asymmetric_3, 3)) < near


def test_sharpening_a_debiased_job_leaves_the_outcome_that_every_variant_had_most():
    def distribution(sharpen):
        asked = {"gateset": "native", "error_mitigation": {"debiasing": True}, "sharpen": sharpen}
        device = qml.device("ionq.qpu", wires=2, backend="aria-1", **asked)
        sampled(there_and_back(15), device, shots=3000)
        return device.prob

    assert distribution(True).tolist() == [1, 0, 0, 0]
    assert 0.33 < distribution(False)[0] < 0.93
    assert 0.33 < distribution(None)[0] < 0.93


def test_what_is_sent_along_comes_back(cloud):
    asked = {"job_name": "näme", "metadata": {"run": "42"}, "compilation": {"opt": 1, "precision": "1E-3"}}
    sampled(asymmetric_3, qml.device("ionq.simulator", wires=3, **asked))
    newest = cloud.get("jobs?limit=1")["jobs"][0]
    assert (newest["name"], newest["metadata"]) == ("näme", {"run": "42"})
    assert newest["settings"]["compilation"] == {"opt": 1, "precision": "1E-3"}


def test_a_dry_run_is_submitted_and_not_waited_for(cloud):
    device = qml.device("ionq.qpu", wires=3, backend="forte-1", dry_run=True, job_name="dry")
    tape = qml.tape.QuantumScript(qml.tape.make_qscript(asymmetric_3)().operations, [qml.counts()], shots=100)
    assert device.batch_execute([tape]) == [[]]
    newest = cloud.get("jobs?limit=1")["jobs"][0]
    assert (newest["name"], newest["dry_run"]) == ("dry", True)
    assert newest["results"] is None


# --------------------------------------------------------------------------------------------------------------------- errors


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

