"""qsim (single precision) on the file of a circuit: `with_qsim.py MODE FILE THREADS REPEAT` prints {"seconds": […]}.

The mode is `samples`, or `distribution`, which prints the probabilities. The clock starts when the circuit is built; a first run is not
counted.
"""

import cmath
import json
import math
import sys
import time

import cirq
import numpy
import qsimcirq

SHOTS = 1000
FUSED = 2  # qubits; of 2, 3, 4 and 6 the fastest for W1


def main(mode, file, threads, repeat):
    with open(file, encoding="utf-8") as text:
        document = json.load(text)
    options = qsimcirq.QSimOptions(max_fused_gate_size=FUSED, cpu_threads=int(threads))
    simulator = qsimcirq.QSimSimulator(options, seed=7)
    if mode == "distribution":
        state = simulator.simulate(circuit(document)).final_state_vector
        print(json.dumps((numpy.abs(state.astype(complex)) ** 2).tolist()))
        return
    measured = circuit(document) + cirq.measure(*cirq.LineQubit.range(document["qubits"]), key="all")
    simulator.run(measured, repetitions=SHOTS)
    seconds = []
    for _ in range(int(repeat)):
        start = time.perf_counter()
        simulator.run(measured, repetitions=SHOTS)
        seconds.append(time.perf_counter() - start)
    print(json.dumps({"seconds": seconds}))


def circuit(document):
    # Cirq has the first qubit as the most significant bit, IonQ qubit 0 as the least.
    line = cirq.LineQubit.range(document["qubits"])[::-1]
    gates = [gate(operation, line) for operation in document["circuit"]]
    return cirq.Circuit(gates)


def gate(operation, line):
    match operation["gate"]:
        case "gpi":
            return cirq.PhasedXPowGate(phase_exponent=2 * operation["phase"])(line[operation["target"]])
        case "gpi2":
            return cirq.PhasedXPowGate(phase_exponent=2 * operation["phase"], exponent=0.5)(line[operation["target"]])
        case "zz":
            return cirq.ZZPowGate(exponent=2 * operation["angle"])(*(line[qubit] for qubit in operation["targets"]))
        case "ms":
            return cirq.MatrixGate(ms(*operation["phases"], operation["angle"]))(*(line[qubit] for qubit in operation["targets"]))
        case "h":
            return cirq.H(line[operation["target"]])
        case "cnot":
            return cirq.CNOT(line[operation["control"]], line[operation["target"]])
        case "swap":
            return cirq.SWAP(*(line[qubit] for qubit in operation["targets"]))
        case "z":  # a phase of so many radians under one control
            return cirq.CZPowGate(exponent=operation["rotation"] / math.pi)(line[operation["controls"][0]], line[operation["targets"][0]])
    raise ValueError(operation["gate"])


def ms(first, second, angle):
    """The first target is the more significant bit of a row."""
    matrix = math.cos(math.pi * angle) * numpy.eye(4, dtype=complex)
    for row, turns in [(0, -first - second), (1, second - first), (2, first - second), (3, first + second)]:
        matrix[row, 3 - row] = -1j * math.sin(math.pi * angle) * cmath.exp(2j * math.pi * turns)
    return matrix


main(*sys.argv[1:])
