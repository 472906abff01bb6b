"""The CQC's files come in with their dirt, and what changes for the council's own is named."""

from datetime import date

import pytest

from cms_models.accounts.roles import Role
from cms_models.audit.models import AuditEntry
from cms_models.market.cqc import cqc_suggestions
from cms_models.market.models import CqcLocation, Provider
from importers.cqc import day_order, day_reader, read_services
from importers.faults import BadCell, BadFile
from importers.here import import_here
from tests.council import TODAY

DIRECTORY = """CQC care directory,,,
Correct as at 1 November 2026,,,
"Contains CQC information, OGL v3.0",,,
,,,
Name,Postcode,Service types,CQC Location (for office use only)
 Meadow Care ,hr1 1aa,Homecare agencies|Supported living,1-1010802809
Hill House,HR2 2BB,"Residential homes,Homecare agencies",1-1020093533
No Id,HR2 2BB,Homecare agencies,
"""
WIDE = (
    "Location Name,Location ID,Location HSCA end date,Location Latest Overall Rating,"
    "Publication Date\n"
    "Meadow Care,1-1010802809,,{rating},{on}\n"
)


def brought(council, text: str | bytes, *, accepted=True):
    content = text.encode() if isinstance(text, str) else text
    return import_here(
        actor=council[Role.ADMINISTRATOR],
        kind="cqc",
        filename="cqc.csv",
        content=content,
        on=TODAY,
        accepted=accepted,
    ).run


def test_the_directory_is_read_below_its_title_block_and_a_second_time_changes_nothing(council):
    first, again = brought(council, DIRECTORY), brought(council, DIRECTORY)

    assert (first.totals["new"], first.totals["rejected"]) == (2, 1)
    assert (again.totals["new"], again.totals["unchanged"]) == (0, 2)
    row = CqcLocation.objects.get(location_id="1-1010802809")
    assert (row.name, row.postcode) == ("Meadow Care", "HR1 1AA")
    assert row.services == ["Homecare agencies", "Supported living"]
    assert (row.rating, row.registered, row.read_on) == ("", True, TODAY)
    other = CqcLocation.objects.get(location_id="1-1020093533")
    assert other.services == ["Residential homes", "Homecare agencies"]
    entry = AuditEntry.objects.filter(action="load_cqc_register").last()
    assert entry.after == {"new": 2, "changed": 0}


def test_a_fall_to_inadequate_is_named_in_the_dry_run_and_reaches_the_provider(council):
    Provider.objects.filter(ref="P1").update(cqc_location_id="1-1010802809", cqc_rating="Good")
    brought(council, WIDE.format(rating="Good", on="5/29/2026 12:00:00 AM"))
    worse = WIDE.format(rating="INADEQUATE", on="10/30/2026 12:00:00 AM")

    shown = brought(council, worse, accepted=False)
    assert Provider.objects.get(ref="P1").cqc_rating == "Good"
    done = brought(council, worse)

    said = "Ratings of your own providers change: Provider One from Good to Inadequate."
    assert said in shown.totals["notes"]
    assert {
        "column": "Location Latest Overall Rating",
        "before": "Good",
        "after": "Inadequate",
    } in (done.rows.get().differences)
    assert Provider.objects.get(ref="P1").cqc_rating == "Inadequate"
    assert CqcLocation.objects.get().rated_on == date(2026, 10, 30)
    entry = AuditEntry.objects.filter(subject_type="market.provider").first()
    assert entry.after == {"cqc_rating": "Inadequate"}


def test_an_empty_cell_says_nothing_and_an_end_says_not_registered(council):
    brought(council, DIRECTORY)
    brought(council, WIDE.format(rating="Requires Improvement", on="2026-05-29"))
    brought(
        council,
        WIDE.format(rating="", on="").replace(",1-1010802809,,", ",1-1010802809,2026-06-30,"),
    )

    row = CqcLocation.objects.get(location_id="1-1010802809")
    assert (row.rating, row.rated_on) == ("Requires improvement", date(2026, 5, 29))
    assert (row.postcode, row.registered) == ("HR1 1AA", False)


def test_dates_are_read_by_what_the_whole_column_shows_and_never_guessed():
    assert day_order(["01/02/2026", "18/09/2015 - 00:00"]) == "day first"
    assert day_order(["01/02/2026", "5/29/2026 12:00:00 AM"]) == "month first"
    assert day_order(["01/02/2026", "2026-05-29"]) is None
    with pytest.raises(BadFile, match="write them all as 2026-05-29"):
        day_order(["18/09/2015", "05/29/2026"])
    assert day_reader("day first")("01/02/2026") == date(2026, 2, 1)
    assert day_reader("month first")("01/02/2026") == date(2026, 1, 2)
    assert day_reader(None)("01/02/2026") is None
    assert day_reader(None)("2020-02-11T00:00:00Z") == date(2020, 2, 11)
    with pytest.raises(BadCell, match="no day of the calendar"):
        day_reader("day first")("31/02/2026")
    assert read_services("A| B |A") == ("A", "B")


def test_a_file_without_ids_is_refused_with_the_way_out(council):
    with pytest.raises(BadFile, match="Send the CQC's care directory"):
        import_here(
            actor=council[Role.ADMINISTRATOR],
            kind="cqc",
            filename="x.csv",
            content=b"Name,Postcode\nA,HR1 1AA\n",
            on=TODAY,
            accepted=True,
        )


@pytest.mark.reference_data
@pytest.mark.parametrize(
    ("name", "new", "note"),
    [
        ("cqc_directory_2016-02_shared_areas.csv", 413, ""),
        (
            "cqc_latest_ratings_2026_lincolnshire_LN_postcodes.csv",
            171,
            "Dates are read month first.",
        ),
        ("cqc_locations_wide_2026_sample.csv.gz", 959, "Dates are read month first."),
        ("cqc_output_2026_sample.csv.gz", 143, "1 repeated row(s) were left out."),
    ],
)
def test_the_cqcs_own_files_load_whole(council, reference_data, name, new, note):
    run = brought(council, (reference_data / "cqc" / name).read_bytes())

    assert (run.totals["new"], run.totals["rejected"]) == (new, 0)
    assert note in ["", *run.totals["notes"]]
    assert set(CqcLocation.objects.values_list("rating", flat=True)) <= {
        "",
        "Outstanding",
        "Good",
        "Requires improvement",
        "Inadequate",
        "Not yet rated",
    }


def test_locations_alike_are_suggested_by_postcode_and_name(council):
    brought(council, DIRECTORY)

    def named(**asked):
        return [row.name for row in cqc_suggestions(authority=council.authority, **asked)]

    assert named(name="Meadow Home Care Ltd") == ["Meadow Care"]
    assert named(postcode="HR2 2BB") == ["Hill House"]
    assert named(name="hill", postcode="HR1 1AA") == ["Meadow Care", "Hill House"]
    assert named(name="Care Ltd") == []
