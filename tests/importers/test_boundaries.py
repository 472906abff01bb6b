"""Boundaries of areas and postcodes come in through the wizard's own jobs: any council, no code."""

import gzip
import json

import pytest

from cms_models.accounts.roles import Role
from cms_models.audit.models import AuditEntry
from cms_models.places.building import ZoneList, zones_from_areas
from cms_models.places.models import Postcode, ReferenceArea
from cms_models.places.selectors import (
    area_boundaries,
    area_kinds,
    postcode_points,
    postcodes_by_zone,
    zone_map_faults,
)
from cms_models.places.services import draft_drawing
from importers.boundaries import BOUNDARY_COLUMNS, ONS_ATTRIBUTION
from importers.columns import suggested_mapping
from importers.faults import BadFile
from importers.here import import_here
from tests.council import TODAY, Council, square
from tests.importers.extracts import csv_of, rejects

BOW_TIE = {
    "type": "Polygon",
    "coordinates": [[[-2.7, 52.0], [-2.6, 52.1], [-2.6, 52.0], [-2.7, 52.1], [-2.7, 52.0]]],
}


def brought(council: Council, kind: str, content: bytes, *, mapping=None, accepted=True):
    """Import a file as the council's administrator."""
    return import_here(
        actor=council[Role.ADMINISTRATOR],
        kind=kind,
        filename=kind,
        content=content,
        on=TODAY,
        mapping=mapping,
        accepted=accepted,
    ).run


def geojson(*features, **more) -> bytes:
    """Return features of (properties, geometry) as a file."""
    listed = [
        {"type": "Feature", "properties": properties, "geometry": geometry}
        for properties, geometry in features
    ]
    return json.dumps({"type": "FeatureCollection", "features": listed, **more}).encode()


def ward(number: int, name: str = "Arrow", **more):
    """Return a ward as the ONS publishes it, with its district beside it."""
    return (
        {
            "FID": number,
            "WD25CD": f"E0500943{number}",
            "WD25NM": name,
            "LAD25CD": "E06000019",
            "LAD25NM": "Herefordshire, County of",
            **more,
        },
        square(round(-2.9 + number / 10, 1), 52.0, round(-2.8 + number / 10, 1), 52.1),
    )


def test_ons_wards_are_known_by_their_headings_and_their_codes(council):
    first = brought(council, "boundaries", gzip.compress(geojson(ward(1), ward(2, "Aylestone"))))
    again = brought(council, "boundaries", geojson(ward(1, "Arrow and Lyde"), ward(2, "Aylestone")))

    assert (first.totals["new"], first.totals["rejected"]) == (2, 0)
    assert (again.totals["updated"], again.totals["unchanged"]) == (1, 1)
    area = ReferenceArea.objects.get(code="E05009431")
    assert (area.kind, area.name, area.attribution) == ("ward", "Arrow and Lyde", ONS_ATTRIBUTION)
    assert area.boundary == square(-2.8, 52.0, -2.7, 52.1)
    assert list(again.rows.values_list("differences", flat=True)) == [
        [{"column": "WD25NM", "before": "Arrow", "after": "Arrow and Lyde"}]
    ]
    entry = AuditEntry.objects.filter(action="load_reference_areas").latest("sequence")
    assert entry.after == {"read": 1, "new": 0}


@pytest.mark.parametrize(
    ("headings", "code"),
    [
        (["LSOA21CD", "LSOA21NM", "LADCD_ACTIVE"], "LSOA21CD"),
        (["objectid", "lad17cd", "lad17nm", "lad17nmw"], "lad17cd"),
        (["WD25CD", "LAD25CD", "LSOA21CD"], "LSOA21CD"),
        (["WD19CD", "WD25CD"], "WD25CD"),
        (["code", "WD25CD"], "code"),
    ],
)
def test_the_finest_and_latest_ons_code_is_taken(headings, code):
    found = suggested_mapping(headings, BOUNDARY_COLUMNS)

    assert [heading for heading, name in found.items() if name == "code"] == [code]


def test_any_property_can_be_mapped_and_without_a_code_the_headings_are_kept_for_it(council):
    sent = geojson(({"ref": "PATCH-1", "title": "North patch"}, square(-2.9, 52, -2.8, 52.1)))
    with pytest.raises(BadFile, match="The file lacks “Code”"):
        brought(council, "boundaries", sent)

    run = brought(council, "boundaries", sent, mapping={"ref": "code", "title": "name"})

    assert run.headings == ["ref", "title", "Boundary (GeoJSON)"]
    area = ReferenceArea.objects.get()
    assert (area.kind, area.code, area.name, area.attribution) == (
        "other",
        "PATCH-1",
        "North patch",
        "",
    )


def test_an_area_that_crosses_itself_or_carries_a_script_is_rejected_and_the_rest_is_taken(council):
    crossed = (ward(2)[0], BOW_TIE)
    scripted = ward(3, "<script>alert('x')</script>")

    run = brought(council, "boundaries", geojson(ward(1), crossed, scripted, ward(4, "\u202eX")))

    assert run.totals["new"] == 1
    assert rejects(run) == {
        2: [
            (
                "Boundary (GeoJSON)",
                "Area E05009432 crosses itself at 52.05000, -2.65000: mend it, or use a cleaner "
                "version of the file.",
            )
        ],
        3: [
            (
                "WD25NM",
                "The name “<script>alert('x')</script>” holds markup (“<”): only plain words are "
                "kept.",
            )
        ],
        4: [("WD25NM", "The name holds an invisible character (U+202E): type it again.")],
    }


