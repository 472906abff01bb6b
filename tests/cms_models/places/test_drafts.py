"""Drafts of zone maps through the services: drawn, saved, copied, restored, listed, refused."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from cms_models.accounts.roles import Role
from cms_models.audit.models import AuditEntry
from cms_models.audit.services import StaleEdit
from cms_models.places import selectors, services
from cms_models.places.domain import BadPlace
from cms_models.places.drawing import DrawnZone, moved_vertices, split
from cms_models.places.models import ReferenceArea, Zone, ZoneMap
from cms_models.places.publishing import zone_map_changes
from cms_models.publication.services import submit
from tests.council import TODAY, ZONES, square

NEXT_YEAR = date(2027, 1, 1)
BOW_TIE = {
    "type": "Polygon",
    "coordinates": [[[-2.7, 52.0], [-2.6, 52.1], [-2.6, 52.0], [-2.7, 52.1], [-2.7, 52.0]]],
}
# East of this line lies HR1 1AB (−2.7100), west of it HR1 1AA and HR2 2BB (−2.7150).
LINE = [(-2.712, 51.8), (-2.712, 52.3)]


@pytest.fixture
def copy(council):
    """A copy of the map in force, from next year."""
    return services.copy_zone_map(
        actor=council[Role.COMMISSIONER],
        zone_map=council.zone_map,
        name="Three zones",
        valid_from=NEXT_YEAR,
        option="A",
    )


def saved(council, zone_map, zones, version=1):
    """Save a drawing as the commissioner."""
    return services.save_drawing(
        actor=council[Role.COMMISSIONER],
        zone_map=zone_map,
        zones=zones,
        expected_version=version,
    )


def cut(zone_map):
    """Return a map's zones with A cut along LINE."""
    return split(selectors.drawing_of(zone_map), code="A", line=LINE, new_code="C", new_name="Mid")


def test_a_copy_is_a_draft_of_the_same_zones_that_knows_what_it_comes_from(council, copy):
    assert selectors.drawing_of(copy) == selectors.drawing_of(council.zone_map)
    assert (copy.state, copy.based_on, str(copy)) == (
        "draft",
        council.zone_map,
        "Three zones (option A)",
    )
    assert selectors.zone_map_in_force(council.authority, on=NEXT_YEAR) == council.zone_map


def test_a_saved_drawing_keeps_one_audit_entry_for_each_zone_that_changed(council, copy):
    begins = AuditEntry.objects.count()

    after = saved(council, copy, cut(copy))

    # A smaller and C new; B's edge is untouched, for the line lies inside A.
    entries = list(AuditEntry.objects.order_by("sequence")[begins:])
    assert [(entry.action, entry.subject_label) for entry in entries] == [
        ("edit", "Zone A"),
        ("create", "Mid"),
    ]
    assert after.version == 2
    assert selectors.postcodes_by_zone(after) == {
        "A": ["HR1 1AA", "HR2 2BB"],
        "B": ["HR3 3CC"],
        "C": ["HR1 1AB"],
        "": [],
    }
    assert selectors.zone_map_faults(after) == []


def test_saving_what_is_there_already_writes_nothing(council, copy):
    entries = AuditEntry.objects.count()

    assert saved(council, copy, selectors.drawing_of(copy)).version == 1
    assert AuditEntry.objects.count() == entries


def test_a_stale_save_shows_both_versions_and_writes_nothing(council, copy):
    drawn = cut(copy)
    saved(council, copy, [zone for zone in drawn if zone.code != "C"])
    entries = AuditEntry.objects.count()

    with pytest.raises(StaleEdit) as caught:
        saved(council, copy, drawn, version=1)

    theirs = caught.value.theirs
    assert theirs["version"] == 2
    codes = [one["properties"]["code"] for one in theirs["zones"]["features"]]
    assert codes == ["A", "B"]
    assert AuditEntry.objects.count() == entries


def test_a_drawing_that_crosses_itself_is_kept_as_a_draft_and_never_submitted(council, copy):
    drawn = [DrawnZone("A", "Zone A", BOW_TIE), *selectors.drawing_of(copy)[1:]]

    after = saved(council, copy, drawn)

    kinds = {fault.kind for fault in selectors.zone_map_faults(after)}
    assert kinds == {"crossing", "orphan"}
    assert after.zones.get(code="A").boundary == BOW_TIE
    with pytest.raises(ValidationError, match=r"Zone A crosses itself at 52\.05000, -2\.65000"):
        submit(actor=council[Role.COMMISSIONER], version=after)


def test_a_published_map_and_a_submitted_one_are_never_drawn_on(council, copy):
    zones = selectors.drawing_of(copy)
    submit(actor=council[Role.COMMISSIONER], version=copy)

    for zone_map, words in ((council.zone_map, "approved"), (copy, "waits for approval")):
        zone_map.refresh_from_db()
        with pytest.raises(ValidationError, match=words):
            saved(council, zone_map, zones[:1], version=zone_map.version)

        assert zone_map.zones.count() == 2


