"""What the tests of the museum share: its scenarios, what each of them is shown with, and how to say what came of it.

An answer is {outcome: share of the shots}, qubit 0 the least significant bit; of a batch it is a list of those.
"""

import contextlib
import math
import re
import tomllib
from dataclasses import dataclass

import pytest
import requests
from conftest import REPOSITORY, serving

SCENARIOS = REPOSITORY / "fixtures/scenarios"
IDS = sorted(path.stem for path in SCENARIOS.glob("*.toml"))
WITH_FAULTS = {name for name in IDS if "fault" in tomllib.loads((SCENARIOS / f"{name}.toml").read_text())}
GENERAL = {"chaos", "flaky", "lost-answers", "noisy-network", "slow"}  # not of the catalogue

SHOTS = 10_000
CLOSE = 0.03  # six standard deviations of a share at that many shots, or more

# ------------------------------------------------------------------------------------------------- what a scenario is shown with

BELL = {0b00: 0.5, 0b11: 0.5}
TRUTH = {
    "bell": BELL,
    "bell on a QPU": BELL,
    "thirds": {0b00: 1 / 3, 0b01: 1 / 3, 0b10: 1 / 3},  # with six decimals they sum to 0.999999
    "certain": {0b01: 1.0},
    "second of four": {0b0010: 1.0},
    "batch": [{n: 1.0} for n in range(1, 5)],  # the bits of 1, 2, 3 and 4
}
SHOWN_WITH = {
    "A-04": "thirds",
    "A-07": "bell on a QPU",
    "A-10": "certain",
    "A-11": "thirds",
    "A-14": "thirds",
    "A-16": "certain",
    "B-05": "second of four",
    "E-02": "batch",
    "E-03": "batch",
    "E-03-null": "batch",
}


@pytest.fixture
def faulty():
    """`faulty("A-01")`: the cloud under that scenario, of its own, without a witness: its answers are wrong on purpose."""
    with contextlib.ExitStack() as clouds:
        yield lambda scenario, *flags: clouds.enter_context(serving("--scenario", str(scenario), *flags, witnessed=False))


@pytest.fixture
def answering(faulty, tmp_path):
    """`answering(body)`: a cloud of its own whose every result is this text."""

    def serve(body):
        file = tmp_path / "body.toml"
        fault = f"[[fault]]\non = \"get_job_probabilities\"\ndo = {{ body = '{body}' }}\n"
        file.write_text(f'description = "one body"\n\n{fault}')
        return faulty(file)

    return serve


def assert_every_scenario_is_shown(table, apart):
    """Each that has faults is in the table, or in a test of its own."""
    assert not set(table) & set(apart)
    assert set(table) | set(apart) == WITH_FAULTS - GENERAL


def show(scenario, cloud, expected, run):
    """Runs the circuit that the scenario is shown with; its fault must have happened, too, when nobody minds."""
    shown = SHOWN_WITH.get(scenario, "bell")
    expected.check(lambda: run(cloud, shown), TRUTH[shown])
    assert happened(cloud) > 0


def happened(cloud):
    """How often the faults of this cloud have happened."""
    reply = requests.get(f"{cloud.url}/_paultrap/scenario", headers={"Authorization": "apiKey any"}, timeout=30)
    return sum(fault["fired"] for fault in reply.json()["scenario"]["fault"])


# ------------------------------------------------------------------------------------------------------------- what came of it


@dataclass(frozen=True)
class Raises:
    """An exception with this name and exactly this text, `…` standing for what differs from run to run."""

    name: str
    text: str = ""

    def check(self, run, _truth):
        with pytest.raises(BaseException) as raised:
            run()
        assert type(raised.value).__name__ == self.name, repr(raised.value)
        pattern = ".*".join(map(re.escape, self.text.split("…")))
        assert re.fullmatch(pattern, str(raised.value), re.DOTALL), repr(str(raised.value))


