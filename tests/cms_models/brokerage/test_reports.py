"""The reports of the brokerage: every number is the sum of the packages behind it (BR-04)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cms_models.accounts.roles import Role
from cms_models.brokerage.models import (
    HandBack,
    HandBackState,
    Invitation,
    InvitationState,
    Release,
    ReleaseState,
    ReleaseStep,
)
from cms_models.brokerage.report_domain import (
    How,
    Period,
    age_of,
    band_of,
    median,
    ninetieth,
    pence_of_days,
    percent,
    period_refusal,
)
from cms_models.brokerage.reports import REPORTS
from cms_models.care.models import Award, AwardSource, CarePackage
from cms_models.care.services.awards import award
from cms_models.market.domain import LeadPromise
from cms_models.market.models import DeclaredCapacity, Lot
from tests.brokered import NINE, brokered

NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1))
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def found(council, key: str, *, role: Role = Role.COMMISSIONER, period: Period = NOVEMBER):
    return REPORTS[key].find(council[role], period, now=NOW)


def numbers(table, column: str) -> dict[str, object]:
    """Return a column by the names of its rows, without the noughts."""
    told = {name: table.number(key, table.column(column)) for key, name in table.rows}
    return {name: number for name, number in told.items() if number}


def placed(council, package, ref: str = "P1", **changes) -> Award:
    """Award a package to a provider directly."""
    row = award(
        actor=council[Role.BROKER],
        package=package,
        provider=council.providers[ref],
        lot=package.lot,
        reason="Canary reason",
    )
    Award.objects.filter(pk=row.pk).update(**changes)
    return row


@pytest.mark.parametrize(
    ("minute", "band"),
    [
        (0, "night"),
        (359, "night"),
        (360, "morning"),
        (659, "morning"),
        (660, "midday"),
        (900, "afternoon"),
        (1080, "evening"),
        (1319, "evening"),
        (1320, "night"),
    ],
)
def test_every_minute_of_a_day_lies_in_one_band(minute, band):
    assert band_of(minute) == band


def test_medians_and_nine_in_ten_by_hand():
    assert median([3, 1, 2]) == 2
    assert median([1, 2, 3, 10]) == Decimal("2.5")
    assert ninetieth(range(1, 11)) == 9  # the 9th of 10
    assert ninetieth(range(1, 12)) == 10  # 9.9 of 11 is the 10th
    assert (median([]), ninetieth([])) == (None, None)


def test_al_04_a_share_is_told_to_two_decimals():
    assert percent(41, 80) == Decimal("51.25")
    assert percent(40, 80) == Decimal("50.00")
    assert percent(0, 0) is None


def test_ages_days_and_periods_by_hand():
    assert [age_of(days) for days in (0, 1, 2, 3, 6, 7, 27, 28, 400)] == [
        *("new", "day", "day", "days", "days", "weeks", "weeks", "month", "month")
    ]
    assert pence_of_days(5530, days=10) == 7900  # £55.30 × 10 ÷ 7 = £79.00
    assert NOVEMBER.days_of(date(2026, 10, 1), None) == 30
    assert NOVEMBER.days_of(date(2026, 11, 29), date(2027, 1, 1)) == 2
    assert NOVEMBER.words == "01/11/2026 to 30/11/2026"
    assert period_refusal(date(2026, 2, 1), date(2026, 1, 1)).startswith("The period ends on 01/01")
    assert period_refusal(date(2020, 1, 1), date(2026, 1, 1)).startswith("A period has three years")


def test_br_04_demand_by_zone_and_time_of_day_is_the_sum_of_its_packages(council):
    # A: 7 × 30 min at 08:00; B: 7 × 30 min by two carers at 12:00 and 7 × 60 min at 22:00.
    council.package(1)
    council.package(
        2, postcode="HR3 3CC", pattern="Mon-Sun 12:00-13:00 30m x2; Mon-Sun 22:00-23:00 60m"
    )
    running = council.package(3)
    placed(council, running)

    tables = found(council, "demand")

    waiting = tables.table("open")
    assert numbers(waiting, "morning") == {"A Zone A": 210}
    assert numbers(waiting, "midday") == {"B Zone B": 420}
    assert numbers(waiting, "night") == {"B Zone B": 420}
    assert numbers(waiting, "week") == {"A Zone A": 210, "B Zone B": 840}
    assert numbers(tables.table("running"), "morning") == {"A Zone A": 210}
    whole = waiting.column("week")
    assert (
        waiting.number(None, whole)
        == 1050
        == sum(
            CarePackage.objects.filter(status="referred").values_list("weekly_minutes", flat=True)
        )
    )


def test_demand_stands_against_agreed_and_declared_capacity_of_each_lot(council):
    council.package(1)
    for day, minutes in ((1, 300), (20, 600)):
        DeclaredCapacity.objects.create(
            authority=council.authority,
            provider=council.providers["P1"],
            lot=council.lots["O-A"],
            minutes_per_week=minutes,
            from_day=date(2026, 11, day),
            declared_by=council.provider_users["P1"],
        )

    table = found(council, "demand").table("capacity")

    assert numbers(table, "open") == {"O-A Zone A": 210}
    assert numbers(table, "agreed")["O-A Zone A"] == 7200  # P1 and P2, 60 hours each
    assert numbers(table, "declared") == {"O-A Zone A": 600}  # the later of P1's two


def test_time_to_place_runs_from_the_first_release_to_the_award(council):
    made = brokered(council)
    Award.objects.filter(pk=made.award.pk).update(decided_at=NINE + timedelta(hours=6))
    placed(council, council.package(2), decided_at=NINE)
    council.package(3)
    Release.objects.filter(pk=made.release.pk).update(state=ReleaseState.AWARDED)
    Release.objects.create(
        authority=council.authority,
        package=council.package(4),
        route="all",
        released_by=council[Role.BROKER],
        released_at=NOW - timedelta(days=2, hours=3),
    )

    tables = found(council, "time-to-place")

    lot = tables.table("lot")
    assert numbers(lot, "placed") == {"O-A Zone A": 2}
    assert numbers(lot, "median") == {"O-A Zone A": 360}  # 09:00 to 15:00
    assert numbers(tables.table("month"), "ninetieth") == {"11/2026": 360}
    assert "1 award was made without a release: counted" in tables.sentences[1]
    waiting = tables.table("waiting")
    assert numbers(waiting, "day") == {"O-A Zone A": 1}
    assert numbers(waiting, "unreleased") == {"O-A Zone A": 1}
    assert numbers(waiting, "all") == {"O-A Zone A": 2}


def answered(council, number: int, ref: str, **changes) -> Invitation:
    """Ask a provider about a package of its own on 20/11 at 09:00."""
    own = {"authority": council.authority}
    release = Release.objects.create(
        package=council.package(number),
        route="all",
        released_by=council[Role.BROKER],
        released_at=NINE,
        left_out=[{"provider": "P2", "name": "Provider Two", "why": "It is full."}],
        **own,
    )
    step = ReleaseStep.objects.create(
        release=release, number=1, opens_at=NINE, closes_at=NINE, **own
    )
    return Invitation.objects.create(
        release=release,
        step=step,
        provider=council.providers[ref],
        sent_at=NINE,
        closes_at=NINE,
        **{**own, **changes},
    )


def test_declined_are_counted_by_lot_provider_and_reason(council):
    declined = {"state": InvitationState.DECLINED, "answered_at": NINE}
    answered(council, 1, "P1", decline_reason="capacity", decline_words="Full", **declined)
    answered(council, 2, "P1", decline_reason="distance", **declined)
    answered(council, 3, "P1", state=InvitationState.CLOSED, lapsed_at=NINE)
    answered(council, 4, "P2", state=InvitationState.CLOSED, answered_at=NINE)

    tables = found(council, "declined")

    lot = tables.table("lot")
    assert numbers(lot, "asked") == {"O-A Zone A": 4}
    assert numbers(lot, "declined") == {"O-A Zone A": 2}
    assert numbers(lot, "share") == {"O-A Zone A": Decimal("50.00")}
    assert numbers(lot, "lapsed") == {"O-A Zone A": 1}
    provider = tables.table("provider")
    assert numbers(provider, "capacity") == {"Provider One": 1}
    assert numbers(provider, "offered") == {"Provider Two": 1}
    piece = provider.pieces_of(None, provider.column("capacity"))[0]
    assert (piece.subject.name, piece.words) == (
        "HC-000001",
        "Provider One, asked on 20/11/2026: Full",
    )


@pytest.mark.parametrize(
    ("to_lead", "share", "kept"), [(41, "51.25", "kept"), (40, "50.00", "not kept")]
)
def test_al_04_a_majority_to_the_lead_is_more_than_half_of_eighty(council, to_lead, share, kept):
    package = council.package(1)
    lot = package.lot
    Lot.objects.filter(pk=lot.pk).update(lead_promise=LeadPromise.MAJORITY.value)
    Award.objects.bulk_create(
        Award(
            authority=council.authority,
            package=package,
            provider=council.providers["P1" if number < to_lead else "P2"],
            lot=lot,
            source=AwardSource.BROKER,
            starts_on=NINE.date(),
            current=False,
            decided_by=council[Role.BROKER],
            decided_at=NINE,
        )
        for number in range(80)
    )

    report = found(council, "promises")
    table = report.table("lot")

    assert numbers(table, "referrals") == {"O-A Zone A": 80}
    assert numbers(table, "to_lead") == {"O-A Zone A": to_lead}
    assert numbers(table, "share") == {"O-A Zone A": Decimal(share)}
    assert table.said[str(lot.pk)] == (
        "Provider One",
        "a majority (more than 50 %)",
        kept,
    )
    assert len(report.sentences) == (kept == "not kept")


def test_the_ledger_tells_what_the_lead_made_of_its_offers(council):
    answered(council, 1, "P1", state=InvitationState.LAPSED, lapsed_at=NINE)
    answered(council, 2, "P1", state=InvitationState.DECLINED, decline_reason="capacity")
    answered(council, 3, "P1", state=InvitationState.OFFERED, answered_at=NINE)
    answered(council, 4, "P2", state=InvitationState.OFFERED, answered_at=NINE)  # not the lead

    table = found(council, "promises").table("lot")

    told = {
        column: numbers(table, column)["O-A Zone A"]
        for column in ("asked", "offered", "declined", "lapsed")
    }
    assert told == {"asked": 3, "offered": 1, "declined": 1, "lapsed": 1}


def test_al_13_hand_backs_are_counted_by_reason_and_provider_with_their_hours(council):
    package = council.package(1)
    row = placed(council, package)
    for state in (HandBackState.ACCEPTED, HandBackState.REFUSED_AT_ONCE):
        HandBack.objects.create(
            authority=council.authority,
            package=package,
            award=row,
            provider=row.provider,
            reason="cannot_work" if state == HandBackState.ACCEPTED else "staff",
            state=state,
            submitted_by=council.provider_users["P1"],
            submitted_at=NINE,
        )

    tables = found(council, "hand-backs")

    assert numbers(tables.table("reason"), "all") == {
        "Cannot work with this person": 1,
        "Not enough staff": 1,
    }
    assert numbers(tables.table("provider"), "accepted") == {"Provider One": 1}
    assert numbers(tables.table("provider"), "minutes") == {"Provider One": 210}


def test_spot_spend_is_the_days_in_the_period_at_the_agreed_price(council):
    spot = {"source": AwardSource.SPOT, "starts_on": date(2026, 11, 21), "agreed_pence": 2000}
    placed(council, council.package(1), **spot)

    table = found(council, "spot").table("zone")

    # 3.5 hours × £20.00 = £70.00 a week; 21 to 30 November are 10 days: £70.00 × 10 ÷ 7 = £100.00
    assert numbers(table, "week") == {"A Zone A": 7000}
    assert numbers(table, "period") == {"A Zone A": 10000}


def test_br_09_an_award_off_the_platform_stands_in_its_report_with_its_reason(council):
    off = {"source": AwardSource.OFF_PLATFORM, "decided_at": NINE}
    placed(council, council.package(1), **off)
    placed(council, council.package(2))

    report = found(council, "off-platform")

    assert numbers(report.table("provider"), "packages") == {"Provider One": 1}
    (listed,) = report.listings[0].rows
    assert listed[1] == (
        *("HC-000001", "Provider One", "Canary reason", "Broker Tester", "20/11/2026"),
    )


def test_who_was_never_offered_though_it_holds_a_place(council):
    answered(council, 1, "P1")

    table = found(council, "never-offered").table("provider")

    assert numbers(table, "places") == {"Home First": 1, "Provider Two": 2}
    assert numbers(table, "released") == {"Provider Two": 1}
    assert numbers(table, "left_out") == {"Provider Two": 1}


def test_a_report_asks_as_much_of_the_database_for_four_packages_as_for_one(council):
    def more(number: int) -> None:
        answered(council, number, "P1", answered_at=NINE)
        placed(council, CarePackage.objects.get(package_ref=f"HC-{number:06d}"), source=source)

    def queries(key: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            found(council, key)
        return len(asked)

    source = AwardSource.SPOT
    more(1)
    found(council, "demand")  # the role's grants are asked for once a user
    first = {key: queries(key) for key in REPORTS}
    for number in range(2, 5):
        more(number)

    assert {key: queries(key) for key in REPORTS} == first
    assert max(first.values()) <= 6


def test_br_04_every_sum_of_a_table_is_that_of_its_rows_and_of_its_packages(council):
    brokered(council)
    answered(council, 2, "P1", state=InvitationState.DECLINED, decline_reason="price")
    answered(council, 3, "P2", lapsed_at=NINE)

    for key in REPORTS:
        for table in found(council, key).tables:
            for column in (one for one in table.columns if one.how == How.SUM):
                rows = sum(table.number(row, column) for row, _ in table.rows)
                behind = sum(piece.amount for piece in table.pieces_of(None, column))
                assert rows == behind == table.number(None, column), (key, table.key, column.key)


def test_another_council_finds_nothing_of_ours(council, other_council):
    brokered(council)
    answered(council, 2, "P1", lapsed_at=NINE)
    ours = {row.pk for row in CarePackage.objects.filter(authority=council.authority)}

    for key in REPORTS:
        for table in found(other_council, key).tables:
            behind = {one.subject.key for one in table.pieces if one.subject.kind == "package"}
            assert not behind & ours, key
