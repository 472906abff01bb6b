"""The Mosaic bridge: packages in, compared, applied, and out again."""

import pytest

from cms_models.accounts.roles import Role
from cms_models.audit.models import AuditEntry
from cms_models.care.models import Award, CarePackage, Person
from cms_models.care.services.awards import award
from cms_models.jobs.models import ImportRow, ImportRun
from importers.exports import awards_table, csv_bytes, packages_table, rejects_file, xlsx_bytes
from importers.tables import read_table
from tests.council import Council
from tests.importers.extracts import (
    accepted,
    checked,
    counts,
    csv_of,
    package_row,
    packages_csv,
    rejects,
    with_people,
)

BAD = {
    10: {"start_date": "31/02/2026"},
    60: {"postcode": "HR9 9ZZ"},
    110: {"organisation_ref": "P9"},
    220: {"quantity_per_week": "4.00"},
    330: {"visits_pattern": "Every day at eight"},
    440: {"skills": "juggling"},
    490: {"person_id": "404"},
}


def extract_of_500() -> bytes:
    return csv_of(package_row(number, **BAD.get(number, {})) for number in range(1, 501))


def test_ix_01_dry_run_of_500_rows_names_the_7_bad_ones_and_writes_nothing(council: Council):
    with_people(council.system, 500)
    entries = AuditEntry.objects.count()

    run = checked(council.system, "packages", extract_of_500())

    assert run.totals == counts(new=493, rejected=7)  # 500 = 493 + 7
    found = {number: columns[0][0] for number, columns in rejects(run).items()}
    # Row 1 holds the headings, so package 10 stands in row 11.
    assert found == {
        11: "Start Date",
        61: "Postcode",
        111: "Organisation Ref",
        221: "Quantity Per Week",
        331: "Visits Pattern",
        441: "Skills",
        491: "Person ID",
    }
    assert CarePackage.objects.count() == Award.objects.count() == 0
    assert AuditEntry.objects.count() == entries


def test_ix_02_the_same_file_again_changes_nothing(council: Council):
    with_people(council.system, 40)
    content = packages_csv(40)
    first = accepted(council.system, "packages", content)
    versions = list(CarePackage.objects.values_list("element_id", "version"))

    second = accepted(council.system, "packages", content)

    assert first.totals == counts(new=40)
    assert second.totals == counts(unchanged=40)
    assert list(CarePackage.objects.values_list("element_id", "version")) == versions
    assert Award.objects.filter(current=True).count() == Award.objects.count() == 40


def test_ix_03_rejects_go_back_in_the_senders_columns_and_load_when_mended(council: Council):
    with_people(council.system, 2)
    headings = ("Element ID", "Extra", *(h for h in package_row(1) if h != "Element ID"))
    rows = [
        {**package_row(1), "Extra": "=SUM(A1)"},
        {**package_row(2, start_date="soon"), "Extra": "kept as sent"},
    ]
    run = accepted(council.system, "packages", csv_of(rows, headings), "june.csv")

    name, content = rejects_file(run)
    table = read_table(content)

    assert name == "june-rejects.csv"
    assert table.headings == (*headings, "Reason")
    assert len(table.rows) == 1
    cells = dict(zip(table.headings, table.rows[0].cells, strict=True))
    assert cells["Extra"] == "kept as sent"
    assert cells["Start Date"] == "soon"
    assert cells["Reason"] == "Start Date: “soon” is not a date like 01/07/2017."
    mended = content.replace(b",soon,", b",01/10/2026,")
    assert accepted(council.system, "packages", mended).totals == {
        **counts(new=1),
        "notes": ["Not used: “Extra”, “Reason”."],
    }


def test_rejects_of_a_resent_rejects_file_carry_one_reason(council: Council):
    run = checked(council.system, "packages", packages_csv(1))
    _, once = rejects_file(run)

    _, twice = rejects_file(checked(council.system, "packages", once))

    assert read_table(twice).headings.count("Reason") == 1
    assert read_table(twice).rows == read_table(once).rows


