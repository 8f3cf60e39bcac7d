"""ionq-core: the life of a job, lists of jobs, clone and move, costs, errors, keys; synchronous and not."""

import asyncio
import itertools

import pytest
from core_support import (
    ASYMMETRIC,
    BELL,
    SOON,
    client,
    client_of,
    finished,
    multi_payload,
    payload,
    probabilities,
    quietly,
    simulated,
    submitted,
    there_and_back,
)
from distributions import assert_same
from ionq_core import (
    AuthenticationError,
    BadRequestError,
    JobFailedError,
    JobTimeoutError,
    NotFoundError,
    RateLimitError,
    aiter_jobs,
    async_wait_for_job,
    iter_jobs,
    wait_for_job,
)
from ionq_core.api.default import (
    cancel_job,
    cancel_jobs,
    clone_job,
    create_job,
    delete_job,
    delete_jobs,
    estimate_job_cost,
    get_job,
    get_job_cost,
    get_job_probabilities,
    get_jobs,
    move_job,
)
from ionq_core.exceptions import APIError
from ionq_core.models.clone_job_payload import CloneJobPayload
from ionq_core.models.jobs_bulk_operation_request import JobsBulkOperationRequest

pytestmark = quietly


def several(*ids):
    return JobsBulkOperationRequest(ids=list(ids))


def test_a_job_has_everything_that_was_sent(client):
    more = {"name": "näme", "metadata": {"run": "42", "bell": "ring\u001e"}, "shots": 321, "noise": {"model": "aria-1", "seed": 7}}
    job = finished(client, payload(BELL, 2, **more))
    assert (job.name, job.shots, job.backend, job.dry_run) == ("näme", 321, "simulator", False)
    assert job.metadata.additional_properties == more["metadata"]
    assert (job.noise.model, job.noise.seed) == ("aria-1", 7)
    assert (job.stats.qubits, job.stats.circuits) == (2, 1)
    assert job.submitted_at <= job.started_at <= job.completed_at
    assert job.execution_duration_ms >= 0


def test_a_job_is_waited_for_in_both_ways(client):
    async def both():
        async with client:
            created = await create_job.asyncio(client=client, body=payload(ASYMMETRIC, 3))
            job = await async_wait_for_job(client, created.id, poll_interval=SOON)
            return await get_job_probabilities.asyncio(uuid=job.id, client=client)

    ours = asyncio.run(both()).additional_properties
    assert_same([ours[str(outcome)] for outcome in range(8)], simulated(ASYMMETRIC, 3))


def test_forty_jobs_at_once_are_forty_jobs(client):
    angles = [0.05 * step for step in range(40)]

    async def one(angle):
        body = payload([{"gate": "ry", "target": 0, "rotation": angle}], 1)
        created = await create_job.asyncio(client=client, body=body)
        await async_wait_for_job(client, created.id, poll_interval=SOON)
        return (await get_job_probabilities.asyncio(uuid=created.id, client=client)).additional_properties

    async def everything():
        async with client:
            return await asyncio.gather(*map(one, angles))

    for angle, ours in zip(angles, asyncio.run(everything()), strict=True):
        assert_same([ours.get("0", 0), ours.get("1", 0)], simulated([{"gate": "ry", "target": 0, "rotation": angle}], 1))


def test_a_failed_job_says_why_and_with_which_code(client):
    with pytest.raises(JobFailedError) as failed:
        finished(client, payload(there_and_back(1), 2, gateset="native", backend="qpu.forte-1"))
    assert failed.value.failure.code == "UnsupportedGate"
    assert "ms" in failed.value.failure.message and "qpu.forte-1" in failed.value.failure.message

    wide = finished(client, payload([{"gate": "x", "target": 35}], 36), raise_on_failure=False)
    assert wide.failure.code == "NotEnoughQubits"
    controls = [{"gate": "x", "target": 8, "controls": list(range(8))}]
    assert finished(client, payload(controls, 9), raise_on_failure=False).failure.code == "TooManyControls"


# ---------------------------------------------------------------------------------------------------------- cancel and delete


def test_a_job_that_runs_times_out_and_is_canceled(serve, client_of):
    client = client_of(serve("--run-time", "1h"))
    job = submitted(client, payload(BELL, 2))
    with pytest.raises(JobTimeoutError) as late:
        wait_for_job(client, job, timeout=0.3, poll_interval=SOON)
    assert late.value.last_status in ("ready", "started")
    assert cancel_job.sync(uuid=job, client=client).to_dict() == {"id": job, "status": "canceled"}
    assert wait_for_job(client, job, timeout=5).status == "canceled"
    with pytest.raises(NotFoundError):
        get_job_probabilities.sync(uuid=job, client=client)


