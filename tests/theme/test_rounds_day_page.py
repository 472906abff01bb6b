"""The rounds of a day: what the page says, who may open it, who may publish."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cms_models.accounts.roles import Role
from cms_models.jobs.models import Job
from cms_models.rounds.models import Carer, PlanRun, PlanState, Round, Stop, UnplacedVisit, Visit
from cms_models.rounds.selectors.day import day_rounds, day_to_open
from cms_models.rounds.services.visits import make_visits
from tests.council import TODAY, Council, add_carers
from tests.theme.browsing import visitor  # noqa: F401
from theme.admin.rounds_day.timeline import rows_of, scale_of

HOME_FIRST = {"element_type": "Home First M", "pathway": "M", "organisation_ref": "HF"}


def add_visits(council: Council, count: int, *, double: int = 0) -> list[Visit]:
    """Return the day's dated visits of `count` packages, the first `double` of them double-ups."""
    for number in range(1, count + 1):
        carers = " x2" if number <= double else ""
        council.package(
            number,
            pattern=f"Mon-Sun 08:00-09:00 30m{carers} medication",
            status="active",
            **HOME_FIRST,
        )
    make_visits(actor=council.system, first=TODAY, days=1)
    return list(Visit.objects.filter(authority=council.authority, on=TODAY).order_by("id"))


def add_run(council: Council, **changes: object) -> PlanRun:
    """Return a proposal kept by hand: three visits planned, two placed, one not."""
    totals = {
        "planned": 3,
        "placed": 2,
        "unplaced": 1,
        "travel_minutes": 20,
        "contact_minutes": 90,
        "waiting_minutes": 5,
        "contact_percent": 62.5,
    }
    terms = {"on": TODAY, "seconds": 1, "engine": "by hand", "travel": "by hand", "totals": totals}
    return PlanRun.objects.create(
        authority=council.authority, problem=b"", plan=b"", **{**terms, **changes}
    )


def add_round(run: PlanRun, carer: Carer, times: list[tuple[Visit, int, int]], **changes: int):
    """Add a round of stops (visit, arrive, start); each takes thirty minutes."""
    terms = {"shift_starts_minutes": 420, "shift_ends_minutes": 840, "travel_minutes": 10}
    first, last = times[0], times[-1]
    row = Round.objects.create(
        authority=run.authority,
        run=run,
        carer=carer,
        leaves_home_minutes=first[1] - 5,
        back_home_minutes=last[2] + 30 + 5,
        contact_minutes=30 * len(times),
        **{**terms, **changes},
    )
    for position, (visit, arrive, start) in enumerate(times, start=1):
        Stop.objects.create(
            round=row,
            visit=visit,
            position=position,
            arrive_minutes=arrive,
            start_minutes=start,
            leave_minutes=start + 30,
        )
    return row


@pytest.fixture
def run(council: Council) -> PlanRun:
    """V1 is a double-up of both carers at 08:00, V2 is C1's at 08:40 after waiting, V3 is left."""
    add_carers(council)
    first, second, third = add_visits(council, 3, double=1)
    one, two = Carer.objects.filter(authority=council.authority).order_by("ref")
    run = add_run(council)
    add_round(run, one, [(first, 480, 480), (second, 515, 520)])
    add_round(run, two, [(first, 475, 480)])
    UnplacedVisit.objects.create(
        authority=council.authority,
        run=run,
        visit=third,
        reasons=["Every carer is busy from 08:00 to 09:00"],
        relaxations=["C2 could go at 09:05"],
    )
    return run


def test_travel_and_waiting_follow_from_the_times(council, run):
    shown = day_rounds(run, user=council[Role.COORDINATOR])

    first, second = shown.rounds[0].stops
    assert (first.travel_minutes, first.waiting_minutes) == (5, 0)  # leaves home 07:55, there 08:00
    # done 08:30, there 08:35: 5 travel; starts 08:40: 5 waiting
    assert (second.travel_minutes, second.waiting_minutes) == (5, 5)