def test_who_may_not_change_zone_maps_draws_nothing(council, copy):
    broker = council[Role.BROKER]
    zones = selectors.drawing_of(copy)

    with pytest.raises(PermissionDenied):
        services.save_drawing(actor=broker, zone_map=copy, zones=zones[:1], expected_version=1)
    with pytest.raises(PermissionDenied):
        services.copy_zone_map(actor=broker, zone_map=copy, name="X", valid_from=NEXT_YEAR)
    with pytest.raises(PermissionDenied):
        services.draft_drawing(actor=broker, name="X", valid_from=NEXT_YEAR, zones=zones)
    with pytest.raises(PermissionDenied):
        services.load_reference_areas(actor=broker, areas=[])

    assert ZoneMap.objects.count() == 2
    assert Zone.objects.count() == 4


def test_an_old_map_is_restored_by_copying_it(council, copy):
    saved(council, copy, cut(copy))

    restored = services.copy_zone_map(
        actor=council[Role.COMMISSIONER],
        zone_map=council.zone_map,
        name="As it was",
        valid_from=date(2028, 1, 1),
    )

    assert [zone.code for zone in restored.zones.all()] == ["A", "B"]
    assert restored.based_on == council.zone_map


def test_what_a_map_changes_is_listed_before_it_is_approved(council, copy):
    after = saved(council, copy, cut(copy))

    # 0.112 by 0.3 degrees of 111.195 km, cos 52.05° = 0.61496: 12.454 × 33.359 × 0.61496.
    assert zone_map_changes(after) == [
        "Zone A (Zone A) loses 255.49 km² and 1 postcode.",
        "Zone C (Mid) is new: 255.49 km², 1 postcode.",
    ]
    assert zone_map_changes(council.zone_map) == [
        "It is the first zone map: 2 zones for 4 postcodes."
    ]


def test_a_shared_edge_moved_in_a_draft_leaves_no_fault(council, copy):
    moved = moved_vertices(
        selectors.drawing_of(copy), moves={(-2.6, 51.9): (-2.55, 51.9), (-2.6, 52.2): (-2.5, 52.2)}
    )

    after = saved(council, copy, moved)

    assert selectors.zone_map_faults(after) == []
    assert selectors.postcodes_by_zone(after)["B"] == []


@pytest.mark.parametrize(
    ("properties", "geometry", "refusal"),
    [
        (
            {"code": "X", "name": "<img src=x onerror=alert(1)>"},
            ZONES[0]["geometry"],
            "The name of zone X “<img src=x onerror=alert(1)>” holds markup (“<”): only plain "
            "words are kept.",
        ),
        (
            {"code": "X"},
            BOW_TIE,
            "Zone X crosses itself at 52.05000, -2.65000: move a corner there, then save it again.",
        ),
    ],
)
def test_a_zone_file_with_markup_or_a_crossing_is_refused_in_words(
    council, properties, geometry, refusal
):
    with pytest.raises(BadPlace) as caught:
        services.draft_zone_map(
            actor=council.system,
            name="Sent",
            valid_from=NEXT_YEAR,
            features=[{"properties": properties, "geometry": geometry}],
        )

    assert str(caught.value) == refusal
    assert ZoneMap.objects.count() == 1


def area(code, boundary):
    return services.AreaTerms("lsoa", code, f"Area {code}", boundary)


def test_a_gap_beyond_the_councils_own_ground_is_none(council):
    west, east = square(-2.9, 51.9, -2.6001, 52.2), square(-2.5999, 51.9, -2.3, 52.2)
    creek = services.draft_drawing(
        actor=council.system,
        name="On both banks",
        valid_from=NEXT_YEAR,
        zones=[DrawnZone("A", "A", west), DrawnZone("B", "B", east)],
    )
    assert [fault.kind for fault in selectors.zone_map_faults(creek)] == ["gap"]

    services.load_reference_areas(
        actor=council.system, areas=[area("E01000001", west), area("E01000002", east)]
    )

    assert selectors.zone_map_faults(creek) == []
    assert selectors.council_outline(council.authority, on=TODAY).area == pytest.approx(
        0.1799, abs=1e-4
    )


def test_areas_are_loaded_once_redrawn_after_and_seen_by_their_council_only(council, other_council):
    first = services.load_reference_areas(
        actor=council.system, areas=[area("E1", square(0, 0, 1, 1)), area("E2", square(1, 0, 2, 1))]
    )
    again = services.load_reference_areas(
        actor=council.system, areas=[area("E1", square(0, 0, 2, 1))]
    )

    user = council[Role.COMMISSIONER]
    assert (first, again) == ({"read": 2, "new": 2}, {"read": 1, "new": 0})
    assert selectors.area_kinds(user) == {"lsoa": 2}
    assert selectors.area_names(user, kind="lsoa") == {"E1": "Area E1", "E2": "Area E2"}
    assert selectors.area_boundaries(user, kind="lsoa")["E1"] == square(0, 0, 2, 1)
    assert not ReferenceArea.objects.visible_to(other_council[Role.COMMISSIONER]).exists()
    assert selectors.sector_counts(council.authority) == {"HR1 1": 2, "HR2 2": 1, "HR3 3": 1}
