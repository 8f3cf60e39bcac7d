"""The museum of bugs, seen through cirq-ionq 1.7.0, 1.6.1 and 1.5.0. See fixtures/museum/README.md."""

import json
import math

import cirq
import cirq_ionq
import pytest
import requests
from cirq_support import Q, SOON, all_results, result, service_at
from museum_support import (
    BODIES,
    CIRQ,
    MISPLACED,
    NEAR_ONE,
    NUMPY,
    RIGHT,
    SHOTS,
    TRUTH,
    Raises,
    Silently,
    answering,
    assert_every_scenario_is_shown,
    faulty,
    is_close,
    reversed_bits,
    shares,
    show,
)

VERSION = cirq_ionq.__version__
V15, V17 = VERSION.startswith("1.5"), VERSION.startswith("1.7")

# ------------------------------------------------------------------------------------------------------------------ how it is run


def measured(*operations, qubits=2):
    return cirq.Circuit(operations, cirq.measure(*Q[:qubits], key="m"))


def to_thirds():
    """00, 01 and 10, qubit 0 right-most."""
    h = cirq.ry(math.pi / 4)(Q[0])
    controlled_h = [h, cirq.CNOT(Q[1], Q[0]), h**-1, cirq.CNOT(Q[1], Q[0])]
    return [cirq.ry(2 * math.acos(math.sqrt(2 / 3)))(Q[1]), cirq.X(Q[1]), controlled_h, cirq.X(Q[1])]


BELL = measured(cirq.H(Q[0]), cirq.CNOT(Q[0], Q[1]))
CIRCUITS = {
    "bell": BELL,
    "bell on a QPU": BELL,
    "thirds": measured(to_thirds()),
    "certain": measured(cirq.X(Q[0])),
    "second of four": measured(cirq.X(Q[1]), qubits=4),
    "batch": [measured([cirq.X(Q[q]) for q in range(3) if n >> q & 1], qubits=3) for n in range(1, 5)],
}


@pytest.fixture
def run(service_at):
    """The circuit's answer from this cloud; of a QPU as its counts say, of the simulator as cirq-ionq samples it."""

    def answer(cloud, shown="bell"):
        job = submitted(impatient(service_at(cloud)), shown)
        answers = [answer_of(each) for each in all_results(job)]
        return answers if shown == "batch" else answers[0]

    return answer


def impatient(service):
    service._client.max_retry_seconds = 4  # the default is an hour; this is six tries
    return service


def submitted(service, shown):
    create = service.create_batch_job if shown == "batch" else service.create_job
    return create(CIRCUITS[shown], repetitions=SHOTS, target="qpu.aria-1" if "QPU" in shown else "simulator")


def answer_of(result):
    counts = result.counts() if isinstance(result, cirq_ionq.QPUResult) else result.to_cirq_result(seed=1).histogram(key="m")
    return shares({reversed_bits(outcome, result.num_qubits()): count for outcome, count in counts.items()})


# --------------------------------------------------------------------------------------------------------------------- the exhibits

NOT_ONE = Raises("ValueError", "probabilities do not sum to 1")
ONLY_FROM_16 = NOT_ONE if V15 else RIGHT


def refused(status, reason):
    text = "Status code: {0}, Message: 'Non-retry-able error making request to IonQ API. Request Body: … Status: {0} Error:{1}'"
    return Raises("IonQException", text.format(status, reason))


