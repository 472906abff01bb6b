"""The zone map editor: what a drawing does, in exact numbers; by mouse, by keys, and in a race."""

import json
import math
from datetime import date

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cms_models.accounts.roles import Role
from cms_models.audit.models import AuditEntry
from cms_models.places.drawing import DrawnZone, as_collection
from cms_models.places.models import AreaKind, ReferenceArea, ZoneMap
from cms_models.places.selectors import drawing_faults, drawing_of
from cms_models.places.services import copy_zone_map, save_drawing
from cms_models.publication.models import PublicationState
from tests.council import Council, square
from tests.theme.browsing import visitor  # noqa: F401

FROM = date(2027, 1, 1)
# The edge between A and B runs at −2.6; both people of HR1 1AA live at −2.7150, so beyond −2.72
# they are B's.
MOVED_EDGE = [
    DrawnZone("A", "Zone A", square(-2.9, 51.9, -2.72, 52.2)),
    DrawnZone("B", "Zone B", square(-2.72, 51.9, -2.3, 52.2)),
]


@pytest.fixture
def packages(council: Council) -> None:
    """Two people in A at HR1 1AA, 3.5 h each; one in B, 7 h (two carers)."""
    council.package(1)
    council.package(2, status="active", organisation_ref="P1")
    council.package(3, pattern="Mon-Sun 08:00 30m x2", postcode="HR3 3CC")


@pytest.fixture
def draft(council: Council) -> ZoneMap:
    """A copy of the council's two zones, from 2027."""
    return copy_zone_map(
        actor=council.system, zone_map=council.zone_map, name="Zones 2027", valid_from=FROM
    )


def post(client, door, zone_map, **body):
    return client.post(
        reverse(f"zone_map_{door}", args=[zone_map.pk]), json.dumps(body), "application/json"
    )


def drawing(zones):
    return as_collection(zones)


def reshaped(client, draft, act, *, of=None, **asks):
    """Return the answer and the zones by code after an act of the editor on the draft, or `of`."""
    given = drawing(drawing_of(draft) if of is None else of)
    answer = post(client, "reshape", draft, act=act, drawing=given, **asks)
    found = answer.json().get("zones", [])
    return answer, {one["properties"]["code"]: one["geometry"] for one in found}


def table(html: str, part: str) -> list[list[str]]:
    """Return the rows of a table of an answer, each cell as the text people read."""
    found = BeautifulSoup(html, "html.parser").find("table", attrs={part: True})
    return [
        [" ".join(cell.get_text(" ").split()) for cell in row.find_all(["th", "td"])]
        for row in found.find_all("tr")
    ][1:]


def test_zn_02_a_moved_edge_shows_whom_it_moves_in_people_hours_and_pounds(
    client, council, packages, draft
):
    client.force_login(council[Role.COMMISSIONER])

    found = post(client, "check", draft, drawing=drawing(MOVED_EDGE), pathway="O").json()

    # 2 people × 7 × 30 min = 7 h; 14 half hours × £7.90 = £110.60
    assert table(found["tables_html"], "data-moves") == [["A", "B", "2", "2", "7 h", "£110.60"]]
    assert "2 people with 2 packages, 7 h and £110.60 a week" in found["tables_html"]
    assert found["faults"] == []


def test_zn_06_the_meter_divides_each_drawn_zone_by_one_two_and_three(
    client, council, packages, draft
):
    client.force_login(council[Role.COMMISSIONER])

    found = post(client, "check", draft, drawing=drawing(MOVED_EDGE), pathway="O").json()

    zones = table(found["tables_html"], "data-judged-zones")
    # B has 7 h + 7 h = 14 h: 14, 7 and 14 ÷ 3 = 4.67, each below the floor of 700
    assert zones[0] == ["A Zone A", "0", "0 h", "£0.00", *["0.0 h below the floor"] * 3]
    assert zones[1][:4] == ["B Zone B", "3", "14 h", "£221.20"]
    assert zones[1][4:] == [f"{each} h below the floor" for each in ("14.0", "7.0", "4.7")]


