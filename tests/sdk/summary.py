"""What a run of `tests/sdk/run` amounts to: tests and answers of each SDK, operations never answered, exceptions never needed.

    python tests/sdk/summary.py FOLDER      with a NAME.xml of pytest and a NAME.json of the witness for each part
"""

import json
import sys
import xml.etree.ElementTree
from collections import Counter
from pathlib import Path

import forced
from contract import METHODS


def suite(path):
    """How many tests ran, failed and were skipped."""
    [found] = xml.etree.ElementTree.parse(path).getroot().iter("testsuite")
    ran, skipped = int(found.get("tests")), int(found.get("skipped"))
    failed = int(found.get("failures")) + int(found.get("errors"))
    return ran, failed, skipped


def operations(document):
    return {
        f"{method.upper()} {template}"
        for template, methods in json.loads(document.read_text())["paths"].items()
        for method in methods
        if method in METHODS
    }


def main(folder, document):
    print(f"{'':24}{'tests':>7}{'passed':>8}{'failed':>8}{'skipped':>9}{'answers':>9}{'not as published':>18}")
    wrong, seen, used = 0, Counter(), Counter()
    for report in sorted(folder.glob("*.xml")):
        ran, failed, skipped = suite(report)
        witnessed = json.loads(report.with_suffix(".json").read_text())
        seen.update(witnessed["seen"])
        used.update(witnessed["forced"])
        findings = len(witnessed["findings"])
        wrong += failed + skipped + findings + (ran == 0)
        answers = sum(witnessed["seen"].values())
        print(f"{report.stem:24}{ran:7}{ran - failed - skipped:8}{failed:8}{skipped:9}{answers:9}{findings:18}")

    answered = {key.rsplit(" ", 1)[0] for key in seen if key.rsplit(" ", 1)[1].startswith("2")}
    for operation in sorted(operations(document) - answered):
        print(f"no SDK got an answer from {operation}")
        wrong += 1
    for entry in forced.ALL:
        print(f"not as published, {used[entry.name]} times: {entry.name}: {entry.reason}")
        wrong += used[entry.name] == 0  # then it has no place in the list
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
