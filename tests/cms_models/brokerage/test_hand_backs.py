"""A package given back: refused at once, or decided, offered again, and counted."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from cms_models.accounts.roles import Role
from cms_models.brokerage.life_domain import HandedBack, hand_back_ends_on, ledger
from cms_models.brokerage.life_selectors import hand_back_ledger
from cms_models.brokerage.models import (
    HandBack,
    HandBackState,
    Release,
    ReleaseState,
    ReviewKind,
    ReviewTask,
    Transfer,
)
from cms_models.brokerage.services import life
from cms_models.brokerage.services.awards import award_package
from cms_models.brokerage.services.hand_backs import (
    decide_hand_back,
    hand_back,
    withdraw_hand_back,
)
from cms_models.care.models import Award, CarePackage, PackageStatus
from cms_models.fields.services import set_rule
from cms_models.notices.models import EventKind, OutboxEvent
from tests.council import TODAY, Council

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("Europe/London"))
# Accepted on 23/11/2026, 28 days from the day after: 21/12 is the last, 22/12 the first without.
LAST_DAY, FREE_ON = date(2026, 12, 21), date(2026, 12, 22)
LETTER = ("letter.pdf", b"%PDF-1.4 Canary")


def delivered(council: Council, number: int = 1) -> CarePackage:
    """Return a package that P1 delivers."""
    return council.package(number, status="active", organisation_ref="P1")


def given_back(council: Council, package: CarePackage, **changes: object) -> HandBack:
    """Hand a package back as P1, for an allowed reason with a letter, unless changed."""
    terms = {
        "actor": council.provider_users["P1"],
        "package": package,
        "reason": "cannot_work",
        "words": "We tried for six weeks",
        "evidence": LETTER,
        "now": NOW,
    }
    return hand_back(**{**terms, **changes})


def accepted(council: Council, row: HandBack) -> HandBack:
    """Accept a hand-back as the contract manager."""
    return decide_hand_back(
        actor=council[Role.CONTRACT_MANAGER],
        hand_back=row,
        accept=True,
        words="The letter shows it",
        now=NOW,
    )


def test_al_12_not_enough_staff_is_refused_at_once_kept_and_escalated(council):
    package = delivered(council)

    row = given_back(council, package, reason="staff", evidence=None)

    assert row.state == HandBackState.REFUSED_AT_ONCE
    assert "“Not enough staff” is not an allowed reason" in row.decision_words
    package.refresh_from_db()
    award = Award.objects.get()
    assert (package.status, award.current, award.ends_on) == (PackageStatus.ACTIVE, True, None)
    task = ReviewTask.objects.get()
    assert (task.kind, task.provider) == (ReviewKind.HAND_BACK, None)
    assert task.words.startswith("For the contract managers: Provider One wants to hand")
    event = OutboxEvent.objects.get(kind=EventKind.HAND_BACK_DECIDED)
    assert event.payload["state"] == "not_allowed"
    assert not Release.objects.exists()


def test_which_reasons_are_allowed_is_the_councils_rule(council):
    set_rule(actor=council[Role.COMMISSIONER], key="brokerage.hand_back_price", value=True)
    set_rule(actor=council[Role.COMMISSIONER], key="brokerage.hand_back_safety", value=False)

    assert given_back(council, delivered(council), reason="price").state == "submitted"
    assert given_back(council, delivered(council, 2), reason="safety").state == "not_allowed"


def test_al_13_accepted_hand_back_runs_its_notice_while_the_package_is_on_offer_again(council):
    package = delivered(council)
    row = given_back(council, package)
    assert bytes(row.evidence) == LETTER[1]

    row = accepted(council, row)

    award, release = Award.objects.get(), Release.objects.get()
    package.refresh_from_db()
    assert (row.state, row.ends_on, row.release) == (HandBackState.ACCEPTED, FREE_ON, release)
    assert (award.ends_on, award.current, package.status) == (FREE_ON, True, PackageStatus.ACTIVE)
    assert release.state == ReleaseState.OPEN
    assert "Canary" not in release.reason
    # Whoever gave it back is not asked again: the lot's other provider is.
    assert [one.provider.ref for one in release.invitations.all()] == ["P2"]
    event = OutboxEvent.objects.get(kind=EventKind.HAND_BACK_DECIDED)
    assert event.payload["ends_on"] == "2026-12-22"
    (counted,) = hand_back_ledger(council[Role.CONTRACT_MANAGER], today=date(2026, 12, 1))
    # From 01/12 to the last day, 21/12: 20 days
    assert (counted.provider, counted.accepted, counted.fewest_days_left) == ("Provider One", 1, 20)
    assert counted.by_reason == {"Cannot work with this person": 1}


def test_al_13_next_provider_begins_on_the_day_the_notice_is_over(council):
    package = delivered(council)
    accepted(council, given_back(council, package))
    package.refresh_from_db()

    award_package(
        actor=council[Role.BROKER],
        package=package,
        provider=council.providers["P2"],
        lot=package.lot,
        reason="Next in turn",
        now=NOW,
    )
    life.begin_due(council.authority, LAST_DAY)
    assert Award.objects.get(current=True).provider.ref == "P1"
    life.begin_due(council.authority, FREE_ON)

    package.refresh_from_db()
    now_delivers = Award.objects.get(current=True)
    assert (now_delivers.provider.ref, now_delivers.starts_on) == ("P2", FREE_ON)
    assert package.status == PackageStatus.ACTIVE
    assert Transfer.objects.get().on == FREE_ON
    assert Release.objects.get().state == ReleaseState.AWARDED
    (counted,) = hand_back_ledger(council[Role.BROKER], today=date(2026, 12, 1))
    assert counted.fewest_days_left is None  # somebody follows


def test_al_13_notice_that_runs_out_with_nobody_to_follow_leaves_the_package_open(council):
    package = delivered(council)
    accepted(council, given_back(council, package))

    life.begin_due(council.authority, FREE_ON)

    package.refresh_from_db()
    assert package.status == PackageStatus.REFERRED
    assert not Award.objects.filter(current=True).exists()
    assert life.begin_due(council.authority, FREE_ON) == 0
    made = award_package(
        actor=council[Role.BROKER],
        package=package,
        provider=council.providers["P2"],
        lot=package.lot,
        reason="Found at last",
        now=NOW + timedelta(days=30),
    )
    assert made.starts_on == FREE_ON  # no day is two providers'


def test_where_the_release_is_refused_a_task_for_the_brokers_says_why(council):
    package = delivered(council)
    CarePackage.objects.update(lot=None)

    row = accepted(council, given_back(council, package))

    assert (row.state, row.release) == (HandBackState.ACCEPTED, None)
    assert "lies in no lot" in ReviewTask.objects.get().words


def test_only_whoever_manages_the_contract_decides_and_once(council):
    row = given_back(council, delivered(council))
    terms = {"hand_back": row, "accept": False, "words": "No", "now": NOW}

    for who in (council[Role.BROKER], council[Role.FINANCE], council.provider_users["P1"]):
        with pytest.raises(PermissionDenied):
            decide_hand_back(actor=who, **terms)
    decide_hand_back(actor=council[Role.CONTRACT_MANAGER], **terms)

    row.refresh_from_db()
    assert (row.state, row.ends_on) == (HandBackState.REFUSED, None)
    assert Award.objects.get().ends_on is None
    with pytest.raises(ValidationError, match="is refused already"):
        decide_hand_back(actor=council[Role.CONTRACT_MANAGER], **terms)


def test_a_provider_hands_back_only_what_it_delivers_and_once(council):
    package = delivered(council)

    with pytest.raises(PermissionDenied):
        given_back(council, package, actor=council.provider_users["P2"])
    assert not HandBack.objects.exists()
    given_back(council, package)
    with pytest.raises(ValidationError, match="waits for the council's decision"):
        given_back(council, package)


def test_hand_backs_that_cannot_be_judged_are_refused_in_words(council):
    package = delivered(council)

    for changes, sentence in (
        ({"words": " "}, "Say in a few words"),
        ({"evidence": None}, "Attach a document"),
        ({"evidence": ("run.exe", b"x")}, "“run.exe” cannot be taken"),
        ({"evidence": ("a.pdf", b"")}, "is empty"),
        ({"reason": "tired"}, "Choose a reason"),
    ):
        with pytest.raises(ValidationError, match=sentence):
            given_back(council, package, **changes)
    assert not HandBack.objects.exists()


def test_a_hand_back_is_withdrawn_until_it_is_decided(council):
    row = given_back(council, delivered(council))

    with pytest.raises(PermissionDenied):
        withdraw_hand_back(actor=council.provider_users["P2"], hand_back=row, now=NOW)
    withdraw_hand_back(actor=council.provider_users["P1"], hand_back=row, now=NOW)

    row.refresh_from_db()
    assert row.state == HandBackState.WITHDRAWN
    given_back(council, CarePackage.objects.get())  # and another may be made


def test_the_notice_never_outlasts_the_care():
    ends_on = hand_back_ends_on(
        accepted_on=TODAY, notice_days=28, care_ends_on=TODAY + timedelta(days=10)
    )

    assert ends_on == date(2026, 12, 3)


def test_n08_ledger_counts_by_provider_and_reason():
    def one(provider: str, reason: str, state: str, ends_on: date | None = None) -> HandedBack:
        return HandedBack(provider, reason, state != "not_allowed", state, ends_on, False)

    rows = ledger(
        [
            one("B", "Not enough staff", "not_allowed"),
            one("B", "Not enough staff", "not_allowed"),
            one("B", "Safety", "accepted", TODAY + timedelta(days=9)),
            one("B", "Safety", "accepted", TODAY + timedelta(days=3)),
            one("A", "Safety", "submitted"),
        ],
        today=TODAY,
    )

    assert [(row.provider, row.total) for row in rows] == [("B", 4), ("A", 1)]
    assert rows[0].by_reason == {"Not enough staff": 2, "Safety": 2}
    assert (rows[0].allowed, rows[0].not_allowed, rows[0].fewest_days_left) == (2, 2, 2)
    assert (rows[1].waiting, rows[1].fewest_days_left) == (1, None)
