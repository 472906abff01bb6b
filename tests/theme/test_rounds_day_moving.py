"""Moving visits by hand: what a move costs, who may, whose edit counts, and by mouse or keys."""

import re

import pytest
from django.urls import reverse

from cms_models.accounts.roles import Role
from cms_models.audit.models import AuditEntry
from cms_models.jobs.models import Job
from cms_models.rounds.models import (
    Carer,
    CarerAbsence,
    PlanBatch,
    PlanPart,
    PlanRun,
    PlanState,
    Stop,
    Visit,
    VisitPin,
)
from cms_models.rounds.selectors.planning import day_problem, stored_plan, unpacked
from cms_models.rounds.selectors.whatif import board_of
from cms_models.rounds.services import planning
from cms_models.rounds.services.visits import make_visits
from optimiser.rounds import formats
from optimiser.rounds.check import verify
from optimiser.rounds.problem import Plan, Unplaced
from optimiser.rounds.totals import totals_of
from optimiser.rounds.whatif import Board
from tests.council import TODAY, Council, add_carers
from tests.theme.browsing import visitor  # noqa: F401

HOME_FIRST = {"element_type": "Home First M", "pathway": "M", "organisation_ref": "HF"}
NOT_COORDINATORS = [
    Role.COMMISSIONER,
    Role.BROKER,
    Role.FINANCE,
    Role.AUDITOR,
    Role.PROVIDER,
    Role.CARER,
]


def proposed(council: Council) -> PlanRun:
    """Propose C1 for both single visits and C1 with C2 for the double-up; C3 has nothing to do."""
    day = day_problem(council.authority, on=TODAY)
    names = [visit.id for visit in day.problem.visits]
    left = tuple(Unplaced(name, ("nobody has planned it yet",)) for name in names)
    plan = Plan(rounds=(), unplaced=left, totals=totals_of(day.problem, (), names))
    for name in names:
        options = Board(day.problem, plan).options(name)
        first = next(each for each in options if each.carer == "C1" and each.refused is None)
        plan = Board(day.problem, plan).move(name, first.carer, first.shift)
    return planning.propose(actor=council.system, day=day, plan=plan, seconds=1)


@pytest.fixture
def run(council: Council) -> PlanRun:
    add_carers(council, 3)
    for number, pattern in enumerate(("08:00-09:00 30m", "10:00-11:00 30m", "12:00-13:00 30m x2")):
        council.package(number + 1, pattern=f"Mon-Sun {pattern}", status="active", **HOME_FIRST)
    make_visits(actor=council.system, first=TODAY, days=1)
    return proposed(council)


@pytest.fixture
def first(run) -> Visit:
    return Visit.objects.order_by("id").first()


def carer(ref: str) -> Carer:
    return Carer.objects.get(ref=ref)


def options_of(client, run, visit, **more):
    return client.get(reverse("rounds_day_options", args=[run.pk]), {"visit": visit.pk, **more})


def move(client, run, visit, to, *, version=None, **more):
    sent = {"visit": visit.pk, "carer": to.pk, "shift": 0, "version": version or run.version}
    return client.post(reverse("rounds_day_move", args=[run.pk]), sent | more, follow=True)


def test_options_name_every_carer_with_the_cost_of_the_move(client, council, run, first):
    client.force_login(council[Role.COORDINATOR])

    found = options_of(client, run, first).json()

    costs = {one["carer"]: one["cost_minutes"] for one in found["options"] if not one["refused"]}
    assert set(costs) == {"Carer1 Tester", "Carer2 Tester", "Carer3 Tester"}
    board = board_of(run)
    moved = board.move(f"v{first.pk}", "C2", 0)
    change = moved.totals.cost_milliminutes - board.plan.totals.cost_milliminutes
    assert costs["Carer2 Tester"] == round(change / 1000, 1)
    assert found["made_by"] == [[carer("C1").pk, "Carer1 Tester"]]
    assert any("when its window opens" in words for words in found["sentences"])
    assert not any(re.search(r"\b(C\d|v\d+)\b", words) for words in found["sentences"])


def test_a_refused_carer_is_told_why_in_names(client, council, run, first):
    first.package.person.carer_preferences.create(
        authority=council.authority, carer=carer("C2"), kind="refused"
    )
    run = proposed(council)
    client.force_login(council[Role.COORDINATOR])

    found = options_of(client, run, first).json()

    refused = {one["carer"]: one["refused"] for one in found["options"] if one["refused"]}
    assert refused == {"Carer2 Tester": "Must not go to this person"}


