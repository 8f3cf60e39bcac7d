"""The museum of bugs, seen through qiskit-ionq 1.1.1. See fixtures/museum/README.md."""

import math
import warnings

import pytest
import qiskit_ionq.helpers
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
    shares,
    show,
)
from qiskit import QuantumCircuit
from qiskit_ionq.exceptions import IonQAPIError, IonQRetriableError
from qiskit_support import SOON, provider_at, quietly

pytestmark = [*quietly, pytest.mark.filterwarnings("ignore:Retrying "), pytest.mark.filterwarnings("ignore:Unable to retrieve result")]

# ------------------------------------------------------------------------------------------------------------------ how it is run


def measured(gates, qubits=2):
    circuit = QuantumCircuit(qubits, qubits)
    gates(circuit)
    circuit.measure(range(qubits), range(qubits))
    return circuit


def bell(circuit):
    circuit.h(0)
    circuit.cx(0, 1)


def to_thirds(circuit):
    """00, 01 and 10."""
    circuit.ry(2 * math.acos(math.sqrt(2 / 3)), 1)
    circuit.x(1)
    circuit.ch(1, 0)
    circuit.x(1)


def flip(n):
    return lambda circuit: circuit.x([q for q in range(circuit.num_qubits) if n >> q & 1])


CIRCUITS = {
    "bell": measured(bell),
    "bell on a QPU": measured(bell),
    "thirds": measured(to_thirds),
    "certain": measured(flip(1)),
    "second of four": measured(flip(2), qubits=4),
    "batch": [measured(flip(n), qubits=3) for n in range(1, 5)],
}


@pytest.fixture
def submit(provider_at):
    def submit(cloud, shown="bell", shots=SHOTS):
        backend = provider_at(cloud).get_backend("qpu.aria-1" if "QPU" in shown else "simulator")
        return backend.run(CIRCUITS[shown], shots=shots, sampler_seed=1)

    return submit


@pytest.fixture
def run(submit):
    """The circuit's answer from this cloud, as its counts say; those of the simulator are qiskit-ionq's own samples."""

    def answer(cloud, shown="bell"):
        counts = submit(cloud, shown).result(wait=SOON).get_counts()
        of = lambda counts: shares({int(bits, 2): count for bits, count in counts.items()})
        return [of(each) for each in counts] if shown == "batch" else of(counts)

    return answer


# --------------------------------------------------------------------------------------------------------------------- the exhibits

NAN = Raises("ValueError", "probabilities contain NaN")


def api_error(status, error):
    return Raises("IonQAPIError", f"IonQAPIError(message='…',status_code={status},headers=…,body=…,error_type='{error}')")


def failure(code, message):
    text = f'Unable to retrieve result for job …. Failure from IonQ API "{code}: {message}"'
    return Raises("IonQJobFailureError", f"IonQJobFailureError('{text}')")


