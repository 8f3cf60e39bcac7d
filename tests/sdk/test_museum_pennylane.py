"""The museum of bugs, seen through pennylane-ionq 0.45.0. See fixtures/museum/README.md."""

import math

import numpy as np
import pennylane as qml
import pennylane_ionq.api_client
import pennylane_ionq.device
import pytest
import requests
from museum_support import (
    BODIES,
    MISPLACED,
    RIGHT,
    SHOTS,
    TRUTH,
    Raises,
    Silently,
    answering,
    assert_every_scenario_is_shown,
    faulty,
    is_close,
    shares,
    show,
)
from pennylane_ionq import ops
from pennylane_support import at

pytestmark = pytest.mark.filterwarnings("ignore:invalid value encountered in:RuntimeWarning")

# ------------------------------------------------------------------------------------------------------------------ how it is run


def bell():
    qml.Hadamard(0)
    qml.CNOT([0, 1])


def to_thirds():
    """00, 01 and 10."""
    qml.RY(2 * math.acos(math.sqrt(2 / 3)), 1)
    qml.PauliX(1)
    qml.RY(math.pi / 4, 0)
    qml.CNOT([1, 0])
    qml.RY(-math.pi / 4, 0)
    qml.CNOT([1, 0])
    qml.PauliX(1)


def flip(n):
    return lambda: [qml.PauliX(wire) for wire in range(3) if n >> wire & 1]


PROGRAMS = {
    "bell": (2, bell),
    "bell on a QPU": (2, bell),
    "thirds": (2, to_thirds),
    "certain": (2, flip(1)),
    "second of four": (4, flip(2)),
    "batch": (3, [flip(n) for n in range(1, 5)]),
}


def device_for(shown, **options):
    wires, _ = PROGRAMS[shown]
    if "QPU" in shown:
        return qml.device("ionq.qpu", backend="aria-1", wires=wires, **options)
    return qml.device("ionq.simulator", wires=wires, **options)


def tape(program, wires, shots=SHOTS):
    with qml.queuing.AnnotatedQueue() as queue:
        program()
    return qml.tape.QuantumScript(qml.tape.QuantumScript.from_queue(queue).operations, [qml.counts(wires=range(wires))], shots=shots)


@pytest.fixture
def run(at):
    """The circuit's answer from this cloud, as pennylane-ionq samples it."""

    def answer(cloud, shown="bell"):
        at(cloud)
        np.random.seed(1)
        wires, programs = PROGRAMS[shown]
        tapes = [tape(program, wires) for program in (programs if shown == "batch" else [programs])]
        answers = [of_counts(counts) for counts in device_for(shown).batch_execute(tapes)]
        return answers if shown == "batch" else answers[0]

    return answer


def of_counts(counts):
    return shares({int(bits[::-1], 2): int(count) for bits, count in counts.items()})


# --------------------------------------------------------------------------------------------------------------------- the exhibits

NAN = Raises("ValueError", "probabilities contain NaN")
NOTHING = Raises("AttributeError", "'NoneType' object has no attribute 'values'")


def refused(status):
    return Raises("Exception", f'{{"statusCode":{status},"error":"…","message":"…"}}')


