"""What the sample's people wish and need beyond their visits."""

from collections import Counter

import pytest


@pytest.fixture(scope="module")
def home_first(herefordshire):
    return {row["Person ID"]: row for row in herefordshire.elements("Home First M")}


def test_some_people_wish_carers_of_their_own_gender_and_only_in_home_first(
    herefordshire, home_first
):
    wishes = [row for row in herefordshire.rows("persons.csv") if row["Carer Gender"]]

    assert 5 <= len(wishes) <= 30
    assert all(row["Carer Gender"] == row["Gender"] for row in wishes)
    assert {row["Person ID"] for row in wishes} <= home_first.keys()


def test_every_priority_and_some_medication_gaps_are_there(home_first):
    rows = home_first.values()

    assert set(Counter(row["Visit Priority"] for row in rows)) == {
        "Critical",
        "High",
        "Optional",
        "Standard",
    }
    assert {row["Visit Priority"] for row in rows if "diabetes" in row["Skills"].split("+")} == {
        "Critical"
    }
    apart = [row for row in rows if row["Minimum Gap"]]
    assert len(apart) >= 5
    assert all(row["Minimum Gap"] == "240" and "medication" in row["Skills"] for row in apart)


def test_preferences_name_people_of_the_own_carers_and_nobody_is_usual_and_refused(
    herefordshire, home_first
):
    rows = herefordshire.rows("preferences.csv")
    carers = {row["Carer Ref"]: row for row in herefordshire.rows("carers.csv")}
    wished = {row["Person ID"]: row["Carer Gender"] for row in herefordshire.rows("persons.csv")}

    assert {row["Preference"] for row in rows} == {"usual", "refused"}
    pairs = [(row["Person ID"], row["Carer Ref"]) for row in rows]
    assert len(set(pairs)) == len(pairs)
    for row in rows:
        assert row["Person ID"] in home_first
        if row["Preference"] == "usual" and wished[row["Person ID"]]:
            assert carers[row["Carer Ref"]]["Gender"] == wished[row["Person ID"]]
