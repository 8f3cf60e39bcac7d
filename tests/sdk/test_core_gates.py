"""ionq-core: circuits and their results in every format. The truth is numpy."""

import json

import numpy as np
import pytest
from core_support import (
    ASYMMETRIC,
    BELL,
    FIXED,
    TURNED,
    client,
    client_of,
    finished,
    multi_payload,
    payload,
    probabilities,
    program,
    quietly,
    random_circuit,
    random_native,
    simulated,
)
from distributions import ARIA_1, assert_same, distance, of_sampling
from ionq_core import wait_for_job
from ionq_core.api.default import get_job, get_job_artifact, get_job_probabilities

pytestmark = quietly


def gate(name):
    """On qubits 2 and 0 of three, turned if it can be."""
    wide = name in ("swap", "xx", "yy", "zz")
    placed = {"gate": name, "targets": [2, 0]} if wide else {"gate": name, "target": 1}
    if name == "cnot":
        placed["control"] = 2
    return placed | ({"rotation": 0.9} if name in TURNED else {})


def between_rotations(middle):
    before = [{"gate": name, "target": q, "rotation": 0.4 + 0.3 * q} for q in range(3) for name in ("ry", "rz")]
    after = [{"gate": name, "target": q, "rotation": 1.1 - 0.25 * q} for q in range(3) for name in ("rx", "ry")]
    return before + middle + after


@pytest.mark.parametrize("name", FIXED | TURNED)
def test_every_gate_of_the_contract_does_what_its_matrix_says(client, name):
    circuit = between_rotations([gate(name)])
    theirs = simulated(circuit, 3)
    assert distance(theirs, simulated(between_rotations([]), 3)) > 1e-3, "this circuit would not notice a missing gate"
    assert_same(probabilities(client, finished(client, payload(circuit, 3)).id, 3), theirs)


@pytest.mark.parametrize("seed", range(12))
def test_random_circuits_have_the_probabilities_of_their_matrices(client, seed):
    circuit, qubits = random_circuit(seed)
    assert_same(probabilities(client, finished(client, payload(circuit, qubits)).id, qubits), simulated(circuit, qubits))


@pytest.mark.parametrize("seed", range(12))
def test_random_native_circuits_have_the_probabilities_of_the_matrices_of_ionq_core(client, seed):
    circuit, qubits = random_native(seed)
    job = finished(client, payload(circuit, qubits, gateset="native"))
    assert_same(probabilities(client, job.id, qubits), simulated(circuit, qubits, "native"))


# --------------------------------------------------------------------------------------------------------------------- batches


def test_a_batch_has_a_child_for_each_circuit_in_order(client):
    circuits = [random_circuit(seed)[0] for seed in (1, 5, 9)]  # three qubits each
    parent = finished(client, multi_payload(circuits, 3, name="three", metadata={"run": "42"}))

    assert (parent.type_, parent.name, parent.metadata.additional_properties) == ("ionq.multi-circuit.v1", "three", {"run": "42"})
    assert len(parent.child_job_ids) == 3
    for child, circuit in zip(parent.child_job_ids, circuits, strict=True):
        assert get_job.sync(uuid=child, client=client).parent_job_id == parent.id
        assert_same(probabilities(client, child, 3), simulated(circuit, 3))

    aggregate = artifact(client, parent, "ionq.result.probabilities-aggregate.json.v1")
    assert list(aggregate) == parent.child_job_ids
    for of_outcomes, circuit in zip(aggregate.values(), circuits, strict=True):
        assert_same([of_outcomes.get(str(outcome), 0) for outcome in range(8)], simulated(circuit, 3))


# --------------------------------------------------------------------------------------------------------------------- formats


def artifact(client, job, format_, found=None):
    """The payload of the job's artifact of that format."""
    descriptors = (found or job.results).additional_properties
    [descriptor] = {of.id: of for of in descriptors.values() if of.format_ == format_}.values()
    reply = get_job_artifact.sync_detailed(uuid=job.id, artifact_id=descriptor.id, client=client)
    assert reply.status_code == 200
    assert reply.headers["content-type"].split(";")[0] == descriptor.media_type
    return json.loads(reply.content) if descriptor.media_type == "application/json" else reply.content.decode()


def test_an_ideal_job_has_probabilities_in_both_formats_and_no_shots(client):
    job = finished(client, payload(ASYMMETRIC, 3))
    first, second = (artifact(client, job, f"ionq.result.probabilities.json.v{version}") for version in (1, 2))
    assert first == get_job_probabilities.sync(uuid=job.id, client=client).additional_properties
    assert as_outcomes(second["probabilities"]) == first
    assert not any("shots" in of.format_ or "histogram" in of.format_ for of in job.results.additional_properties.values())


