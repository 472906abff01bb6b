"""The rule book by GraphQL."""

from datetime import date

from cms_models.rulebook.services import draw_up
from tests.council import TODAY

QUERY = """query ($on: Date, $edition: Int) {
  ruleBook(asOf: $on, edition: $edition) { edition validFrom digest chapters { title sentences } }
}"""


def test_n13_a_provider_reads_the_rules_as_they_held_on_a_day(council, p1):
    draw_up(actor=council.system, on=date(2017, 6, 30))
    draw_up(actor=council.system, on=TODAY)

    now = p1.ask(QUERY).data["ruleBook"]
    then = p1.ask(QUERY, on="2020-01-01").data["ruleBook"]
    before = p1.ask(QUERY, on="2000-01-01").data["ruleBook"]

    assert (now["edition"], now["validFrom"]) == (2, "2026-11-23")
    assert "An hourly visit: £15.80 an hour." in now["chapters"][0]["sentences"]
    assert then["edition"] == 1
    assert "An hourly visit to a rural home: £15.76 an hour." in then["chapters"][0]["sentences"]
    assert before is None
    assert p1.ask(QUERY, edition=1).data["ruleBook"]["digest"] == then["digest"]


def test_another_councils_rules_are_not_among_them(council, other_council, p1):
    draw_up(actor=other_council.system, on=TODAY)

    assert p1.ask(QUERY).data["ruleBook"] is None