EXHIBITS = {
    "A-01": RIGHT,
    "A-02": RIGHT,
    "A-03": RIGHT,
    "A-04": RIGHT,
    "A-05": Silently({0b00: 0.25, 0b10: 0.25, 0b11: 0.5}),
    "A-05-silent": Raises("IndexError", "index 1099511627775 is out of bounds for axis 0 with size 4"),
    "A-06": Raises("ValueError", "probabilities are not non-negative"),
    "A-07": Raises("ValueError", "repeats may not contain negative values."),
    "A-08": NAN,
    "A-08-infinity": NAN,
    "A-09": Silently({0b00: 1 / 3, 0b11: 2 / 3}),
    "A-10": RIGHT,
    "A-11": RIGHT,
    "A-14": RIGHT,
    "A-16": RIGHT,
    "A-17": RIGHT,
    "A-18": Raises("StopIteration", ""),
    "A-18-null": NOTHING,
    "A-18-wrapped": RIGHT,  # taken for a batch of one
    "A-18-html": Raises("JSONDecodeError", "Expecting value: line 1 column 1 (char 0)"),
    "A-18-strings": Raises("TypeError", "unsupported operand type(s) for +: 'int' and 'str'"),
    "B-05": Silently({0b1010: 1.0}),
    "D-01": RIGHT,
    "D-01-status": refused(503),
    "D-02": refused(429),
    "D-02-get": RIGHT,
    "D-03": RIGHT,
    "D-03-create": refused(409),
    "D-04": RIGHT,
    "D-04-500": RIGHT,
    "D-04-520": RIGHT,
    "D-08": Raises("JobExecutionError", "Job failed"),
    "D-08-quota": Raises("JobExecutionError", "Job failed"),
    "D-09": Raises("Exception", '{"error":"Too Many Requests","message":"slow down"}'),
    "D-09-html": Raises("Exception", "<html><body><h1>502 Bad Gateway</h1></body></html>"),
    "D-10": Raises("ValueError", "invalid literal for int() with base 10: 'statusCode'"),  # the error is taken for the answer
    "D-10-null": NOTHING,
    "D-12": RIGHT,
    "D-12-stats": RIGHT,
    "E-02": MISPLACED,
    "E-03": Raises("IndexError", "list index out of range"),
    "E-03-null": Raises("TypeError", "'NoneType' object is not iterable"),
    "F-03": RIGHT,
    "F-07": RIGHT,
}
APART = {"D-05", "D-06", "D-11", "D-13", "E-05"}  # D-13 is about lists of jobs, which it does not ask for


def test_every_scenario_is_shown():
    assert_every_scenario_is_shown(EXHIBITS, APART)


@pytest.mark.parametrize("scenario", EXHIBITS)
def test_an_exhibit_does_what_its_page_says(scenario, faulty, run):
    show(scenario, faulty(scenario), EXHIBITS[scenario], run)


@pytest.mark.parametrize("shown", PROGRAMS)
def test_without_a_scenario_the_same_circuits_have_the_right_answer(shown, cloud, run):
    RIGHT.check(lambda: run(cloud, shown), TRUTH[shown])


@pytest.mark.parametrize("scenario, jobs", {"D-01": 3, "D-01-status": 1, "D-02": 0}.items())
def test_a_create_whose_connection_breaks_is_sent_again_and_leaves_a_job_each_time(scenario, jobs, faulty, run):
    cloud = faulty(scenario)
    try:
        run(cloud)
    except Exception as refused:  # pennylane-ionq raises no other
        assert type(refused) is Exception
    assert len(cloud.get("jobs")["jobs"]) == jobs


def test_an_answer_is_waited_for_ten_minutes(faulty, run, monkeypatch):
    """D-05, in which nobody answers the first question for a job. Here the wait is shorter, so that this test is."""
    passed, send = set(), requests.Session.send

    def impatiently(session, request, timeout=None, **options):
        passed.add(timeout if "/jobs" in request.url else 600)
        return send(session, request, timeout=0.5, **options)

    monkeypatch.setattr(requests.Session, "send", impatiently)
    show("D-05", faulty("D-05"), RIGHT, run)  # the second question is answered
    assert passed == {600}


def test_a_canceled_job_is_asked_for_without_end(faulty, run, monkeypatch):
    """D-06."""
    pauses = []

    def count_instead(seconds):
        pauses.append(seconds)
        if len(pauses) == 100:
            raise StopAsyncIteration

    monkeypatch.setattr(pennylane_ionq.device, "sleep", count_instead)
    with pytest.raises(StopAsyncIteration):
        run(faulty("D-06"))
    assert set(pauses) == {0.01}


def test_an_absolute_url_is_followed(faulty, run, monkeypatch):
    """D-11: wherever it leads."""
    monkeypatch.setattr(pennylane_ionq.api_client.time, "sleep", lambda _seconds: None)
    refused = "HTTPConnectionPool(host='127.0.0.1', port=1): Max retries exceeded with url: /v0.4/jobs/0/results/probabilities …"
    Raises("ConnectionError", refused).check(lambda: run(faulty("D-11")), None)


def test_of_two_jobs_one_fails_and_the_other_does_not(faulty, run):
    """E-05."""
    cloud = faulty("E-05")
    assert is_close(run(cloud), TRUTH["bell"])
    Raises("JobExecutionError", "Job failed").check(lambda: run(cloud), None)


