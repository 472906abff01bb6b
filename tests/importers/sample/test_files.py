"""What the sample promises about its files: the shapes of docs/formats.md, the same bytes."""

import csv
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from importers.sample.council import write_sample
from importers.sample.quality import pamms_shaped

AS_AT = date(2026, 11, 23)
NAMES = {
    "README.txt",
    "carers.csv",
    "council.json",
    "framework.json",
    "packages.csv",
    "persons.csv",
    "postcodes.csv",
    "preferences.csv",
    "providers.csv",
    "shifts.csv",
    "zones.geojson",
}
HEADINGS = {
    "postcodes.csv": "postcode, latitude, longitude",
    "providers.csv": "Organisation Ref, Name, CQC Provider ID, CQC Location ID, CQC Rating, "
    "Skills, In House, Postcode",
    "persons.csv": "Person ID, First Name, Last Name, Date of Birth, Gender, Address, Postcode, "
    "Carer Gender",
    "packages.csv": "Person ID, Package Ref, Element ID, Element Type, Service Type, "
    "Organisation Ref, Start Date, End Date, Unit, Quantity Per Week, Funder, Funder Share, "
    "Contribution, Zone Hint, Postcode, Visits Pattern, Skills, Housing With Care, Status, "
    "Reason Ended, Last Changed, Visit Priority, Minimum Gap, Maximum Gap",
    "carers.csv": "Carer Ref, First Name, Last Name, Gender, Home Postcode, Skills, "
    "Contract Hours, Travel Mode, Team",
    "preferences.csv": "Person ID, Carer Ref, Preference, Reason",
    "shifts.csv": "Carer Ref, Weekday, Start, End, From, To",
}
COUNCIL_KEYS = {
    "format",
    "authority",
    "skills",
    "rules",
    "urban_centres",
    "postcodes",
    "zone_map",
    "rate_cards",
    "budgets",
    "quality_frameworks",
    "printed_tables",
}