def test_a_double_up_is_moved_one_carer_at_a_time(client, council, run):
    double = Visit.objects.get(carers=2)
    client.force_login(council[Role.COORDINATOR])
    pair = {stop.round.carer.ref for stop in Stop.objects.filter(visit=double)}
    staying, going = sorted(pair)
    (free,) = {"C1", "C2", "C3"} - pair

    found = options_of(client, run, double, instead_of=carer(going).pk).json()
    move(client, run, double, carer(free), instead_of=carer(going).pk)

    named = {one["carer"]: one["refused"] for one in found["options"]}
    assert named[str(carer(staying))] == "Already goes to this visit"
    now = {stop.round.carer.ref for stop in Stop.objects.filter(visit=double, round__run=run)}
    assert now == {staying, free}


def test_moving_keeps_the_plan_and_the_audit_says_what_moved(client, council, run, first):
    client.force_login(council[Role.COORDINATOR])

    page = move(client, run, first, carer("C2"), reason="Asked for her")

    stop = Stop.objects.get(visit=first, round__run=run)
    assert stop.round.carer.ref == "C2"
    assert "goes to Carer2 Tester" in page.content.decode()
    entry = AuditEntry.objects.get(action="edit_rounds")
    assert entry.reason == "Asked for her"
    assert entry.after[f"v{first.pk}"].startswith("C2 at ")


def test_moving_in_published_rounds_proposes_and_leaves_them_alone(client, council, run, first):
    planning.publish(actor=council[Role.COORDINATOR], run=run)
    run.refresh_from_db()
    client.force_login(council[Role.COORDINATOR])

    page = move(client, run, first, carer("C2"))

    assert Stop.objects.get(visit=first, round__run=run).round.carer.ref == "C1"
    new = PlanRun.objects.exclude(pk=run.pk).get()
    assert (new.state, new.based_on) == (PlanState.PROPOSED, run)
    assert f"proposal #{new.pk}" in page.content.decode()


def test_sc_08_the_second_of_two_editors_is_told_who_moved_what_and_nothing_is_lost(
    client, council, run, first
):
    client.force_login(council[Role.COORDINATOR])
    second = Visit.objects.order_by("id")[1]
    opened = run.version
    move(client, run, first, carer("C2"), version=opened)

    page = move(client, run, second, carer("C3"), version=opened).content.decode()

    assert "Nothing of yours was kept" in page
    assert "Coordinator Tester moved visits in it" in page
    assert "Canaryfirst1 Canarylast1 (08:00): Carer2 Tester at" in page
    assert Stop.objects.get(visit=second, round__run=run).round.carer.ref == "C1"
    assert Stop.objects.get(visit=first, round__run=run).round.carer.ref == "C2"


def test_a_move_that_cannot_be_is_refused_with_the_reason(client, council, run, first):
    before = stored_plan(run)
    client.force_login(council[Role.COORDINATOR])

    page = move(client, run, first, carer("C2"), shift=7).content.decode()

    assert "Not moved: Carer2 Tester has no shift 7." in page
    run.refresh_from_db()
    assert stored_plan(run) == before


def test_leaving_out_frees_the_carers_and_says_so(client, council, run, first):
    client.force_login(council[Role.COORDINATOR])

    client.post(
        reverse("rounds_day_leave_out", args=[run.pk]),
        {"visit": first.pk, "version": run.version},
    )

    assert not Stop.objects.filter(visit=first, round__run=run).exists()
    assert run.unplaced.get().reasons[0] == "taken out by hand"


def test_pinning_and_unpinning(client, council, run, first):
    client.force_login(council[Role.COORDINATOR])
    url = reverse("rounds_day_pin", args=[run.pk])

    page = client.post(url, {"visit": first.pk, "carers": [carer("C1").pk]}, follow=True)

    assert VisitPin.objects.get(visit=first).carer.ref == "C1"
    assert "is pinned to Carer1 Tester" in page.content.decode()
    assert ", pinned" in page.content.decode()
    client.post(url, {"visit": first.pk})
    assert not VisitPin.objects.exists()


def test_sc_10_a_carer_off_sick_at_06_40_is_noted_and_the_published_day_planned_again(
    client, council, run
):
    planning.publish(actor=council[Role.COORDINATOR], run=run)
    client.force_login(council[Role.COORDINATOR])

    client.post(
        reverse("rounds_day_replan"),
        {"date": TODAY.isoformat(), "carer": carer("C1").pk, "from": "06:40", "reason": "Sick"},
    )

    absence = CarerAbsence.objects.get()
    assert (absence.carer.ref, absence.from_minutes, absence.reason) == ("C1", 400, "Sick")
    job = Job.objects.get()
    assert (job.kind, job.params["on"], job.params["from_minutes"]) == (
        "replan",
        TODAY.isoformat(),
        400,
    )


def test_sc_10_what_a_proposal_changes_is_listed_before_it_is_published(
    client, council, run, first
):
    planning.publish(actor=council[Role.COORDINATOR], run=run)
    run.refresh_from_db()
    client.force_login(council[Role.COORDINATOR])

    body = move(client, run, first, carer("C2")).content.decode()

    assert "What publishing this would change against" in body
    assert "1 visit moved" in body
    assert "Carer2 Tester instead of Carer1 Tester" in body


