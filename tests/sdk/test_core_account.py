"""ionq-core: sessions, backends, characterizations, usage, formats; synchronous and not."""

import asyncio
import datetime
import json

import jsonschema
import pytest
from core_support import BELL, client, client_of, finished, payload, quietly
from ionq_core import Client, NotFoundError, SessionManager, iter_session_jobs
from ionq_core.api.backends import get_backend, get_backends
from ionq_core.api.characterizations import get_characterization, get_characterizations_for_backend
from ionq_core.api.default import create_job, end_session, get_job_artifact, get_session, get_session_jobs, get_sessions
from ionq_core.api.schemas import get_format_schema
from ionq_core.api.usage import get_usages
from ionq_core.api.whoami import get_whoami
from ionq_core.exceptions import APIError

pytestmark = quietly


# -------------------------------------------------------------------------------------------------------------------- sessions


def test_jobs_of_a_session_are_listed_there_and_it_ends_with_the_block(client):
    with SessionManager(client, "qpu.forte-1", max_jobs=5, max_time=10, max_cost=1000) as session:
        assert session.status() in ("created", "started")
        jobs = [finished(client, payload(BELL, 2, backend="qpu.forte-1", session_id=session.session_id)) for _ in range(3)]
        assert session.status() == "started"
        assert {job.session_id for job in jobs} == {session.session_id}
        listed = [job.id for job in iter_session_jobs(client, session.session_id, limit=2)]
        assert sorted(listed) == sorted(job.id for job in jobs)
        assert get_session_jobs.sync(session.session_id, client=client, status="failed").jobs == []

    ended = get_session.sync(session.session_id, client=client)
    assert (ended.status, ended.active, ended.backend) == ("ended", False, "qpu.forte-1")
    assert ended.settings.job_count_limit == 5
    assert ended.settings.duration_limit_min == 10
    assert (ended.settings.cost_limit.unit, ended.settings.cost_limit.value) == ("usd", 1000)
    assert ended.created_at <= ended.started_at <= ended.ended_at


def test_sessions_asynchronously_and_by_their_id(client):
    async def lifecycle():
        async with client, SessionManager(client, "simulator") as session:
            again = SessionManager.from_id(client, session.session_id)
            return session.session_id, await again.async_status()

    session, status = asyncio.run(lifecycle())
    assert status in ("created", "started")


def test_active_sessions_are_those_not_ended(client):
    first, second = SessionManager(client, "qpu.aria-1"), SessionManager(client, "qpu.aria-1")
    first.open()
    second.open()
    first.close()
    active = {session.id for session in get_sessions.sync(client=client, active=True).sessions}
    ended = {session.id for session in get_sessions.sync(client=client, active=False).sessions}
    everything = {session.id for session in get_sessions.sync(client=client).sessions}
    assert second.session_id in active - ended
    assert first.session_id in ended - active
    assert active | ended == everything
    assert end_session.sync(second.session_id, client=client).active is False


@pytest.mark.parametrize("limit", [{"max_jobs": 1}, {"max_cost": 0.01}], ids=["jobs", "cost"])
def test_the_limits_of_a_session_bite(client, limit):
    session = SessionManager(client, "qpu.forte-1", **limit)
    session.open()
    body = payload(BELL, 2, backend="qpu.forte-1", shots=1000, session_id=session.session_id)
    with pytest.raises(APIError) as refused:
        for _ in range(3):
            finished(client, body)
    assert 400 <= refused.value.status_code < 500


def test_a_session_that_never_was_is_not_found(client):
    with pytest.raises(NotFoundError):
        get_session.sync("11111111-2222-4333-8444-555555555555", client=client)


# -------------------------------------------------------------------------------------------------------- backends and account


def test_the_key_has_a_name_and_a_project(client):
    me = get_whoami.sync(client=client)
    assert me.key_name and me.key_id and me.project_id
    job = finished(client, payload(BELL, 2))
    assert job.project_id == str(me.project_id)


def test_backends_are_listed_without_a_key_and_one_by_one_the_same(cloud, client):
    listed = {backend.backend: backend for backend in get_backends.sync(client=Client(base_url=f"{cloud.url}/v0.4"))}
    qubits = {"simulator": 29, "qpu.harmony": 11, "qpu.aria-1": 25, "qpu.aria-2": 25, "qpu.forte-1": 36, "qpu.forte-enterprise-1": 36}
    assert {name: backend.qubits for name, backend in listed.items() if name in qubits} == qubits
    assert listed["qpu.harmony"].status == listed["qpu.aria-2"].status == "retired"
    assert listed["qpu.forte-1"].status == "available"
    for name, backend in listed.items():
        assert get_backend.sync(name, client=client).to_dict() | {"last_updated": None} == backend.to_dict() | {"last_updated": None}
    assert listed["qpu.forte-1"].to_dict()["supported_native_gates"] == ["gpi", "gpi2", "zz"]
    with pytest.raises(NotFoundError):
        get_backend.sync("qpu.nowhere", client=client)


