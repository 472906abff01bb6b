"""What the sample promises about people and packages."""

import re
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

AS_AT = date(2026, 11, 23)
DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
CLAUSE = re.compile(
    r"(?P<days>[A-Za-z,-]+) (?P<start>\d\d:\d\d)(-(?P<end>\d\d:\d\d))? (?P<minutes>\d+)m"
    r"( x(?P<carers>\d))?( (?!sleep_in|24_hour)(?P<skills>[a-z_+]+))?( (?P<kind>sleep_in|24_hour))?"
)
PATHWAYS = {"Home care O": "O", "Home care D": "D", "Home First M": "M"}
OUT_OF_SCOPE = {
    "Direct payment",
    "Supported living",
    "Private",
    "Out of county",
    "Therapeutic reablement",
}


def days_of(text):
    found = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        found += range(DAYS.index(first), DAYS.index(last or first) + 1)
    return found


def clauses_of(pattern):
    """A small reader of docs/formats.md's grammar, of its own."""
    clauses = []
    for text in pattern.split("; "):
        match = CLAUSE.fullmatch(text)
        assert match, f"not in the grammar: {text!r} of {pattern!r}"
        clause = match.groupdict()
        clause["days"] = days_of(clause["days"])
        clause["minutes"] = int(clause["minutes"])
        clause["carers"] = int(clause["carers"] or 1)
        clause["skills"] = clause["skills"].split("+") if clause["skills"] else []
        clause["kind"] = clause["kind"] or "hourly"
        clauses.append(clause)
    return clauses


def carer_minutes(row):
    return sum(
        len(c["days"]) * c["minutes"] * c["carers"] for c in clauses_of(row["Visits Pattern"])
    )


def uk_date(text):
    return datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007


@pytest.fixture(scope="module")
def packages(herefordshire):
    return [r for r in herefordshire.rows("packages.csv") if r["Element Type"] in PATHWAYS]


def test_every_pattern_reads_back_and_adds_up_to_its_quantity(packages):
    for row in packages:
        assert Decimal(row["Quantity Per Week"]) == Decimal(carer_minutes(row)) / 60
        assert re.fullmatch(r"\d+\.\d\d", row["Quantity Per Week"])


def test_ongoing_clients_and_hours_of_each_zone_are_the_published_ones(packages):
    found = defaultdict(lambda: [0, 0])
    for row in packages:
        if row["Element Type"] == "Home care O":
            found[row["Zone Hint"]][0] += 1
            found[row["Zone Hint"]][1] += carer_minutes(row)

    # 161 + 178 + 152 + 191 + 86 = 768 clients; 1,682 + 2,174 + 1,696 + 2,352 + 1,295 = 9,199 h
    assert dict(found) == {
        "A": [161, 1682 * 60],
        "B": [178, 2174 * 60],
        "C": [152, 1696 * 60],
        "D": [191, 2352 * 60],
        "E": [86, 1295 * 60],
    }
    assert sum(clients for clients, _ in found.values()) == 768
    assert sum(minutes for _, minutes in found.values()) == 9199 * 60


def test_complex_clients_and_hours_of_each_lot_are_the_published_ones(packages):
    found = defaultdict(lambda: [0, 0])
    for row in packages:
        if row["Element Type"] == "Home care D":
            lot = "A & B" if row["Zone Hint"] in "AB" else "C, D, E"
            found[lot][0] += 1
            found[lot][1] += carer_minutes(row)

    # 29 + 29 = 58 clients; 1,355 + 975 = 2,330 h
    assert dict(found) == {"A & B": [29, 1355 * 60], "C, D, E": [29, 975 * 60]}


def test_complex_care_is_seven_tenths_nights_and_live_in_as_the_blended_rate_assumes(packages):
    by_kind = Counter()
    for row in packages:
        if row["Element Type"] == "Home care D":
            for clause in clauses_of(row["Visits Pattern"]):
                minutes = len(clause["days"]) * clause["minutes"] * clause["carers"]
                by_kind[clause["kind"]] += minutes

    # nights (78 + 51) × 10 h = 1,290 h; live-in 2 × 168 h = 336 h; 1,626 of 2,330 h = 69.8 %
    assert by_kind == {"sleep_in": 1290 * 60, "24_hour": 336 * 60, "hourly": 704 * 60}


def test_call_lengths_keep_to_the_mix_within_two_points(packages):
    calls = Counter()
    for row in packages:
        for clause in clauses_of(row["Visits Pattern"]):
            if clause["kind"] == "hourly":
                calls[clause["minutes"]] += len(clause["days"])

    total = sum(calls.values())
    shares = {minutes: 100 * count / total for minutes, count in calls.items()}
    assert set(shares) == {15, 30, 45, 60}
    for minutes, wanted in {15: 2, 30: 72, 45: 18, 60: 8}.items():
        assert shares[minutes] == pytest.approx(wanted, abs=2)