@pytest.mark.parametrize("time", ["6.40", "25:00", "06:99", "soon"])
def test_an_absence_from_no_time_of_the_day_is_refused(client, council, run, time):
    client.force_login(council[Role.COORDINATOR])

    page = client.post(
        reverse("rounds_day_replan"),
        {"date": TODAY.isoformat(), "carer": carer("C1").pk, "from": time},
        follow=True,
    )

    assert "is no time of the day" in page.content.decode()
    assert not CarerAbsence.objects.exists()
    assert not Job.objects.exists()


@pytest.mark.parametrize("role", NOT_COORDINATORS)
def test_only_coordinators_ask_and_change(client, council, run, first, role):
    client.force_login(council[role])
    posts = {
        "rounds_day_move": {"visit": first.pk, "carer": carer("C2").pk, "shift": 0, "version": 1},
        "rounds_day_leave_out": {"visit": first.pk, "version": 1},
        "rounds_day_pin": {"visit": first.pk, "carers": [carer("C2").pk]},
    }

    asked = options_of(client, run, first)
    for name, sent in posts.items():
        assert client.post(reverse(name, args=[run.pk]), sent).status_code in (302, 403)
    for name in ("rounds_day_replan", "rounds_day_price_find", "rounds_day_week_plan"):
        client.post(reverse(name), {"date": TODAY.isoformat(), "carer": carer("C1").pk})

    assert asked.status_code in (302, 403)
    assert b"Canary" not in asked.content
    assert Stop.objects.get(visit=first).round.carer.ref == "C1"
    assert not VisitPin.objects.exists()
    assert not CarerAbsence.objects.exists()
    assert not Job.objects.exists()


def test_a_post_without_its_token_is_refused(council, run, first):
    from django.test import Client  # noqa: PLC0415 - the one client that checks tokens

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(council[Role.COORDINATOR])

    answer = move(strict, run, first, carer("C2"))

    assert answer.status_code == 403
    assert Stop.objects.get(visit=first).round.carer.ref == "C1"


def test_another_councils_plan_is_not_found(client, other_council, run, first):
    client.force_login(other_council[Role.COORDINATOR])

    assert options_of(client, run, first).status_code == 404
    assert move(client, run, first, carer("C2")).status_code == 404


def test_a_visit_of_another_day_is_not_found(client, council, run, first):
    client.force_login(council[Role.COORDINATOR])
    Visit.objects.filter(pk=first.pk).update(on="2026-11-30")

    assert options_of(client, run, first).status_code == 404


def test_sc_05_a_pinned_visit_says_what_its_pin_costs(client, council, run, first):
    planning.pin(actor=council[Role.COORDINATOR], visit=first, carers=[carer("C1")])
    run = proposed(council)
    client.force_login(council[Role.COORDINATOR])

    found = options_of(client, run, first).json()

    assert found["pinned_to"] == [carer("C1").pk]
    assert any(words.startswith("Its pin costs") for words in found["sentences"])
    refused = {one["carer"]: one["refused"] for one in found["options"] if one["refused"]}
    assert refused["Carer2 Tester"] == "The visit is pinned to Carer1 Tester"


def test_a_visit_unpinned_since_it_was_planned_is_moved_and_other_pins_are_in_nobodys_way(
    client, council, run, first
):
    coordinator = council[Role.COORDINATOR]
    client.force_login(coordinator)
    planning.pin(actor=coordinator, visit=first, carers=[carer("C1")])
    run = proposed(council)  # planned with the pin
    other = Visit.objects.exclude(pk=first.pk).filter(carers=1).get()
    planning.pin(actor=coordinator, visit=other, carers=[carer("C3")])  # C1 makes it: it waits
    move(client, run, first, carer("C2"))
    assert Stop.objects.get(visit=first, round__run=run).round.carer.ref == "C1"

    planning.unpin(actor=coordinator, visit=first)
    found = options_of(client, run, first).json()
    body = move(client, run, first, carer("C2")).content.decode()

    assert found["pinned_to"] == []
    assert not any("pin" in words.lower() for words in found["sentences"])
    assert "goes to Carer2 Tester" in body
    assert Stop.objects.get(visit=first, round__run=run).round.carer.ref == "C2"
    kept = PlanRun.objects.get(pk=run.pk)
    problem = formats.problem_from_json(unpacked(kept.problem))
    assert problem.pins == ()
    assert verify(problem, stored_plan(kept)).ok


