"""cirq-ionq: its native target gatesets, as one call and with what else Cirq offers around it."""

import cirq
import numpy as np
from cirq_ionq import GPI2Gate, GPIGate, MSGate, ZZGate
from cirq_ionq.ionq_native_target_gateset import AriaNativeGateset, ForteNativeGateset

GATESETS = {"aria": AriaNativeGateset(), "forte": ForteNativeGateset()}
ONE_CALL = "gateset"

PLAIN = {
    "h": cirq.H, "x": cirq.X, "y": cirq.Y, "z": cirq.Z, "s": cirq.S, "t": cirq.T,
    "si": cirq.S**-1, "ti": cirq.T**-1, "v": cirq.X**0.5, "vi": cirq.X**-0.5, "swap": cirq.SWAP, "cnot": cirq.CNOT,
}  # fmt: skip
ROTATIONS = {"rx": cirq.rx, "ry": cirq.ry, "rz": cirq.rz}
PRODUCTS = {"xx": cirq.XXPowGate, "yy": cirq.YYPowGate, "zz": cirq.ZZPowGate}


# ------------------------------------------------------------------------------------------------------------- there and back


def build(circuit, measured):
    """The same circuit in Cirq's own gates, on line qubits."""
    line = cirq.LineQubit.range(circuit["qubits"])
    built = cirq.Circuit(operation(gate, line) for gate in circuit["circuit"])
    return built + cirq.measure(*line, key="all") if measured else built


def operation(gate, line):
    name, radians = gate["gate"], gate.get("rotation")
    controls = gate.get("controls", [gate["control"]] if "control" in gate else [])
    qubits = [line[q] for q in controls + gate.get("targets", [gate.get("target")])]
    if name == "x" and len(controls) == 2:
        return cirq.TOFFOLI(*qubits)
    if name == "z" and controls:
        return cirq.CZPowGate(exponent=1 if radians is None else radians / np.pi)(*qubits)
    if name in ROTATIONS:
        return ROTATIONS[name](radians)(*qubits)
    if name in PRODUCTS:
        return PRODUCTS[name](exponent=radians / np.pi, global_shift=-0.5)(*qubits)
    return PLAIN[name](*qubits)


def to_wire(compiled):
    """Native gates as IonQ's API takes them; measurements and global phases are no gates."""
    return [wire(op.gate, [q.x for q in op.qubits]) for op in compiled.all_operations() if op.qubits and not cirq.is_measurement(op)]


def wire(gate, qubits):
    if isinstance(gate, GPIGate):
        return {"gate": "gpi", "target": qubits[0], "phase": gate.phi}
    if isinstance(gate, GPI2Gate):
        return {"gate": "gpi2", "target": qubits[0], "phase": gate.phi}
    if isinstance(gate, MSGate):
        return {"gate": "ms", "targets": qubits, "phases": gate.phases, "angle": gate.theta}
    if isinstance(gate, ZZGate):
        return {"gate": "zz", "targets": qubits, "angle": gate.theta}
    raise ValueError(f"Cirq left {gate!r}, which is no native gate")


# ------------------------------------------------------------------------------------------------------------------ pipelines


def pipelines(target, measured):
    """{name: built circuit → compiled circuit}."""
    gateset = GATESETS[target]

    def native(circuit):
        return cirq.optimize_for_target_gateset(circuit, gateset=gateset)

    def fewest_cz(circuit):
        return cirq.optimize_for_target_gateset(circuit, gateset=cirq.CZTargetGateset(), max_num_passes=None)

    def no_last_phases(circuit):
        return cirq.eject_z(cirq.eject_phased_paulis(circuit))

    ways = {
        ONE_CALL: native,
        "gateset, runs merged": lambda circuit: merged(native(circuit), gateset),
        "CZ gateset, gateset, runs merged": lambda circuit: merged(native(fewest_cz(circuit)), gateset),
    }
    if measured:
        ways["CZ gateset, Z ejected, gateset, runs merged"] = lambda circuit: merged(native(no_last_phases(fewest_cz(circuit))), gateset)
    return ways


def merged(compiled, gateset):
    """Every run of more than three pulses on one qubit as the gateset's own three."""

    def rewritten(run):
        pulses = list(cirq.decompose_once(run)) if isinstance(run.untagged, cirq.CircuitOperation) else [run]
        pulses = [pulse for pulse in pulses if pulse.qubits]
        if len(pulses) <= 3:
            return pulses
        return [gate(*run.qubits) for gate in gateset.single_qubit_matrix_to_native_gates(cirq.unitary(run))]

    return cirq.merge_k_qubit_unitaries(compiled, k=1, rewriter=rewritten)