ONLY_FROM_17 = RIGHT if V17 else refused(429, "Too Many Requests")
EXHIBITS = {
    "A-01": ONLY_FROM_16,
    "A-02": RIGHT,
    "A-03": NOT_ONE,
    "A-04": ONLY_FROM_16,
    "A-05": NOT_ONE,
    "A-05-silent": RIGHT,  # by accident
    "A-06": Raises("ValueError", "probabilities are not non-negative"),
    "A-08": Raises("ValueError", "probabilities contain NaN"),
    "A-08-infinity": NOT_ONE,
    "A-09": NOT_ONE,
    "A-10": RIGHT,
    "A-11": NOT_ONE,
    "A-14": ONLY_FROM_16,
    "A-16": RIGHT,
    "A-17": ONLY_FROM_16,
    "A-18": Raises("StopIteration", ""),
    "A-18-null": Raises("AttributeError", "'NoneType' object has no attribute 'values'"),
    "A-18-wrapped": RIGHT,  # taken for a batch of one
    "A-18-html": Raises("JSONDecodeError", "Expecting value: line 1 column 1 (char 0)"),
    "A-18-strings": RIGHT,
    "B-05": Silently({0b1010: 1.0}),
    "D-01": RIGHT,
    "D-01-status": RIGHT,
    "D-02": ONLY_FROM_17,
    "D-02-get": ONLY_FROM_17,
    "D-03": RIGHT,
    "D-03-create": refused(409, "Conflict"),
    "D-04": refused(504, "Gateway Timeout"),
    "D-04-500": RIGHT,
    "D-04-520": RIGHT,
    "D-06": Raises("RuntimeError", "Job was not completed successfully. Instead had status: canceled"),
    "D-08": Raises("RuntimeError", "Job was not completed successfully. Instead had status: failed"),
    "D-08-quota": Raises("RuntimeError", "Job failed. Error message: …"),
    "D-09": ONLY_FROM_17,
    "D-09-html": RIGHT,
    "D-10": Raises("IonQNotFoundException", "Status code: 404, Message: 'IonQ could not find requested resource.'"),
    "D-10-null": RIGHT,
    "D-11": RIGHT,
    "D-12": Raises("AttributeError", "'NoneType' object has no attribute 'keys'"),
    "D-12-stats": Raises("KeyError", "'qubits'") if V17 else RIGHT,
    "E-02": MISPLACED,
    "E-03": Silently([{1: 1.0}, {2: 1.0}, {4: 1.0}]),
    "E-03-null": Raises("AttributeError", "'NoneType' object has no attribute 'items'"),
    "F-03": RIGHT,
    "F-07": Raises("TypeError", "int() argument must be a string, a bytes-like object or a real number, not 'NoneType'") if V17 else RIGHT,
}
APART = {"A-07", "D-05", "D-13", "E-05"}


def test_every_scenario_is_shown():
    assert_every_scenario_is_shown(EXHIBITS, APART)


@pytest.mark.parametrize("scenario", EXHIBITS)
def test_an_exhibit_does_what_its_page_says(scenario, faulty, run):
    show(scenario, faulty(scenario), EXHIBITS[scenario], run)


@pytest.mark.parametrize("shown", CIRCUITS)
def test_without_a_scenario_the_same_circuits_have_the_right_answer(shown, cloud, run):
    RIGHT.check(lambda: run(cloud, shown), TRUTH[shown])


@pytest.mark.parametrize("scenario, jobs", {"D-01": 3, "D-01-status": 3, "D-02": 1 if V17 else 0, "D-03-create": 0}.items())
def test_a_create_without_an_answer_is_sent_again_and_leaves_a_job_each_time(scenario, jobs, faulty, run):
    cloud = faulty(scenario)
    try:
        run(cloud)
    except cirq_ionq.IonQException:
        pass  # which one is said above
    assert len(cloud.get("jobs")["jobs"]) == jobs


def test_a_negative_probability_becomes_a_negative_count(faulty, run):
    assert min(run(faulty("A-07"), "bell on a QPU").values()) < -0.08


def test_nothing_ends_a_wait_for_an_answer(faulty, run, monkeypatch):
    """D-05: no timeout is passed on to requests. Here one is, so that this test ends."""
    passed, send = set(), requests.Session.send

    def impatiently(session, request, timeout=None, **options):
        passed.add(timeout if "/jobs" in request.url else None)
        return send(session, request, timeout=0.5, **options)

    monkeypatch.setattr(requests.Session, "send", impatiently)
    show("D-05", faulty("D-05"), RIGHT, run)  # the second question is answered
    assert passed == {None}