def test_characterizations_have_a_history_in_pages_and_each_is_found_by_its_id(client):
    pages = lambda **asked: get_characterizations_for_backend.sync("qpu.forte-1", client=client, **asked)
    listed = pages().characterizations
    dates = [of_day.date for of_day in listed]
    assert dates == sorted(dates, reverse=True)
    assert get_backend.sync("qpu.forte-1", client=client).characterization_id == str(listed[0].id)

    one_by_one, page = [], 1
    while True:
        found = pages(limit=1, page=page)
        one_by_one += found.characterizations
        if not found.pages:
            break
        page += 1
    assert [of_day.id for of_day in one_by_one] == [of_day.id for of_day in listed]

    newest = get_characterization.sync("qpu.forte-1", listed[0].id, client=client)
    assert newest.to_dict() == listed[0].to_dict()
    assert (newest.qubits, len(newest.connectivity)) == (36, 36 * 35 // 2)


def test_characterizations_are_filtered_by_their_dates(client):
    pages = lambda **asked: get_characterizations_for_backend.sync("qpu.forte-1", client=client, **asked).characterizations
    newest = datetime.datetime.fromisoformat(pages()[0].date)
    day = lambda offset: (newest + datetime.timedelta(days=offset)).date().isoformat()
    assert pages(start=day(2)) == []
    assert pages(start=day(-1), end=day(2))[0].id == pages()[0].id
    assert all(datetime.datetime.fromisoformat(of_day.date) <= newest for of_day in pages(end=day(-1)))
    assert pages()[0].id not in [of_day.id for of_day in pages(end=day(-1))]


@pytest.mark.parametrize("modality", ["daily", "weekly", "monthly"])
@pytest.mark.parametrize("group_by", ["job", "project", "user"])
def test_usage_counts_the_jobs_of_today(client, group_by, modality):
    finished(client, payload(BELL, 2, backend="qpu.forte-1", shots=100))
    organization = get_sessions.sync(client=client).organization_id
    today = datetime.datetime.now(datetime.UTC).date()
    asked = {"start_date": today - datetime.timedelta(days=1), "end_date": today + datetime.timedelta(days=2)}
    usage = get_usages.sync(organization, client=client, group_by=group_by, modality=modality, **asked)
    assert (usage.group_type, usage.modality, str(usage.organization)) == (group_by, modality, organization)
    assert usage.job_count >= 1
    assert usage.amount_total > 0
    assert sum(of_time.job_count for of_time in usage.usage_data) == usage.job_count
    assert sum(of_time.amount for of_time in usage.usage_data) == pytest.approx(usage.amount_total)


def test_usage_of_a_time_before_there_was_any_is_nothing(client):
    organization = get_sessions.sync(client=client).organization_id
    asked = {"start_date": datetime.date(2020, 1, 1), "end_date": datetime.date(2020, 2, 1), "group_by": "job", "modality": "daily"}
    assert get_usages.sync(organization, client=client, **asked).job_count == 0


# --------------------------------------------------------------------------------------------------------------------- formats

FORMATS = [
    *(f"ionq.result.{kind}.json.v{version}" for kind in ("probabilities", "histogram", "shots") for version in (1, 2)),
    "ionq.result.probabilities-aggregate.json.v1",
    "ionq.native.v1",
]


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_has_a_schema_that_is_one(client, name):
    document = get_format_schema.sync(name, client=client).to_dict()
    assert document["$id"] == name
    jsonschema.validators.validator_for(document).check_schema(document)


def test_the_artifacts_of_a_noisy_job_are_as_their_schemas_say(client):
    job = finished(client, payload(BELL, 2, backend="qpu.aria-1", shots=50))
    descriptors = {of.format_: of for of in job.results.additional_properties.values()}
    assert set(descriptors) >= set(FORMATS[:6])
    for name, descriptor in descriptors.items():
        content = get_job_artifact.sync_detailed(uuid=job.id, artifact_id=descriptor.id, client=client).content
        jsonschema.validate(json.loads(content), get_format_schema.sync(name, client=client).to_dict())
