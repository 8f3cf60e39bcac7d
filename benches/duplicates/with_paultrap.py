"""`paultrap run`, the whole batch in one command."""

import json
import os
import subprocess
import tempfile
import time

from circuits import flipped

WORKERS = 10


def label(binary):
    return subprocess.run([binary, "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def batch(binary, url, jobs, patience):
    """{"workers", "seconds", "answers"}, as submit.py prints them."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        for number in range(1, jobs + 1):
            gates = [{"gate": "x", "target": qubit} for qubit in flipped(number)]
            file.write(json.dumps({"name": f"circuit-{number}", "qubits": jobs.bit_length(), "circuit": gates}) + "\n")
        file.flush()
        command = [binary, "run", file.name, "--url", f"{url}/v0.4", "--workers", str(WORKERS), "--format", "jsonl"]
        start = time.monotonic()
        done = subprocess.run(
            command, env=os.environ | {"IONQ_API_KEY": "none"}, capture_output=True, text=True, timeout=patience
        )
        seconds = time.monotonic() - start
    answers = {line["index"] + 1: answer(line) for line in map(json.loads, done.stdout.splitlines())}
    if len(answers) != jobs:  # 1 is the code of a batch in which circuits failed; each is in a line of its own then
        raise RuntimeError(f"{len(answers)} of {jobs} circuits were told of, exit code {done.returncode}: {done.stderr[-2000:]}")
    return {"workers": WORKERS, "seconds": seconds, "answers": answers}


def answer(line):
    if line["status"] != "completed":
        error = str(line.get("error"))
        return {"kind": ": ".join(error.split(": ")[:2]), "error": error[:200]}
    [outcome] = line["probabilities"]
    return {"outcome": int(outcome)}