def test_a_last_page_that_says_so_is_asked_for_again_and_again(faulty, service_at):
    """D-13: five jobs are eleven."""
    service = impatient(service_at(faulty("D-13")))
    for _ in range(5):
        result(service.create_job(BELL, target="simulator"))
    ids = [job.job_id() for job in service.list_jobs(limit=11)]
    assert (len(ids), len(set(ids))) == (11, 5)


def test_of_two_jobs_one_fails_and_the_other_does_not(faulty, service_at):
    """E-05."""
    service = service_at(faulty("E-05"))
    good, bad = (service.create_job(BELL, repetitions=SHOTS, target="simulator") for _ in range(2))
    assert is_close(answer_of(result(good)), TRUTH["bell"])
    with pytest.raises(RuntimeError, match="Job failed. Error message: "):
        result(bad)


if V17:  # earlier ones have no metadata of their own

    def test_a_job_takes_its_scenario_from_its_metadata(cloud, faulty, service_at):
        service = service_at(faulty("A-18-wrapped"))  # of which cirq-ionq takes no notice
        chosen = service.create_job(BELL, target="simulator", metadata={"paultrap.scenario": "A-03"})
        with pytest.raises(ValueError, match="probabilities do not sum to 1"):
            result(chosen).to_cirq_result()
        result(service.create_job(BELL, target="simulator")).to_cirq_result()


# ------------------------------------------------------------------------------------------------------- when a sum is near enough


def sampled(probabilities):
    return cirq_ionq.SimulatorResult(probabilities, num_qubits=2, measurement_dict={"m": [0, 1]}, repetitions=1).to_cirq_result()


def is_taken(probabilities):
    try:
        sampled(probabilities)
    except ValueError as error:
        assert str(error) == "probabilities do not sum to 1"
        return False
    return True


@pytest.mark.parametrize("body", NEAR_ONE)
def test_a_body_is_near_enough_to_one_or_not(body):
    numpy, from_16 = NEAR_ONE[body]
    assert is_taken({int(key): value for key, value in json.loads(body).items()}) == (numpy if V15 else from_16)


@pytest.mark.parametrize("sign", [-1, 1])
def test_the_largest_error_that_is_taken_is_the_tolerance(sign):
    taken, refused = 0.0, 1e-3
    while refused - taken > 1e-14:
        middle = (taken + refused) / 2
        taken, refused = (middle, refused) if is_taken({0: 0.5, 3: 0.5 + sign * middle}) else (taken, middle)
    assert taken == pytest.approx(NUMPY if V15 else CIRQ, abs=1e-13)


# ----------------------------------------------------------------------------------------------- bodies that no service should send

ANSWERS = {
    "2e-7 short": ONLY_FROM_16,
    "1e-3 short": NOT_ONE,
    "half of it missing": NOT_ONE,
    "a tiny negative": Raises("ValueError", "probabilities are not non-negative"),
    "a negative": Raises("ValueError", "probabilities are not non-negative"),
    "not a number": Raises("ValueError", "probabilities contain NaN"),
    "all zeros": NOT_ONE,
    "empty": Raises("StopIteration", ""),
    "null": Raises("AttributeError", "'NoneType' object has no attribute 'values'"),
    "an integer": Silently({0: 1.0}),
    "texts": RIGHT,
    "a key twice": NOT_ONE,
    "bit-strings": RIGHT,  # by accident: 11 is eleven, and eleven cut to two bits is three
    "hexadecimal keys": Raises("ValueError", "invalid literal for int() with base 10: '0x0'"),
    "a key beyond the width": RIGHT,  # by accident
    "keys that fold together": NOT_ONE,
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
        ('{"0":0.6,"1":-0.1,"3":0.5}', 100, {0b00: 60, 0b10: -10, 0b11: 50}),
        ('{"0":0.5,"3":0.5}', 1233, {0b00: 616, 0b11: 616}),
        ('{"0":0.996,"1":0.004}', 100, {0b00: 100, 0b10: 0}),
    ],
)
def test_counts_of_a_qpu_are_rounded_one_by_one(body, shots, counts, answering, service_at):
    job = service_at(answering(body)).create_job(BELL, repetitions=shots, target="qpu.aria-1")
    assert dict(result(job).counts()) == counts
