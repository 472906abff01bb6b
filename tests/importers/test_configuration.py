"""council.json and framework.json: taken whole or refused by name, and twice is once."""

import copy
import io
import json
import zipfile

import pytest
from django.core.exceptions import ValidationError

from cms_models.accounts.roles import Role
from cms_models.accounts.services import register_authority, system_actor
from cms_models.audit.models import AuditEntry
from cms_models.fields.models import RuleSetting
from cms_models.fields.selectors import rule_value
from cms_models.jobs.models import ImportRow
from cms_models.market.models import Lot, LotAward
from cms_models.places.models import Postcode, ZoneMap
from cms_models.publication.services import approve
from cms_models.quality.models import QualityFramework
from cms_models.rates.models import RateCard
from importers.faults import BadFile
from tests.council import POSTCODES, ZONES, Council, square
from tests.importers.extracts import accepted, checked, counts

CARD = {
    "name": "2026 card",
    "valid_from": "2026-12-01",
    "valid_to": None,
    "lines": [
        {"pathway": None, "area": None, "visit_kind": "hourly", "pence_per_hour": 1700},
        {"pathway": "D", "area": "rural", "visit_kind": "sleep_in", "pence_per_hour": 1300},
    ],
}
COUNCIL = {
    "format": "homeward-council/1",
    "authority": {"code": "testshire", "name": "Testshire Council"},
    "skills": [{"code": "medication", "name": "Medication"}, {"code": "hoist", "name": "Hoist"}],
    "rules": {"care.notice_days": 14},
    "urban_centres": [{"name": "Hereford", "latitude": 52.0567, "longitude": -2.7150}],
    "postcodes": {"file": "postcodes.csv", "attribution": "OS"},
    "zone_map": {
        "name": "Zones 2027",
        "valid_from": "2027-01-01",
        "file": "zones.geojson",
        "attribution": "ours",
    },
    "rate_cards": [CARD],
    "budgets": [
        {
            "name": "Home care",
            "starts_on": "2026-04-01",
            "ends_on": "2027-04-01",
            "pathways": ["O", "D"],
            "amount_pence": 100,
        }
    ],
    "quality_frameworks": [
        {
            "title": "QAF",
            "version": 1,
            "introduction": "Why",
            "domains": [
                {
                    "title": "Safe",
                    "standards": [
                        {"code": "1", "statement": "I am safe.", "weight": 100, "evidence": "Logs"}
                    ],
                }
            ],
        }
    ],
}
FRAMEWORK = {
    "format": "homeward-framework/1",
    "frameworks": [
        {
            "name": "Help to Live at Home",
            "starts_on": "2017-07-01",
            "ends_on": "2030-07-01",
            "lots": [
                {
                    "code": "O-A",
                    "name": "Zone A",
                    "pathways": ["O"],
                    "zones": ["A"],
                    "awards": [
                        {
                            "provider": "P1",
                            "tier": "lead",
                            "rank": 1,
                            "capacity_hours_per_week": 60,
                            "starts_on": "2017-07-01",
                            "ends_on": None,
                        },
                        {
                            "provider": "P2",
                            "tier": "dps",
                            "rank": 1,
                            "capacity_hours_per_week": 12.5,
                            "starts_on": "2027-01-01",
                        },
                    ],
                }
            ],
        }
    ],
}


def postcodes_csv(**moved: tuple[float, float]) -> str:
    points = {**POSTCODES, **{code.replace("_", " "): point for code, point in moved.items()}}
    lines = [f"{code},{latitude},{longitude}" for code, (latitude, longitude) in points.items()]
    return "\r\n".join(["postcode,latitude,longitude", *lines])


def packed(council: dict = COUNCIL, *, postcodes: str = "", zones: list | None = None) -> bytes:
    features = [{"type": "Feature", **zone} for zone in (zones or ZONES)]
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr("folder/council.json", json.dumps(council))
        archive.writestr("folder/postcodes.csv", postcodes or postcodes_csv())
        archive.writestr(
            "folder/zones.geojson", json.dumps({"type": "FeatureCollection", "features": features})
        )
    return kept.getvalue()


def changed(document: dict, *path: object, to: object) -> dict:
    """A copy with one value replaced (or added)."""
    found = part = copy.deepcopy(document)
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = to
    return found


WAITING = (
    "Not in force yet, because the council has configuration of that kind already: Zones 2027, "
    "2026 card. Somebody other than the one who accepts this file has to approve it, under Review "
    "→ Waiting for approval."
)


def test_a_dry_run_of_a_configuration_writes_nothing(council: Council):
    entries = AuditEntry.objects.count()

    run = checked(council.system, "configuration", packed(), "testshire.zip")

    # Known already: the skill medication, the centre Hereford, the postcodes. New: hoist, the
    # rule, the map, the card, the bank holidays, the budget, the quality framework. Renamed: the
    # authority.
    assert run.totals == {**counts(new=7, updated=1, unchanged=3), "notes": [WAITING]}
    assert AuditEntry.objects.count() == entries
    assert not RateCard.objects.filter(name="2026 card").exists()
    assert rule_value(council.authority, "care.notice_days") == 28


