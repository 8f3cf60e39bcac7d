"""The circuits that every compiler gets: gate lists as IonQ's API takes them (QIS, radians, qubit 0 least significant).

`python circuits.py FOLDER` writes them as one JSON file each. Random ones are seeded; `RandomState` promises the same
stream in every version of numpy.
"""

import json
import sys
from pathlib import Path

import numpy as np

REPOSITORY = Path(__file__).resolve().parents[2]
SEEDS = 10  # random circuits of each width

PLAIN = ["h", "x", "y", "z", "s", "si", "t", "ti", "v", "vi"]
ROTATIONS = ["rx", "ry", "rz"]
PAIRS = ["cnot", "cnot", "cnot", "cz", "zz", "xx", "yy", "swap"]  # cnot is what people write most


def plain(name, qubit):
    return {"gate": name, "target": qubit}


def rotation(name, qubit, radians):
    return {"gate": name, "target": qubit, "rotation": radians}


def cnot(control, target):
    return {"gate": "cnot", "control": control, "target": target}


def controlled_phase(control, target, radians):
    return {"gate": "z", "control": control, "target": target, "rotation": radians}


def swap(a, b):
    return {"gate": "swap", "targets": [a, b]}


def any_rotation(random, qubit):
    """A one-qubit gate without structure: rz, ry, rz by random angles."""
    return [rotation(name, qubit, angle(random)) for name in ("rz", "ry", "rz")]


def angle(random):
    return float(random.uniform(-np.pi, np.pi))


def layer(random, qubits):
    return [gate for qubit in range(qubits) for gate in any_rotation(random, qubit)]


# ---------------------------------------------------------------------------------------------------------------- families


def ghz(qubits):
    return [plain("h", 0)] + [cnot(q, q + 1) for q in range(qubits - 1)]


def qft(qubits):
    """With the swaps at its end, so that output and input count their qubits alike."""
    gates = []
    for high in reversed(range(qubits)):
        gates.append(plain("h", high))
        gates += [controlled_phase(low, high, np.pi / 2 ** (high - low)) for low in reversed(range(high))]
    return gates + [swap(q, qubits - 1 - q) for q in range(qubits // 2)]


def toffoli():
    return [{"gate": "x", "controls": [0, 1], "target": 2}]


def any_block(random, a, b):
    """A two-qubit gate without structure: three cnots among random rotations reach all of SU(4)."""
    around = lambda: any_rotation(random, a) + any_rotation(random, b)
    return [*around(), cnot(a, b), *around(), cnot(b, a), *around(), cnot(a, b), *around()]


def blocks(random, qubits, layers):
    """Layers of such blocks: every qubit is in one of each layer, never with the same partner as in the layer before."""
    gates, before = [], set()
    for _ in range(layers):
        pairs = before
        while pairs & before or not pairs:
            order = [int(q) for q in random.permutation(qubits)]
            pairs = {tuple(sorted(pair)) for pair in zip(order[::2], order[1::2])}
        before = pairs
        gates += [gate for a, b in sorted(pairs) for gate in any_block(random, a, b)]
    return gates


def mixture(random, qubits):
    """30 to 80 gates of every kind, half of them on two qubits."""
    return [any_gate(random, qubits) for _ in range(random.randint(30, 81))]


def any_gate(random, qubits):
    a, b = (int(q) for q in random.choice(qubits, 2, replace=False))
    kind = random.randint(4)
    if kind == 0:
        return plain(PLAIN[random.randint(len(PLAIN))], a)
    if kind == 1:
        return rotation(ROTATIONS[random.randint(len(ROTATIONS))], a, angle(random))
    name = PAIRS[random.randint(len(PAIRS))]
    if name == "cnot":
        return cnot(a, b)
    if name == "cz":
        return {"gate": "z", "control": a, "target": b}
    if name == "swap":
        return swap(a, b)
    return {"gate": name, "targets": [a, b], "rotation": angle(random)}


# --------------------------------------------------------------------------------------------------------------------- all


def all_circuits():
    """{name: {"gateset": "qis", "qubits", "circuit"}} in the order of the tables."""
    random = np.random.RandomState
    found = {"ghz_5": (5, ghz(5))}
    for n in (4, 6):
        found[f"qft_{n}"] = (n, qft(n))
        found[f"qft_{n}_layer"] = (n, layer(random(n), n) + qft(n))
    found["toffoli"] = (3, toffoli())
    found["toffoli_layer"] = (3, layer(random(3), 3) + toffoli())
    found["team"] = (4, json.loads((REPOSITORY / "fixtures/seed/circuit_00.json").read_text())["circuit"])
    for n in (4, 6):
        for depth in (3, 5):
            found[f"blocks_{n}x{depth}"] = (n, blocks(random(10 * n + depth), n, depth))
    for n in (4, 6):
        for seed in range(SEEDS):
            found[f"random_{n}_{seed}"] = (n, mixture(random(100 * n + seed), n))
    return {name: {"gateset": "qis", "qubits": n, "circuit": gates} for name, (n, gates) in found.items()}


def family(name):
    """The row of the table: random circuits of one width share one."""
    return name.rsplit("_", 1)[0] if name.startswith("random_") else name


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, circuit in all_circuits().items():
        head = json.dumps({"name": name, "gateset": "qis", "qubits": circuit["qubits"]})[:-1]
        gates = ",\n  ".join(json.dumps(gate) for gate in circuit["circuit"])
        (folder / f"{name}.json").write_text(f'{head}, "circuit": [\n  {gates}\n]}}\n')


if __name__ == "__main__":
    main(Path(sys.argv[1]))
