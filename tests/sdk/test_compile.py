"""`paultrap compile` against the compilers of cirq-ionq and qiskit-ionq: never more entangling gates, always fewer pulses.

The circuits and what the SDKs make of them are in `benches/compilers`. Whether our output is right is asked of Cirq: its
gates, its matrices, its simulator.
"""

import json
import subprocess
import sys
from functools import cache

import cirq
import numpy as np
import pytest
from cirq_ionq import GPI2Gate, GPIGate, MSGate, ZZGate
from conftest import BINARY, REPOSITORY

BENCH = REPOSITORY / "benches/compilers"
sys.path.insert(0, str(BENCH))
import circuits
import compare
import judge
import with_cirq
import with_qiskit

pytestmark = pytest.mark.filterwarnings("ignore:Transpiler default optimization_level")

CIRCUITS = circuits.all_circuits()
PEERS = json.loads((BENCH / "peers.json").read_text())["circuits"]

every_circuit = pytest.mark.parametrize("name", CIRCUITS)
both_targets = pytest.mark.parametrize("target", ["aria", "forte"])
both_modes = pytest.mark.parametrize("mode", ["default", "exact"])


@cache
def compiled(name, target, mode):
    command = [BINARY, "compile", BENCH / "circuits" / f"{name}.json", "--target", target, "--format", "json"]
    done = subprocess.run(command + ["--exact"] * (mode == "exact"), capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    circuit = json.loads(done.stdout)
    assert (circuit["gateset"], circuit["qubits"]) == ("native", CIRCUITS[name]["qubits"])
    return circuit["circuit"]


# ------------------------------------------------------------------------------------------------------------------- the cost


@every_circuit
@both_targets
@both_modes
def test_no_peer_has_fewer_entangling_gates_or_as_few_pulses(name, target, mode):
    ours = judge.cost(compiled(name, target, mode), target)
    kind = {"default": "best", "exact": "exact"}[mode]
    theirs = [PEERS[name][target][peer][kind] for peer in ("cirq", "qiskit")]
    assert ours["two"] <= min(peer["two"] for peer in theirs)
    assert ours["one"] < min(peer["one"] for peer in theirs)


@both_targets
def test_five_qubits_are_entangled_by_four_gates_and_at_most_ten_pulses(target):
    ours = judge.cost(compiled("ghz_5", target, "default"), target)
    assert ours["two"] == 4
    assert ours["one"] <= 10


# ------------------------------------------------------------------------------------------------------------------ the truth


def native_in_cirq(gates, qubits):
    line = cirq.LineQubit.range(qubits)
    return cirq.Circuit(cirq_operation(gate, line) for gate in gates)


def cirq_operation(gate, line):
    """One gate of the API's JSON as cirq-ionq's own gate; unknown names and missing fields are errors."""
    match gate:
        case {"gate": "gpi", "target": q, "phase": phase}:
            return GPIGate(phi=phase)(line[q])
        case {"gate": "gpi2", "target": q, "phase": phase}:
            return GPI2Gate(phi=phase)(line[q])
        case {"gate": "ms", "targets": [a, b], "phases": [first, second], "angle": angle}:
            return MSGate(phi0=first, phi1=second, theta=angle)(line[a], line[b])
        case {"gate": "zz", "targets": [a, b], "angle": angle}:
            return ZZGate(theta=angle)(line[a], line[b])
    raise ValueError(f"{gate} is no native gate")


def asked_and_made(name, target, mode, of):
    """Qubit 0 is the least significant bit of the API's outcomes, the first qubit the most significant of Cirq's."""
    qubits = CIRCUITS[name]["qubits"]
    order = list(reversed(cirq.LineQubit.range(qubits)))
    asked = with_cirq.build(CIRCUITS[name], measured=False)
    made = native_in_cirq(compiled(name, target, mode), qubits)
    return of(asked, order), of(made, order)


def operation(circuit, order):
    return circuit.unitary(qubit_order=order, qubits_that_should_be_present=order, dtype=np.complex128)


def outcomes(circuit, order):
    return np.abs(circuit.final_state_vector(qubit_order=order, dtype=np.complex128)) ** 2


@every_circuit
@both_targets
def test_the_compiled_circuit_measures_the_same(name, target):
    asked, made = asked_and_made(name, target, "default", outcomes)
    np.testing.assert_allclose(made, asked, rtol=0, atol=1e-9)


@every_circuit
@both_targets
def test_compiled_exactly_it_is_the_same_operation_up_to_a_global_phase(name, target):
    asked, made = asked_and_made(name, target, "exact", operation)
    phase = np.vdot(made, asked)
    assert abs(phase) == pytest.approx(len(asked), rel=1e-9)
    np.testing.assert_allclose(made * phase / abs(phase), asked, rtol=0, atol=1e-9)


@every_circuit
@both_targets
@both_modes
def test_every_phase_and_angle_is_one_that_the_api_takes(name, target, mode):
    """In turns. Of the angle of a zz its manual says nothing."""
    for gate in compiled(name, target, mode):
        phases = gate.get("phases", [gate["phase"]] if "phase" in gate else [])
        assert all(-1 <= phase <= 1 for phase in phases), gate
        assert gate["gate"] != "ms" or 0 <= gate["angle"] <= 0.25, gate


# ------------------------------------------------------------------------------------------------------- what it is held against


def test_the_files_are_the_circuits_that_the_peers_were_given():
    for name, circuit in CIRCUITS.items():
        assert json.loads((BENCH / "circuits" / f"{name}.json").read_text()) == {"name": name} | circuit


@pytest.mark.parametrize("name", ["ghz_5", "toffoli_layer", "team", "blocks_4x3"])
@both_targets
@pytest.mark.parametrize("label, peer", [("cirq", with_cirq), ("qiskit", with_qiskit)])
def test_a_peer_does_no_better_today_than_was_recorded(name, target, label, peer, monkeypatch):
    monkeypatch.setattr(compare, "milliseconds", lambda _: None)
    today, _ = compare.of_peer(peer, CIRCUITS[name], target)
    for kind, found in today.items():
        recorded = PEERS[name][target][label][kind]
        assert (recorded["two"], recorded["one"]) <= (found["two"], found["one"]), kind