def test_a_configuration_accepted_waits_where_the_council_has_one_and_twice_is_once(
    council: Council,
):
    first = accepted(council.system, "configuration", packed())
    entries = AuditEntry.objects.exclude(action="accept_import").count()

    second = accepted(council.system, "configuration", packed())

    # The council has a zone map and cards: those wait. It had no quality framework and no value
    # of its own for the rule: those are in force.
    assert first.totals == {**counts(new=7, updated=1, unchanged=3), "notes": [WAITING]}
    assert second.totals == {**counts(unchanged=10), "notes": [WAITING]}
    assert AuditEntry.objects.exclude(action="accept_import").count() == entries
    council.authority.refresh_from_db()
    assert council.authority.name == "Testshire Council"
    assert rule_value(council.authority, "care.notice_days") == 14
    card = RateCard.objects.get(name="2026 card")
    assert (card.state, card.submitted_by) == ("submitted", council.system)
    assert sorted(card.lines.values_list("pathway", "area", "pence_per_hour")) == [
        ("", "", 1700),
        ("D", "rural", 1300),
    ]
    assert RateCard.objects.get(name="2017 card").valid_to is None
    assert ZoneMap.objects.get(name="Zones 2027").state == "submitted"
    assert QualityFramework.objects.get().state == "published"


def test_what_a_file_submitted_is_approved_by_a_person_and_then_the_file_changes_nothing(
    council: Council,
):
    accepted(council[Role.ADMINISTRATOR], "configuration", packed())
    card = RateCard.objects.get(name="2026 card")
    with pytest.raises(ValidationError, match="somebody else has to approve it"):
        approve(actor=council[Role.ADMINISTRATOR], version=card)

    approve(actor=council[Role.COMMISSIONER], version=RateCard.objects.get(pk=card.pk))

    assert RateCard.objects.get(name="2017 card").valid_to.isoformat() == "2026-12-01"
    again = accepted(council[Role.ADMINISTRATOR], "configuration", packed())
    assert again.totals["unchanged"] == again.totals["read"] == 10
    assert "2026 card" not in again.totals["notes"][0]  # only the zone map waits still


def test_a_councils_first_files_are_in_force_at_once(db):
    authority = register_authority(code="testshire", name="Testshire")

    first = accepted(system_actor(authority=authority), "configuration", packed())
    second = accepted(system_actor(authority=authority), "configuration", packed())

    assert "notes" not in first.totals
    assert second.totals["unchanged"] == second.totals["read"]
    assert RateCard.objects.get().state == "published"
    assert ZoneMap.objects.get().state == "published"
    assert QualityFramework.objects.get().state == "published"


def test_another_value_of_a_reviewed_rule_waits_and_the_same_file_changes_nothing(
    council: Council,
):
    content = packed(changed(COUNCIL, "rules", "care.notice_days", to=7))
    accepted(council.system, "configuration", packed())

    accepted(council.system, "configuration", content)
    again = accepted(council.system, "configuration", content)

    row = RuleSetting.objects.get(value=7)
    assert (row.state, rule_value(council.authority, "care.notice_days")) == ("submitted", 14)
    assert again.totals["unchanged"] == again.totals["read"]


def test_what_a_configuration_changes_is_shown_field_by_field(council: Council):
    run = checked(council.system, "configuration", packed())

    row = ImportRow.objects.get(run=run, outcome="updated")
    assert row.key == "Authority"
    assert row.differences == [
        {"column": "Testshire Council: name", "before": "Testshire", "after": "Testshire Council"}
    ]