def test_several_jobs_are_canceled_and_deleted_in_one_request_each(serve, client_of):
    client = client_of(serve("--queue-time", "1h"))
    first, second, third = (submitted(client, payload(BELL, 2)) for _ in range(3))

    canceled = cancel_jobs.sync(client=client, body=several(first, second))
    assert (canceled.ids, canceled.status) == ([first, second], "canceled")
    assert [get_job.sync(uuid=job, client=client).status for job in (first, second)] == ["canceled"] * 2
    assert get_job.sync(uuid=third, client=client).status in ("submitted", "ready")

    deleted = delete_jobs.sync(client=client, body=several(first, third))
    assert (deleted.ids, deleted.status) == ([first, third], "deleted")
    assert [job.id for job in iter_jobs(client)] == [second]


def test_a_deleted_job_is_not_found_again(client):
    job = finished(client, payload(BELL, 2)).id
    assert delete_job.sync(uuid=job, client=client).to_dict() == {"id": job, "status": "deleted"}
    for ask in (get_job, get_job_probabilities, get_job_cost, delete_job, cancel_job):
        with pytest.raises(NotFoundError):
            ask.sync(uuid=job, client=client)


# ----------------------------------------------------------------------------------------------------------------------- lists


@pytest.fixture(scope="module")
def busy():
    """A cloud with 7 completed jobs on the simulator, 2 on forte, 1 failed, 1 batch of two."""
    from conftest import serving
    from ionq_core import IonQClient

    with pytest.warns(UserWarning), serving() as cloud:
        client = IonQClient(api_key="any", base_url=f"{cloud.url}/v0.4")
        jobs = {"simulator": [finished(client, payload(BELL, 2)).id for _ in range(7)]}
        jobs["forte"] = [finished(client, payload(BELL, 2, backend="qpu.forte-1")).id for _ in range(2)]
        too_wide = payload([{"gate": "x", "target": 35}], 36)
        jobs["failed"] = [finished(client, too_wide, raise_on_failure=False).id]
        jobs["batch"] = [finished(client, multi_payload([BELL, BELL], 2)).id]
        yield client, jobs


def test_pages_of_every_size_together_are_all_jobs_newest_first(busy):
    client, jobs = busy
    everything = [job.id for job in iter_jobs(client)]
    assert set(itertools.chain(*jobs.values())) <= set(everything)
    assert everything == sorted(everything, reverse=True)
    for limit in (1, 2, 3, 7, 100):
        assert [job.id for job in iter_jobs(client, limit=limit)] == everything
        assert len(get_jobs.sync(client=client, limit=limit).jobs) == min(limit, len(everything), 100)


def test_pages_are_the_same_asynchronously(busy):
    client, _ = busy

    async def ids():
        async with client:
            return [job.id async for job in aiter_jobs(client, limit=3)]

    assert asyncio.run(ids()) == [job["id"] for job in client_pages(client)]


def client_pages(client):
    return [job.to_dict() for job in iter_jobs(client, limit=5)]


def test_filters_keep_what_they_name_and_only_that(busy):
    client, jobs = busy
    ids = lambda **asked: {job.id for job in iter_jobs(client, limit=2, **asked)}
    assert ids(status="failed") == set(jobs["failed"])
    assert ids(target="qpu.forte-1") == set(jobs["forte"])
    assert ids(target="qpu.forte-1,simulator") == ids()
    assert ids(target="qpu.forte-1", status="failed") == set()
    assert ids(status="completed", target="simulator") >= set(jobs["simulator"] + jobs["batch"])
    some = get_job.sync(uuid=jobs["forte"][0], client=client)
    assert some.id in ids(submitter_id=some.submitter_id)

    wanted = [jobs["forte"][1], jobs["simulator"][3]]
    assert {job.id for job in get_jobs.sync(client=client, ids=wanted).jobs} == set(wanted)
    [parent] = jobs["batch"]
    children = get_job.sync(uuid=parent, client=client).child_job_ids
    assert {job.id for job in get_jobs.sync(client=client, parent_job_id=parent).jobs} == set(children)


# -------------------------------------------------------------------------------------------------------------- clone and move


def test_a_clone_inherits_what_it_does_not_change(client):
    source = finished(client, payload(ASYMMETRIC, 3, shots=200, name="first", metadata={"run": "42"}))
    clone = clone_job.sync(uuid=source.id, client=client, body=CloneJobPayload(name="second", shots=300))
    assert clone.id != source.id
    job = wait_for_job(client, clone.id, poll_interval=SOON)
    assert (job.name, job.backend) == ("second", "simulator")
    assert job.metadata.additional_properties == {"run": "42", "original_job_id": source.id}
    assert_same(probabilities(client, job.id, 3), simulated(ASYMMETRIC, 3))
    assert get_job.sync(uuid=source.id, client=client).status == "completed"


