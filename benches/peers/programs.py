"""Us and the peers as processes: seconds of each run, bytes at most."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
OURS = os.environ["PAULTRAP_BIN"]
PRISM_Q = os.environ["PRISM_Q_BIN"]
UNITS = {"ns": 1e-9, "µs": 1e-6, "ms": 1e-3, "s": 1.0}


def said(command, environment=None):
    """What a command prints; its own words if it fails."""
    done = subprocess.run(command, env=os.environ | (environment or {}), capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}: exit code {done.returncode}: {done.stderr[-2000:]}")
    return done


def simulate(file, *options):
    return [OURS, "simulate", file, "--format", "json", *map(str, options)]


def ours(file, threads, repeat, *options):
    """Seconds of each run of `paultrap simulate`."""
    command = simulate(file, "--threads", threads, "--repeat", repeat, "--top", 0, *options)
    return json.loads(said(command).stdout)["seconds"]


def prism_q(mode, file, threads, repeat):
    """Seconds of each run."""
    return json.loads(said([PRISM_Q, mode, file, str(repeat)], {"RAYON_NUM_THREADS": str(threads)}).stdout)["seconds"]


def qsim(file, threads, repeat):
    """Seconds of each run."""
    return json.loads(said([sys.executable, FOLDER / "with_qsim.py", "samples", file, str(threads), str(repeat)]).stdout)["seconds"]


def run(file, pack):
    """`paultrap run` with so many circuits in a job: seconds of the whole process, and those that it tells of."""
    workers = 10 * pack if pack > 1 else 64  # circuits in flight: ten jobs, or 64 of one circuit
    start = time.perf_counter()
    done = said([OURS, "run", file, "--shots", "1000", "--pack", str(pack), "--workers", str(workers), "--format", "jsonl"])
    seconds = time.perf_counter() - start
    number, unit = re.search(r"([\d.]+) (ns|µs|ms|s) wall", done.stderr).groups()
    return seconds, float(number) * UNITS[unit]


def peak(file, threads, *options):
    """The most bytes that `paultrap simulate` had of memory, with all that it prints."""
    child = subprocess.Popen(simulate(file, "--threads", threads, *options), stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"paultrap simulate {file}: exit code {child.returncode}")
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def distributions(file):
    """The probabilities of all outcomes of a circuit: ours, and by name those of the peers."""
    answer = json.loads(said(simulate(file, "--engine", "state-vector")).stdout)
    mine = [answer["probabilities"].get(str(outcome), 0.0) for outcome in range(2 ** answer["qubits"])]
    prism_q = json.loads(said([PRISM_Q, "distribution", file, "1"]).stdout)
    qsim = json.loads(said([sys.executable, FOLDER / "with_qsim.py", "distribution", file, "1", "1"]).stdout)
    return mine, {"prism-q": prism_q, "qsim": qsim}
