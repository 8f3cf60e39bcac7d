"""The same circuits through four SDKs and `paultrap run` while answers get lost: how many jobs came of them.

    compare.py [--jobs N] [--only CLIENT…] [--seed N] [--format markdown|json] [--check]

What a client did is not asked of the client: the server is asked for its jobs, and every job's result says which circuit it is,
for circuit number k flips the bits of k. Each client has a server of its own with the same scenario and seed, so the n-th create
meets the same fault whoever sends it. PAULTRAP_BIN names the binary.
"""

import argparse
import json
import os
import subprocess
import sys
import tomllib
from collections import Counter
from importlib.metadata import version
from pathlib import Path

import with_paultrap
from server import serving

FOLDER = Path(__file__).resolve().parent
SCENARIO = FOLDER.parents[1] / "fixtures/scenarios/lost-answers.toml"
BINARY = Path(os.environ.get("PAULTRAP_BIN") or FOLDER.parents[1] / "target/release/paultrap")
SDKS = {"cirq-ionq": "with_cirq", "qiskit-ionq": "with_qiskit", "pennylane-ionq": "with_pennylane", "ionq-core": "with_core"}
CLIENTS = [*SDKS, "paultrap"]
PATIENCE = 1800  # seconds for one client

COLUMNS = {
    "client": "client",
    "workers": "in flight",
    "creates": "creates sent",
    "jobs": "jobs made",
    "doubled": "circuits with more than one job",
    "extra_per_1000": "extra jobs per 1,000",
    "missing": "circuits without a job",
    "orphaned": "job made, but the client raised",
    "seconds": "wall time",
}


# ------------------------------------------------------------------------------------------------------------------ one client


def with_sdk(module, url, jobs):
    """The SDK in a process of its own, told where the server is as its manual says."""
    told = {"IONQ_API_KEY": "none", "IONQ_REMOTE_HOST": url, "IONQ_API_URL": f"{url}/v0.4"}
    command = [sys.executable, "-W", "ignore", FOLDER / "submit.py", module, str(jobs)]
    done = subprocess.run(command, env=os.environ | told, stdout=subprocess.PIPE, text=True, timeout=PATIENCE, check=True)
    told_of = json.loads(done.stdout.splitlines()[-1])
    return told_of | {"answers": {int(number): answer for number, answer in told_of["answers"].items()}}


def measured(client, jobs, seed):
    """One row."""
    scenario = tomllib.loads(SCENARIO.read_text())
    with serving(BINARY, SCENARIO) as server:
        server.scenario(scenario | {"seed": seed})
        if client == "paultrap":
            label, told = with_paultrap.label(BINARY), with_paultrap.batch(BINARY, server.url, jobs, PATIENCE)
        else:
            label, told = f"{client} {version(client)}", with_sdk(SDKS[client], server.url, jobs)
        creates, struck = server.creates()
        found = server.jobs_by_circuit()
    of_run = {"client": label, "seed": seed, "workers": told["workers"], "seconds": round(told["seconds"], 2)}
    return of_run | {"creates": creates, "struck": struck} | judged(told["answers"], found, jobs)


def judged(answers, found, jobs):
    """What the server has, `found`, against what was wanted and what the client said."""
    if strange := set(found) - set(range(1, jobs + 1)):
        sys.exit(f"compare.py: jobs of circuits that nobody made: {sorted(strange)}")
    if wrong := {number: answer for number, answer in answers.items() if answer.get("outcome", number) != number}:
        sys.exit(f"compare.py: the client has these results: {wrong}")
    errors = {number: answer for number, answer in answers.items() if "error" in answer}
    made = sum(found.values())
    return {
        "wanted": jobs,
        "jobs": made,
        "doubled": sum(times > 1 for times in found.values()),
        "most": max(found.values(), default=0),
        "extra_per_1000": round(1000 * (made - len(found)) / jobs, 1),
        "missing": jobs - len(found),
        "orphaned": sum(number in found for number in errors),
        "raised": dict(Counter(error["kind"] for error in errors.values()).most_common()),
        "first_error": next((error["error"] for error in errors.values()), None),
    }


# ------------------------------------------------------------------------------------------------------------------- the report


def markdown(rows, jobs, faults):
    lines = [f"{jobs} circuits, one job each wanted, seed {rows[0]['seed']};", f"{faults}:", ""]
    lines += [f"| {' | '.join(COLUMNS.values())} |", f"|{' --- |' * len(COLUMNS)}"]
    for row in rows:
        cells = row | {"seconds": f"{row['seconds']:.2g} s" if row["seconds"] < 1 else f"{row['seconds']:.1f} s", "extra_per_1000": f"{row['extra_per_1000']:g}"}
        lines.append(f"| {' | '.join(str(cells[key]) for key in COLUMNS)} |")
    raised = [f"{row['client']} {kinds(row['raised'])}" for row in rows if row["raised"]]
    return "\n".join(lines + (["", f"Raised: {'; '.join(raised)}."] if raised else []))


def kinds(raised):
    return ", ".join(f"{times} × {kind}" for kind, times in raised.items())


def broken(row):
    """What a row of paultrap says against it, or against the check."""
    said = {"doubled": "made more than one job of", "missing": "made no job of", "orphaned": "made a job and has no result of"}
    found = [f"paultrap {what} {row[key]} circuits" for key, what in said.items() if row[key]]
    idle = [f"fault {fault} never struck, take more jobs" for fault, times in enumerate(row["struck"]) if not times]
    return found + idle


def main():
    parser = argparse.ArgumentParser(prog="benches/duplicates/run")
    parser.add_argument("--jobs", type=int, default=1000, help="circuits for each client, 1 to 10000 [default: 1000]")
    parser.add_argument("--only", nargs="+", choices=CLIENTS, default=CLIENTS, metavar="CLIENT", help=", ".join(CLIENTS))
    parser.add_argument("--seed", type=int, default=1, help="of the faults [default: 1]")
    parser.add_argument("--format", choices=("markdown", "json"), default="markdown")
    parser.add_argument("--check", action="store_true", help="fail if a circuit of paultrap has two jobs, no job or no result")
    asked = parser.parse_args()
    if not 1 <= asked.jobs <= 10_000:
        parser.error(f"--jobs is {asked.jobs}, a number from 1 to 10000 is needed")
    if asked.check and "paultrap" not in asked.only:
        parser.error("--check is about paultrap, which --only leaves out")

    rows = []
    for client in asked.only:
        print(f"{client} …", file=sys.stderr)
        rows.append(measured(client, asked.jobs, asked.seed))
    description = tomllib.loads(SCENARIO.read_text())["description"]
    print(json.dumps(rows, indent=2) if asked.format == "json" else markdown(rows, asked.jobs, description))
    if asked.check and (complaints := broken(rows[asked.only.index("paultrap")])):
        sys.exit(f"benches/duplicates/run: {'; '.join(complaints)}")


if __name__ == "__main__":
    main()