@pytest.mark.parametrize("writer", [csv_bytes, xlsx_bytes])
def test_ix_05_exported_packages_reimport_with_no_change(council: Council, writer):
    with_people(council.system, 6)
    rows = [
        package_row(1),
        package_row(2, status="Referred", organisation_ref="", funder="CHC"),
        package_row(3, status="Ended", end_date="31/10/2026", reason_ended="=died"),
        package_row(
            4,
            element_type="Home care D",
            visits_pattern="Sat-Sun 22:00 600m sleep_in; Mon-Fri 07:00-08:00 45m x2 medication",
            # 2 × 600 + 5 × 45 × 2 = 1,650 minutes
            quantity_per_week="27.50",
            skills="medication",
        ),
        package_row(5, funder="Shared", funder_share="30.5", contribution="Yes"),
        package_row(6, visits_pattern="Mon-Sun 08:00 20m", quantity_per_week="2.33"),  # 140 min
    ]
    assert accepted(council.system, "packages", csv_of(rows)).totals == counts(new=6)

    content = writer(*packages_table(council.system))

    assert checked(council.system, "packages", content).totals == counts(unchanged=6)
    assert b"=died" not in content.replace(b"'=died", b"")


@pytest.mark.parametrize(
    ("element_type", "words"),
    [
        ("Direct payment", "a direct payment"),
        ("Supported living", "supported living"),
        ("Private", "a private arrangement"),
        ("Out of county", "out-of-county care"),
        ("Therapeutic reablement", "therapeutic reablement"),
    ],
)
def test_al_14_out_of_scope_elements_come_back_with_the_reason(
    council: Council, element_type: str, words: str
):
    with_people(council.system, 1)

    run = accepted(council.system, "packages", packages_csv(1, element_type=element_type))

    reason = f"Out of scope: {words} is not bought under Help to Live at Home."
    assert rejects(run) == {2: [("Element Type", reason)]}
    assert not CarePackage.objects.exists()


@pytest.mark.parametrize(
    ("changes", "column", "message"),
    [
        ({"end_date": "30/09/2026"}, "End Date", "The last day of care lies before the first."),
        (
            {"status": "Ended"},
            "End Date",
            "An ended package needs its last day of care.",
        ),
        (
            {"status": "Referred"},
            "Status",
            "Referred, yet P1 delivers it: write Active, or leave the organisation out.",
        ),
        (
            {"organisation_ref": ""},
            "Organisation Ref",
            "Nobody delivers it: name the organisation, or write Referred.",
        ),
        (
            {"element_type": "Home care D", "postcode": "HR3 3CC", "status": "Paused"},
            "Status",
            "“Paused” is not one of Active, Suspended, Ended, Referred.",
        ),
        (
            {"quantity_per_week": "3.51"},
            "Quantity Per Week",
            "3.51 hours are stated; the visits pattern adds up to 3.50.",
        ),
        ({"package_ref": ""}, "Package Ref", "This cell is empty."),
        ({"contribution": "maybe"}, "Contribution", "“maybe” is neither Yes nor No."),
        ({"funder_share": "101"}, "Funder Share", "101 lies outside 0 to 100."),
        ({"start_date": "07/13/2026"}, "Start Date", "“07/13/2026” is no day of the calendar "
         "(day/month/year)."),
    ],
)  # fmt: skip
def test_a_bad_row_is_named_by_column_with_the_way_out(council: Council, changes, column, message):
    with_people(council.system, 1)

    run = checked(council.system, "packages", packages_csv(1, **changes))

    assert (column, message) in rejects(run)[2]


def test_the_last_day_is_stored_as_the_day_after(council: Council):
    with_people(council.system, 1)

    accepted(council.system, "packages", packages_csv(1, end_date="31/12/2026"))

    assert CarePackage.objects.get().ends_on.isoformat() == "2027-01-01"


def test_an_update_shows_each_difference_in_the_files_own_words(council: Council):
    with_people(council.system, 1)
    accepted(council.system, "packages", packages_csv(1))

    run = checked(
        council.system,
        "packages",
        packages_csv(1, organisation_ref="P2", end_date="31/12/2026", last_changed="23/11/2026"),
    )

    row = ImportRow.objects.get(run=run)
    assert row.outcome == "updated"
    assert row.differences == [
        {"column": "Organisation Ref", "before": "P1", "after": "P2"},
        {"column": "End Date", "before": "", "after": "31/12/2026"},
        {"column": "Last Changed", "before": "20/11/2026", "after": "23/11/2026"},
    ]