def test_zn_07_lots_follow_the_drawn_zones(client, council, packages, draft):
    client.force_login(council[Role.COMMISSIONER])

    found = post(client, "check", draft, drawing=drawing(MOVED_EDGE), pathway="O").json()

    # O-A had 7 of 14 h, O-B the other 7; now O-B has all 14
    lots = table(found["tables_html"], "data-judged-lots")
    assert [row[1:] for row in lots] == [
        ["0", "0 h", "50.00 %", "0.00 %"],
        ["3", "14 h", "50.00 %", "100.00 %"],
    ]


def test_people_of_a_zone_that_no_lot_names_are_counted(client, council, packages, draft):
    client.force_login(council[Role.COMMISSIONER])
    zones = [MOVED_EDGE[0], DrawnZone("N", "New", MOVED_EDGE[1].boundary)]

    found = post(client, "check", draft, drawing=drawing(zones), pathway="O").json()

    assert "3 people would be in no lot (0 are today)" in found["tables_html"]


def test_zn_05_a_gap_an_overlap_a_crossing_and_an_orphan_are_shown_with_their_place(
    client, council, draft
):
    client.force_login(council[Role.COMMISSIONER])
    bow = [[-2.75, 51.91], [-2.71, 51.95], [-2.75, 51.95], [-2.71, 51.91], [-2.75, 51.91]]
    zones = [
        DrawnZone("A", "A", square(-2.9, 52.0, -2.7, 52.2)),
        DrawnZone("B", "B", square(-2.71, 52.0, -2.3, 52.2)),
        DrawnZone("C", "C", {"type": "Polygon", "coordinates": [bow]}),
    ]

    found = post(client, "check", draft, drawing=drawing(zones)).json()

    kinds = {fault["properties"]["kind"] for fault in found["faults"]}
    assert kinds >= {"crossing", "overlap", "orphan"}
    assert all(fault["geometry"]["coordinates"] for fault in found["faults"])
    assert "Zone C crosses itself at 51.93000, -2.73000" in found["faults_html"]
    assert "Postcode HR2 2BB lies in no zone" in found["faults_html"]


def test_an_area_given_to_a_zone_is_taken_from_the_other_without_a_gap(client, council, draft):
    client.force_login(council[Role.COMMISSIONER])
    area = square(-2.8, 52.0, -2.5, 52.1)["coordinates"][0]

    answer, zones = reshaped(client, draft, "area", area=area, code="B", is_new=False, take=True)

    assert answer.status_code == 200
    after = [DrawnZone(code, code, shape) for code, shape in zones.items()]
    assert drawing_faults(council.authority, after) == []
    # B was 0.3 × 0.3 = 0.09 square degrees, and gets −2.8 to −2.6 of 0.1: 0.02 more
    areas = {zone.code: round(zone.shape.area, 6) for zone in after}
    assert areas == {"A": 0.07, "B": 0.11}


def test_an_area_that_takes_no_ground_overlaps_and_is_said_to(client, council, draft):
    client.force_login(council[Role.COMMISSIONER])
    area = square(-2.8, 52.0, -2.5, 52.1)["coordinates"][0]

    _, zones = reshaped(
        client, draft, "area", area=area, code="N", name="New", is_new=True, take=False
    )

    after = [DrawnZone(code, code, shape) for code, shape in zones.items()]
    kinds = [fault.kind for fault in drawing_faults(council.authority, after)]
    assert kinds == ["overlap", "overlap"]