def contents(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_seed_and_day_write_the_same_bytes(sample_folder, tmp_path):
    write_sample(tmp_path, 1, AS_AT)

    assert contents(tmp_path) == contents(sample_folder)


def test_another_seed_writes_other_people_on_the_same_ground(sample_folder, tmp_path):
    write_sample(tmp_path, 2, AS_AT)

    first, second = contents(sample_folder), contents(tmp_path)
    assert first.keys() == second.keys()
    for council in ("herefordshire", "nottinghamshire"):
        for name in ("packages.csv", "persons.csv", "carers.csv"):
            assert first[f"{council}/{name}"] != second[f"{council}/{name}"]
        for name in ("zones.geojson", "postcodes.csv", "council.json"):
            assert first[f"{council}/{name}"] == second[f"{council}/{name}"]


@pytest.mark.parametrize("seed", [3, 20, 77])
def test_other_seeds_and_days_meet_the_published_hours_too(tmp_path, seed):
    write_sample(tmp_path, seed, date(2026, 3, 31))

    with (tmp_path / "herefordshire/packages.csv").open(encoding="utf-8", newline="") as file:
        rows = [r for r in csv.DictReader(file) if r["Element Type"] == "Home care O"]
    assert len(rows) == 768
    assert sum(float(r["Quantity Per Week"]) for r in rows) == 9199


def test_a_day_before_the_frameworks_is_refused(tmp_path):
    with pytest.raises(ValueError, match="01/07/2018"):
        write_sample(tmp_path, 1, date(2018, 6, 30))

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("council", ["herefordshire", "nottinghamshire"])
def test_files_have_the_headings_and_line_ends_of_the_contract(council, sample_folder):
    folder = sample_folder / council

    assert {path.name for path in folder.iterdir()} == NAMES
    for name, headings in HEADINGS.items():
        data = (folder / name).read_bytes()
        assert data.decode("utf-8").split("\r\n")[0].split(",") == headings.split(", ")
        assert data.count(b"\n") == data.count(b"\r\n")
        assert data.endswith(b"\r\n")


@pytest.mark.parametrize("name", ["herefordshire", "nottinghamshire"])
def test_council_json_holds_only_what_the_contract_names(name, request):
    council = request.getfixturevalue(name).json("council.json")

    assert council.keys() == COUNCIL_KEYS
    assert council["format"] == "homeward-council/1"
    assert council["authority"].keys() == {"code", "name"}
    assert all(s.keys() == {"code", "name"} for s in council["skills"])
    assert all(c.keys() == {"name", "latitude", "longitude"} for c in council["urban_centres"])
    assert council["postcodes"].keys() == {"file", "attribution"}
    assert "Ordnance Survey" in council["postcodes"]["attribution"]
    assert "Royal Mail" in council["postcodes"]["attribution"]
    assert council["zone_map"].keys() == {"name", "valid_from", "file", "attribution"}
    for card in council["rate_cards"]:
        assert card.keys() == {"name", "valid_from", "valid_to", "lines"}
        for line in card["lines"]:
            assert line.keys() == {"pathway", "area", "visit_kind", "pence_per_hour"}


@pytest.mark.parametrize("name", ["herefordshire", "nottinghamshire"])
def test_framework_json_holds_only_what_the_contract_names(name, request):
    framework = request.getfixturevalue(name).json("framework.json")

    assert framework.keys() == {"format", "frameworks"}
    for one in framework["frameworks"]:
        assert one.keys() == {
            "name",
            "starts_on",
            "ends_on",
            "latest_end_on",
            "standstill_ends_on",
            "lots",
        }
        for lot in one["lots"]:
            assert lot.keys() == {
                "code",
                "name",
                "pathways",
                "zones",
                "least_providers",
                "lead_share",
                "awards",
            }
            for award in lot["awards"]:
                assert award.keys() == {
                    "provider",
                    "tier",
                    "rank",
                    "capacity_hours_per_week",
                    "starts_on",
                    "ends_on",
                }


def test_rt_01_to_05_the_two_rate_cards_are_the_published_ones(herefordshire):
    old, new = herefordshire.json("council.json")["rate_cards"]

    def prices(card):
        return {(x["area"], x["visit_kind"]): x["pence_per_hour"] for x in card["lines"]}

    assert (old["valid_from"], old["valid_to"]) == ("2016-07-01", "2017-07-01")
    assert prices(old) == {
        ("urban", "hourly"): 1476,
        ("rural", "hourly"): 1576,
        (None, "sleep_in"): 1148,
        (None, "24_hour"): 1148,
    }
    assert (new["valid_from"], new["valid_to"]) == ("2017-07-01", None)
    assert prices(new) == {
        (None, "hourly"): 1580,
        (None, "sleep_in"): 1280,
        (None, "24_hour"): 1280,
    }


def test_tb_04_the_budget_is_for_o_and_d_in_the_financial_year_of_the_day(herefordshire):
    (budget,) = herefordshire.json("council.json")["budgets"]

    assert budget == {
        "name": "Help to Live at Home",
        "starts_on": "2026-04-01",
        "ends_on": "2027-04-01",
        "pathways": ["O", "D"],
        "amount_pence": 909_400_000,
    }


def test_a_day_in_march_belongs_to_the_financial_year_before(tmp_path):
    write_sample(tmp_path, 1, date(2026, 3, 31))

    assert '"starts_on": "2025-04-01"' in (tmp_path / "herefordshire" / "council.json").read_text(
        encoding="utf-8"
    )


def test_qa_01_four_aims_and_four_outcomes_whose_weights_add_to_100(herefordshire):
    (framework,) = herefordshire.json("council.json")["quality_frameworks"]

    assert framework.keys() == {"title", "version", "introduction", "domains", "kpis"}
    assert [d["title"] for d in framework["domains"]] == [
        "Person-centred and independent",
        "Choice in everyday life",
        "Safe, effective practice",
        "Good partnerships and leadership",
    ]
    standards = [s for d in framework["domains"] for s in d["standards"]]
    assert all(s["statement"].startswith("I ") for s in standards)
    parts = {"code", "statement", "weight", "evidence", "criteria"}
    assert all(s.keys() == parts for s in standards)
    assert sum(s["weight"] for s in standards) == 25 + 25 + 25 + 25
    assert [sum(c["weight"] for c in s["criteria"]) for s in standards] == [100] * 4


def test_qa_02_the_pamms_shape_has_five_domains_and_sixteen_standards():
    framework = pamms_shaped()

    assert [len(d["standards"]) for d in framework["domains"]] == [2, 3, 5, 3, 3]
    # 16 × 6.25 = 100
    assert sum(s["weight"] for d in framework["domains"] for s in d["standards"]) == 100


def test_the_command_writes_the_same_as_the_module(sample_folder, tmp_path):
    said = StringIO()
    call_command("make_sample", seed=1, out=tmp_path, date=AS_AT, stdout=said)

    assert contents(tmp_path) == contents(sample_folder)
    assert said.getvalue().split() == [
        str(tmp_path / "herefordshire"),
        str(tmp_path / "nottinghamshire"),
    ]


def test_the_command_refuses_a_day_too_early_with_the_way_out(tmp_path):
    with pytest.raises(CommandError, match="Give that day or a later one"):
        call_command("make_sample", out=tmp_path, date=date(2016, 1, 1))