def test_a_clone_on_another_backend_runs_there(client):
    source = finished(client, payload(ASYMMETRIC, 3))
    clone = clone_job.sync(uuid=source.id, client=client, body=CloneJobPayload(backend="qpu.aria-1", shots=100))
    job = wait_for_job(client, clone.id, poll_interval=SOON)
    assert (job.backend, job.shots) == ("qpu.aria-1", 100)


def test_a_move_cancels_its_source_and_refuses_one_that_is_done(serve, client_of):
    client = client_of(serve("--queue-time", "1h"))
    source = submitted(client, payload(BELL, 2))
    moved = move_job.sync(uuid=source, client=client, body=CloneJobPayload(backend="qpu.forte-1"))
    assert get_job.sync(uuid=source, client=client).status == "canceled"
    job = get_job.sync(uuid=moved.id, client=client)
    assert (job.backend, job.metadata.additional_properties["original_job_id"]) == ("qpu.forte-1", source)

    before = [job.id for job in iter_jobs(client)]
    with pytest.raises(APIError) as refused:
        move_job.sync(uuid=source, client=client, body=CloneJobPayload(backend="qpu.forte-1"))
    assert refused.value.status_code == 409
    assert [job.id for job in iter_jobs(client)] == before
    cancel_job.sync(uuid=moved.id, client=client)


# ----------------------------------------------------------------------------------------------------------------------- costs


def test_a_qpu_job_costs_something_and_a_dry_run_only_would(client):
    estimate = estimate_job_cost.sync(client=client, backend="qpu.forte-1", qubits=2, shots=500, field_1q_gates=1, field_2q_gates=1)
    assert estimate.estimated_total_cost > 0
    assert estimate.estimate_context.to_dict()["backend"] == "qpu.forte-1"
    assert estimate.rate_card.rates

    real = finished(client, payload(BELL, 2, backend="qpu.forte-1", shots=500))
    cost = get_job_cost.sync(uuid=real.id, client=client)
    assert (cost.dry_run, cost.cost.unit) == (False, "usd")
    assert cost.cost.value > 0
    assert cost.estimated_cost.value > 0
    dry = finished(client, payload(BELL, 2, backend="qpu.forte-1", shots=500, dry_run=True))
    cost = get_job_cost.sync(uuid=dry.id, client=client)
    assert cost.dry_run is True
    assert cost.estimated_cost.value > 0


# ---------------------------------------------------------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"shots": 0}, "shots"),
        ({"shots": 1_000_001}, "shots"),
        ({"backend": "qpu.nowhere"}, "backend"),
        ({"noise": {"model": "x"}}, "model"),
    ],
)
def test_a_bad_request_names_the_field(client, more, field):
    with pytest.raises(BadRequestError) as refused:
        create_job.sync(client=client, body=payload(BELL, 2, **more))
    assert any(field in key for key in refused.value.body["validation"]["keys"])
    assert field in refused.value.message


def test_a_job_of_no_one_is_not_found(client):
    with pytest.raises(NotFoundError) as missing:
        get_job.sync(uuid="11111111-2222-4333-8444-555555555555", client=client)
    assert missing.value.body["statusCode"] == 404


def test_only_the_keys_of_the_server_are_accepted_and_each_sees_its_own_jobs(serve, client_of):
    cloud = serve("--api-key", "one", "--api-key", "other")
    with pytest.raises(AuthenticationError):
        get_jobs.sync(client=client_of(cloud, key="wrong"))
    one, other = client_of(cloud, key="one"), client_of(cloud, key="other")
    job = finished(one, payload(BELL, 2)).id
    assert [found.id for found in iter_jobs(one)] == [job]
    assert list(iter_jobs(other)) == []
    with pytest.raises((NotFoundError, AuthenticationError, APIError)) as refused:
        get_job.sync(uuid=job, client=other)
    assert refused.value.status_code in (403, 404)


def test_more_requests_than_the_rate_are_refused_with_a_time_to_wait_and_retries_keep_to_it(serve, client_of):
    cloud = serve("--rate-limit", "5/s")
    with pytest.raises(RateLimitError) as refused:
        for _ in range(50):
            get_jobs.sync(client=client_of(cloud))
    assert refused.value.retry_after > 0
    patient = client_of(cloud, retries=10)
    for _ in range(12):
        assert get_jobs.sync(client=patient).jobs == []