def test_split_merge_and_slivers_keep_shared_edges(client, council, draft):
    client.force_login(council[Role.COMMISSIONER])
    line = [[-3.0, 52.0], [-2.5, 52.0]]

    _, parted = reshaped(client, draft, "split", code="A", line=line, new_code="A2", new_name="")
    zones = [DrawnZone(code, code, shape) for code, shape in parted.items()]
    _, merged = reshaped(
        client, draft, "merge", of=zones, codes=["A", "A2"], code="A", name="Zone A"
    )

    assert set(parted) == {"A", "A2", "B"}
    # The line meets the edge of B at −2.6, 52.0: B has that corner too, so the edge moves as one.
    assert [-2.6, 52.0] in parted["B"]["coordinates"][0]
    assert drawing_faults(council.authority, zones) == []
    assert set(merged) == {"A", "B"}
    assert DrawnZone("A", "A", merged["A"]).shape.area == pytest.approx(0.09)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "The file is no GeoJSON: line 1, column 2"),
        ('{"type": "Feature"}', "The file must be a GeoJSON FeatureCollection"),
        (
            json.dumps(drawing([DrawnZone("A", "A", square(51.9, -2.9, 52.2, -2.6))])),
            "the coordinates are swapped, latitude first",
        ),
        (
            json.dumps(drawing([DrawnZone("<script>", "A", square(-2.9, 51.9, -2.6, 52.2))])),
            "holds markup",
        ),
        (
            json.dumps(
                drawing(
                    [
                        DrawnZone(
                            "A",
                            "A",
                            {
                                "type": "Polygon",
                                "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]],
                            },
                        )
                    ]
                )
            ),
            "Zone A crosses itself at 0.50000, 0.50000: mend it where the file comes from",
        ),
        ("[" * 500_000, "The file has more than 200,000 points"),
    ],
)
def test_a_file_that_is_no_map_is_refused_in_words(client, council, draft, text, words):
    client.force_login(council[Role.COMMISSIONER])

    answer, _ = reshaped(client, draft, "file", text=text)

    assert answer.status_code == 400
    assert words in answer.json()["refusal"]


def test_a_million_points_are_refused_before_they_are_read(client, council, draft):
    client.force_login(council[Role.COMMISSIONER])
    ring = [[-2.9 + n * 1e-7, 52.0] for n in range(400_000)]
    huge = {"type": "Polygon", "coordinates": [ring]}

    answer, _ = reshaped(client, draft, "file", text=json.dumps(huge))

    assert answer.status_code == 400
    assert "bigger than 5 MB" in answer.json()["refusal"]


@pytest.mark.parametrize(
    ("act", "asks"),
    [
        ("split", {"code": "A", "line": [[-3.0, 52.0]], "new_code": "A2", "new_name": ""}),
        ("split", {"code": "A", "line": "no line", "new_code": "A2", "new_name": ""}),
        ("split", {"code": "A", "line": [{}, {}], "new_code": "A2", "new_name": ""}),
        ("merge", {"codes": ["A"], "code": "A", "name": ""}),
        ("snap", {"metres": "20"}),
        ("snap", {"metres": 1e9}),
        ("area", {"area": [[0, 0]], "code": "A", "is_new": False, "take": True}),
        ("build", {"kind": "ward", "zones": {}}),
        ("build", {"kind": "ward", "zones": {"A": {"name": "A", "members": ["E05"]}}}),
        ("split", {"code": "A", "line": [[10**400, 1], [2, 3]], "new_code": "A2"}),
        ("build", {"kind": "ward\0", "zones": {"A": {"name": "A", "members": ["E05"]}}}),
        ("build", {"kind": "ward", "zones": {"A": {"name": "A", "members": ["E\ud800"]}}}),
        ("file", {"text": "\ud800"}),
        ("fly", {}),
    ],
)
def test_an_act_that_makes_no_sense_is_refused_in_a_sentence(client, council, draft, act, asks):
    client.force_login(council[Role.COMMISSIONER])

    answer, _ = reshaped(client, draft, act, **asks)

    assert answer.status_code == 400
    assert answer.json()["refusal"].endswith(".")


def test_zones_are_built_from_lists_of_wards_and_of_sectors(client, council, draft):
    client.force_login(council[Role.COMMISSIONER])
    for code, west in (("E05000001", -2.9), ("E05000002", -2.6)):
        ReferenceArea.objects.create(
            authority=council.authority,
            kind=AreaKind.WARD,
            code=code,
            name=f"Ward {code[-1]}",
            boundary=square(west, 51.9, west + 0.3, 52.2),
        )
    wards = {"W": {"name": "West", "members": ["E05000001"]}}
    sectors = {"S": {"name": "South", "members": ["HR1 1", "HR2", "HR3 3"]}}

    listed = client.get(reverse("zone_map_areas", args=[draft.pk]), {"kind": "ward"}).json()
    west, zones = reshaped(client, draft, "build", kind="ward", zones=wards)
    _, built = reshaped(client, draft, "build", kind="sector", zones=sectors)

    assert [one["name"] for one in listed["areas"]] == ["Ward 1", "Ward 2"]
    assert west.json()["words"] == "In no zone: Ward 2."
    assert DrawnZone("W", "W", zones["W"]).shape.area == pytest.approx(0.09)
    after = [DrawnZone("S", "S", built["S"])]
    assert drawing_faults(council.authority, after) == []


