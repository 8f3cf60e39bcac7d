"""qiskit-ionq: Qiskit's transpiler for a native backend, without and with the package's own optimizer plug-in.

The plug-in is a class for the transpiler's optimization stage. The package of 1.1.1 registers it under no name (it has no
entry points, so `optimization_method=` cannot find it), so it is put into that stage by hand. A backend asks the service how
many qubits it has; that number is given here instead, and nothing is asked.
"""

from functools import cache
from unittest import mock

import qiskit_ionq.ionq_backend
from qiskit import QuantumCircuit, transpile
from qiskit.transpiler import PassManagerConfig, generate_preset_pass_manager
from qiskit_ionq import GPI2Gate, GPIGate, IonQProvider, MSGate, TrappedIonOptimizerPlugin, ZZGate

BACKENDS = {"aria": ("qpu.aria-1", 25), "forte": ("qpu.forte-1", 36)}
ONE_CALL = "level 3"
METHODS = {"si": "sdg", "ti": "tdg", "v": "sx", "vi": "sxdg", "xx": "rxx", "yy": "ryy", "zz": "rzz", "cnot": "cx"}
NATIVE = {"gpi": GPIGate, "gpi2": GPI2Gate, "ms": MSGate, "zz": ZZGate}


@cache
def backend(target):
    name, qubits = BACKENDS[target]
    with mock.patch.object(qiskit_ionq.ionq_backend, "get_n_qubits", lambda _: qubits):
        return IonQProvider("none", "http://127.0.0.1:9").get_backend(name, gateset="native")


# ------------------------------------------------------------------------------------------------------------- there and back


def build(circuit, measured):
    """The same circuit in Qiskit's own gates; no barrier, so that the transpiler may use the measurements."""
    qubits = circuit["qubits"]
    built = QuantumCircuit(qubits, qubits)
    for gate in circuit["circuit"]:
        add(built, gate)
    if measured:
        built.measure(range(qubits), range(qubits))
    return built


def add(built, gate):
    name, radians = gate["gate"], gate.get("rotation")
    controls = gate.get("controls", [gate["control"]] if "control" in gate else [])
    qubits = controls + gate.get("targets", [gate.get("target")])
    if name == "x" and len(controls) == 2:
        name = "ccx"
    elif name == "z" and controls:
        name = "cz" if radians is None else "cp"
    parameters = [] if radians is None else [radians]
    getattr(built, METHODS.get(name, name))(*parameters, *qubits)


def to_wire(compiled):
    """Native gates as IonQ's API takes them. A qubit is called after the bit that it is measured into, or the qubit it stands for."""
    places = compiled.layout.final_index_layout() if compiled.layout else range(compiled.num_qubits)
    names = {place: qubit for qubit, place in enumerate(places)}
    for step in compiled.data:
        if step.operation.name == "measure":
            names[compiled.find_bit(step.qubits[0]).index] = compiled.find_bit(step.clbits[0]).index
    steps = [step for step in compiled.data if step.operation.name != "measure"]
    return [wire(step.operation, [names[compiled.find_bit(q).index] for q in step.qubits]) for step in steps]


def wire(operation, qubits):
    name, numbers = operation.name, [float(number) for number in operation.params]
    if name in ("gpi", "gpi2"):
        return {"gate": name, "target": qubits[0], "phase": numbers[0]}
    if name == "ms":
        return {"gate": "ms", "targets": qubits, "phases": numbers[:2], "angle": numbers[2]}
    if name == "zz":
        return {"gate": "zz", "targets": qubits, "angle": numbers[0]}
    raise ValueError(f"Qiskit left {name!r}, which is no native gate")


# ------------------------------------------------------------------------------------------------------------------ pipelines


def pipelines(target, measured):
    """{name: built circuit → compiled circuit}.

    With measurements Qiskit may leave swaps out and measure elsewhere. Without, the operation itself counts: swaps are kept,
    or left out and put back at the end.
    """
    if measured:
        shorter = {f"u and cx, {name}": way for name, way in finished(target, to_u_and_cx).items()}
        return {ONE_CALL: lambda circuit: level_3(circuit, target)} | finished(target) | shorter
    ways = {"": finished(target, routing="none"), "u and cx, ": finished(target, lambda circuit: to_u_and_cx(circuit, "none"))}
    kept = {f"{first}{name}, swaps kept": way for first, then in ways.items() for name, way in then.items()}
    moved = {f"u and cx, {name}, swaps last": way for name, way in finished(target, swaps_last).items()}
    return {"level 3, swaps kept": lambda circuit: level_3(circuit, target, "none")} | kept | moved


def finished(target, first=lambda circuit: circuit, routing=None):
    """The ways from a circuit, after `first`, through the plug-in. The routing method "none" keeps swaps."""
    return {
        "level 1 and plug-in": lambda circuit: staged(first(circuit), target, 1, routing),
        "level 3 and plug-in": lambda circuit: staged(first(circuit), target, 3, routing),
        "level 3 and plug-in twice": lambda circuit: plug_in(target, 3).run(renamed(staged(first(circuit), target, 3, routing))),
    }


def level_3(circuit, target, routing=None):
    return transpile(circuit, backend(target), optimization_level=3, seed_transpiler=1, routing_method=routing)


def plug_in(target, level):
    config = PassManagerConfig(target=backend(target).target, seed_transpiler=1)
    return TrappedIonOptimizerPlugin().pass_manager(config, level)


def staged(circuit, target, level, routing=None):
    """The preset of that level with the plug-in as its optimization stage."""
    stages = generate_preset_pass_manager(level, backend=backend(target), seed_transpiler=1, routing_method=routing)
    stages.optimization = plug_in(target, level)
    return stages.run(circuit)


def renamed(compiled):
    """The same with every qubit in the place that `to_wire` calls it by: a second run forgets where the first put them."""
    width = compiled.num_clbits
    plain = QuantumCircuit(width, width)
    for gate in to_wire(compiled):
        qubits = gate.get("targets", [gate.get("target")])
        numbers = gate.get("phases", []) + [gate[key] for key in ("phase", "angle") if key in gate]
        plain.append(NATIVE[gate["gate"]](*numbers), qubits)
    if "measure" in compiled.count_ops():
        plain.measure(range(width), range(width))
    return plain


def to_u_and_cx(circuit, routing=None):
    return transpile(circuit, basis_gates=["u", "cx"], optimization_level=3, seed_transpiler=1, routing_method=routing)


def swaps_last(circuit):
    """Fewest cx with every swap left out, then as few swaps as put each qubit back into its place."""
    short = to_u_and_cx(circuit)
    places = list(short.layout.final_index_layout()) if short.layout else list(range(short.num_qubits))
    back = QuantumCircuit(*short.qregs, *short.cregs)
    back.compose(short, inplace=True)
    for qubit in range(short.num_qubits):
        place, other = places[qubit], places.index(qubit)
        if place != qubit:
            back.swap(qubit, place)
            places[qubit], places[other] = qubit, place
    return to_u_and_cx(back, "none")
