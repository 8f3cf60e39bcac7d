"""A real `paultrap serve` for the SDKs, and nowhere else to go.

`tests/sdk/run` is the way to start; `PAULTRAP_BIN` names another binary than `target/release/paultrap`.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from witness import Record, Witness

REPOSITORY = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("PAULTRAP_BIN") or REPOSITORY / "target/release/paultrap")
IONQ_CORE = Path(os.environ["IONQ_CORE_SOURCE"])  # as `tests/sdk/environment ionq-core-source` prints it
SECONDS_PER_TEST = 60
RECORD = Record(IONQ_CORE / "openapi.json")


# ------------------------------------------------------------------------------------------------ nothing leaves this machine

LOOPBACK = {"127.0.0.1", "::1", "localhost", "", None}


class NotLoopback(BaseException):
    """An SDK tried to reach another machine. Not an `Exception`, so that no SDK retries or swallows it."""


def only_loopback(event, arguments):
    if event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
    elif event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None
    else:
        return
    if (host.decode() if isinstance(host, bytes) else host) not in LOOPBACK:
        raise NotLoopback(f"{event} to {host}")


sys.addaudithook(only_loopback)  # below every SDK and every HTTP library, and it cannot be removed again

for variable in list(os.environ):  # keys and URLs of this shell are not for the tests, and a proxy is another machine
    if "IONQ" in variable or variable.lower().endswith("_proxy"):
        del os.environ[variable]


# ------------------------------------------------------------------------------------------------------------------ the cloud


class Cloud:
    """A running `paultrap serve`, behind a witness that compares every answer with IonQ's contract."""

    def __init__(self, url):
        self.url = url

    def ask(self, method, path, body=None, version="v0.4", key="any"):
        """The API itself, without any SDK."""
        headers = {"Authorization": f"apiKey {key}"}
        return requests.request(method, f"{self.url}/{version}/{path}", json=body, headers=headers, timeout=30)

    def get(self, path, version="v0.4"):
        """What the API says there, if it says 200."""
        reply = self.ask("GET", path, version=version)
        reply.raise_for_status()
        return reply.json()


@contextlib.contextmanager
def serving(*flags, witnessed=True):
    command = [BINARY, "serve", "--addr", "127.0.0.1:0", *flags]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline()
        assert line.startswith("listening on http://127.0.0.1:"), f"the first line of serve is {line!r}"
        url = line.split()[-1]
        with Witness(url, RECORD) if witnessed else contextlib.nullcontext() as witness:
            yield Cloud(witness.url if witness else url)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            code = process.wait(timeout=20)
        finally:
            process.kill()
            process.stdout.close()
    assert code == 0, f"serve ended with exit code {code} after SIGTERM"


@pytest.fixture(scope="session")
def cloud():
    """One cloud with default settings for all tests that need no other."""
    with serving() as cloud:
        yield cloud


@pytest.fixture
def serve():
    """`serve("--queue-time", "1s")`: a cloud of its own for one test."""
    with contextlib.ExitStack() as clouds:
        yield lambda *flags: clouds.enter_context(serving(*flags))


# ------------------------------------------------------------------------------------------------------------------- the rest


@pytest.fixture(scope="session")
def expected():
    """`expected("qis/bell")`: {outcome: probability} of that circuit in fixtures/, qubit 0 the least significant bit."""

    def load(name):
        text = (REPOSITORY / "fixtures/expected" / f"{name}.json").read_text()
        return {int(outcome): probability for outcome, probability in json.loads(text).items()}

    return load


def pytest_configure(config):
    """cirq-core 1.5 says so of itself, three thousand times."""
    config.addinivalue_line("filterwarnings", "ignore:In cirq 1.6 the default value:FutureWarning")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """An SDK that waits for ever fails its test instead."""
    RECORD.test = item.nodeid

    def late(*_):
        pytest.fail(f"{item.name} took more than {SECONDS_PER_TEST} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS_PER_TEST)
    try:
        return (yield)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def pytest_sessionfinish(session):
    """An answer that is not as published fails the run, even if no SDK minded."""
    if folder := os.environ.get("PAULTRAP_WITNESS"):
        RECORD.write(Path(folder), os.environ.get("PAULTRAP_RUN", "run"))
    if RECORD.findings and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter):
    terminalreporter.write_line(f"{sum(RECORD.seen.values())} answers compared with the contract")
    if RECORD.findings:
        terminalreporter.section(f"{len(RECORD.findings)} answers that are not as published", red=True)
        for finding, times in RECORD.findings.items():
            terminalreporter.write_line(f"{times} times {finding}")