def test_a_draft_is_saved_with_its_faults_and_the_trail_names_what_changed(client, council, draft):
    client.force_login(council[Role.COMMISSIONER])
    gap = [MOVED_EDGE[0], DrawnZone("B", "Zone B", square(-2.6, 51.9, -2.3, 52.2))]

    answer = post(client, "save", draft, drawing=drawing(gap), version=draft.version)

    assert answer.status_code == 200
    stored = {zone.code: zone.shape.bounds for zone in drawing_of(draft)}
    assert stored["A"] == (-2.9, 51.9, -2.72, 52.2)
    history = client.get(reverse("zone_map_history", args=[draft.pk])).content.decode()
    zone_a = draft.zones.get(code="A")
    entry = AuditEntry.objects.get(
        subject_type="places.zone", subject_id=str(zone_a.pk), action="edit"
    )
    assert set(entry.after) == {"boundary"}
    assert reverse("auditentry:inspect", args=[entry.pk]) in history


def test_a_stale_save_shows_both_versions_and_overwrites_nothing(client, council, draft):
    opened = draft.version
    theirs = [DrawnZone("A", "Theirs", square(-2.9, 51.9, -2.6, 52.2)), MOVED_EDGE[1]]
    save_drawing(actor=council.system, zone_map=draft, zones=theirs, expected_version=draft.version)
    kept = drawing_of(draft)
    client.force_login(council[Role.COMMISSIONER])

    answer = post(client, "save", draft, drawing=drawing(MOVED_EDGE), version=opened)

    assert answer.status_code == 409
    assert "Theirs" in answer.json()["html"]
    assert answer.json()["version"] == opened + 1
    assert drawing_of(draft) == kept


@pytest.mark.parametrize("state", [PublicationState.SUBMITTED, PublicationState.PUBLISHED])
def test_what_is_no_draft_is_never_drawn_on(client, council, draft, state):
    ZoneMap.objects.filter(pk=draft.pk).update(state=state)
    before = drawing_of(draft)
    client.force_login(council[Role.COMMISSIONER])

    page = client.get(reverse("zone_map_edit", args=[draft.pk]))
    answer = post(client, "save", draft, drawing=drawing(MOVED_EDGE), version=draft.version)

    assert page.status_code == 302
    assert answer.status_code == 400
    assert "Zones 2027" in answer.json()["refusal"]
    assert drawing_of(draft) == before


DOORS = ("check", "reshape", "save")


@pytest.mark.parametrize("role", [Role.BROKER, Role.COORDINATOR, Role.AUDITOR, Role.FINANCE])
def test_roles_that_only_look_draw_nothing(client, council, draft, role):
    client.force_login(council[role])
    before = drawing_of(draft)

    page = client.get(reverse("zone_map_edit", args=[draft.pk]))
    answers = [
        post(client, name, draft, drawing=drawing(MOVED_EDGE), version=draft.version, act="snap")
        for name in DOORS
    ]

    assert page.status_code == 302  # Wagtail sends a denied page home, with the reason
    assert {answer.status_code for answer in answers} <= {302, 403}
    assert drawing_of(draft) == before


def test_another_councils_map_is_not_found(client, council, other_council, draft):
    client.force_login(other_council[Role.COMMISSIONER])
    before = drawing_of(draft)

    pages = [
        client.get(reverse(f"zone_map_{name}", args=[draft.pk])).status_code
        for name in ("edit", "areas", "postcodes", "copy", "history")
    ]
    posts = [
        post(client, name, draft, drawing=drawing(MOVED_EDGE), version=draft.version).status_code
        for name in (*DOORS, "copy")
    ]
    compared = client.get(reverse("zone_map_compare"), {"maps": draft.pk}).status_code

    assert {*pages, *posts, compared} == {404}
    assert drawing_of(draft) == before


