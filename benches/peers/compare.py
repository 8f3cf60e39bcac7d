"""The same circuits through paultrap and its peers in turn: Markdown tables of the least times, their ratios and the goals."""

import argparse
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import programs
import workloads

CIRCUITS = Path("target/peers/circuits")
SHOTS = ("--shots", 1000)
ALL = ("--engine", "state-vector")
NOISE = ("--noise", "peers", "--device", programs.FOLDER / "noise.toml")
BATCHES = [(4, 24), (8, 60)]  # qubits, gates
PACKS = [20, 1]  # circuits in a job of `run`
FASTEST_RUN = 10_000  # circuits a second


@dataclass
class Row:
    """One workload, as seconds of the two sides; the goal is for our time over theirs, or, if more is better, for the inverse."""

    what: str
    peer: str
    ours: Callable[[], list[float]]
    theirs: Callable[[], list[float]]
    goal: float
    more: bool = False
    circuits: int = 0  # in a batch, whose speed is shown instead of its time

    def cells(self, rounds):
        print(f"{self.what}, {self.peer} …", file=sys.stderr)
        mine, theirs = [], []
        for _ in range(rounds):
            mine += self.ours()
            theirs += self.theirs()
        mine, theirs = min(mine), min(theirs)
        ratio = theirs / mine if self.more else mine / theirs
        met = ratio >= self.goal if self.more else ratio <= self.goal
        return [self.what, self.shown(mine), self.peer, self.shown(theirs), f"{ratio:.2f}", bound(self.goal, self.more), yes(met)]

    def shown(self, seconds):
        return f"{self.circuits / seconds:,.0f}/s" if self.circuits else f"{seconds * 1e3:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"


def bound(goal, more):
    return f"{'≥' if more else '≤'} {goal:,g}"


def yes(met):
    return "yes" if met else "**no**"


def written(name, circuit):
    return workloads.write(CIRCUITS, f"{name}_{circuit['qubits']}", circuit)


def single(name, circuit, threads, repeat, goal):
    """One circuit; both questions, to us and to prism-q."""
    file = written(name, circuit)
    shown = f"{name}, n = {circuit['qubits']}"
    for question, mode, options in [("1,000 shots", "samples", SHOTS), ("probabilities", "probabilities", ())]:
        yield Row(
            f"{shown}, {question}",
            "prism-q",
            lambda options=options: programs.ours(file, threads, repeat, *ALL, *options),
            lambda mode=mode: programs.prism_q(mode, file, threads, repeat),
            goal,
        )


def w1(widths, threads, repeat):
    for qubits in widths:
        circuit = workloads.layers(qubits)
        yield from single("W1", circuit, threads, repeat, 0.6)
        file = written("W1", circuit)
        yield Row(
            f"W1, n = {qubits}, 1,000 shots",
            "qsim, single precision",
            lambda file=file: programs.ours(file, threads, repeat, *ALL, *SHOTS),
            lambda file=file: programs.qsim(file, threads, repeat),
            0.85,
        )


def w5(count, repeat):
    """Batches on one thread."""
    for qubits, gates in BATCHES:
        file = batch(qubits, gates, count)
        yield Row(
            f"W5, n = {qubits}, {count:,} circuits of {gates} gates, 1,000 shots each, 1 thread",
            "prism-q",
            lambda file=file: programs.ours(file, 1, repeat, *SHOTS),
            lambda file=file: programs.prism_q("samples", file, 1, repeat),
            4,
            more=True,
            circuits=count,
        )


def w6(threads, repeat):
    file = written("W6", workloads.mixed(8, 60, 424_242))
    for number in sorted({1, threads}):
        yield Row(
            f"W6, n = 8, 60 noisy gates, 1,000 shots, {number} thread{'s' if number > 1 else ''}",
            "prism-q",
            lambda number=number: programs.ours(file, number, repeat, *NOISE, *SHOTS),
            lambda number=number: programs.prism_q("noise", file, number, repeat),
            0.5,
        )


def against_one_thread(qubits, threads, repeat):
    file = written("W1", workloads.layers(qubits))
    one, all_ = [lambda number=number: programs.ours(file, number, repeat, *ALL, *SHOTS) for number in (1, threads)]
    yield Row(f"W1, n = {qubits}, 1,000 shots, {threads} threads", "paultrap on 1 thread", all_, one, 0.85 * threads, more=True)


def batch(qubits, gates, count):
    circuits = [workloads.mixed(qubits, gates, seed) for seed in range(count)]
    return workloads.write(CIRCUITS, f"W5_{qubits}", circuits)