def test_double_up_names_the_other_carer_on_both_rounds(council, run):
    one, two = day_rounds(run, user=council[Role.COORDINATOR]).rounds

    assert one.stops[0].together_with == ("Carer2 Tester",)
    assert two.stops[0].together_with == ("Carer1 Tester",)
    assert one.stops[1].together_with == ()


def test_stops_are_numbered_through_a_split_day_and_share_one_row(council, run):
    visits = list(Visit.objects.filter(on=TODAY).order_by("id"))
    carer = Carer.objects.get(ref="C1")
    add_round(run, carer, [(visits[2], 1000, 1000)], shift_starts_minutes=960)
    shown = day_rounds(run, user=council[Role.COORDINATOR])

    rows = rows_of(shown.rounds, scale_of(shown.rounds))
    numbers = [[bar.stop.number for part in row.parts for bar in part.bars] for row in rows]
    assert numbers == [[1, 2, 3], [1]]


def test_timeline_puts_noon_a_third_of_the_way(council, run):
    scale = scale_of(day_rounds(run, user=council[Role.COORDINATOR]).rounds)

    assert scale.percent(720) == pytest.approx(100 / 3)  # 06:00 to 24:00: 6 of 18 hours
    assert scale.span(720, 774).width == "5.000%"  # 54 of 1,080 minutes


def test_page_says_totals_reasons_and_every_stop_in_a_table(client, council, run):
    client.force_login(council[Role.COORDINATOR])

    body = client.get(reverse("rounds_day_page"), {"date": TODAY.isoformat()}).content.decode()

    assert "2 placed + 1 not placed" in body
    assert "62.5 %" in body
    assert "Every carer is busy from 08:00 to 09:00" in body
    assert "Carer2 Tester could go at 09:05" in body  # kept by reference, read by name
    assert "08:40–09:10" in body
    assert "Canaryfirst1 Canarylast1" in body


def test_names_are_hidden_from_roles_that_do_not_see_people(client, council, run):
    client.force_login(council[Role.COMMISSIONER])

    body = client.get(reverse("rounds_day_page", args=[run.pk])).content.decode()

    assert "HC-000001" in body
    assert "Canary" not in body


@pytest.mark.parametrize("role", [Role.BROKER, Role.PROVIDER, Role.CARER])
def test_roles_without_rounds_do_not_get_in(client, council, run, role):
    client.force_login(council[role])

    for address in (reverse("rounds_day_page"), reverse("rounds_day_page", args=[run.pk])):
        answer = client.get(address)
        assert answer.status_code == 302
        assert b"Canary" not in answer.content


def test_another_councils_run_is_not_found_and_not_published(client, council, other_council, run):
    client.force_login(other_council[Role.COORDINATOR])

    assert client.get(reverse("rounds_day_page", args=[run.pk])).status_code == 404
    assert client.post(reverse("rounds_day_publish", args=[run.pk])).status_code == 404
    run.refresh_from_db()
    assert run.state == PlanState.PROPOSED
    day = client.get(reverse("rounds_day_page"), {"date": TODAY.isoformat()}).content.decode()
    assert "No rounds are planned for this day" in day


def test_coordinator_publishes_and_the_earlier_plan_is_superseded(client, council, run):
    client.force_login(council[Role.COORDINATOR])
    earlier = add_run(council, state=PlanState.PUBLISHED)

    client.post(reverse("rounds_day_publish", args=[run.pk]), {"reason": "Better"})

    run.refresh_from_db()
    earlier.refresh_from_db()
    assert (run.state, run.published_by) == (PlanState.PUBLISHED, council[Role.COORDINATOR])
    assert earlier.state == PlanState.SUPERSEDED


def test_publishing_twice_is_refused_in_words(client, council, run):
    client.force_login(council[Role.COORDINATOR])
    client.post(reverse("rounds_day_publish", args=[run.pk]))

    answer = client.post(reverse("rounds_day_publish", args=[run.pk]), follow=True)

    assert "is not a proposal any more" in answer.content.decode()


