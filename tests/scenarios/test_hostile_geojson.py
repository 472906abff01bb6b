"""Hostile GeoJSON through the admin's own doors: refused word for word, and nothing is written."""

from collections.abc import Callable
from datetime import date

import pytest
from playwright.sync_api import Browser

from cms_models.accounts.roles import Role
from cms_models.audit.models import AuditEntry
from cms_models.jobs.models import ImportRun, ImportState
from cms_models.places.models import ReferenceArea, ZoneMap
from cms_models.places.selectors import drawing_of
from cms_models.places.services import copy_zone_map
from tests.council import Council
from tests.scenarios import hostile_geojson as hostile
from tests.scenarios.watching import Watched

TOO_MANY = (
    "The file has more than 500,000 points; at most 500,000 are read. Use a generalised version "
    "of the boundaries (ONS: BGC), or simplify it first."
)
SWAPPED = (
    "Area 1: the coordinates are swapped, latitude first (51.9000, -2.9000). GeoJSON wants "
    "longitude first: export it again, or swap each pair."
)
MARKUP = f"“{hostile.SCRIPT}” holds markup (“<”): only plain words are kept."
CROSSING = "E05000009 crosses itself at 52.05000, -2.75000: mend it"
# What each file is told where boundaries are imported, and where zones are drawn.
FILES: list[tuple[str, Callable[[], bytes], str, str]] = [
    (
        "million.geojson",
        hostile.million,
        TOO_MANY,
        "million.geojson has 8.0 MB; at most 4.5 MB are read here. Load big boundaries with the "
        "import “Boundaries”, or simplify the file.",
    ),
    (
        "crossing.geojson",
        hostile.crossing,
        f"Area {CROSSING}, or use a cleaner version of the file.",
        f"Zone {CROSSING} where the file comes from, then read it.",
    ),
    ("swapped.geojson", hostile.swapped, SWAPPED, SWAPPED),
    (
        "scripted.geojson",
        hostile.scripted,
        f"The name {MARKUP}",
        f"The name of zone E05000009 {MARKUP}",
    ),
]


@pytest.mark.browser
def test_each_hostile_file_is_refused_in_its_own_words_and_writes_nothing(
    live_server, council: Council, browser: Browser
):
    draft = copy_zone_map(
        actor=council[Role.COMMISSIONER],
        zone_map=council.zone_map,
        name="Zones 2027",
        valid_from=date(2027, 4, 1),
    )
    before, audited = drawing_of(draft), AuditEntry.objects.count()
    commissioner = Watched(browser, live_server.url)
    commissioner.page.on("dialog", lambda box: commissioner.complaints.append(box.message))
    commissioner.sign_in("commissioner")

    for name, make, imported, _ in FILES:
        send_as_boundaries(commissioner, name, make(), told=imported)
    commissioner.go("zone_map_edit", draft.pk)
    for name, make, _, drawn in FILES:
        put_into_the_editor(commissioner, name, make(), told=drawn)

    assert not ReferenceArea.objects.exists()
    assert not ImportRun.objects.filter(state=ImportState.ACCEPTED).exists()
    stored = ZoneMap.objects.get(pk=draft.pk)
    assert (drawing_of(stored), stored.version) == (before, draft.version)
    # What the audit has of it is that each of the four files was sent.
    kept = AuditEntry.objects.order_by("pk")[audited:]
    assert {entry.subject_type for entry in kept} <= {"jobs.importrun", "jobs.job"}
    # The browser writes a line of its own about each refused request.
    assert [one for one in commissioner.complaints if "status of 400" not in one] == []
    assert commissioner.outside == []


def send_as_boundaries(commissioner: Watched, name: str, content: bytes, *, told: str) -> None:
    """Upload a file as boundaries of areas; read why it is not taken."""
    page = commissioner.page
    commissioner.go("import_upload")
    page.get_by_label("Boundaries of areas").check()
    page.get_by_label("File", exact=True).set_input_files(
        {"name": name, "mimeType": "application/geo+json", "buffer": content}
    )
    commissioner.press("Upload and check")
    commissioner.work()
    commissioner.go("import_page", ImportRun.objects.latest("pk").pk)
    assert page.get_by_text(told, exact=True).count() == 1, page.inner_text("main")
    assert page.locator("form[action$='/accept/']").count() == 0
    commissioner.require_accessible()


def put_into_the_editor(commissioner: Watched, name: str, content: bytes, *, told: str) -> None:
    """Read a file as the zones of a draft; read why it is not taken, the drawing as it was."""
    page = commissioner.page
    panel = page.locator("[data-file-panel]")
    if panel.get_attribute("open") is None:
        panel.locator("summary").click()
    panel.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "application/geo+json", "buffer": content}
    )
    panel.locator("button[type=submit]").click()
    page.locator("[data-refused-words]").get_by_text(told, exact=True).wait_for(timeout=20_000)
    assert page.locator("[data-kept]").inner_text() == "Saved"
    assert page.locator("[data-zones] tr").count() == 2