def test_accepting_another_provider_ends_the_award_and_makes_one(council: Council):
    with_people(council.system, 1)
    accepted(council.system, "packages", packages_csv(1))

    accepted(council.system, "packages", packages_csv(1, organisation_ref="P2"))

    held = Award.objects.order_by("id").values_list("provider__ref", "current")
    assert list(held) == [("P1", False), ("P2", True)]


def test_a_package_ended_and_taken_up_again_keeps_one_award_in_force(council: Council):
    with_people(council.system, 1)
    accepted(council.system, "packages", packages_csv(1))
    ended = packages_csv(1, status="Ended", end_date="31/10/2026")
    accepted(council.system, "packages", ended)
    assert accepted(council.system, "packages", ended).totals == counts(unchanged=1)
    assert not Award.objects.filter(current=True).exists()

    accepted(council.system, "packages", packages_csv(1))

    assert Award.objects.get(current=True).provider.ref == "P1"


def test_a_stale_extract_never_takes_back_an_award_made_in_homeward(council: Council):
    with_people(council.system, 1)
    referred = packages_csv(1, status="Referred", organisation_ref="")
    accepted(council.system, "packages", referred)
    package = CarePackage.objects.get()
    award(
        actor=council[Role.BROKER],
        package=package,
        provider=council.providers["P2"],
        lot=package.lot,
        reason="knows the street",
    )

    again = accepted(council.system, "packages", referred)

    assert again.totals == counts(unchanged=1)
    assert Award.objects.get(current=True).provider.ref == "P2"
    _, rows = awards_table(council[Role.BROKER])
    assert [row[:4] for row in rows] == [["9000001", "HC-000001", "E000001", "P2"]]


def test_ix_09_the_same_element_twice_refuses_both_rows_naming_the_other(council: Council):
    with_people(council.system, 3)
    rows = [package_row(1), package_row(2), package_row(1, package_ref="HC-9")]

    run = checked(council.system, "packages", csv_of(rows))

    same = "The same Element ID stands in row {}: keep one of them in the file."
    assert run.totals == counts(new=1, rejected=2)
    assert rejects(run) == {
        2: [("Element ID", same.format(4))],
        4: [("Element ID", same.format(2))],
    }


def test_ix_09_an_element_is_never_moved_to_another_person(council: Council):
    with_people(council.system, 2)
    accepted(council.system, "packages", packages_csv(1))

    run = checked(council.system, "packages", packages_csv(1, person_id="9000002"))

    assert "an element is never moved" in rejects(run)[2][0][1]


def test_a_column_the_file_does_not_have_leaves_what_is_stored(council: Council):
    with_people(council.system, 1)
    accepted(council.system, "packages", packages_csv(1, zone_hint="North"))
    headings = [heading for heading in package_row(1) if heading != "Zone Hint"]
    row = {name: value for name, value in package_row(1).items() if name in headings}

    run = checked(council.system, "packages", csv_of([row], headings))

    assert run.totals == counts(unchanged=1)


def test_a_missing_column_refuses_the_file_and_can_be_mapped(council: Council):
    with_people(council.system, 1)
    content = packages_csv(1).replace(b"Postcode", b"Home Area Code", 1)
    with pytest.raises(ValueError, match="lacks “Postcode”"):
        checked(council.system, "packages", content)
    refused = ImportRun.objects.get(kind="packages")
    assert refused.state == "unreadable"
    assert "Home Area Code" in refused.headings

    run = checked(council.system, "packages", content, mapping={"Home Area Code": "postcode"})

    assert run.totals == counts(new=1)


def test_bridge_never_crosses_councils(council: Council, other_council: Council):
    with_people(other_council.system, 1)
    accepted(other_council.system, "packages", packages_csv(1))
    theirs = list(CarePackage.objects.values()), list(Person.objects.values())

    unknown = checked(council.system, "packages", packages_csv(1))
    with_people(council.system, 1)
    accepted(council.system, "packages", packages_csv(1, organisation_ref="P2"))

    assert rejects(unknown) == {
        2: [("Person ID", "Nobody is known by 9000001: import persons first.")]
    }
    them = other_council.authority
    assert list(CarePackage.objects.filter(authority=them).values()) == theirs[0]
    assert list(Person.objects.filter(authority=them).values()) == theirs[1]
