"""What a compiled circuit costs and whether it is right, from its gates as IonQ's API takes them.

The matrices are those of `fixtures/physics.py`, so no compiler is judged by its own.
"""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "fixtures"))
import physics

PULSES = {"gpi", "gpi2"}
ENTANGLERS = {"aria": "ms", "forte": "zz"}
TOLERANCE = 1e-6  # for the peers: Cirq leaves rotations below 1e-8 out, and that can add up


def cost(gates, target):
    """{"two", "one", "depth"}: entangling gates, pulses on one qubit, layers of entangling gates."""
    allowed = PULSES | {ENTANGLERS[target]}
    if foreign := {gate["gate"] for gate in gates} - allowed:
        raise ValueError(f"{sorted(foreign)} are no gates of {target}, which has {sorted(allowed)}")
    pairs = [gate["targets"] for gate in gates if gate["gate"] not in PULSES]
    layers = {}
    for a, b in pairs:
        layers[a] = layers[b] = max(layers.get(a, 0), layers.get(b, 0)) + 1
    return {"two": len(pairs), "one": len(gates) - len(pairs), "depth": max(layers.values(), default=0)}


def unitary(gates, gateset, qubits):
    """The matrix of a gate list: 2^n by 2^n, qubit 0 the least significant bit of row and column."""
    size = 2**qubits
    matrix = np.eye(size, dtype=complex).reshape((2,) * qubits + (size,))
    axes = [*reversed(range(qubits)), "column"]
    for gate in gates:
        targets = physics.qubits_of(gate, "targets", "target")
        controls = physics.qubits_of(gate, "controls", "control")
        physics.apply(matrix, axes, physics.MATRICES[gateset](gate), targets, controls)
    return matrix.reshape(size, size)


def same_operation(a, b):
    """The largest difference of two unitaries once their global phases agree."""
    overlap = np.vdot(a, b)
    if abs(overlap) < 1e-9:
        return 2.0
    return float(np.abs(a * overlap / abs(overlap) - b).max())


def same_outcomes(a, b):
    """The largest difference of two outcome distributions from |0…0⟩."""
    return float(np.abs(np.abs(a[:, 0]) ** 2 - np.abs(b[:, 0]) ** 2).max())