def test_hours_a_person_have_a_long_tail(packages):
    hours = sorted(
        carer_minutes(row) / 60 for row in packages if row["Element Type"] == "Home care O"
    )

    median, mean = hours[len(hours) // 2], sum(hours) / len(hours)
    assert median < mean  # 9,199 h / 768 = 11.98 h a person
    assert hours[int(len(hours) * 0.95)] > 2 * median
    assert hours[0] >= 1


def test_home_first_makes_about_450_visits_a_weekday_one_in_eight_by_two(packages):
    visits, doubled = Counter(), Counter()
    for row in packages:
        if row["Element Type"] == "Home First M":
            for clause in clauses_of(row["Visits Pattern"]):
                visits.update(clause["days"])
                doubled.update(clause["days"] if clause["carers"] == 2 else [])

    # 30 × 2 + 90 × 3 + 30 × 4 = 450 visits; 10 × 3 + 6 × 4 = 54 by two carers = 12 %
    for weekday in range(5):
        assert (visits[weekday], doubled[weekday]) == (450, 54)
    assert 150 < visits[5] == visits[6] < 280  # some families do the weekend themselves


def test_calls_start_within_the_day_and_windows_are_forward(packages):
    for row in packages:
        for clause in clauses_of(row["Visits Pattern"]):
            end = clause["end"] or clause["start"]
            assert "06:00" <= clause["start"] <= end <= "23:00"
            assert len(set(clause["days"])) == len(clause["days"]) > 0


def test_skills_are_the_union_of_the_visits_and_in_the_vocabulary(packages, herefordshire):
    known = {skill["code"] for skill in herefordshire.json("council.json")["skills"]}
    for row in packages:
        needed = {s for c in clauses_of(row["Visits Pattern"]) for s in c["skills"]}
        assert row["Skills"] == "+".join(sorted(needed))
        assert needed <= known


def test_an_element_of_each_out_of_scope_kind_comes_along(herefordshire):
    others = [r for r in herefordshire.rows("packages.csv") if r["Element Type"] not in PATHWAYS]

    assert Counter(r["Element Type"] for r in others) == dict.fromkeys(OUT_OF_SCOPE, 1)
    for row in others:  # scope is the only thing wrong with them
        assert Decimal(row["Quantity Per Week"]) == Decimal(carer_minutes(row)) / 60


def test_dates_follow_the_status(packages):
    for row in packages:
        starts_on = uk_date(row["Start Date"])
        if row["Status"] == "Referred":
            assert timedelta(0) < starts_on - AS_AT <= timedelta(days=21)
        else:
            assert row["Status"] == "Active"
            assert date(2017, 7, 1) <= starts_on <= AS_AT
        assert uk_date(row["Last Changed"]) <= AS_AT


def test_about_one_in_seven_packages_is_open_and_home_first_is_in_house(packages):
    status = Counter((PATHWAYS[r["Element Type"]], r["Status"]) for r in packages)

    open_count = status["O", "Referred"] + status["D", "Referred"]
    assert 110 <= open_count <= 130  # 14.5 % of 826 = 119.8
    assert status["M", "Active"] == 150
    for row in packages:
        assert (row["Organisation Ref"] == "") == (row["Status"] == "Referred")
        if row["Element Type"] == "Home First M":
            assert row["Organisation Ref"] == "HF"


def test_numbers_are_unique_and_none_looks_like_an_nhs_number(herefordshire, nottinghamshire):
    for council in (herefordshire, nottinghamshire):
        persons, packages = council.rows("persons.csv"), council.rows("packages.csv")
        for column, rows in (
            ("Person ID", persons),
            ("Package Ref", packages),
            ("Element ID", packages),
        ):
            numbers = [row[column] for row in rows]
            assert len(set(numbers)) == len(numbers)
        assert {r["Person ID"] for r in packages} == {r["Person ID"] for r in persons}
        for name in ("persons.csv", "packages.csv", "providers.csv", "carers.csv"):
            text = (council.folder / name).read_text(encoding="utf-8")
            assert not re.search(r"\b\d{3}[ -]?\d{3}[ -]?\d{4}\b", text), name


def test_most_people_are_75_or_over_and_all_are_adults(herefordshire):
    ages = [
        (AS_AT - uk_date(row["Date of Birth"])).days / 365.25
        for row in herefordshire.rows("persons.csv")
    ]

    assert len(ages) == 768 + 58 + 150 + 5
    assert min(ages) >= 18
    assert sum(age >= 75 for age in ages) / len(ages) > 0.75


def test_nottinghamshire_is_tiny(nottinghamshire):
    rows = nottinghamshire.rows("packages.csv")

    assert len(rows) == 24
    assert {r["Element Type"] for r in rows} == {"Home care O"}
    assert {r["Status"] for r in rows} == {"Active", "Referred"}
    assert len(nottinghamshire.rows("carers.csv")) == 3
