"""Any question as of another day."""

from dataclasses import replace
from datetime import timedelta

from cms_models.brokerage.models import Invitation
from cms_models.care.patterns import parse_pattern
from cms_models.care.services.registration import register_packages
from tests.council import TODAY, package_terms

OWN = """query ($on: Date) {
  packages(asOf: $on) { nodes { reference calls { minutes } } totalCount }
}"""
OPEN = "query ($on: Date) { openPackages(asOf: $on) { nodes { reference } } }"
LOTS = "query ($on: Date) { lots(asOf: $on) { code cascade } }"


def test_calls_are_those_of_the_day(council, p1):
    council.package(1, organisation_ref="P1", status="active", starts_on=TODAY)
    longer = replace(
        package_terms(1, organisation_ref="P1", status="active"),
        pattern=parse_pattern("Mon-Sun 08:00-09:00 45m"),
    )
    later = TODAY + timedelta(days=14)
    register_packages(actor=council.system, terms=[longer], on=later)

    def minutes(day) -> list[int]:
        (node,) = p1.ask(OWN, on=day.isoformat()).data["packages"]["nodes"]
        return [call["minutes"] for call in node["calls"]]

    assert minutes(TODAY) == [30]
    assert minutes(later - timedelta(days=1)) == [30]
    assert minutes(later) == [45]
    assert p1.ask(OWN, on="2026-11-22").data["packages"]["totalCount"] == 0


def test_open_packages_as_of_a_day_are_of_those_still_open(council, p1):
    council.released(1)
    council.released(2, ends_on=TODAY + timedelta(days=30))
    Invitation.objects.filter(release__package__package_ref="HC-000001").update(
        sent_at="2026-11-01T12:00:00+00:00"
    )

    def references(day: str) -> list[str]:
        return [node["reference"] for node in p1.ask(OPEN, on=day).data["openPackages"]["nodes"]]

    assert references("2026-11-01") == ["HC-000001"]
    assert references("2026-10-31") == []
    assert references("2027-02-01") == ["HC-000001"]


def test_a_lots_cascade_is_that_of_the_day(council, p1):
    before = p1.ask(LOTS, on="2017-06-30").data["lots"][0]
    after = p1.ask(LOTS, on="2017-07-01").data["lots"][0]

    assert before == {"code": "D-AB", "cascade": "no provider: work cannot be offered"}
    assert after == {"code": "D-AB", "cascade": "starts at lead"}