def test_a_copy_is_the_next_option_and_a_published_map_stays(client, council, draft):
    client.force_login(council[Role.COMMISSIONER])
    address = reverse("zone_map_copy", args=[council.zone_map.pk])

    page = client.get(address).content.decode()
    client.post(address, {"name": "Zones 2028", "option": "A", "valid_from": "2028-01-01"})
    again = client.get(address).content.decode()
    wrong = client.post(address, {"name": "", "option": "A", "valid_from": "soon"})

    copy = ZoneMap.objects.get(name="Zones 2028")
    assert 'value="A"' in page
    assert 'value="B"' in again
    assert (copy.option, copy.based_on, copy.state) == ("A", council.zone_map, "draft")
    assert [zone.code for zone in copy.zones.all()] == ["A", "B"]
    assert wrong.status_code == 422


def test_options_beside_each_other_say_what_differs(client, council, packages, draft):
    save_drawing(
        actor=council.system, zone_map=draft, zones=MOVED_EDGE, expected_version=draft.version
    )
    client.force_login(council[Role.COMMISSIONER])

    page = client.get(
        reverse("zone_map_compare"), {"maps": [council.zone_map.pk, draft.pk], "pathway": "O"}
    ).content.decode()

    # A: 2 people and 7 h, then none; B: 1 person and 7 h, then 3 and 14 h
    assert '0 <small class="theme-compare__change">(−2)</small>' in page
    assert '0 h <small class="theme-compare__change">(−7 h)</small>' in page
    assert '3 <small class="theme-compare__change">(+2)</small>' in page
    assert '14 h <small class="theme-compare__change">(+7 h)</small>' in page
    assert "(−£110.60)" in page


def test_a_check_asks_as_many_queries_for_one_package_as_for_thirty(client, council, draft):
    client.force_login(council[Role.COMMISSIONER])
    council.package(1)
    post(client, "check", draft, drawing=drawing(MOVED_EDGE))
    with CaptureQueriesContext(connection) as few:
        post(client, "check", draft, drawing=drawing(MOVED_EDGE))
    for number in range(2, 31):
        council.package(number)

    with CaptureQueriesContext(connection) as many:
        post(client, "check", draft, drawing=drawing(MOVED_EDGE))

    assert len(few) == len(many)


# In a real browser.


class Drawing:
    """The editor's page, with places on the map as pixels."""

    WEST, EAST, SOUTH, NORTH = -2.9, -2.3, 51.9, 52.2

    REST_MS = 150
    SHAPES = ".leaflet-theme-zones-pane path.leaflet-interactive"

    def __init__(self, page) -> None:
        self.page = page

    def at(self, longitude: float, latitude: float) -> tuple[float, float]:
        """Return the pixel of a place (the map is in Mercator's projection)."""
        left, right, top, bottom = self.page.evaluate(
            "shapes => { const boxes = [...document.querySelectorAll(shapes)]"
            ".map(one => one.getBoundingClientRect());"
            "return [Math.min(...boxes.map(b => b.left)), Math.max(...boxes.map(b => b.right)),"
            "Math.min(...boxes.map(b => b.top)), Math.max(...boxes.map(b => b.bottom))]; }",
            self.SHAPES,
        )
        low, here, high = map(northing, (self.SOUTH, latitude, self.NORTH))
        x = left + (longitude - self.WEST) / (self.EAST - self.WEST) * (right - left)
        return x, bottom - (here - low) / (high - low) * (bottom - top)

    def click(self, longitude: float, latitude: float) -> None:
        """Click a place at a hand's pace: go there, rest, press."""
        x, y = self.at(longitude, latitude)
        self.page.mouse.move(x, y, steps=3)
        self.page.wait_for_timeout(self.REST_MS)
        self.page.mouse.click(x, y)

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Drag from one place to another."""
        self.page.mouse.move(*self.at(*start), steps=3)
        self.page.mouse.down()
        self.page.mouse.move(*self.at(*end), steps=12)
        self.page.mouse.up()

    def act(self, name: str) -> None:
        """Press one of the editor's buttons."""
        self.page.locator(f"[data-act={name}]").first.click()

    def choose(self, code: str) -> None:
        """Work on a zone, by its row in the list."""
        self.page.locator(f'[aria-label="Work on zone {code}"]').click()

    def points_of(self, code: str) -> set[tuple[float, float]]:
        """Return the points of a zone as the list has them."""
        self.choose(code)
        values = self.page.evaluate(
            "[...document.querySelectorAll('#split-from option')].map(one => one.value)"
        )
        return {tuple(map(float, value.split())) for value in values}

    def middle(self, south: float, north: float) -> float:
        """Return the latitude half-way between two on the map's projection."""
        half = (northing(south) + northing(north)) / 2
        return math.degrees(2 * math.atan(math.exp(half)) - math.pi / 2)

    def moves(self) -> list[list[str]]:
        """Return the rows of what moves."""
        return table(self.page.locator("[data-judged]").inner_html(), "data-moves")

    def may_leave(self) -> bool:
        """Return whether the browser would let the page go without asking."""
        return self.page.evaluate(
            "window.dispatchEvent(new Event('beforeunload', { cancelable: true }))"
        )

    def judged(self) -> str:
        """Wait for the server's word and return what it says moves."""
        self.page.wait_for_selector('[data-judged][aria-busy="false"]')
        return self.page.locator("[data-moving]").inner_text()