EXHIBITS = {
    "A-01": RIGHT,
    "A-02": RIGHT,
    "A-03": RIGHT,
    "A-04": RIGHT,
    "A-05": RIGHT,  # by accident: it adds what falls on the same key
    "A-05-silent": RIGHT,  # by accident
    "A-06": Raises("ValueError", "probabilities are not non-negative"),
    "A-08": NAN,
    "A-08-infinity": NAN,
    "A-09": Silently({0b00: 1 / 3, 0b11: 2 / 3}),
    "A-10": RIGHT,
    "A-11": RIGHT,
    "A-14": RIGHT,
    "A-16": RIGHT,
    "A-17": RIGHT,
    "A-18": Raises("IndexError", "list index out of range"),
    "A-18-null": Raises("IonQJobError", "IonQJobError('Unexpected result payload type')"),
    "A-18-wrapped": RIGHT,  # taken for a batch of one
    "A-18-html": Raises("JSONDecodeError", "Expecting value: line 1 column 1 (char 0)"),
    "A-18-strings": Raises("TypeError", "unsupported operand type(s) for +: 'int' and 'str'"),
    "B-05": Silently({0b1010: 1.0}),
    "D-01": Raises("ConnectionError", "('Connection aborted.', ConnectionResetError(104, 'Connection reset by peer'))"),
    "D-01-status": RIGHT,
    "D-02": Raises("IonQRetriableError", "IonQRetriableError('…')"),
    "D-02-get": RIGHT,
    "D-03": RIGHT,
    "D-03-create": api_error(409, "Conflict Error"),
    "D-04": RIGHT,
    "D-04-500": api_error(500, "Internal Server Error"),
    "D-04-520": RIGHT,
    "D-06": Raises("IonQJobStateError", "IonQJobStateError('Cannot retrieve result for canceled job …')"),
    "D-08": failure("CompilationError", ""),
    "D-08-quota": failure("QuotaExhaustedError", "…"),
    "D-09": Raises("AttributeError", "'str' object has no attribute 'get'"),
    "D-09-html": RIGHT,
    "D-10": api_error(404, "Not Found Error"),
    "D-10-null": api_error(404, "Not Found Error"),  # of GET /
    "D-12-stats": RIGHT,
    "E-02": MISPLACED,
    "E-03": Raises("IndexError", "list index out of range"),
    "E-03-null": Raises("ValueError", "invalid literal for int() with base 10: '…'"),  # the id of a child
    "F-03": Raises("IonQJobError", "IonQJobError('Unknown or unmappable job status running')"),
    "F-07": RIGHT,
}
APART = {"A-07", "D-05", "D-11", "D-12", "D-13", "E-05"}  # D-13 is about lists of jobs, which it does not ask for


def test_every_scenario_is_shown():
    assert_every_scenario_is_shown(EXHIBITS, APART)


@pytest.mark.parametrize("scenario", EXHIBITS)
def test_an_exhibit_does_what_its_page_says(scenario, faulty, run):
    show(scenario, faulty(scenario), EXHIBITS[scenario], run)


@pytest.mark.parametrize("shown", CIRCUITS)
def test_without_a_scenario_the_same_circuits_have_the_right_answer(shown, cloud, run):
    RIGHT.check(lambda: run(cloud, shown), TRUTH[shown])


@pytest.mark.parametrize("scenario, jobs", {"D-01": 1, "D-01-status": 3, "D-02": 0, "D-09": 0}.items())
def test_a_create_answered_with_an_error_is_sent_again_and_leaves_a_job_each_time(scenario, jobs, faulty, run):
    cloud = faulty(scenario)
    try:
        run(cloud)
    except (requests.ConnectionError, IonQRetriableError, AttributeError):
        pass  # which one is said above
    assert len(cloud.get("jobs")["jobs"]) == jobs


def test_between_two_tries_of_a_create_there_is_no_pause(faulty, run, monkeypatch):
    """D-02: Retry-After is one second."""
    pauses = []
    monkeypatch.setattr(qiskit_ionq.helpers.time, "sleep", pauses.append)
    with pytest.raises(IonQRetriableError):
        run(faulty("D-02"))
    assert pauses == [0, 0, 0, 0]


def test_a_negative_probability_becomes_a_negative_count(faulty, run):
    assert min(run(faulty("A-07"), "bell on a QPU").values()) < -0.08


def test_an_answer_is_waited_for_half_a_minute(faulty, run, monkeypatch):
    """D-05, in which nobody answers the first question for a job. Here the wait is shorter, so that this test is."""
    passed, send = {}, requests.Session.send

    def impatiently(session, request, timeout=None, **options):
        passed[request.method, "/jobs" in request.url] = timeout
        return send(session, request, timeout=0.5, **options)

    monkeypatch.setattr(requests.Session, "send", impatiently)
    show("D-05", faulty("D-05"), RIGHT, run)  # the second question is answered
    assert (passed["POST", True], passed["GET", True]) == (30, 30)