MILLION = [[-2.9, 52.0]] * 1_000_000


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (
            geojson(({"code": "A"}, square(52.0, -2.9, 52.2, -2.6))),
            "Area 1: the coordinates are swapped, latitude first (52.0000, -2.9000). GeoJSON wants "
            "longitude first: export it again, or swap each pair.",
        ),
        (
            geojson(({"code": "A"}, square(349_000, 242_000, 350_000, 243_000))),
            "Area 1: the coordinates are eastings and northings of the British National Grid "
            "(EPSG:27700), such as 349000, 242000. Export it as WGS84 longitude and latitude "
            "(EPSG:4326).",
        ),
        (
            gzip.compress(geojson(({"code": "A"}, {"type": "Polygon", "coordinates": [MILLION]}))),
            "The file has more than 500,000 points; at most 500,000 are read. Use a generalised "
            "version of the boundaries (ONS: BGC), or simplify it first.",
        ),
        (
            geojson(({"code": "A\0"}, square(-2.9, 52, -2.8, 52.1))),
            "Area 1, “code” holds a control character or half a character: export it again.",
        ),
        (b"PK\x03\x04....", "This is a zip file, perhaps a shapefile: download the boundaries"),
        (b"\x1f\x8b....", "The file is damaged: it begins like a .gz file but is none."),
        (gzip.compress(b"{}")[:-6], "The .gz file breaks off before its end: send it again."),
        (gzip.compress(bytes(51 * 2**20)), "The file unpacks to more than 50 MB"),
        (b"code,name\nA,B\n", "The file is no GeoJSON: line 1, column 1: Expecting value."),
        (b'{"type": "Topology"}', "The file must be a GeoJSON FeatureCollection; it says “type”"),
    ],
    # A compressed file carries the moment it was made: no name for a test.
    ids=lambda value: value[:40] if isinstance(value, str) else "file",
)
def test_a_file_that_cannot_be_used_is_refused_as_a_whole_in_words(council, content, refusal):
    with pytest.raises(BadFile) as caught:
        brought(council, "boundaries", content)

    assert str(caught.value).startswith(refusal)
    assert not ReferenceArea.objects.exists()


def test_postcodes_come_with_eastings_beside_them_and_plain_or_packed(council):
    rows = [
        {"pcds": "HR9 9AA", "easting": "349000", "northing": "242000", "lat": "52.01",
         "long": "-2.74"},
        {"pcds": "hr11aa", "easting": "", "northing": "", "lat": "52.0567", "long": "-2.7150"},
    ]  # fmt: skip

    run = brought(council, "postcodes", gzip.compress(csv_of(rows, list(rows[0]))))

    assert (run.totals["new"], run.totals["unchanged"]) == (1, 1)
    assert run.totals["notes"] == ["Not used: “easting”, “northing”."]
    assert postcode_points(council.authority)["HR9 9AA"] == (52.01, -2.74)


def test_a_postcode_off_the_map_is_rejected_by_row(council):
    rows = [
        {"postcode": "HR9 9AA", "lat": "-2.74", "lon": "52.01"},
        {"postcode": "HR9 9AB", "lat": "242000", "lon": "349000"},
        {"postcode": "HR9 9AC", "lat": "0", "lon": "0"},
        {"postcode": "HR9 9AD", "lat": "nan", "lon": "-2.7"},
        {"postcode": "nowhere", "lat": "52", "lon": "-2.7"},
    ]

    run = brought(council, "postcodes", csv_of(rows, list(rows[0])))

    assert [errors[0][1] for errors in rejects(run).values()] == [
        "-2.74, 52.01 is longitude first: swap the two columns.",
        "“242000” is no number of degrees. Eastings and northings are not read: take the columns "
        "of latitude and longitude.",
        "0, 0 is not in Britain: correct it, or leave the row out.",
        "“nan” is no number of degrees. Eastings and northings are not read: take the columns of "
        "latitude and longitude.",
        "“nowhere” is not a postcode; one looks like HR4 9AA.",
    ]
    assert Postcode.objects.count() == 4


@pytest.mark.reference_data
@pytest.mark.parametrize(
    ("place", "wards", "lsoas", "postcodes"),
    [
        ("herefordshire", 53, 117, 6_805),
        ("rutland", 15, 26, 1_270),
        ("triborough", 57, 339, 21_180),
    ],
)
def test_an_unseen_council_is_set_up_from_the_files_of_the_ons(
    council, reference_data, place, wards, lsoas, postcodes
):
    Postcode.objects.all().delete()
    folder = reference_data / place
    for name in ("wards_2025", "lsoa_2021"):
        content = (folder / f"{name}.geojson.gz").read_bytes()
        assert brought(council, "boundaries", content).totals["rejected"] == 0
    run = brought(council, "postcodes", (folder / "postcodes.csv.gz").read_bytes())
    assert (run.totals["new"], run.totals["rejected"]) == (postcodes, 0)

    user = council[Role.ADMINISTRATOR]
    kinds = area_kinds(user)
    assert (kinds["ward"], kinds["lsoa"]) == (wards, lsoas)
    areas = area_boundaries(user, kind="lsoa")
    codes = sorted(areas)
    lists = [ZoneList(f"Z{n}", "", tuple(codes[n::4])) for n in range(4)]
    points = postcode_points(council.authority)
    built = zones_from_areas(lists, areas=areas, points=points)
    draft = draft_drawing(actor=user, name="Quarters", valid_from=TODAY, zones=built.zones)

    assert zone_map_faults(draft) == []
    assert postcodes_by_zone(draft)[""] == []
