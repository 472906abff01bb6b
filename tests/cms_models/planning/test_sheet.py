"""The sheet of a council small enough to check by hand, in force and with drafts tried."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from cms_models.accounts.roles import Role
from cms_models.care.models import CarePackage
from cms_models.fields.services import draft_rule
from cms_models.market.services import set_framework, set_lot
from cms_models.places.services import draft_zone_map
from cms_models.planning.options import Option, option_in_force, with_drafts
from cms_models.planning.selectors import sheet_of, sheets_of
from cms_models.planning.sheet import NONE, TABLES, Sheet
from cms_models.rates.domain import Line
from cms_models.rates.services import draft_card, set_budget
from tests.council import TODAY, Council, square

WHOLE = ("packages", "weekly_minutes", "weekly_pence", "annual_pence", "unpriced")


def in_force(council: Council, on: date = TODAY) -> Option:
    return option_in_force(council[Role.COMMISSIONER], on)


def reckoned(council: Council, option: Option | None = None, **narrowed: object) -> Sheet:
    user = council[Role.COMMISSIONER]
    return sheet_of(option or in_force(council), user=user, **narrowed)


def weeks(sheet: Sheet, table: str) -> dict[str, tuple[int, int, int, int]]:
    """Return clients, packages, minutes and pence a week by row key."""
    return {
        row.key: (row.clients, row.packages, row.weekly_minutes, row.weekly_pence)
        for row in sheet.tables[table].rows
    }


def test_rows_of_every_table_add_up_to_all_packages(county):
    sheet = reckoned(county)

    assert list(sheet.tables) == list(TABLES)
    assert sheet.total.packages == 7
    for table in sheet.tables.values():
        for column in WHOLE:
            assert sum(row.cell(column) for row in table.rows) == table.total.cell(column)


def test_hours_and_cost_by_zone_lot_pathway_provider_and_area(county):
    sheet = reckoned(county)

    # Packages 1 (7 × 60), 2 (7 × 120), 5 (7 × 600), 6 (5 × 20 × 2) and 7 (2 × 45) are in A:
    # 420 + 840 + 4,200 + 200 + 90 = 5,750 min; 110.60 + 221.20 + 896.00 + 5 × 10.53 + 2 × 11.85.
    # 3 and 4 (7 × 30 each) are in B: 420 min; 14 × 7.90 = 110.60.
    assert weeks(sheet, "zone") == {"A": (4, 5, 5750, 130_415), "B": (2, 2, 420, 11_060)}
    assert weeks(sheet, "lot") == {
        "D-AB": (1, 1, 4200, 89_600),
        "M": (1, 1, 200, 5_265),
        "O-A": (2, 3, 1350, 35_550),  # person 1 has two packages
        "O-B": (2, 2, 420, 11_060),
    }
    assert weeks(sheet, "pathway") == {
        "O": (4, 5, 1770, 46_610),
        "D": (1, 1, 4200, 89_600),
        "M": (1, 1, 200, 5_265),
    }
    assert weeks(sheet, "provider") == {
        "P1": (1, 1, 420, 11_060),
        "P2": (1, 1, 210, 5_530),
        NONE: (5, 5, 5540, 124_885),
    }
    assert weeks(sheet, "area") == {"urban": (4, 4, 5660, 128_045), "rural": (3, 3, 510, 13_430)}
    assert weeks(sheet, "status")["suspended"] == (1, 1, 210, 5_530)


def test_a_year_is_the_planning_weeks_of_a_week(county):
    row = reckoned(county).row("zone", "A")

    assert (row.annual_minutes, row.annual_pence) == (5750 * 52, 130_415 * 52)
    assert row.hours_per_person == Decimal("23.96")  # 5,750 min are 95.83 h, of 4 people


def test_br_06_br_07_who_pays_adds_up_to_the_cost(county):
    sheet = reckoned(county)

    total = sheet.total
    # Package 1 pays its £110.60 in full; the NHS pays 30 % of £221.20 and the whole of £55.30.
    assert total.weekly_contribution_pence == 11_060
    assert total.weekly_nhs_pence == 6_636 + 5_530
    assert total.weekly_self_funded_pence == 5_530
    assert total.weekly_council_pence == 141_475 - 11_060 - 12_166 - 5_530
    assert sheet.row("funder", "Shared").weekly_council_pence == 15_484
    assert sheet.row("funder", "Self-funder").weekly_council_pence == 0


def test_rt_11_a_full_payer_of_ten_hours_pays_the_new_rate(council):
    council.package(1, pattern="Mon-Fri 09:00 120m", contribution=True)  # 10 h a week
    option = in_force(council)
    old = draft_card(
        actor=council.system,
        name="Urban 2016 again",
        valid_from=date(2030, 1, 1),
        lines=[Line(None, "urban", "hourly", 1476), Line(None, "rural", "hourly", 1576)],
    )

    user = council[Role.COMMISSIONER]
    before, after = sheets_of([with_drafts(option, card=old), option], user=user)

    pays = [sheet.total.weekly_contribution_pence for sheet in (before, after)]
    assert pays == [14_760, 15_800]
    # £10.40 a week more is £540.80 over 52 weeks.
    assert after.total.annual_contribution_pence - before.total.annual_contribution_pence == 54_080
    assert after.total.weekly_council_pence == 0


def test_a_person_pays_no_more_than_was_assessed(council):
    council.package(1, pattern="Mon-Fri 09:00 120m", contribution=True)
    CarePackage.objects.update(contribution_most_pence=15_000)

    full = reckoned(council)
    less = reckoned(council, with_drafts(in_force(council), hours_percent={"O": Decimal(-10)}))

    assert (full.total.weekly_contribution_pence, full.total.weekly_council_pence) == (15_000, 800)
    # £158.00 − 10 % = £142.20, below the £150.00 assessed.
    assert (less.total.weekly_contribution_pence, less.total.weekly_council_pence) == (14_220, 0)


def test_tb_04_five_percent_less_on_o_changes_o_alone(county):
    set_budget(
        actor=county.system,
        name="Help to Live at Home",
        starts_on=date(2026, 4, 1),
        ends_on=date(2027, 4, 1),
        pathways=["O", "D"],
        amount_pence=7_000_000,
    )
    option = with_drafts(in_force(county), hours_percent={"O": Decimal(-5)})

    (before,) = reckoned(county).budgets
    sheet = reckoned(county, option)
    (after,) = sheet.budgets

    # (£466.10 + £896.00) × 52 = £70,829.20; O − 5 % is £442.795 a week, £23,025.34 a year.
    assert before.gap.sentence == "over by £829.20 (1.18 %)"
    assert after.gap.sentence == "under by £382.66"  # 23,025.34 + 46,592.00 = 69,617.34
    assert weeks(sheet, "pathway")["O"] == (4, 5, 1682, 44_280)  # 1,681.5 min, £442.795
    assert weeks(sheet, "pathway")["D"] == (1, 1, 4200, 89_600)
    # Without what people, the NHS and self-funders pay: (178.54 × 0.95 + 896.00) × 52
    assert after.council_gap.planned_pence == 5_541_188


def test_zn_06_viability_of_zones_and_lots_against_the_floor(county):
    option = with_drafts(in_force(county), rules={"market.viability_floor_hours": 7})

    sheet = reckoned(county, option)

    west, east = sheet.viability
    # O alone: A 1,350 min = 22.5 h, B 7 h.
    assert [share.hours_each for share in west.shares] == [
        Decimal("22.5"),
        Decimal("11.25"),
        Decimal("7.5"),
    ]
    assert (west.most_viable, east.most_viable) == (3, 1)
    assert {line.key: line.most_viable for line in sheet.lot_viability} == {
        "D-AB": 3,
        "M": 0,
        "O-A": 3,
        "O-B": 1,
    }


def test_zn_07_lots_of_one_pathway_out_of_balance_are_named(county):
    (found,) = reckoned(county).balance

    assert found.pathway == "O"
    assert not found.balanced
    # 2 clients each; 1,350 and 420 of 1,770 min
    assert [str(lot.hours_percent) for lot in found.lots] == ["76.27", "23.73"]
    lenient = with_drafts(in_force(county), rules={"market.balance_tolerance_points": 30.0})
    assert reckoned(county, lenient).balance[0].balanced


def test_a_draft_card_is_tried_before_its_first_day(county):
    card = draft_card(
        actor=county.system,
        name="Dearer",
        valid_from=date(2030, 4, 1),
        lines=[Line(None, None, "hourly", 1610), Line(None, None, "sleep_in", 1280)],
    )

    sheet = reckoned(county, with_drafts(in_force(county), card=card))

    # 1,970 min by the hour: 7 × 16.10 + 7 × 32.20 + 14 × 8.05 + 5 × 10.73 + 2 × 12.08
    assert sheet.total.weekly_pence == 11_270 + 22_540 + 11_270 + 5_365 + 2_416 + 89_600


def test_what_a_card_does_not_price_is_named_and_still_counted(county):
    card = draft_card(
        actor=county.system,
        name="No nights",
        valid_from=TODAY,
        lines=[Line(None, None, "hourly", 1580)],
    )

    sheet = reckoned(county, with_drafts(in_force(county), card=card))

    (missing,) = sheet.unpriced
    assert missing.reason == "No nights has no sleep-in line for pathway D, urban."
    assert (missing.packages, missing.weekly_minutes) == (1, 4200)
    row = sheet.row("pathway", "D")
    assert (row.packages, row.weekly_minutes, row.weekly_pence, row.unpriced) == (1, 4200, 0, 1)
    prices = sheet.tables["price"]
    assert [(row.name, row.packages, row.wanting) for row in prices.rows] == [
        ("Priced", 6, False),
        ("No rate: No nights has no sleep-in line for pathway D, urban.", 1, True),
    ]


def test_without_a_card_in_force_nothing_is_priced_and_all_is_counted(county):
    CarePackage.objects.update(starts_on=date(2016, 1, 1))

    sheet = reckoned(county, in_force(county, on=date(2016, 6, 30)))

    assert sheet.total.packages == 7
    assert sheet.total.unpriced == 7
    assert [one.reason for one in sheet.unpriced] == [
        "No published rate card is in force on 30/06/2016."
    ]
    assert weeks(sheet, "zone") == {NONE: (6, 7, 0, 0)}  # nor is a map, and no week yet


def test_a_draft_zone_map_moves_packages_and_names_those_it_leaves_out(county):
    only = [
        {"properties": {"code": "B", "name": "Zone B"}, "geometry": square(-2.7, 51.9, -2.3, 52.2)}
    ]
    zone_map = draft_zone_map(
        actor=county.system, name="Option B", valid_from=date(2030, 1, 1), features=only
    )

    sheet = reckoned(county, with_drafts(in_force(county), zone_map=zone_map))

    assert weeks(sheet, "zone") == {"B": (2, 2, 420, 11_060), NONE: (4, 5, 5750, 130_415)}
    assert weeks(sheet, "lot")[NONE] == (4, 5, 5750, 130_415)
    assert sheet.row("zone", NONE).wanting
    assert sheet.row("zone", NONE).name == "In no zone"


def test_a_draft_lot_structure_takes_the_place_of_lots_with_its_pathways(county):
    framework = set_framework(
        actor=county.system, name="One lot", starts_on=date(2030, 1, 1), ends_on=date(2031, 1, 1)
    )
    set_lot(
        actor=county.system,
        framework=framework,
        code="O-ALL",
        name="Everywhere",
        pathways=["O"],
        zones=["A", "B"],
    )

    sheet = reckoned(county, with_drafts(in_force(county), framework=framework))

    # The framework in force shares pathway O with the draft, so all its lots give way.
    assert weeks(sheet, "lot") == {"O-ALL": (4, 5, 1770, 46_610), NONE: (2, 2, 4400, 94_865)}


def test_a_draft_rule_is_tried(county):
    wider = draft_rule(
        actor=county[Role.COMMISSIONER],
        key="places.urban_radius_miles",
        value=50.0,
        valid_from=date(2030, 1, 1),
    )

    sheet = reckoned(county, with_drafts(in_force(county), settings=(wider,)))

    assert [row.key for row in sheet.tables["area"].rows if row.packages] == ["urban"]


def test_rt_07_a_weeks_minutes_may_be_rounded_once(council):
    council.package(1, pattern="Mon-Sun 08:00 20m")
    once = with_drafts(in_force(council), rules={"rates.rounding": "weekly_minutes"})

    # 7 × £5.27 = £36.89; 140 min = £36.8667
    assert reckoned(council).total.weekly_pence == 3_689
    assert reckoned(council, once).total.weekly_pence == 3_687


def test_packages_run_from_their_first_day_to_the_day_before_they_end(council):
    council.package(1, starts_on=date(2026, 1, 1), ends_on=date(2026, 6, 1), status="ended")
    council.package(2, starts_on=date(2027, 1, 1), status="active", organisation_ref="P1")
    counted = {
        on: reckoned(council, in_force(council, on=on)).total.packages
        for on in (date(2025, 12, 31), date(2026, 1, 1), date(2026, 5, 31), date(2026, 6, 1))
    }

    assert list(counted.values()) == [0, 1, 1, 0]
    sheet = reckoned(council)
    assert (sheet.total.packages, sheet.not_begun) == (0, 1)
    assert reckoned(council, in_force(council, on=date(2027, 1, 1))).total.packages == 1


def test_a_package_that_waits_for_a_provider_counts_from_the_day_it_was_known(council):
    council.package(1, starts_on=date(2027, 1, 1))
    known = datetime(2026, 11, 20, 9, tzinfo=UTC)
    CarePackage.objects.update(created_at=known)

    before = reckoned(council, in_force(council, on=date(2026, 11, 19)))
    sheet = reckoned(council)

    assert (before.total.packages, before.not_begun) == (0, 1)
    # The week it begins with: 7 × 30 min at £7.90.
    assert weeks(sheet, "provider") == {NONE: (1, 1, 210, 5_530)}
    assert sheet.not_begun == 0


def test_a_sheet_may_be_narrowed_to_pathways(county):
    sheet = reckoned(county, pathways=("D", "M"))

    assert (sheet.total.packages, sheet.total.weekly_pence) == (2, 94_865)
    assert weeks(sheet, "zone") == {"A": (2, 2, 4400, 94_865), "B": (0, 0, 0, 0)}


def test_a_council_without_packages_has_empty_tables(council):
    sheet = reckoned(council)

    assert sheet.total.packages == 0
    assert weeks(sheet, "zone") == {"A": (0, 0, 0, 0), "B": (0, 0, 0, 0)}
    assert (sheet.unpriced, sheet.balance) == ((), ())


def test_sheets_read_the_packages_of_a_day_once(county, django_assert_max_num_queries):
    option = in_force(county)
    options = [option, with_drafts(option, hours_percent={"O": Decimal(1)})]
    user = county[Role.COMMISSIONER]

    # Packages, patterns, awards and those not begun; then zones, centres, lots, a card's lines and
    # budgets for each option.
    with django_assert_max_num_queries(18):
        sheets_of(options, user=user)


@pytest.mark.parametrize("role", [Role.PROVIDER, Role.CARER])
def test_nobody_is_reckoned_for_those_who_may_not_see_packages(county, role):
    user = county[role]

    assert sheet_of(in_force(county), user=user).total.packages == 0


def test_another_councils_packages_are_never_counted(county, other_council):
    sheet = reckoned(other_council)

    assert sheet.total.packages == 0


def test_a_sheet_says_how_it_was_reckoned(county):
    option = with_drafts(
        in_force(county),
        name="Less",
        hours_percent={"O": Decimal(-5)},
        rules={"rates.planning_weeks": 53},
    )

    about = dict(reckoned(county, option).about)

    assert about["Day"] == "23/11/2026"
    assert about["Rate card"] == "2017 card (published, version 2)"
    assert about["Weeks in a planning year"] == "53 weeks"
    assert about["Change in hours, pathway O"] == "-5 %"
    assert about["Tried"] == (
        "Weeks in a planning year: 52 weeks → 53 weeks; Hours of pathway O: -5 %"
    )