def test_an_absolute_url_is_asked_for_without_end(faulty, submit, monkeypatch):
    """D-11: the timeout is of the wait for the job, and the job is done."""
    tries = 0

    def count_instead(_seconds):
        nonlocal tries
        tries += 1
        if tries == 20:
            raise StopAsyncIteration

    job = submit(faulty("D-11"))
    job.wait_for_final_state(wait=SOON)
    monkeypatch.setattr(qiskit_ionq.helpers.time, "sleep", count_instead)
    with pytest.raises(StopAsyncIteration):
        job.result(timeout=0.1, wait=SOON)


def test_without_metadata_the_shots_are_forgotten(faulty, submit):
    """D-12: 10000 were asked for."""
    assert sum(submit(faulty("D-12")).result(wait=SOON).get_counts().values()) == 1024


def test_of_two_jobs_one_fails_and_the_other_does_not(faulty, submit):
    """E-05."""
    cloud = faulty("E-05")
    good, bad = submit(cloud), submit(cloud)
    assert sum(good.result(wait=SOON).get_counts().values()) == SHOTS
    failure("CompilationError", "…").check(lambda: bad.result(wait=SOON), None)


def test_a_job_takes_its_scenario_from_its_metadata(cloud, provider_at):
    backend = provider_at(cloud).get_backend("simulator")
    chosen = backend.run(CIRCUITS["bell"], extra_metadata={"paultrap.scenario": "D-08-quota"})
    failure("QuotaExhaustedError", "…").check(lambda: chosen.result(wait=SOON), None)
    backend.run(CIRCUITS["bell"]).result(wait=SOON)


# ----------------------------------------------------------------------------------------------- bodies that no service should send

ANSWERS = {
    "2e-7 short": RIGHT,
    "1e-3 short": RIGHT,
    "half of it missing": RIGHT,
    "a tiny negative": Raises("ValueError", "probabilities are not non-negative"),
    "a negative": Raises("ValueError", "probabilities are not non-negative"),
    "not a number": NAN,
    "all zeros": Raises("ValueError", "sum of weights is zero"),
    "empty": Raises("IndexError", "list index out of range"),
    "null": Raises("IonQJobError", "IonQJobError('Unexpected result payload type')"),
    "an integer": Silently({0b00: 1.0}),
    "texts": Raises("TypeError", "unsupported operand type(s) for +: 'int' and 'str'"),
    "a key twice": Silently({0b00: 1 / 3, 0b11: 2 / 3}),
    "bit-strings": RIGHT,  # by accident
    "hexadecimal keys": Raises("ValueError", "invalid literal for int() with base 10: '0x0'"),
    "a key beyond the width": RIGHT,  # by accident
    "keys that fold together": RIGHT,  # by accident
    "wrapped": RIGHT,
    "a web page": Raises("JSONDecodeError", "Expecting value: line 1 column 1 (char 0)"),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_no_service_should_send(name, answering, run):
    cloud = answering(BODIES[name])
    ANSWERS[name].check(lambda: run(cloud), TRUTH["bell"])


@pytest.mark.parametrize(
    "body, shots, counts",
    [
        ('{"0":0.6,"1":-0.1,"3":0.5}', 100, {"00": 60, "01": -10, "11": 50}),
        ('{"0":0.5,"3":0.5}', 1233, {"00": 616, "11": 616}),
        ('{"0":0.996,"1":0.004}', 100, {"00": 100}),
    ],
)
def test_counts_of_a_qpu_are_rounded_one_by_one(body, shots, counts, answering, submit):
    assert submit(answering(body), "bell on a QPU", shots).result(wait=SOON).get_counts() == counts


def test_of_a_qpu_that_is_not_a_number_no_count_is_made(answering, submit):
    cloud = answering('{"0":NaN,"3":0.5}')
    expected = Raises("ValueError", "cannot convert float NaN to integer")
    expected.check(lambda: submit(cloud, "bell on a QPU").result(wait=SOON), None)