def northing(latitude: float) -> float:
    """Return a latitude's place in Mercator's projection."""
    return math.log(math.tan(math.pi / 4 + math.radians(latitude) / 2))


def editor(visitor, draft) -> Drawing:  # noqa: F811
    visitor.sign_in("commissioner")
    page = visitor.open(reverse("zone_map_edit", args=[draft.pk]))
    page.wait_for_selector('[data-judged][aria-busy="false"]')
    page.locator("#zone-editor-map").scroll_into_view_if_needed()
    return Drawing(page)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_boundary_drawn_by_mouse_moves_people_and_a_shared_corner_opens_no_gap(
    visitor,  # noqa: F811
    council,
    packages,
    draft,
):
    drawn = editor(visitor, draft)
    page = drawn.page
    assert drawn.judged() == "Nobody changes zone."

    drawn.act("area")
    for corner in ((-2.8, 52.0), (-2.5, 52.0), (-2.5, 52.1), (-2.8, 52.1), (-2.8, 52.0)):
        drawn.click(*corner)
    page.select_option("#drawn-to", "B")
    page.get_by_role("button", name="Use it").click()
    page.wait_for_selector("text=2 people with 2 packages, 7 h and £110.60 a week")
    assert "Faults: 0" in page.locator("[data-faults]").inner_text()

    page.keyboard.press("Control+z")
    page.wait_for_selector("text=Nobody changes zone.")
    drawn.act("redo")
    page.wait_for_selector("text=2 people with 2 packages, 7 h and £110.60 a week")
    page.locator("[data-act=undo]").click()
    page.wait_for_selector("text=Nobody changes zone.")

    # The corner both zones share at −2.6, 51.9 goes west: both edges bend, no gap opens.
    drawn.drag((-2.6, 51.9), (-2.75, 51.95))
    page.wait_for_selector("text=Done: a point of zone B moved.")
    drawn.judged()
    page.wait_for_selector('[data-faults][aria-busy="false"]')
    assert page.locator("[data-faults]").inner_text().startswith("Faults: 0")
    assert page.locator("[data-kept]").inner_text() == "Not saved"
    page.keyboard.press("Control+s")
    page.wait_for_selector("text=The draft is saved: 2 zones.")

    stored = drawing_of(ZoneMap.objects.get(pk=draft.pk))
    assert all(fault.kind == "orphan" for fault in drawing_faults(council.authority, stored))
    corners = [set(map(tuple, zone.boundary["coordinates"][0])) for zone in stored]
    shared = corners[0] & corners[1]
    assert len(shared) == 2  # the edge has the moved corner and the one at 52.2 on both sides
    moved = min(shared, key=lambda corner: corner[1])
    assert moved == pytest.approx((-2.75, 51.95), abs=0.005)
    assert visitor.serious_axe_findings() == []
    assert (visitor.errors, visitor.outside) == ([], [])


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_points_lines_snapping_and_lists_work_by_mouse(
    visitor,  # noqa: F811
    council,
    packages,
    draft,
):
    # 0.01 degrees of gap between A and B, 680 m: more than is closed by itself.
    apart = [
        DrawnZone("A", "Zone A", square(-2.9, 51.9, -2.61, 52.2)),
        DrawnZone("B", "Zone B", square(-2.6, 51.9, -2.3, 52.2)),
    ]
    save_drawing(actor=council.system, zone_map=draft, zones=apart, expected_version=draft.version)
    drawn = editor(visitor, draft)
    page = drawn.page

    # Both corners of A are let go near those of B: they snap, and the edge is shared.
    for latitude in (51.9, 52.2):
        drawn.drag((-2.61, latitude), (-2.6025, latitude))
        page.locator("[data-kept]", has_text="Not saved").wait_for()
        drawn.judged()
    assert drawn.points_of("A") >= {(-2.6, 51.9), (-2.6, 52.2)}

    # The pale dot in the middle of the shared edge becomes a point of both zones …
    drawn.drag((-2.6, drawn.middle(51.9, 52.2)), (-2.65, 52.05))
    page.locator("#split-from option").nth(4).wait_for(state="attached")
    new = drawn.points_of("A") - {(-2.9, 51.9), (-2.9, 52.2), (-2.6, 51.9), (-2.6, 52.2)}
    assert len(new) == 1
    drawn.choose("B")
    assert new < drawn.points_of("B")
    # … and is taken out of both by a right click.
    page.mouse.click(*drawn.at(*next(iter(new))), button="right")
    page.locator("#split-from option").nth(4).wait_for(state="detached")
    drawn.choose("A")
    assert not new & drawn.points_of("A")

    # A line drawn across A splits it.
    drawn.act("line")
    drawn.click(-2.88, 52.15)
    drawn.click(-2.62, 52.15)
    x, y = drawn.at(-2.55, 52.15)
    page.mouse.move(x, y, steps=3)
    page.mouse.dblclick(x, y)
    page.wait_for_selector("text=does not cut zone A in two")
    drawn.act("line")
    for longitude in (-2.93, -2.75):
        drawn.click(longitude, 52.1)
    x, y = drawn.at(-2.55, 52.1)
    page.mouse.move(x, y, steps=3)
    page.mouse.dblclick(x, y)
    page.wait_for_selector("text=zone A split; the new part is A2")
    drawn.judged()
    assert page.locator("[data-faults]").inner_text().startswith("Faults: 0")

    # Zones are built from the council's postcode sectors, and undone as a whole.
    page.locator("[data-build-panel] summary").click()
    page.select_option("#build-kind", "sector")
    for codes, zone in ((["HR1 1"], "P"), (["HR2 2", "HR3 3"], "Q")):
        page.select_option("#build-list", codes)
        page.fill("#build-zone", zone)
        page.get_by_role("button", name="Put them in").click()
    page.locator("[data-act=build]").click()
    page.wait_for_selector("text=Done: zones built from lists")
    drawn.judged()
    assert [row[:1] for row in drawn.moves()] == [["A"], ["B"]]
    assert page.locator("[data-faults]").inner_text().startswith("Faults: 0")
    drawn.act("undo")
    page.wait_for_selector("text=Undone: zones built from lists")

    assert page.locator("[data-zones] tr").count() == 3
    # The line that was refused is the only thing the console complained of.
    assert all("400" in error for error in visitor.errors)
    assert visitor.outside == []


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_everything_is_done_by_keyboard_alone(visitor, council, packages, draft):  # noqa: F811
    drawn = editor(visitor, draft)
    page = drawn.page

    def press(selector: str, *keys: str) -> None:
        page.locator(selector).first.focus()
        for key in keys:
            page.keyboard.press(key)

    # A point of A, its south-west corner, goes 1 km north, and then to typed coordinates.
    press("[data-points-panel] summary", "Enter")
    page.locator("#point-list").focus()
    page.keyboard.type("1:")
    before = page.input_value("#point-latitude")
    press("[data-step]", "End")
    press('[data-push="north"]', "ArrowUp")
    # 1,000 m ÷ 111,194.93 m a degree = 0.0089932 degrees
    assert float(page.input_value("#point-latitude")) == pytest.approx(float(before) + 0.0089932)
    page.fill("#point-latitude", before)
    press("#point-longitude", "Enter")
    assert page.input_value("#point-latitude") == before

    # A is split between its north-west and south-east corners.
    press("[data-split-panel] summary", "Enter")
    corners = {
        page.locator("#split-from option").nth(n).get_attribute("value"): n
        for n in range(page.locator("#split-from option").count())
    }
    page.select_option("#split-from", next(key for key in corners if key == "-2.9 52.2"))
    page.select_option("#split-to", next(key for key in corners if key == "-2.6 51.9"))
    page.fill("#split-code", "N")
    press("#split-name", "Enter")
    page.wait_for_selector("text=zone A split; the new part is N")
    drawn.judged()
    assert page.locator("[data-zones] tr").count() == 3

    # The two halves become one again.
    press('[aria-label="Merge zone A"]', "Space")
    press('[aria-label="Merge zone N"]', "Space")
    press("[data-merge-form] button", "Enter")
    page.wait_for_selector("text=zones A, N merged into A")
    assert page.locator("[data-zones] tr").count() == 2

    # Typed corners make an area, renamed and kept.
    press("[data-corners-panel] summary", "Enter")
    page.fill("#corners", "52.05, -2.72\n52.05, -2.71\n52.06, -2.71\n52.06, -2.72")
    page.locator("[data-corners-form] button").focus()
    page.keyboard.press("Enter")
    page.fill("#drawn-code", "X")
    press("#drawn-name", "Enter")
    page.wait_for_selector("text=the area given to zone X")
    page.wait_for_selector("text=2 people with 2 packages, 7 h and £110.60 a week")
    page.fill('[aria-label="Name of zone X"]', "Centre")
    page.keyboard.press("Tab")
    press("[data-act=save]", "Enter")
    page.wait_for_selector("text=The draft is saved: 3 zones.")

    stored = drawing_of(ZoneMap.objects.get(pk=draft.pk))
    assert [(zone.code, zone.name) for zone in stored][2] == ("X", "Centre")
    assert [fault.kind for fault in drawing_faults(council.authority, stored)] == []
    assert visitor.serious_axe_findings() == []
    assert (visitor.errors, visitor.outside) == ([], [])


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_lost_race_keeps_the_drawing_in_the_page_until_its_author_decides(
    visitor,  # noqa: F811
    council,
    draft,
):
    drawn = editor(visitor, draft)
    page = drawn.page
    theirs = [DrawnZone("A", "Theirs", square(-2.9, 51.9, -2.6, 52.2)), drawing_of(draft)[1]]
    assert drawn.may_leave()
    page.fill('[aria-label="Name of zone B"]', "Mine")
    page.keyboard.press("Tab")
    save_drawing(actor=council.system, zone_map=draft, zones=theirs, expected_version=draft.version)

    assert not drawn.may_leave()

    drawn.act("save")
    page.wait_for_selector("text=Somebody else saved this draft meanwhile")
    assert "Theirs" in page.locator("[data-stale]").inner_text()
    assert page.input_value('[aria-label="Name of zone B"]') == "Mine"
    with page.expect_download() as download:
        page.locator("[data-stale] [data-act=download]").click()
    kept = json.loads(download.value.path().read_text())
    assert [one["properties"]["name"] for one in kept["features"]] == ["Zone A", "Mine"]
    assert [zone.name for zone in drawing_of(draft)] == ["Theirs", "Zone B"]
    assert visitor.serious_axe_findings() == []
    page.locator('[data-stale-act="mine"]').click()
    page.wait_for_selector("text=The draft is saved: 2 zones.")

    assert [zone.name for zone in drawing_of(draft)] == ["Zone A", "Mine"]
    assert drawn.may_leave()
    # A 409 is also an error of the console: it is the only one.
    assert all("409" in error for error in visitor.errors)
    assert visitor.outside == []
