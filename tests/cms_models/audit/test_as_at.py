"""Records as they stood on another day."""

from datetime import UTC, date, datetime

import pytest

from cms_models.accounts.roles import Role
from cms_models.audit.as_at import standings
from cms_models.audit.services import delete_record, save_record
from cms_models.market.models import Provider
from cms_models.places.models import UrbanCentre, Zone
from cms_models.rates.models import RateCard, RateLine
from tests.council import build_council


@pytest.fixture
def at(monkeypatch):
    """Set the clock to noon of a day."""

    def clock(year: int, month: int, day: int) -> None:
        noon = datetime(year, month, day, 12, tzinfo=UTC)
        monkeypatch.setattr("django.utils.timezone.now", lambda: noon)

    return clock


@pytest.fixture
def council(db, at):
    """The council as set up on 1 March 2026."""
    at(2026, 3, 1)
    return build_council()


def stood(council, model, on: date, **asked):
    user = council[Role.ADMINISTRATOR]
    return standings(model.objects.visible_to(user), user=user, on=on, **asked)


def rename(council, record, name: str) -> None:
    record.refresh_from_db()
    record.name = name
    save_record(actor=council[Role.ADMINISTRATOR], record_=record, expected_version=record.version)


def test_a_card_counts_on_the_days_of_its_period_whenever_it_was_entered(council):
    names = {
        day: [one.record.name for one in stood(council, RateCard, day)]
        for day in (date(2016, 6, 30), date(2016, 7, 1), date(2017, 6, 30), date(2017, 7, 1))
    }

    assert list(names.values()) == [[], ["2016 card"], ["2016 card"], ["2017 card"]]


def test_a_line_counts_with_its_card_and_a_zone_with_its_map(council):
    lines = stood(council, RateLine, date(2017, 6, 30))
    zones = stood(council, Zone, date(2016, 6, 30))

    assert {one.record.card.name for one in lines} == {"2016 card"}
    assert len(lines) == 4
    assert zones == []


def test_an_undated_record_says_what_was_recorded_by_the_end_of_the_day(council, at):
    centre = UrbanCentre.objects.get()
    at(2026, 4, 10)
    rename(council, centre, "Hereford city")
    at(2026, 5, 10)
    rename(council, centre, "City of Hereford")

    named = [
        [(one.record.name, one.later) for one in stood(council, UrbanCentre, day)]
        for day in (date(2026, 4, 9), date(2026, 4, 10), date(2026, 5, 9), date(2026, 5, 10))
    ]

    assert named == [
        [("Hereford", ("name",))],
        [("Hereford city", ("name",))],
        [("Hereford city", ("name",))],
        [("City of Hereford", ())],
    ]
    assert UrbanCentre.objects.get().name == "City of Hereford"


def test_what_was_not_yet_entered_is_absent_and_what_was_deleted_since_is_there(council, at):
    gone = UrbanCentre.objects.get()
    at(2026, 6, 1)
    delete_record(actor=council[Role.ADMINISTRATOR], record_=gone)
    new = UrbanCentre(authority=council.authority, name="Ledbury", latitude=52.03, longitude=-2.42)
    save_record(actor=council[Role.ADMINISTRATOR], record_=new, expected_version=None)

    before = stood(council, UrbanCentre, date(2026, 5, 31))
    after = stood(council, UrbanCentre, date(2026, 6, 1))

    assert [(one.record.name, one.gone) for one in before] == [("Hereford", True)]
    assert before[0].record.latitude == pytest.approx(52.0567)
    assert [(one.record.name, one.gone) for one in after] == [("Ledbury", False)]
    assert stood(council, UrbanCentre, date(2026, 2, 28)) == []


def test_as_recorded_by_an_earlier_day_knows_nothing_entered_later(council, at):
    at(2026, 4, 1)

    known = stood(council, RateCard, date(2017, 7, 1), known_by=date(2026, 2, 28))
    since = stood(council, RateCard, date(2017, 7, 1), known_by=date(2026, 3, 1))

    assert known == []
    assert [one.record.name for one in since] == ["2017 card"]


def test_a_councils_own_field_is_put_back_too(council, at):
    provider = Provider.objects.get(ref="P1")
    for month, value in ((4, "met"), (5, "lapsed")):
        at(2026, month, 1)
        provider.custom = {"dspt": value}
        save_record(
            actor=council[Role.ADMINISTRATOR], record_=provider, expected_version=provider.version
        )

    own = [
        next(one.record.custom for one in stood(council, Provider, day) if one.record.ref == "P1")
        for day in (date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 1))
    ]

    assert own == [{}, {"dspt": "met"}, {"dspt": "lapsed"}]


def test_another_councils_records_never_show(council, at):
    other = build_council("othershire", prefix="other-")
    at(2026, 6, 1)
    delete_record(
        actor=other[Role.ADMINISTRATOR],
        record_=UrbanCentre.objects.get(authority=other.authority),
    )

    assert len(stood(council, UrbanCentre, date(2026, 5, 1))) == 1
