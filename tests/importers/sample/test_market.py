"""What the sample promises about providers, lots and the in-house carers."""

from collections import Counter, defaultdict
from decimal import Decimal

import pytest


def lots_of(council):
    (framework,) = council.json("framework.json")["frameworks"]
    return framework["lots"]


def lot_of(row, lots):
    pathway = row["Element Type"][-1]
    (lot,) = [x for x in lots if pathway in x["pathways"] and row["Zone Hint"] in x["zones"]]
    return lot


@pytest.fixture(params=["herefordshire", "nottinghamshire"])
def council(request):
    return request.getfixturevalue(request.param)


def packages_of(council):
    return [r for r in council.rows("packages.csv") if r["Element Type"][-2:] in (" O", " D", " M")]


def test_zn_03_the_lots_are_five_zones_two_complex_lots_and_home_first(herefordshire):
    lots = {
        lot["code"]: (lot["name"], lot["pathways"], lot["zones"]) for lot in lots_of(herefordshire)
    }

    assert lots.pop("M") == ("Home First", ["M"], ["A", "B", "C", "D", "E"])
    assert lots.pop("D-AB") == ("Complex A & B", ["D"], ["A", "B"])
    assert lots.pop("D-CDE") == ("Complex C, D, E", ["D"], ["C", "D", "E"])
    assert lots == {f"O-{z}": (f"Zone {z}", ["O"], [z]) for z in "ABCDE"}


def test_rushcliffe_has_no_lead_and_the_five_other_lots_have_one(nottinghamshire):
    leads = {
        lot["name"]: [a["provider"] for a in lot["awards"] if a["tier"] == "lead"]
        for lot in lots_of(nottinghamshire)
    }

    assert len(leads) == 6
    assert [name for name, providers in leads.items() if not providers] == ["Rushcliffe"]


def test_active_packages_are_with_awarded_able_providers_within_capacity(council):
    lots = lots_of(council)
    skills = {
        r["Organisation Ref"]: set(r["Skills"].split("+")) for r in council.rows("providers.csv")
    }
    used = defaultdict(Decimal)
    for row in packages_of(council):
        if row["Status"] != "Active":
            continue
        lot = lot_of(row, lots)
        used[lot["code"], row["Organisation Ref"]] += Decimal(row["Quantity Per Week"])
        assert set(filter(None, row["Skills"].split("+"))) <= skills[row["Organisation Ref"]]

    capacity = {
        (lot["code"], a["provider"]): a["capacity_hours_per_week"]
        for lot in lots
        for a in lot["awards"]
    }
    assert set(used) <= set(capacity)
    for key, hours in used.items():
        assert hours <= capacity[key]


def test_a_lead_comes_first_in_every_tier_order_and_ranks_count_from_one(council):
    for lot in lots_of(council):
        by_tier = defaultdict(list)
        for award in lot["awards"]:
            by_tier[award["tier"]].append(award["rank"])
        assert set(by_tier) <= {"lead", "additional", "dps"}
        assert len(by_tier["lead"]) <= 1
        for ranks in by_tier.values():
            assert ranks == list(range(1, len(ranks) + 1))


def test_most_open_packages_fit_but_zone_e_is_short_and_peg_feeding_is_scarce(herefordshire):
    lots = lots_of(herefordshire)
    wanted, free = Counter(), Counter()
    for row in packages_of(herefordshire):
        code = lot_of(row, lots)["code"]
        hours = Decimal(row["Quantity Per Week"])
        (wanted if row["Status"] == "Referred" else free)[code] += (
            hours if row["Status"] == "Referred" else -hours
        )
    for lot in lots:
        free[lot["code"]] += sum(a["capacity_hours_per_week"] for a in lot["awards"])

    short = {code for code in wanted if free[code] < wanted[code]}
    assert short == {"O-E"}
    assert free["O-E"] > 0

    with_peg = {
        r["Organisation Ref"]
        for r in herefordshire.rows("providers.csv")
        if "peg" in r["Skills"].split("+")
    }
    zone_e = next(lot for lot in lots if lot["code"] == "O-E")
    assert not with_peg & {a["provider"] for a in zone_e["awards"]}
    open_peg = [r for r in packages_of(herefordshire) if "peg" in r["Skills"].split("+")]
    assert Counter(r["Zone Hint"] for r in open_peg) == {"C": 1, "E": 1}


def test_twelve_fictional_providers_and_one_in_house(herefordshire):
    providers = herefordshire.rows("providers.csv")

    assert Counter(r["In House"] for r in providers) == {"No": 12, "Yes": 1}
    assert all("(fictional)" in r["Name"] for r in providers if r["In House"] == "No")
    assert len({r["CQC Location ID"] for r in providers}) == 13


def test_fifty_two_carers_have_contracts_of_20_to_37_hours_and_shifts(herefordshire):
    carers = herefordshire.rows("carers.csv")
    shifts = defaultdict(list)
    for row in herefordshire.rows("shifts.csv"):
        assert row["Start"] < row["End"]
        shifts[row["Carer Ref"], row["Weekday"]].append((row["Start"], row["End"]))

    assert len(carers) == 52
    assert all(20 <= int(r["Contract Hours"]) <= 37 for r in carers)
    assert {carer for carer, _ in shifts} == {r["Carer Ref"] for r in carers}
    assert {r["Travel Mode"] for r in carers} <= {"car", "walk", "cycle"}
    split = [day for day in shifts.values() if len(day) == 2]
    assert split
    for first, second in split:
        assert first[1] < second[0]


def test_enough_carers_have_each_skill_the_home_first_visits_need(herefordshire):
    having = Counter(s for r in herefordshire.rows("carers.csv") for s in r["Skills"].split("+"))
    needed = {
        s for r in herefordshire.elements("Home First M") for s in r["Skills"].split("+") if s
    }

    assert needed
    for skill in needed:
        assert having[skill] >= 8, skill
