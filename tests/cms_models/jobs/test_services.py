"""Jobs: one lease, told progress, honest endings."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.utils import timezone

from cms_models.accounts.roles import Role
from cms_models.jobs import services
from cms_models.jobs.models import Job, JobState
from cms_models.jobs.registry import KINDS, job
from cms_models.jobs.runner import JobCancelled, run_job


@pytest.fixture
def kind():
    """Declare a kind of job for a test; returns what its runs were told."""
    told = []

    @job(name="test_kind", label="Test", permission="jobs.change_job")
    def run(context, *, how="done"):
        told.append(how)
        context.progress(0.5, "half way", {"cost": 3})
        if how == "refuse":
            raise ValueError("The file has no rows.")
        if how == "break":
            raise RuntimeError("secret detail")
        if how == "stop" and context.cancelled():
            raise JobCancelled("Stopped as asked.")
        return {"answer": 42}

    yield told
    del KINDS["test_kind"]


def queued(council, **params) -> Job:
    """Return a waiting job."""
    return services.start_here(actor=council[Role.BROKER], kind="test_kind", params=params)


@pytest.mark.parametrize(
    ("how", "state", "words"),
    [
        ("done", JobState.DONE, ""),
        ("refuse", JobState.FAILED, "The file has no rows."),
        ("break", JobState.FAILED, "log reference job-"),
    ],
)
def test_a_job_ends_in_words_and_never_shows_its_insides(council, kind, how, state, words):
    row = queued(council, how=how)

    assert run_job(row.pk, heartbeat=False) == state

    row.refresh_from_db()
    assert row.state == state
    assert words in row.error
    assert "secret" not in row.error
    assert row.progress_points == [{"cost": 3}]
    assert row.lease_until is None


def test_a_job_is_taken_once(council, kind):
    row = queued(council)

    assert run_job(row.pk, heartbeat=False) == JobState.DONE
    assert run_job(row.pk, heartbeat=False) == "not taken"
    assert kind == ["done"]


def test_a_dead_workers_job_says_interrupted_and_can_be_run_again(council, kind):
    row = queued(council)
    now = timezone.now()
    services.take_lease(job_id=row.pk, now=now)
    Job.objects.filter(pk=row.pk).update(worker="elsewhere:1")

    assert services.sweep(now=now + timedelta(seconds=30)) == 0  # the lease still holds
    assert services.sweep(now=now + timedelta(seconds=61)) == 1

    row.refresh_from_db()
    assert row.state == JobState.INTERRUPTED
    assert "run it again" in row.error
    services.run_again(actor=council[Role.BROKER], row=row)
    assert run_job(row.pk, heartbeat=False) == JobState.DONE
    row.refresh_from_db()
    assert row.attempts == 2


def test_a_worker_that_lost_its_lease_writes_no_ending(council, kind):
    row = queued(council)
    services.take_lease(job_id=row.pk, now=timezone.now())
    services.sweep(now=timezone.now() + timedelta(hours=1))

    assert services.finish(job_id=row.pk, state=JobState.DONE, result={}) is False
    row.refresh_from_db()
    assert row.state == JobState.INTERRUPTED


def test_a_process_of_this_machine_that_is_gone_is_noticed_at_once(council, kind):
    row = queued(council)
    services.take_lease(job_id=row.pk, now=timezone.now())
    host = services.this_worker().rpartition(":")[0]
    Job.objects.filter(pk=row.pk).update(worker=f"{host}:{2**22 + 1}")  # no such process

    assert services.sweep(now=timezone.now()) == 1


def test_the_same_key_queues_one_job(council, kind):
    actor = council[Role.BROKER]
    ask = {"actor": actor, "kind": "test_kind", "params": {}, "idempotency_key": "daily"}

    assert services.enqueue(**ask).pk == services.enqueue(**ask).pk


def test_a_cancelled_job_stops_and_a_finished_one_cannot_be_cancelled(council, kind):
    actor = council[Role.BROKER]
    waiting = queued(council)
    services.cancel(actor=actor, row=waiting)
    assert run_job(waiting.pk, heartbeat=False) == "not taken"

    done = queued(council)
    run_job(done.pk, heartbeat=False)
    with pytest.raises(services.NotNow, match="nothing to cancel"):
        services.cancel(actor=actor, row=done)
    with pytest.raises(services.NotNow, match="need not be run again"):
        services.run_again(actor=actor, row=done)


def test_who_may_not_is_refused_and_nothing_is_queued(council, kind):
    for role in (Role.FINANCE, Role.PROVIDER, Role.CARER):
        with pytest.raises(PermissionDenied):
            services.enqueue(actor=council[role], kind="test_kind", params={})
    assert Job.objects.count() == 0


def test_the_scheduler_queues_each_days_work_once(council, other_council):
    call_command("run_scheduler", once=True)
    call_command("run_scheduler", once=True)

    kinds = Job.objects.values_list("kind", "authority__code").order_by("kind", "authority__code")
    assert list(kinds) == [
        ("draw_up_rules", "othershire"),
        ("draw_up_rules", "testshire"),
        ("go_live", "othershire"),
        ("go_live", "testshire"),
        ("make_visits", "othershire"),
        ("make_visits", "testshire"),
        ("resolve_packages", "othershire"),
        ("resolve_packages", "testshire"),
        ("tell_of_expiries", "othershire"),
        ("tell_of_expiries", "testshire"),
        ("turn_clocks", "othershire"),
        ("turn_clocks", "testshire"),
    ]
