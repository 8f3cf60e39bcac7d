"""The circuits that simulators are compared by, as IonQ JSON.

Each comes from the numbers of SplitMix64, so that any language makes the same; benches/workloads/mod.rs does. Phases and angles of native
gates are in turns, rotations of others in radians.
"""

import json
import math

LAYERS = 20
WORD = 2**64 - 1


class SplitMix64:
    """Steele, Lea, Flood 2014."""

    def __init__(self, seed):
        self.state = seed & WORD

    def uniform(self):
        """In 0..1, of 53 bits."""
        self.state = (self.state + 0x9E3779B97F4A7C15) & WORD
        mixed = ((self.state ^ self.state >> 30) * 0xBF58476D1CE4E5B9) & WORD
        mixed = ((mixed ^ mixed >> 27) * 0x94D049BB133111EB) & WORD
        return ((mixed ^ mixed >> 31) >> 11) / 2**53

    def below(self, count):
        return int(self.uniform() * count)

    def permutation(self, count):
        order = list(range(count))
        for place in range(count - 1, 0, -1):
            other = self.below(place + 1)
            order[place], order[other] = order[other], order[place]
        return order


def gpi2(qubit, phase):
    return {"gate": "gpi2", "target": qubit, "phase": phase}


def ms(targets, random):
    return {"gate": "ms", "targets": targets, "phases": [random.uniform(), random.uniform()], "angle": 0.25}


def layers(qubits):
    """W1: twenty layers of gpi2 on every qubit and ms on a random matching of them, all phases random."""
    random = SplitMix64(1_000_003 + qubits)
    gates = []
    for _ in range(LAYERS):
        gates += [gpi2(qubit, random.uniform()) for qubit in range(qubits)]
        order = random.permutation(qubits)
        gates += [ms(order[place : place + 2], random) for place in range(0, qubits - 1, 2)]
    return document("native", qubits, gates)


def fourier(qubits):
    """W2: the Fourier transform of |0…0⟩, the swaps at its end included."""
    gates = []
    for target in reversed(range(qubits)):
        gates.append({"gate": "h", "target": target})
        for control in reversed(range(target)):
            angle = math.pi / 2 ** (target - control)
            gates.append({"gate": "z", "controls": [control], "targets": [target], "rotation": angle})
    gates += [{"gate": "swap", "targets": [low, qubits - 1 - low]} for low in range(qubits // 2)]
    return document("qis", qubits, gates)


def ghz(qubits):
    """W3: |0…0⟩ + |1…1⟩."""
    chain = [{"gate": "cnot", "control": target - 1, "target": target} for target in range(1, qubits)]
    return document("qis", qubits, [{"gate": "h", "target": 0}, *chain])


def mixed(qubits, gates, seed):
    """One circuit of W5, and W6: half of its gates gpi2, a fifth each gpi and ms, a tenth zz."""
    random = SplitMix64(seed * 7919 + qubits)
    return document("native", qubits, [mixed_gate(qubits, random) for _ in range(gates)])


def mixed_gate(qubits, random):
    kind, first = random.uniform(), random.below(qubits)
    if kind < 0.7:
        return {"gate": "gpi2" if kind < 0.5 else "gpi", "target": first, "phase": random.uniform()}
    pair = [first, (first + 1 + random.below(qubits - 1)) % qubits]
    if kind < 0.9:
        return ms(pair, random)
    return {"gate": "zz", "targets": pair, "angle": 0.25 * random.uniform()}


def document(gateset, qubits, gates):
    return {"format": "ionq.circuit.v0", "gateset": gateset, "qubits": qubits, "circuit": gates}


def write(folder, name, circuits):
    """One circuit as FOLDER/NAME.json, a list of them as FOLDER/NAME.jsonl; the path."""
    folder.mkdir(parents=True, exist_ok=True)
    batch = isinstance(circuits, list)
    path = folder / (f"{name}.jsonl" if batch else f"{name}.json")
    path.write_text("".join(json.dumps(circuit) + "\n" for circuit in circuits) if batch else json.dumps(circuits))
    return path