def as_outcomes(of_registers):
    """What is said of the bits of `output_all`, the last bit of the text the least significant, as outcomes."""
    return {str(int(bits, 2)): value for bits, value in of_registers["registers"]["output_all"].items()}


@pytest.mark.parametrize("backend", ["simulator", "qpu.aria-1"])
def test_a_noisy_job_has_the_same_shots_in_six_formats(client, backend):
    noise = {"noise": {"model": "aria-1", "seed": 3}} if backend == "simulator" else {}
    job = finished(client, payload(ASYMMETRIC, 3, backend=backend, shots=400, **noise))
    of = lambda kind, version: artifact(client, job, f"ionq.result.{kind}.json.v{version}")

    shots, histogram, frequencies = of("shots", 1), of("histogram", 1), of("probabilities", 1)

    assert len(shots) == 400
    assert histogram == {outcome: shots.count(outcome) for outcome in sorted(set(shots), key=int)}
    assert frequencies == pytest.approx({outcome: count / 400 for outcome, count in histogram.items()}, abs=1e-12)
    assert [sum(bit << place for place, bit in enumerate(shot["registers"]["output_all"])) for shot in of("shots", 2)["shots"]] == [
        int(outcome) for outcome in shots
    ]
    assert as_outcomes(of("histogram", 2)["histogram"]) == histogram
    assert as_outcomes(of("probabilities", 2)["probabilities"]) == pytest.approx(frequencies, abs=1e-12)
    dense = np.array([frequencies.get(str(outcome), 0) for outcome in range(8)])
    assert distance(dense, simulated(ASYMMETRIC, 3)) < ARIA_1.of_noise(40, 3, 3) + of_sampling(400, 8)


@pytest.mark.parametrize(("backend", "gates"), [("qpu.aria-1", {"gpi", "gpi2", "ms"}), ("qpu.forte-1", {"gpi", "gpi2", "zz"})])
def test_a_compiled_circuit_is_native_and_measures_the_same(client, backend, gates):
    job = finished(client, payload(ASYMMETRIC, 3, backend=backend, shots=100, dry_run=True))
    assert (job.status, job.dry_run, job.results) == ("completed", True, None)
    compiled = artifact(client, job, "ionq.native.v1", found=job.output.compilation.compiled_circuits)
    assert {gate["gate"] for gate in compiled["circuit"]} <= gates
    assert_same(simulated(compiled["circuit"], compiled["qubits"], "native"), simulated(ASYMMETRIC, 3))


def test_a_compiled_circuit_in_openqasm_3_is_text_that_runs_as_a_job(client):
    job = finished(client, payload(ASYMMETRIC, 3, backend="qpu.forte-1", shots=100))
    text = artifact(client, job, "ionq.qasm3.v1", found=job.output.compilation.compiled_circuits)
    assert text.startswith("OPENQASM 3")
    assert_same(probabilities(client, finished(client, program(text)).id, 3), simulated(ASYMMETRIC, 3))


def test_an_artifact_that_there_is_not_is_not_found(client):
    job = finished(client, payload(BELL, 2))
    with pytest.raises(Exception, match="nothing-of-that-name") as missing:
        get_job_artifact.sync_detailed(uuid=job.id, artifact_id="nothing-of-that-name", client=client)
    assert missing.value.status_code == 404


# ------------------------------------------------------------------------------------------------------------------ OpenQASM 3

RESET = """OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q;
bit[1] early;
bit[2] late;
ry(0.8) q[0];
early[0] = measure q[0];
reset q[0];
h q[0];
ctrl @ ry(0.6) q[0], q[1];
late = measure q;
"""


def test_an_openqasm_program_has_its_registers_and_all_bits_together(client):
    job = finished(client, program(RESET))
    assert job.type_ == "ionq.qasm3.v1"
    registers = artifact(client, job, "ionq.result.probabilities.json.v2")["probabilities"]["registers"]

    early = np.sin(0.4) ** 2
    turned = np.sin(0.3) ** 2
    of_late = {"00": 0.5, "01": 0.5 * (1 - turned), "11": 0.5 * turned}
    assert registers["early"] == pytest.approx({"0": 1 - early, "1": early}, abs=1e-9)
    assert registers["late"] == pytest.approx(of_late, abs=1e-9)
    together = {f"{late}{bit}": p * q for late, p in of_late.items() for bit, q in (("0", 1 - early), ("1", early))}
    assert registers["output_all"] == pytest.approx(together, abs=1e-9)


def test_an_openqasm_program_outside_of_what_runs_is_accepted_and_then_fails(client):
    text = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit q;\nfor int i in [0:3] { x q; }\n'
    job = finished(client, program(text), raise_on_failure=False)
    assert (job.status, job.failure.code) == ("failed", "PreflightError")
    assert "for" in job.failure.message and "line 4" in job.failure.message