def end_to_end(count, rounds):
    """Cells of `run`, jobs of the cloud in its own process, of many circuits and of one."""
    for qubits, gates in BATCHES:
        file = batch(qubits, gates, count)
        for pack in PACKS:
            process, told = (min(seconds) for seconds in zip(*(programs.run(file, pack) for _ in range(rounds))))
            for what, seconds in [("whole process", process), ("as it reports", told)]:
                speed = count / seconds
                jobs = f"{count // pack:,} jobs of {pack} circuit{'s' if pack > 1 else ''}"
                goal = f"{bound(FASTEST_RUN, True)}/s"
                yield [f"W5, n = {qubits}, `run`, {jobs}, {what}", f"{speed:,.0f}/s", goal, yes(speed >= FASTEST_RUN)]


def memory(qubits, threads):
    """Cells of the peak of memory, over the size of the state."""
    file = written("W1", workloads.layers(qubits))
    for what, options, goal in [("1,000 shots", (*SHOTS, "--top", 0), 1.05), ("probabilities", (), 1.5)]:
        ratio = programs.peak(file, threads, *ALL, *options) / (16 << qubits)
        yield [f"W1, n = {qubits}, {what}, most memory over the state", f"{ratio:.3f}", bound(goal, False), yes(ratio <= goal)]


def check():
    """Everybody simulates the same: circuits of every kind have the same probabilities, also those too wide for a cache."""
    narrow = {"layers_9": workloads.layers(9), "mixed_8": workloads.mixed(8, 60, 1), "fourier_7": turned(7), "ghz_6": workloads.ghz(6)}
    wide = {f"{name}_{qubits}": make(qubits) for name, make in [("layers", workloads.layers), ("fourier", turned)] for qubits in (14, 16)}
    for circuits, double in [(narrow, 1e-12), (wide, 1e-10)]:
        for name, circuit in circuits.items():
            file = workloads.write(CIRCUITS / "check", name, circuit)
            mine, others = programs.distributions(file)
            for peer, theirs in others.items():
                distance = sum(abs(a - b) for a, b in zip(mine, theirs, strict=True)) / 2
                if not distance < (1e-5 if peer == "qsim" else double):
                    sys.exit(f"benches/peers/run: {peer} is {distance:.1e} off for {file}, so times cannot be compared")


def turned(qubits):
    """The Fourier transform of a state that is not flat, so that its phases show."""
    circuit = workloads.fourier(qubits)
    before = [{"gate": "h", "target": qubit} for qubit in (0, 2)] + [{"gate": "cnot", "control": 2, "target": 3}]
    return circuit | {"circuit": before + circuit["circuit"]}


def table(head, rows, short):
    """The last two columns hold the goals, which the short form says nothing about."""
    columns = len(head) - 2 if short else len(head)
    print(line(head[:columns]), "|" + "---|" * columns, sep="\n", flush=True)
    for cells in rows:
        print(line(cells[:columns]), flush=True)
    print(flush=True)


def line(cells):
    return f"| {' | '.join(cells)} |"


def main():
    parser = argparse.ArgumentParser(prog="benches/peers/run")
    parser.add_argument("--short", action="store_true", help="16 qubits, 200 circuits and no goals: shows that it works")
    parser.add_argument("--rounds", type=int, default=3, help="how often each of a pair has its turn [default: 3]")
    parser.add_argument("--repeat", type=int, default=3, help="runs in each turn; ten times as many of those that are short [default: 3]")
    parser.add_argument("--threads", type=int, default=2, help="threads of both sides [default: 2]")
    asked = parser.parse_args()
    if min(asked.rounds, asked.repeat) < 1 or asked.threads < 2:
        parser.error("--rounds and --repeat are at least 1, --threads at least 2")

    check()
    threads, repeat = asked.threads, asked.repeat
    rows = [*w1([16] if asked.short else [20, 22, 24], threads, repeat)]
    rows += single("QFT", workloads.fourier(16 if asked.short else 24), threads, repeat, 0.7)
    rows += single("GHZ", workloads.ghz(16 if asked.short else 25), threads, repeat, 0.5)
    rows += w5(200 if asked.short else 2000, repeat)
    rows += w6(threads, repeat * 10)
    rows += against_one_thread(16 if asked.short else 24, threads, repeat)
    rounds = 1 if asked.short else asked.rounds
    print(f"{threads} threads, the least of {rounds} × {repeat} runs each, load of the machine at the start {os.getloadavg()[0]:.1f}:\n")
    table(["workload", "paultrap", "peer", "its", "ratio", "goal", "met"], (row.cells(rounds) for row in rows), asked.short)
    alone = [*end_to_end(200 if asked.short else 2000, rounds), *([] if asked.short else memory(26, threads))]
    table(["workload", "paultrap", "goal", "met"], alone, asked.short)


if __name__ == "__main__":
    main()
