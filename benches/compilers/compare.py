"""The same circuits through cirq-ionq, qiskit-ionq and `paultrap compile`: gates, depth, time, and who is right.

    compare.py [--peers] [--only NAME…]

Prints the tables of README.md. What the peers make of the circuits is read from peers.json beside this file; `--peers` finds
it out again and writes it. PAULTRAP_BIN names the binary.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
import warnings
from importlib.metadata import version
from pathlib import Path

import circuits
import judge
import table

FOLDER = Path(__file__).resolve().parent
RECORD = FOLDER / "peers.json"
BINARY = Path(os.environ.get("PAULTRAP_BIN") or FOLDER.parents[1] / "target/release/paultrap")
TARGETS = ("aria", "forte")
REPEATS = 3  # a time is the shortest of so many, after a first one


def milliseconds(call):
    def once():
        start = time.perf_counter()
        call()
        return (time.perf_counter() - start) * 1e3

    return round(min(once() for _ in range(REPEATS)), 2)


# ------------------------------------------------------------------------------------------------------------------ the peers


def attempts(peer, circuit, target):
    """Every pipeline of a peer: what it costs, how far off it is, how long it took once, and a way to run it again."""
    wanted = judge.unitary(circuit["circuit"], "qis", circuit["qubits"])
    for measured in (False, True):
        built = peer.build(circuit, measured)
        for name, pipeline in peer.pipelines(target, measured).items():
            start = time.perf_counter()
            compiled = pipeline(built)
            seconds = time.perf_counter() - start
            gates = peer.to_wire(compiled)
            made = judge.unitary(gates, "native", circuit["qubits"])
            off = (judge.same_outcomes if measured else judge.same_operation)(wanted, made)
            found = judge.cost(gates, target) | {"pipeline": name, "measured": measured}
            yield found, off, seconds, lambda pipeline=pipeline, built=built: pipeline(built)


def best(right, accept):
    """The accepted attempt with the fewest entangling gates, then pulses, then depth, the fastest of equals, and its time."""
    accepted = (attempt for attempt in right if accept(attempt[0]))
    chosen, _, again = min(accepted, key=lambda attempt: [attempt[0][key] for key in ("two", "one", "depth")] + [attempt[1]])
    return chosen | {"milliseconds": milliseconds(again)}


def of_peer(peer, circuit, target):
    """{"one_call", "best", "exact"}: as its manual says; its fewest for a measured job; its fewest that keep the operation.

    The second value lists what came out wrong, which is never counted.
    """
    tried = list(attempts(peer, circuit, target))
    right = [(found, seconds, again) for found, off, seconds, again in tried if off < judge.TOLERANCE]
    wrong = [found | {"off": off} for found, off, *_ in tried if off >= judge.TOLERANCE]
    kinds = {
        "one_call": lambda found: found["pipeline"] == peer.ONE_CALL,
        "best": lambda found: True,
        "exact": lambda found: not found["measured"],
    }
    return {kind: best(right, accept) for kind, accept in kinds.items()}, wrong


def record_peers(names):
    """Into peers.json, circuit by circuit. With some names only, the others stay as they are."""
    import with_cirq
    import with_qiskit

    peers = {"cirq": with_cirq, "qiskit": with_qiskit}
    record = json.loads(RECORD.read_text()) if RECORD.exists() else {"circuits": {}, "wrong": []}
    record["versions"] = {package: version(package) for package in ("cirq-ionq", "qiskit-ionq", "qiskit", "numpy")}
    record["versions"]["python"] = platform.python_version()
    record["wrong"] = [wrong for wrong in record["wrong"] if wrong["circuit"] not in names]
    for name, circuit in circuits.all_circuits().items():
        if name not in names:
            continue
        row = record["circuits"].setdefault(name, {})
        for target in TARGETS:
            print(f"{name} on {target}", file=sys.stderr)
            for label, peer in peers.items():
                row.setdefault(target, {})[label], wrong = of_peer(peer, circuit, target)
                record["wrong"] += [{"circuit": name, "target": target, "peer": label} | each for each in wrong]
        write(record)


def write(record):
    order = {name: place for place, name in enumerate(circuits.all_circuits())}
    record["circuits"] = dict(sorted(record["circuits"].items(), key=lambda row: order[row[0]]))
    RECORD.write_text(laid_out(record, levels=4) + "\n")


def laid_out(value, levels, indent=""):
    """JSON with a line for each entry of so many outer levels: a change to one peer's circuit changes one line."""
    if not levels or not isinstance(value, dict | list) or not value:
        return json.dumps(value)
    inner = indent + " "
    if isinstance(value, dict):
        lines = [f"{json.dumps(key)}: {laid_out(each, levels - 1, inner)}" for key, each in value.items()]
    else:
        lines = [laid_out(each, 0) for each in value]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return opening + "\n" + ",\n".join(inner + line for line in lines) + "\n" + indent + closing


# ----------------------------------------------------------------------------------------------------------------------- ours


def compile_file(name, target, exact, *more):
    command = [BINARY, "compile", FOLDER / "circuits" / f"{name}.json", "--target", target, *more]
    return subprocess.run(command + ["--exact"] * exact, check=True, capture_output=True, text=True)


def compile_time(name, target, exact):
    """Milliseconds: the shortest of a hundred in one process, without reading the file, as the command itself measures them."""
    line = compile_file(name, target, exact, "--format", "table", "--repeat", "100").stderr
    number, unit = line.removeprefix("compiled in ").split()
    return float(number) * {"µs": 1e-3, "ms": 1, "s": 1e3}[unit]


def ours(name, circuit, target):
    """{"default", "exact"} like a peer's; stops if a result is wrong."""
    wanted = judge.unitary(circuit["circuit"], "qis", circuit["qubits"])
    found = {}
    for mode, same in (("default", judge.same_outcomes), ("exact", judge.same_operation)):
        compiled = json.loads(compile_file(name, target, mode == "exact").stdout)
        off = same(wanted, judge.unitary(compiled["circuit"], "native", circuit["qubits"]))
        if off > 1e-9:
            sys.exit(f"paultrap compile is wrong: {name} on {target}, {mode}: off by {off:.1e}")
        found[mode] = judge.cost(compiled["circuit"], target) | {"milliseconds": compile_time(name, target, mode == "exact")}
    return found


def has_compile():
    if not BINARY.exists():
        return False
    return subprocess.run([BINARY, "compile", "--help"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def main():
    warnings.simplefilter("ignore")  # both SDKs warn of things that do not matter here
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers", action="store_true", help="run the peers again and write peers.json")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="only these circuits")
    arguments = parser.parse_args()

    chosen = circuits.all_circuits()
    if arguments.only:
        chosen = {name: chosen[name] for name in arguments.only}
    if arguments.peers:
        circuits.main(FOLDER / "circuits")
        record_peers(chosen)
    rows = json.loads(RECORD.read_text())["circuits"]
    if has_compile():
        for name, circuit in chosen.items():
            for target in TARGETS:
                rows[name][target]["paultrap"] = ours(name, circuit, target)
    else:
        print(f"{BINARY} has no `compile`: tables of the peers alone", file=sys.stderr)
    print(table.tables({name: rows[name] for name in chosen}))


if __name__ == "__main__":
    main()