def test_a_job_takes_its_scenario_from_its_metadata(cloud, at):
    at(cloud)
    chosen = device_for("bell", metadata={"paultrap.scenario": "A-06"})
    Raises("ValueError", "probabilities are not non-negative").check(lambda: chosen.batch_execute([tape(bell, 2)]), None)
    device_for("bell").batch_execute([tape(bell, 2)])


# ------------------------------------------------------------------------------------------------------- bugs that need no scenario


@pytest.mark.parametrize("angle, norm, overlap", [(0.25, 0.0155, 0.9922), (0.1, 0.0025, 0.7924), (0.05, 0.0006, 0.6542), (0, 0, 0.5)])
def test_the_matrix_of_a_partial_ms_is_not_unitary_and_not_its_gate(angle, norm, overlap):
    """C-03."""
    matrix = ops.MS.compute_matrix(0, 0, angle)
    x = np.array([[0, 1], [1, 0]])
    gate = np.cos(np.pi * angle) * np.eye(4) - 1j * np.sin(np.pi * angle) * np.kron(x, x)
    assert np.linalg.norm(matrix.conj().T @ matrix - np.eye(4)) == pytest.approx(norm, abs=1e-4)
    assert abs(np.trace(gate.conj().T @ matrix)) ** 2 / 16 == pytest.approx(overlap, abs=1e-4)


@pytest.mark.filterwarnings("ignore:The 'num_steps' argument")
@pytest.mark.parametrize("time", [0.4, -0.4])
def test_a_pauliexp_turns_the_way_its_sign_says(time, cloud, at):
    """C-08: exp(-iYt) of 0, and then a rotation that tells forwards from backwards."""
    at(cloud)

    def program():
        qml.evolve(qml.PauliY(0), time)
        qml.RY(math.pi / 4, 0)

    [counts] = device_for("bell").batch_execute([tape(program, 2)])
    truth = math.sin(time + math.pi / 8) ** 2
    assert is_close(of_counts(counts), {0b00: 1 - truth, 0b01: truth})


def test_the_shots_of_a_job_are_those_that_were_asked_for(serve, at):
    """A-21: not a hundred, the service's default."""
    cloud = serve()
    at(cloud)
    device_for("bell on a QPU").batch_execute([tape(bell, 2, shots=321)])
    [job] = cloud.get("jobs")["jobs"]
    assert job["shots"] == 321


# ----------------------------------------------------------------------------------------------- bodies that no service should send

ANSWERS = {
    "2e-7 short": RIGHT,
    "1e-3 short": RIGHT,
    "half of it missing": RIGHT,
    "a tiny negative": Raises("ValueError", "probabilities are not non-negative"),
    "a negative": Raises("ValueError", "probabilities are not non-negative"),
    "not a number": NAN,
    "all zeros": NAN,
    "empty": Raises("StopIteration", ""),
    "null": NOTHING,
    "an integer": Silently({0b00: 1.0}),
    "texts": Raises("TypeError", "unsupported operand type(s) for +: 'int' and 'str'"),
    "a key twice": Silently({0b00: 1 / 3, 0b11: 2 / 3}),
    "bit-strings": Raises("IndexError", "index 13 is out of bounds for axis 0 with size 4"),
    "hexadecimal keys": Raises("ValueError", "invalid literal for int() with base 10: '0x0'"),
    "a key beyond the width": Raises("IndexError", "index 7 is out of bounds for axis 0 with size 4"),
    "keys that fold together": Raises("IndexError", "index 7 is out of bounds for axis 0 with size 4"),
    "wrapped": RIGHT,
    "a web page": Raises("JSONDecodeError", "Expecting value: line 1 column 1 (char 0)"),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_no_service_should_send(name, answering, run):
    cloud = answering(BODIES[name])
    ANSWERS[name].check(lambda: run(cloud), TRUTH["bell"])


@pytest.mark.parametrize("body", ['{"0":0.6,"1":-0.1,"3":0.5}', '{"0":NaN,"3":0.5}'])
def test_counts_of_a_qpu_that_are_none_stop_the_sampling(body, answering, run):
    cloud = answering(body)
    Raises("ValueError", "repeats may not contain negative values.").check(lambda: run(cloud, "bell on a QPU"), None)