def test_moved_postcodes_are_loaded_and_the_rest_left(council: Council):
    content = packed(postcodes=postcodes_csv(HR1_1AB=(52.061, -2.71)))

    accepted(council.system, "configuration", content)

    assert Postcode.objects.get(authority=council.authority, code="HR1 1AB").latitude == 52.061
    entry = AuditEntry.objects.filter(action="load_postcodes").order_by("-sequence").first()
    assert entry.after == {"read": 1, "new": 0}


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"{", "Line 1, column 2 is not JSON"),
        (b"[" * 100_000, "nests far deeper"),
        (b'{"format": "homeward-council/1", "format": 2}', "“format” stands twice"),
        (b'{"format": NaN}', "NaN is no number"),
        (b'{"format": "homeward-council/2"}', "must say “format”: “homeward-council/1”"),
        (packed(changed(COUNCIL, "colour", to="red")), "“colour” is not known; keys are format"),
        (packed(changed(COUNCIL, "authority", "code", to="othershire")), "is for othershire; you"),
        (packed(changed(COUNCIL, "skills", 0, to={"code": "x"})), "skills 1: “name” is missing"),
        (packed(changed(COUNCIL, "skills", to={})), "skills must be a list"),
        (packed(changed(COUNCIL, "rules", "x.y", to=1)), "Rule x.y: No rule is called 'x.y'"),
        (
            packed(changed(COUNCIL, "rules", "care.notice_days", to=-1)),
            "Notice to end a package: at least 0 days is needed, not -1",
        ),
        (
            packed(changed(COUNCIL, "rate_cards", 0, "lines", 0, "area", to="moor")),
            "2026 card, lines 1, “area”: 'moor' is not one of urban, rural",
        ),
        (
            packed(changed(COUNCIL, "rate_cards", 0, "valid_from", to="01/12/2026")),
            "“valid_from”: '01/12/2026' is not a day like 2017-07-01",
        ),
        (
            packed(changed(COUNCIL, "rate_cards", 0, "name", to="2017 card")),
            "2017 card is on file with other contents. Rates are never rewritten",
        ),
        (
            packed(changed(COUNCIL, "zone_map", "file", to="../zones.geojson")),
            "is not the name of a file in the same folder",
        ),
        (packed(changed(COUNCIL, "zone_map", "file", to="a.geojson")), "send them together"),
        (
            packed(zones=[ZONES[0], {**ZONES[1], "geometry": square(-2.61, 51.9, -2.3, 52.2)}]),
            "Zones A and B overlap",
        ),
        (packed(postcodes="postcode,latitude,longitude\r\nHR1,1,2"), "row 2, postcode: “HR1” is"),
        # What PostgreSQL would refuse must be refused by name, and by SQLite's house too.
        (
            packed(changed(COUNCIL, "authority", "name", to="x" * 121)),
            "Authority: Ensure this value has at most 120 characters",
        ),
        (
            packed(changed(COUNCIL, "zone_map", "name", to="x" * 121)),
            "Ensure this value has at most 120 characters (it has 121).",
        ),
        (
            packed(zones=[{**ZONES[0], "properties": {"code": "A" * 31}}, *ZONES[1:]]),
            "has 31 characters; at most 30 are kept",
        ),
        (
            packed(changed(COUNCIL, "skills", 0, "name", to="Medi\0cation")),
            "skills 1, “name”: a control character or half a character",
        ),
        (
            packed(changed(COUNCIL, "skills", 0, "name", to="Medi\ud800")),
            "skills 1, “name”: a control character or half a character",
        ),
        (
            packed(changed(COUNCIL, "quality_frameworks", 0, "version", to=0.5)),
            "“version”: a whole number is needed, not 0.5",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_faulty_configuration_is_refused_whole_by_name(council: Council, content: bytes, named):
    entries = AuditEntry.objects.count()

    with pytest.raises(BadFile) as refusal:
        checked(council.system, "configuration", content)

    assert named in str(refusal.value)
    assert AuditEntry.objects.count() == entries


def test_a_framework_is_taken_and_twice_is_once(council: Council):
    content = json.dumps(FRAMEWORK).encode()

    first = accepted(council.system, "framework", content)
    second = accepted(council.system, "framework", content)

    # The framework, lot O-A and P1's place stand and are in force; P2's place from 2027 is new.
    assert first.totals == counts(new=1, unchanged=4)
    assert second.totals == counts(unchanged=5)
    place = LotAward.objects.get(starts_on="2027-01-01")
    assert (place.tier, place.capacity_minutes_per_week) == (3, 750)


@pytest.mark.parametrize(
    ("document", "named"),
    [
        (
            changed(FRAMEWORK, "frameworks", 0, "lots", 0, "awards", 0, "provider", to="P9"),
            "P9 in O-A from 01/07/2017: no provider is known by that reference",
        ),
        (
            changed(FRAMEWORK, "frameworks", 0, "lots", 0, "awards", 0, "tier", to="first"),
            "lot O-A, awards 1, “tier”: 'first' is not one of lead, additional, dps",
        ),
        (
            changed(FRAMEWORK, "frameworks", 0, "lots", 0, "zones", to=["Q"]),
            "Lot O-A: there is no zone Q",
        ),
        (
            changed(FRAMEWORK, "frameworks", 0, "lots", 0, "code", to="O-AA"),
            "pathway O in zone A is already in O-A Zone A",
        ),
        (
            changed(FRAMEWORK, "frameworks", 0, "ends_on", to="2017-06-30"),
            "Help to Live at Home is published, so its ends on cannot be written over",
        ),
    ],
)
def test_a_faulty_framework_is_refused_whole_by_name(council: Council, document: dict, named: str):
    lots = list(Lot.objects.order_by("pk").values())

    with pytest.raises(BadFile) as refusal:
        checked(council.system, "framework", json.dumps(document).encode())

    assert named in str(refusal.value)
    assert list(Lot.objects.order_by("pk").values()) == lots
