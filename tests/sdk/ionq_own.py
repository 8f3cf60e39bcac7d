"""IonQ's own integration tests, from ionq-core's source archive, unmodified, against a fresh `paultrap serve`.

They are written for an account that has been used: they list jobs before they submit any, and want a completed one. So three
jobs are run first, with our own client. They look at three settings: the URL, the key, the organization.
"""

import json
import os
import subprocess
import sys
import xml.etree.ElementTree
from pathlib import Path

from conftest import BINARY, IONQ_CORE, RECORD, REPOSITORY, serving

TESTS = 28
# As in their configuration; what they allow of a TLS socket we allow of a plain one, which their client warns of.
# Nor is the coverage of their client, which `addopts` asks for, our subject.
WARNINGS = [
    "error",
    "ignore:Exception ignored in.*socket.*:pytest.PytestUnraisableExceptionWarning",
    "ignore:base_url .* does not use HTTPS:UserWarning",
]


def history(url):
    """Three jobs that ran."""
    circuits = [REPOSITORY / "fixtures/circuits/qis" / name for name in ("bell.json", "ghz_3.json", "asymmetric_3.json")]
    command = [BINARY, "run", *circuits, "--url", f"{url}/v0.4", "--format", "json"]
    done = subprocess.run(command, env=os.environ | {"IONQ_API_KEY": "any"}, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert [job["status"] for job in json.loads(done.stdout)] == ["completed"] * 3


def run(cloud, report):
    settings = {
        "IONQ_API_URL": f"{cloud.url}/v0.4",
        "IONQ_API_KEY": "any",
        "IONQ_ORG_ID": cloud.ask("GET", "sessions").json().get("organization_id", "none"),
    }
    command = [sys.executable, "-P", "-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider"]
    command += ["-o", "addopts=", "-o", "filterwarnings=" + "\n".join(WARNINGS)]
    command += ["-m", "integration", f"--junitxml={report}", "tests/integration"]
    return subprocess.run(command, cwd=IONQ_CORE, env=os.environ | settings, timeout=300).returncode


def main():
    folder = Path(os.environ["PAULTRAP_WITNESS"]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    report = folder / "ionq-own.xml"
    RECORD.test = "IonQ's own integration tests"
    with serving() as cloud:
        history(cloud.url)
        code = run(cloud, report)
    RECORD.write(folder, "ionq-own")
    for finding, times in RECORD.findings.items():
        print(f"{times} times {finding}")

    [suite] = xml.etree.ElementTree.parse(report).getroot().iter("testsuite")
    ran = int(suite.get("tests"))
    passed = ran - sum(int(suite.get(kind)) for kind in ("failures", "errors", "skipped"))
    print(f"IonQ's own integration tests: {passed} of {TESTS} passed")
    return code or (ran, passed) != (TESTS, TESTS) or bool(RECORD.findings)


if __name__ == "__main__":
    sys.exit(int(main()))
