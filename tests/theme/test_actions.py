"""Buttons: each calls its service, answers in words, and never works as a link."""

import pytest
from django.test import Client
from django.urls import reverse

from cms_models.accounts.roles import Role
from cms_models.audit.models import AuditEntry
from cms_models.care.models import AllocationProposal, AllocationRun, Award, ProposalState
from cms_models.care.services.awards import Suggestion, propose_allocations
from cms_models.jobs.models import Job, JobState
from cms_models.jobs.runner import run_job
from cms_models.jobs.services import enqueue
from tests.council import TODAY
from theme.admin.charts import curve_of_points


def client_of(council, role: Role) -> Client:
    client = Client()
    client.force_login(council[role])
    return client


def said(response) -> str:
    return " ".join(str(message) for message in response.context["messages"])


def proposed(council, *numbers: int) -> AllocationRun:
    packages = [council.package(number) for number in numbers]
    return propose_allocations(
        actor=council.system,
        on=TODAY,
        seed=1,
        engine="test",
        totals={"packages": len(packages)},
        suggestions=[
            Suggestion(row.pk, council.providers["P1"].pk, council.lots["O-A"].pk, 1, ["near"])
            for row in packages
        ],
    )


def test_propose_allocations_queues_the_job_for_a_broker_only(council):
    url = reverse("job:do", args=["propose"])

    client_of(council, Role.FINANCE).post(url)
    assert not Job.objects.exists()
    response = client_of(council, Role.BROKER).post(url, follow=True)

    job = Job.objects.get()
    assert (job.kind, job.params, job.started_by) == ("allocate", {"seed": 1}, council[Role.BROKER])
    assert "waiting for the worker" in said(response)


def test_plan_rounds_takes_the_day_as_it_is_written_here(council):
    url = reverse("planrun:do", args=["plan"])
    client = client_of(council, Role.COORDINATOR)

    refused = client.post(url, {"on": "31/02/2027"}, follow=True)
    client.post(url, {"on": "24/11/2026"})

    job = Job.objects.get()
    assert "Day:" in said(refused)
    assert (job.kind, job.params) == ("plan_rounds", {"on": "2026-11-24", "seed": 1})


def test_buttons_are_never_links(council):
    for name in ("job:do", "planrun:do", "carepackage:do"):
        url = reverse(name, args=["propose"])
        assert client_of(council, Role.BROKER).get(url).status_code in (302, 405)
    assert not Job.objects.exists()


def test_ticked_proposals_are_awarded_with_the_reason(council):
    run = proposed(council, 1, 2, 3)
    ticked = list(run.proposals.values_list("pk", flat=True))[:2]

    response = client_of(council, Role.BROKER).post(
        reverse("allocationrun:decide", args=[run.pk]),
        {"proposal": ticked, "decision": "award", "reason": "Nearest"},
        follow=True,
    )

    assert "2 awarded." in said(response)
    assert Award.objects.filter(reason="Nearest", decided_by=council[Role.BROKER]).count() == 2
    assert run.proposals.filter(state=ProposalState.PROPOSED).count() == 1


def test_a_decision_without_a_reason_decides_nothing(council):
    run = proposed(council, 1)
    ticked = list(run.proposals.values_list("pk", flat=True))
    url = reverse("allocationrun:decide", args=[run.pk])
    client = client_of(council, Role.BROKER)

    for decision in ("award", "decline"):
        client.post(url, {"proposal": ticked, "decision": decision, "reason": " "})

    assert not Award.objects.exists()
    assert run.proposals.get().state == ProposalState.PROPOSED


def test_a_package_placed_meanwhile_is_said_and_awarded_once(council):
    run = proposed(council, 1)
    proposal = run.proposals.get()
    url = reverse("allocationproposal:act", args=[proposal.pk, "award"])
    client = client_of(council, Role.BROKER)

    client.post(url, {"reason": "First"})
    again = client.post(url, {"reason": "Second"}, follow=True)

    assert Award.objects.count() == 1
    assert "not proposed any more" in said(again)


def test_declined_proposals_keep_the_reason(council):
    run = proposed(council, 1)

    client_of(council, Role.BROKER).post(
        reverse("allocationproposal:act", args=[run.proposals.get().pk, "decline"]),
        {"reason": "Family asked for another"},
    )

    assert AllocationProposal.objects.get().state == ProposalState.DECLINED
    assert AuditEntry.objects.first().reason == "Family asked for another"


@pytest.mark.parametrize("role", [Role.COMMISSIONER, Role.AUDITOR, Role.COORDINATOR])
def test_only_brokers_decide(council, role):
    run = proposed(council, 1)
    ticked = list(run.proposals.values_list("pk", flat=True))

    response = client_of(council, role).post(
        reverse("allocationrun:decide", args=[run.pk]),
        {"proposal": ticked, "decision": "award", "reason": "Mine"},
    )

    assert response.status_code == 302
    assert not Award.objects.exists()


def test_a_jobs_page_follows_it_and_its_end_can_be_run_again(council):
    job = enqueue(actor=council[Role.BROKER], kind="allocate", params={"seed": 1})
    client = client_of(council, Role.BROKER)
    status = reverse("job:status", args=[job.pk])

    waiting = client.get(status).json()
    client.post(reverse("job:act", args=[job.pk, "cancel"]))
    cancelled = client.get(status).json()
    client.post(reverse("job:act", args=[job.pk, "again"]))

    job.refresh_from_db()
    assert (waiting["state"], waiting["over"]) == ("queued", False)
    assert (cancelled["state"], cancelled["over"]) == ("cancelled", True)
    assert job.state == JobState.QUEUED


def test_a_job_that_is_over_cannot_be_cancelled_and_says_so(council):
    council.package(1)
    job = enqueue(actor=council[Role.BROKER], kind="resolve_packages", params={})
    run_job(job.pk, heartbeat=False)

    response = client_of(council, Role.BROKER).post(
        reverse("job:act", args=[job.pk, "cancel"]), follow=True
    )

    assert "there is nothing to cancel" in said(response)
    assert "Changed" in response.content.decode()


def test_a_jobs_news_is_for_its_council_only(council, other_council):
    job = enqueue(actor=council[Role.BROKER], kind="allocate", params={"seed": 1})

    assert (
        client_of(other_council, Role.BROKER).get(reverse("job:status", args=[job.pk])).status_code
        == 404
    )


def test_the_curve_runs_from_the_first_cost_to_the_best():
    points = [
        {"seconds": 0, "best_minutes": 1000, "unplaced": 3},
        {"seconds": 5, "best_minutes": 600, "unplaced": 1},
        {"seconds": 10, "best_minutes": 500, "unplaced": 0},
    ]

    curve = curve_of_points(points)

    # 640 × 180 with a margin of 8: half the time is at 8 + 624/2; 600 lies 4/5 of the way down.
    assert curve.line == "8.0,8.0 320.0,139.2 632.0,172.0"
    assert (curve.first, curve.last) == ("1,000", "500")
    assert curve.rows[-1] == ("10.0", "500", "0")
    assert curve_of_points(points[:1]) is None


def test_ending_a_package_tells_the_first_day_without_care(council):
    package = council.package(1, organisation_ref="P1", status="active")

    response = client_of(council, Role.BROKER).post(
        reverse("carepackage:act", args=[package.pk, "end"]),
        {"notice_on": "01/12/2026", "reason": "Moved away"},
        follow=True,
    )

    # Notice on 1 December is paid for 28 days from the 2nd: to the 29th; the 30th is without care.
    assert "30/12/2026" in said(response)
