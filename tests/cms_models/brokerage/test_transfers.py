"""A package from one provider to another on a day, and what somebody is to look at."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from cms_models.accounts.roles import Role
from cms_models.brokerage.life_domain import transfer_refusal
from cms_models.brokerage.models import AllocationFile, ReviewKind, Transfer
from cms_models.brokerage.services import life
from cms_models.care.models import Award, AwardSource, CarePackage
from cms_models.care.services.awards import AlreadyPlaced
from cms_models.notices.models import EventKind, OutboxEvent
from tests.council import TODAY, Council

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("Europe/London"))
NEXT = TODAY + timedelta(days=7)


def day(text: str) -> date:
    """Return a day of the year of the tests."""
    return date.fromisoformat(f"2026-{text}")


def delivered(council: Council) -> CarePackage:
    """Return a package that P1 delivers."""
    return council.package(1, status="active", organisation_ref="P1")


def told(council: Council, ref: str = "P1") -> list[str]:
    """Return the kinds of event a provider was told of, in order."""
    events = OutboxEvent.objects.filter(provider=council.providers[ref])
    return list(events.values_list("kind", flat=True))


def test_transfer_waits_for_its_day_with_one_award_in_force_all_the_time(council):
    package = delivered(council)

    life.transfer(
        actor=council[Role.BROKER],
        package=package,
        to_provider=council.providers["P2"],
        on=NEXT,
        reason="Family asked",
        now=NOW,
    )
    assert life.begin_due(council.authority, NEXT - timedelta(days=1)) == 0
    assert Award.objects.get(current=True).provider.ref == "P1"
    life.begin_due(council.authority, NEXT)

    old, new = Award.objects.order_by("starts_on")
    assert (old.provider.ref, old.ends_on, old.current) == ("P1", NEXT, False)
    assert (new.provider.ref, new.starts_on, new.current) == ("P2", NEXT, True)
    assert new.source == AwardSource.TRANSFER
    assert told(council, "P1") == [EventKind.PACKAGE_ENDED]
    assert told(council, "P2") == [EventKind.PACKAGE_AWARDED]
    assert AllocationFile.objects.get().award == new


def test_transfer_today_is_done_at_once(council):
    package = delivered(council)

    life.transfer(
        actor=council[Role.BROKER],
        package=package,
        to_provider=council.providers["P2"],
        on=TODAY,
        reason="Wrong provider awarded",
        now=NOW,
    )

    assert Award.objects.get(current=True).provider.ref == "P2"
    assert Transfer.objects.get().begun_at == NOW


def test_a_cancelled_transfer_leaves_who_delivers_and_both_are_told(council):
    package, broker = delivered(council), council[Role.BROKER]
    waiting = life.transfer(
        actor=broker,
        package=package,
        to_provider=council.providers["P2"],
        on=NEXT,
        reason="Family asked",
        now=NOW,
    )
    with pytest.raises(AlreadyPlaced, match="goes to Provider Two on 30/11/2026 already"):
        life.transfer(
            actor=broker,
            package=package,
            to_provider=council.providers["HF"],
            on=NEXT,
            reason="Another",
            now=NOW,
        )

    life.cancel_transfer(actor=broker, waiting=waiting, reason="Family agreed", now=NOW)

    assert life.begin_due(council.authority, NEXT) == 0
    assert Award.objects.get(current=True).provider.ref == "P1"
    never = Award.objects.get(current=False)
    assert never.starts_on == never.ends_on
    assert told(council, "P2") == [EventKind.PACKAGE_AWARDED, EventKind.PACKAGE_ENDED]
    with pytest.raises(ValidationError, match="does not wait any more"):
        life.cancel_transfer(actor=broker, waiting=waiting, reason="Again", now=NOW)


def test_transfers_lie_within_the_care_and_never_in_the_past():
    terms = {"today": TODAY, "award_starts_on": day("11-01"), "care_ends_on": day("12-31")}

    assert "Choose today" in transfer_refusal(on=day("11-22"), **terms)
    assert "Care ends on 30/12/2026" in transfer_refusal(on=day("12-31"), **terms)
    assert transfer_refusal(on=day("12-30"), **terms) == ""


def test_a_provider_answers_its_own_assessment_and_no_other(council):
    package, broker = delivered(council), council[Role.BROKER]
    with pytest.raises(ValidationError, match="does not deliver"):
        life.add_review(
            actor=broker,
            package=package,
            kind=ReviewKind.TRUSTED_ASSESSOR,
            due_on=NEXT,
            words="",
            provider=council.providers["P2"],
        )
    task = life.add_review(
        actor=broker,
        package=package,
        kind=ReviewKind.TRUSTED_ASSESSOR,
        due_on=NEXT,
        words="Can she wash herself?",
        provider=council.providers["P1"],
    )

    with pytest.raises(PermissionDenied):
        life.complete_review(actor=council.provider_users["P2"], task=task, outcome="Mine", now=NOW)
    life.complete_review(
        actor=council.provider_users["P1"], task=task, outcome="With help", now=NOW
    )

    task.refresh_from_db()
    assert (task.outcome, task.done_by) == ("With help", council.provider_users["P1"])
    with pytest.raises(ValidationError, match="is done already"):
        life.complete_review(actor=broker, task=task, outcome="Again", now=NOW)