@dataclass(frozen=True)
class Silently:
    """A wrong answer, without a word."""

    answer: dict | list

    def check(self, run, truth):
        assert not is_close(self.answer, truth), "this is the right answer"
        answer = run()
        assert is_close(answer, self.answer), answer


class Misplaced:
    """Silently the right answers for the wrong circuits of a batch."""

    def check(self, run, truth):
        answers = run()
        in_order = lambda answers: sorted(answers, key=lambda answer: sorted(answer))
        assert is_close(in_order(answers), in_order(truth)) and not is_close(answers, truth), answers


class Right:
    """The right answer."""

    def check(self, run, truth):
        answer = run()
        assert is_close(answer, truth), answer


RIGHT, MISPLACED = Right(), Misplaced()


def is_close(answer, other):
    if isinstance(answer, list) or isinstance(other, list):
        return isinstance(answer, list) == isinstance(other, list) and len(answer) == len(other) and all(map(is_close, answer, other))
    return all(abs(answer.get(outcome, 0) - other.get(outcome, 0)) < CLOSE for outcome in answer | other)


def shares(counts):
    """{outcome: count} as an answer."""
    shots = sum(counts.values())
    return {outcome: count / shots for outcome, count in counts.items()}


def reversed_bits(outcome, width):
    return int(f"{outcome:0{width}b}"[::-1], 2)


# ------------------------------------------------------------------------------------------------------- when a sum is near enough

NUMPY = math.sqrt(2**-52)  # numpy's choice, and with it cirq-ionq up to 1.5
CIRQ = 1e-5  # cirq-ionq from 1.6 rescales a sum that is nearer to 1

NEAR_ONE = {  # a body -> whether it is near enough for numpy, and for cirq-ionq from 1.6
    '{"0":0.5,"3":0.4999999851}': (True, True),
    '{"0":0.5,"3":0.4999999850}': (False, True),
    '{"0":0.5,"3":0.5000000149}': (True, True),
    '{"0":0.5,"3":0.5000000150}': (False, True),
    '{"0":0.4999999,"3":0.4999999}': (False, True),
    '{"0":0.333333,"1":0.333333,"2":0.333333}': (False, True),
    '{"0":0.5,"3":0.499990001}': (False, True),
    '{"0":0.5,"3":0.49999}': (False, False),  # in binary 1.0000000000066e-5 below 1
    '{"0":0.5,"3":0.500010001}': (False, False),
    '{"0":0.097980373,"1":0.251172315,"2":0.639023034,"3":0.011824277}': (True, True),
    '{"0":0.3333333432674408,"1":0.3333333432674408,"2":0.3333333432674408}': (False, True),
}

# ----------------------------------------------------------------------------------------------- bodies that no service should send

BODIES = {
    "2e-7 short": '{"0":0.4999999,"3":0.4999999}',
    "1e-3 short": '{"0":0.4995,"3":0.4995}',
    "half of it missing": '{"0":0.25,"3":0.25}',
    "a tiny negative": '{"0":0.5,"1":-1e-17,"3":0.5}',
    "a negative": '{"0":0.6,"1":-0.1,"3":0.5}',
    "not a number": '{"0":NaN,"3":0.5}',
    "all zeros": '{"0":0,"3":0}',
    "empty": "{}",
    "null": "null",
    "an integer": '{"0":1}',
    "texts": '{"0":"0.5","3":"0.5"}',
    "a key twice": '{"0":0.5,"0":0.25,"3":0.5}',
    "bit-strings": '{"00":0.5,"11":0.5}',
    "hexadecimal keys": '{"0x0":0.5,"0x3":0.5}',
    "a key beyond the width": '{"0":0.5,"7":0.5}',
    "keys that fold together": '{"0":0.25,"3":0.25,"4":0.25,"7":0.25}',
    "wrapped": '{"histogram":{"0":0.5,"3":0.5}}',
    "a web page": "<html><body>hello</body></html>",
}
