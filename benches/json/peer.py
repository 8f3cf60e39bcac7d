"""Python's json on the same map: reads it, prints it, and says how long each took at best."""

import json
import sys
import time

text = open(sys.argv[1], encoding="ascii").read()
rounds = int(sys.argv[2])


def best(work, given):
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        made = work(given)
        seconds.append(time.perf_counter() - start)
        kept = made
        del made
    return min(seconds), kept


parse, outcomes = best(json.loads, text)
print_, _ = best(json.dumps, outcomes)
assert json.loads(json.dumps(outcomes)) == outcomes and abs(sum(outcomes.values()) - 1) < 1e-9
print(len(outcomes), print_, parse)
