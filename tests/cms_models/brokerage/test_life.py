"""A package after its award: amended, suspended, resumed, ended."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from cms_models.accounts.roles import Role
from cms_models.audit.models import AuditEntry
from cms_models.audit.services import NothingChanged, StaleEdit
from cms_models.brokerage.life_domain import (
    Pause,
    amendment_refusal,
    first_unpaid_day,
    suspension_refusal,
)
from cms_models.brokerage.models import (
    ReviewKind,
    ReviewTask,
    Suspension,
)
from cms_models.brokerage.services import life
from cms_models.brokerage.services.endings import end
from cms_models.care.models import Award, CarePackage, PackageStatus
from cms_models.care.on_day import package_on
from cms_models.care.patterns import parse_pattern, pattern_text
from cms_models.notices.models import EventKind, OutboxEvent
from cms_models.rounds.models import Visit, VisitState
from cms_models.rounds.services.visits import make_visits
from tests.council import TODAY, Council

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("Europe/London"))
NEXT = TODAY + timedelta(days=7)


def day(text: str) -> date:
    """Return a day of the year of the tests."""
    return date.fromisoformat(f"2026-{text}")


def delivered(council: Council, number: int = 1, **changes: object) -> CarePackage:
    """Return a package that P1 delivers."""
    return council.package(number, status="active", organisation_ref="P1", **changes)


def amended(council: Council, package: CarePackage, pattern: str, **changes: object) -> CarePackage:
    """Amend a package as the broker from today, unless changed."""
    terms = {
        "actor": council[Role.BROKER],
        "package": package,
        "pattern": parse_pattern(pattern),
        "skills": (),
        "from_day": TODAY,
        "reason": "Needs more",
        "expected_version": package.version,
        "today": TODAY,
    }
    return life.amend_package(**{**terms, **changes})


def told(council: Council, ref: str = "P1") -> list[str]:
    """Return the kinds of event a provider was told of, in order."""
    events = OutboxEvent.objects.filter(provider=council.providers[ref])
    return list(events.values_list("kind", flat=True))


def test_amendment_ends_the_old_week_and_prices_the_new_one_from_its_day(council):
    package = delivered(council)  # 7 × 30 min at £15.80/h = 7 × £7.90 = £55.30

    amended(council, package, "Mon-Sun 08:00-09:00 60m")

    package.refresh_from_db()
    assert package.weekly_pence == 7 * 1580
    assert package.weekly_minutes == 420
    weeks = {(row.valid_from, row.valid_to, row.minutes) for row in package.patterns.all()}
    assert weeks == {(TODAY, TODAY, 30), (TODAY, None, 60)}
    assert told(council) == [EventKind.PACKAGE_AMENDED]
    entry = AuditEntry.objects.get(action="amend")
    assert (entry.actor, entry.reason) == (council[Role.BROKER], "Needs more")
    assert entry.before["pattern"] == "Mon-Sun 08:00-09:00 30m"
    assert entry.after["pattern"] == "Mon-Sun 08:00-09:00 60m"


def test_later_amendment_leaves_today_as_it_is_and_begins_on_its_day(council):
    package = delivered(council)

    amended(council, package, "Mon-Sun 08:00-09:00 60m", from_day=NEXT)

    package = CarePackage.objects.get()
    today = package_on(package, on=TODAY, today=TODAY)
    later = package_on(package, on=NEXT, today=TODAY)
    assert (package.weekly_pence, later.package.weekly_pence) == (5530, 11060)
    assert [row.minutes for row in today.patterns] == [30]
    assert [row.minutes for row in later.patterns] == [60]
    assert life.begin_due(council.authority, TODAY) == 0
    assert life.begin_due(council.authority, NEXT) == 1
    assert life.begin_due(council.authority, NEXT) == 0
    package.refresh_from_db()
    assert package.weekly_pence == 11060


def test_an_import_after_a_later_amendment_leaves_one_week_in_force(council):
    package = delivered(council)
    amended(council, package, "Mon-Sun 08:00-09:00 60m", from_day=NEXT)

    package = delivered(council, pattern="Mon-Sun 12:00 45m")

    for on in (TODAY, NEXT):
        seen = package_on(package, on=on, today=TODAY)
        assert pattern_text(row.clause for row in seen.patterns) == "Mon-Sun 12:00 45m"


def test_al_08_amended_over_the_limit_makes_a_task_and_re_routes_nobody(council):
    # 7 × 237 + 6 min = 1,665 = 27.75 h; then 1,740 = 29 h
    package = delivered(council, pattern="Mon-Sun 08:00 237m; Mon 18:00 6m")
    assert (package.weekly_minutes, package.decisions_needed) == (1665, [])
    lot = package.lot

    amended(council, package, "Mon-Sun 08:00 240m; Mon 18:00 60m")

    task = ReviewTask.objects.get()
    package.refresh_from_db()
    assert (task.kind, task.due_on) == (ReviewKind.OVER_LIMIT, TODAY + timedelta(days=5))
    assert "29 h a week is more than 28 h" in task.words
    assert (package.lot, package.status) == (lot, PackageStatus.ACTIVE)
    assert Award.objects.get().provider.ref == "P1"
    assert Award.objects.get().current


def test_al_08_hours_that_grow_again_say_so_in_the_same_task(council):
    package = delivered(council, pattern="Mon-Sun 08:00 237m; Mon 18:00 6m")
    package = amended(council, package, "Mon-Sun 08:00 240m; Mon 18:00 60m")

    amended(council, package, "Mon-Sun 08:00 240m; Mon 18:00 120m")

    assert "30 h a week is more than 28 h" in ReviewTask.objects.get().words


def test_br_10_second_brokers_amendment_is_refused_and_nothing_is_lost(council):
    package = delivered(council)
    seen = package.version
    amended(council, package, "Mon-Sun 08:00-09:00 60m")

    with pytest.raises(StaleEdit) as stale:
        amended(council, package, "Mon-Fri 08:00 30m", expected_version=seen)

    assert stale.value.theirs["weekly_minutes"] == 420
    assert AuditEntry.objects.filter(action="amend").count() == 1
    assert [row.minutes for row in package.patterns.filter(valid_to=None)] == [60]


def test_amendment_is_refused_in_words(council):
    package = delivered(council)

    with pytest.raises(ValidationError, match="Say why"):
        amended(council, package, "Mon-Sun 08:00 60m", reason=" ")
    with pytest.raises(NothingChanged, match="has this week already"):
        amended(council, package, "Mon-Sun 08:00-09:00 30m")
    with pytest.raises(PermissionDenied):
        amended(council, package, "Mon-Sun 08:00 60m", actor=council[Role.COMMISSIONER])
    assert "today or a later day" in amendment_refusal(
        from_day=day("11-22"), today=TODAY, care_starts_on=day("11-01"), care_ends_on=None
    )
    assert "Care ends on 30/11/2026" in amendment_refusal(
        from_day=day("12-01"), today=TODAY, care_starts_on=TODAY, care_ends_on=day("12-01")
    )
    assert not AuditEntry.objects.filter(action="amend").exists()


def test_hospital_pauses_visits_from_the_day_until_care_resumes(council):
    package = delivered(council)
    make_visits(actor=council.system, first=TODAY, days=5)

    life.suspend(
        actor=council[Role.BROKER],
        package=package,
        starts_on=day("11-24"),
        reason="hospital",
        words="Hip",
        today=TODAY,
    )
    package.refresh_from_db()
    assert package.status == PackageStatus.ACTIVE  # its day has not come
    life.begin_due(council.authority, day("11-24"))
    make_visits(actor=council.system, first=TODAY, days=5)

    package.refresh_from_db()
    states = dict(Visit.objects.values_list("on", "state"))
    assert package.status == PackageStatus.SUSPENDED
    assert states.pop(TODAY) == VisitState.PLANNED
    assert set(states.values()) == {VisitState.CANCELLED}

    life.resume(
        actor=council[Role.BROKER], package=package, on=day("11-26"), review=True, today=TODAY
    )
    make_visits(actor=council.system, first=TODAY, days=5)
    planned = Visit.objects.filter(state=VisitState.PLANNED).values_list("on", flat=True)
    assert sorted(planned) == [TODAY, day("11-26"), day("11-27")]
    task = ReviewTask.objects.get()
    assert (task.kind, task.due_on) == (ReviewKind.AFTER_HOSPITAL, day("11-26"))
    assert life.begin_due(council.authority, day("11-26")) == 1
    package.refresh_from_db()
    assert package.status == PackageStatus.ACTIVE
    assert told(council) == [EventKind.PACKAGE_SUSPENDED, EventKind.PACKAGE_RESUMED]


def test_a_package_the_case_system_suspended_stays_so_whatever_was_before(council):
    package = delivered(council)
    life.suspend(
        actor=council[Role.BROKER],
        package=package,
        starts_on=TODAY,
        ends_on=day("11-25"),
        reason="away",
        words="",
        today=TODAY,
    )
    life.begin_due(council.authority, day("11-25"))
    CarePackage.objects.update(status=PackageStatus.SUSPENDED)

    assert life.begin_due(council.authority, day("11-27")) == 0
    made = make_visits(actor=council.system, first=day("11-27"), days=3)

    assert made.new == 0


def test_suspensions_do_not_overlap_and_resuming_before_the_day_takes_one_back(council):
    package, broker = delivered(council), council[Role.BROKER]
    terms = {"actor": broker, "package": package, "reason": "hospital", "words": ""}
    life.suspend(**terms, starts_on=day("12-01"), today=TODAY)

    with pytest.raises(ValidationError, match="already suspended from 01/12/2026 with no end"):
        life.suspend(**terms, starts_on=day("12-10"), today=TODAY)
    life.resume(actor=broker, package=package, on=day("12-01"), today=TODAY)

    assert not Suspension.objects.exists()
    with pytest.raises(ValidationError, match="is not suspended"):
        life.resume(actor=broker, package=package, on=day("12-02"), today=TODAY)


@pytest.mark.parametrize(
    ("ends_on", "paid_days", "unpaid_from"),
    [
        (None, 0, day("12-01")),
        (None, 7, day("12-08")),
        (day("12-08"), 7, None),  # back before the paid days were over
        (day("12-09"), 7, day("12-08")),
    ],
)
def test_payment_stops_after_the_days_the_rule_pays(ends_on, paid_days, unpaid_from):
    assert first_unpaid_day(Pause(day("12-01"), ends_on), paid_days=paid_days) == unpaid_from


def test_a_suspension_lies_within_the_care():
    refused = suspension_refusal(
        Pause(day("12-01"), None), others=(), care_starts_on=TODAY, care_ends_on=day("12-01")
    )

    assert refused == "Care ends on 30/11/2026, before the suspension."
    assert "later day" in suspension_refusal(
        Pause(TODAY, TODAY), others=(), care_starts_on=TODAY, care_ends_on=None
    )


@pytest.mark.parametrize(
    ("died_on", "last_day"), [(None, date(2018, 3, 29)), (date(2018, 3, 5), date(2018, 3, 5))]
)
def test_al_10_al_11_ending_tells_the_provider_and_takes_the_person_from_its_sight(
    council, died_on, last_day
):
    # AL-10: notice 01/03/2018, 28 days from the day after: 29/03/2018; AL-11: death on 05/03
    package = delivered(council, starts_on=date(2018, 1, 1))

    ended = end(
        actor=council[Role.BROKER],
        package=package,
        notice_on=date(2018, 3, 1),
        died_on=died_on,
        reason="Ended",
        now=NOW,
    )

    assert ended.ends_on == last_day + timedelta(days=1)
    assert ended.status == PackageStatus.ENDED
    assert told(council) == [EventKind.PACKAGE_ENDED]
    event = OutboxEvent.objects.get()
    assert event.payload["ends_on"] == ended.ends_on.isoformat()
    assert not CarePackage.objects.visible_to(council.provider_users["P1"]).exists()


def test_care_ended_in_homeward_stays_ended_when_an_older_extract_comes(council):
    package = delivered(council, starts_on=day("10-01"))
    end(
        actor=council[Role.BROKER],
        package=package,
        notice_on=day("11-01"),
        died_on=day("11-05"),
        reason="Died",
        now=NOW,
    )

    package = delivered(council, starts_on=day("10-01"))

    assert package.status == PackageStatus.ENDED
    assert not Award.objects.filter(current=True).exists()