def test_the_score_page_adds_up(client, council, run):
    client.force_login(council[Role.COORDINATOR])

    body = client.get(reverse("rounds_day_score", args=[run.pk])).content.decode()

    assert f"{run.totals['cost_milliminutes'] / 1000:,.1f} minutes in all" in body
    assert "Carer1 Tester" in body
    assert "Canaryfirst1 Canarylast1 (08:00)" in body


def test_the_page_of_a_divided_days_job_lists_its_parts(client, council):
    def queued(kind: str) -> Job:
        return Job.objects.create(
            authority=council.authority, kind=kind, started_by=council[Role.COORDINATOR]
        )

    whole, part = queued("plan_rounds"), queued("plan_part")
    batch = PlanBatch.objects.create(
        authority=council.authority, on=TODAY, job=whole, seconds=1, problem=b""
    )
    PlanPart.objects.create(batch=batch, name="Zone A", carers=["C1"], visits=["v1"], job=part)
    client.force_login(council[Role.COORDINATOR])

    body = client.get(reverse("job:inspect", args=[whole.pk])).content.decode()
    other = client.get(reverse("job:inspect", args=[part.pk])).content.decode()

    assert "Parts of the day" in body
    assert "Zone A" in body
    assert reverse("job:inspect", args=[part.pk]) in body
    assert "<td>Waiting</td>" in body
    assert "Parts of the day" not in other


def test_the_week_lists_its_days_and_hours(client, council, run):
    client.force_login(council[Role.COORDINATOR])

    body = client.get(reverse("rounds_day_week"), {"date": TODAY.isoformat()}).content.decode()

    assert "Monday 23 November" in body
    assert body.count("not planned") == 6
    assert "once all seven days are planned" in body
    assert "Carer1 Tester" in body
    client.post(reverse("rounds_day_week_plan"), {"date": TODAY.isoformat()})
    job = Job.objects.get()
    assert (job.kind, job.params) == ("plan_week", {"first": TODAY.isoformat(), "seed": 1})


def test_prices_found_are_shown_with_their_noise(client, council, run):
    client.force_login(council[Role.COORDINATOR])
    client.post(reverse("rounds_day_price_find"), {"date": TODAY.isoformat()})
    price = {
        "family": "windows",
        "title": "Start windows",
        "sentence": "Every visit might start 60 minutes earlier or later.",
        "travel_minutes": 41,
        "idle_minutes": 90,
        "visits": 2,
        "within_noise": False,
        "pence": 2250,
    }
    Job.objects.update(
        state="done",
        result={
            "on": TODAY.isoformat(),
            "travel_minutes": 300,
            "visits_left_out": 3,
            "noise_minutes": 7,
            "noise_visits": 0,
            "notes": [],
            "prices": [price],
        },
    )

    body = client.get(reverse("rounds_day_price"), {"date": TODAY.isoformat()}).content.decode()

    assert "lay 7 minutes and 0 visits apart" in body
    assert "£22.50" in body  # 90 min at £15.00 an hour
    assert "41 min" in body


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_visit_is_moved_from_the_list_by_keyboard_alone(visitor, council, run, first):  # noqa: F811
    visitor.sign_in("coordinator")
    page = visitor.open(reverse("rounds_day_page", args=[run.pk]))

    page.locator("a[data-stop]").first.focus()
    page.keyboard.press("m")
    page.locator("[data-move-options] tr").first.wait_for()
    assert "when its window opens" in page.locator("[data-move-why]").inner_text()
    assert visitor.serious_axe_findings() == []
    button = page.get_by_role("button", name=re.compile("Move here: Carer3"))
    button.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")

    assert "goes to Carer3 Tester" in page.content()
    assert Stop.objects.get(visit=first, round__run=run).round.carer.ref == "C3"
    assert (visitor.errors, visitor.outside) == ([], [])


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_visit_dragged_to_another_row_shows_the_cost_before_it_is_let_go(
    visitor,  # noqa: F811
    council,
    run,
    first,
):
    visitor.sign_in("coordinator")
    page = visitor.open(reverse("rounds_day_page", args=[run.pk]))
    mine = page.locator(f'a[data-visit="{first.pk}"] rect').first
    mine.scroll_into_view_if_needed()
    target = page.locator(f'[data-lane="{carer("C2").pk}"]')
    box, to = mine.bounding_box(), target.bounding_box()

    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(to["x"] + 400, to["y"] + to["height"] / 2, steps=8)
    page.locator(".theme-lane--over").wait_for()
    page.locator("[data-move-ghost]", has_text="min").wait_for()
    said = page.locator("[data-move-ghost]").inner_text()
    assert Stop.objects.get(visit=first, round__run=run).round.carer.ref == "C1"
    with page.expect_navigation():
        page.mouse.up()

    assert said.startswith("Carer2 Tester at 08:")
    assert "the plan costs" in said
    assert Stop.objects.get(visit=first, round__run=run).round.carer.ref == "C2"
    assert (visitor.errors, visitor.outside) == ([], [])