def test_commissioner_may_look_but_neither_plan_nor_publish(client, council, run):
    client.force_login(council[Role.COMMISSIONER])

    body = client.get(reverse("rounds_day_page", args=[run.pk])).content.decode()
    client.post(reverse("rounds_day_publish", args=[run.pk]))
    client.post(reverse("rounds_day_plan"), {"date": TODAY.isoformat(), "seed": "1"})

    assert "Plan again" not in body
    run.refresh_from_db()
    assert run.state == PlanState.PROPOSED
    assert not Job.objects.exists()


def test_plan_again_queues_the_days_job_with_its_seed(client, council, run):
    client.force_login(council[Role.COORDINATOR])

    page = client.post(
        reverse("rounds_day_plan"), {"date": TODAY.isoformat(), "seed": "7"}, follow=True
    )

    job = Job.objects.get()
    assert (job.kind, job.params) == ("plan_rounds", {"on": "2026-11-23", "seed": 7})
    assert f'data-job="{job.pk}"' in page.content.decode()
    progress = client.get(reverse("rounds_day_progress"), {"job": job.pk}).json()
    assert (progress["over"], progress["state"]) == (False, "Waiting")


@pytest.mark.parametrize("asked", ["", "soon", "0001-01-01", "9999-12-31", "2026-02-30"])
def test_day_that_is_none_opens_the_usual_day(client, council, run, asked):
    client.force_login(council[Role.COORDINATOR])

    answer = client.get(reverse("rounds_day_page"), {"date": asked})

    assert "Rounds of Monday 23 November 2026" in answer.content.decode()


@pytest.mark.parametrize(
    "sent",
    [
        {"date": "soon", "seed": "1"},
        {"date": "2026-11-23", "seed": "0"},
        {"date": "2026-11-23", "seed": "9" * 5000},
    ],
)
def test_plan_without_a_day_or_seed_queues_nothing(client, council, sent):
    client.force_login(council[Role.COORDINATOR])

    assert client.post(reverse("rounds_day_plan"), sent).status_code == 302
    assert not Job.objects.exists()


def test_day_to_open_is_the_next_with_a_plan(council):
    add_run(council, on=date(2026, 11, 20))
    add_run(council, on=date(2026, 11, 25))
    user = council[Role.COORDINATOR]

    assert day_to_open(user, today=TODAY) == date(2026, 11, 25)
    assert day_to_open(user, today=date(2026, 11, 26)) == date(2026, 11, 25)


def test_queries_are_as_many_for_one_round_as_for_fifty(client, council):
    add_carers(council, 50)
    visits = add_visits(council, 50)
    carers = list(Carer.objects.order_by("id"))
    small, large = add_run(council), add_run(council)
    add_round(small, carers[0], [(visits[0], 480, 480)])
    for carer, visit in zip(carers, visits, strict=True):
        add_round(large, carer, [(visit, 480, 480)])
    client.force_login(council[Role.COORDINATOR])
    client.get(reverse("rounds_day_page", args=[small.pk]))

    counts = []
    for run in (small, large):
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("rounds_day_page", args=[run.pk]))
        counts.append(len(queries))

    assert counts[0] == counts[1]


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_timeline_leads_the_map_by_keyboard_without_errors_or_calls_out(
    visitor,  # noqa: F811
    council,
    run,
):
    visitor.sign_in("coordinator")
    page = visitor.open(reverse("rounds_day_page", args=[run.pk]))

    page.locator("a[data-stop]").first.focus()
    page.keyboard.press("ArrowRight")

    assert "stop 2: Canaryfirst2 Canarylast2" in page.locator("[data-detail-title]").inner_text()
    assert page.locator(".theme-map__number--now").inner_text() == "2"
    assert page.locator(".theme-lane--now").count() == 1
    page.locator("button[data-carer]").nth(1).click()
    assert page.locator("[data-detail-title]").inner_text() == "Carer2 Tester"
    assert visitor.serious_axe_findings() == []
    assert (visitor.errors, visitor.outside) == ([], [])
