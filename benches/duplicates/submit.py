"""One SDK and its circuits, in a process of its own: submit.py MODULE JOBS. The last line is what came of it, as JSON.

MODULE has `connect()`, which returns a call that runs circuit number k on so many qubits, from submission to result, and returns
its outcome with qubit 0 as the least significant bit; and WORKERS, how many circuits are in flight. Retries and waits are those
of the SDK. What it raises ends that circuit, and no other.
"""

import importlib
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor


def answer(run, number, qubits):
    try:
        return {"outcome": run(number, qubits)}
    except Exception as error:  # whatever an SDK raises
        return {"kind": type(error).__name__, "error": " ".join(str(error).split())[:200]}


def main():
    sdk, jobs = importlib.import_module(sys.argv[1]), int(sys.argv[2])
    run, numbers = sdk.connect(), range(1, jobs + 1)
    start = time.monotonic()
    with ThreadPoolExecutor(sdk.WORKERS) as pool:
        answers = list(pool.map(lambda number: answer(run, number, jobs.bit_length()), numbers))
    seconds = time.monotonic() - start
    print(json.dumps({"workers": sdk.WORKERS, "seconds": seconds, "answers": dict(zip(numbers, answers))}))


if __name__ == "__main__":
    main()
