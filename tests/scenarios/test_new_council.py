"""A council nobody has set up before, from files and the admin alone: Rutland.

It starts with one administrator and nothing else. Zones are made of the wards of 2025: N the
north, S the south, T Oakham. Six people with half an hour a day each (7 × 30 min = 3.5 h a week):

- three in Oakham, urban: 3 × 3.5 = 10.5 h at £16.00 = £168.00;
- two in Uppingham, zone S, rural (more than four miles from Oakham): 7 h at £18.00 = £126.00;
- one in Cottesmore, zone N, rural (its postcode too): 3.5 h at £18.00 = £63.00.

21 h and £357.00 a week together.
"""

import csv
import gzip
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from cms_models.accounts.models import Authority, User
from cms_models.accounts.roles import Role
from cms_models.accounts.services import register_authority, register_user
from cms_models.audit.selectors import chain_faults
from cms_models.care.models import CarePackage
from cms_models.jobs.models import ImportRun, ImportState, JobState
from cms_models.market.models import Framework
from cms_models.places.models import Postcode, ReferenceArea, ZoneMap
from cms_models.rates.models import RateCard
from tests.council import PASSWORD, TODAY
from tests.importers.extracts import PERSON_HEADINGS, csv_of, package_row, person_row
from tests.scenarios.watching import Watched

FIRST_DAY = f"{TODAY:%d/%m/%Y}"
OAKHAM = {"name": "Oakham", "latitude": "52.6705", "longitude": "-0.7280"}
ZONES = {
    "N": ("North", "Cottesmore, Exton, Greetham, Langham, Ryhall & Casterton, Whissendine"),
    "S": ("South", "Braunston & Martinsthorpe, Ketton, Lyddington, Normanton, Uppingham"),
    "T": ("Oakham", "Barleythorpe, Oakham North East, Oakham North West, Oakham South"),
}
# The ward of each person.
PEOPLE = [*["Oakham South"] * 3, *["Uppingham"] * 2, "Cottesmore"]
# Zone, lot and pence a week of each: 7 × ½ h × £16.00 = £56.00; 7 × ½ h × £18.00 = £63.00.
RESOLVED = [*[("T", "L1", 5600)] * 3, *[("S", "L2", 6300)] * 2, ("N", "L1", 6300)]
PROVIDERS = "Organisation Ref,Name,In House\r\nR1,Rutland Care,No\r\nR2,Welland Homecare,No\r\n"
QUERY = """{
  packages { nodes { reference weeklyPence zone { code } lot { code } } }
  rates(asOf: "2026-11-23", area: RURAL, visitKind: HOURLY) { lines { poundsPerHour } }
  zones { name zones { code name } }
}"""


@pytest.fixture
def rutland(reference_data: Path) -> Path:
    """The open data of Rutland: postcodes and boundaries."""
    return reference_data / "rutland"


def empty_council() -> Authority:
    """Return a council with an administrator and nothing else."""
    authority = register_authority(code="rutland", name="Rutland County Council")
    register_user(
        authority=authority,
        username="ada",
        role=Role.ADMINISTRATOR,
        password=PASSWORD,
        name="Ada Administrator",
    )
    return authority


@pytest.mark.browser
@pytest.mark.reference_data
def test_an_unseen_council_is_set_up_from_files_through_the_admin_alone(
    live_server, transactional_db, rutland: Path, browser: Browser
):
    authority = empty_council()
    ada = Watched(browser, live_server.url)
    ada.sign_in("ada")
    add_users(ada)
    cora, ben = (Watched(browser, live_server.url) for _ in range(2))
    cora.sign_in("cora")
    ben.sign_in("ben")

    bring_in(ada, "Postcodes", rutland / "postcodes.csv.gz", says="Add 1,270 postcodes")
    bring_in(ada, "Boundaries of areas", rutland / "wards_2025.geojson.gz", says="Add 15 areas")
    send(ada, "Providers", "providers.csv", PROVIDERS.encode(), says="Add 2 providers")
    add(cora, "urbancentre", **OAKHAM)
    draw_zones_from_wards(cora)
    price(cora)
    approve(ada, ["Zones 2026", "Card 2026"])
    divide_into_lots(cora)
    approve(ada, ["Home care 2026"])
    assert set(ada.work()) <= {JobState.DONE}

    persons, packages = extract(rutland)
    send(ben, "People", "persons.csv", persons, says="Add 6 people")
    send(ben, "Care packages", "packages.csv", packages, says="Add 6 packages")

    require_resolved(ben)
    require_sandbox(cora)
    key = issue_key(ada)
    require_answers(browser, live_server.url, key)
    assert Postcode.objects.filter(authority=authority).count() == 1270
    assert list(chain_faults(authority)) == []
    for person in (ada, cora, ben):
        person.require_quiet()


def add(person: Watched, kind: str, **fields: str) -> None:
    """Add a record by its form, field by field."""
    page = person.page
    person.go(f"{kind}:add")
    for name, value in fields.items():
        field = page.locator(f"#id_{name}")
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(label=value)
        else:
            field.fill(value)
    page.keyboard.press("Escape")  # an open calendar
    with page.expect_navigation():
        page.locator("main form button[type=submit]").first.click()
    person.settle()
    assert "/add/" not in page.url, page.inner_text("main")


def add_users(ada: Watched) -> None:
    """The administrator lets three people in: who plans, who brokers, who delivers."""
    for username, name, role in (
        ("cora", "Cora", "Commissioner"),
        ("ben", "Ben", "Broker"),
        ("pat", "Pat", "Provider"),
    ):
        add(ada, "user", username=username, first_name=name, role=role, password=PASSWORD)
    roles = User.objects.order_by("username").values_list("username", "role")
    assert {("ben", "broker"), ("cora", "commissioner"), ("pat", "provider")} <= set(roles)


def bring_in(person: Watched, kind: str, file: Path, *, says: str) -> None:
    """Import a file as it lies on disk."""
    send(person, kind, file.name, file.read_bytes(), says=says)


def send(person: Watched, kind: str, name: str, content: bytes, *, says: str) -> None:
    """Upload a file, look at the difference, accept it."""
    page = person.page
    person.go("import_upload")
    page.locator(".theme-choice", has=page.locator(f"b:text-is('{kind}')")).click()
    sent = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    page.get_by_label("File", exact=True).set_input_files(sent)
    person.press("Upload and check")
    assert person.work() == [JobState.DONE], ImportRun.objects.latest("pk").problem
    run = ImportRun.objects.latest("pk")
    person.go("import_page", run.pk)
    person.press(says)
    assert person.work() == [JobState.DONE]
    run.refresh_from_db()
    assert (run.state, run.totals["rejected"]) == (ImportState.ACCEPTED, 0), run.totals


def draw_zones_from_wards(cora: Watched) -> None:
    """Build the three zones from lists of wards in the editor, save, ask for approval."""
    page = cora.page
    add(cora, "zonemap", name="Zones 2026", valid_from=FIRST_DAY)
    zone_map = ZoneMap.objects.get()
    cora.go("zone_map_edit", zone_map.pk)
    page.locator("[data-build-panel] summary").click()
    page.select_option("#build-kind", "ward")
    for code, (name, wards) in ZONES.items():
        codes = ReferenceArea.objects.filter(name__in=wards.split(", "))
        page.fill("#build-codes", "\n".join(codes.values_list("code", flat=True)))
        page.fill("#build-zone", code)
        page.fill("#build-name", name)
        page.get_by_role("button", name="Put them in").click()
    assert page.locator("[data-build-left]").inner_text() == ""  # all 15 are in a zone
    page.get_by_role("button", name="Build these zones").click()
    cora.sees("Done: zones built from lists")
    page.wait_for_selector('[data-faults][aria-busy="false"]')
    assert page.locator("[data-faults]").inner_text().startswith("Faults: 0")
    page.locator("[data-act=save]").first.click()
    cora.sees("The draft is saved: 3 zones.")
    page.get_by_role("link", name="Ask for approval").click()
    cora.settle()
    cora.take("submit", said="By wards")


def price(cora: Watched) -> None:
    """Draft a card of two lines in its grid, ask for approval."""
    page = cora.page
    add(cora, "ratecard", name="Card 2026", valid_from=FIRST_DAY)
    cora.go("rate_card_page", RateCard.objects.get().pk)
    while page.locator("#lines-rows tr").count() < 2:
        page.click("#lines-add")
    for number, (area, pounds) in enumerate((("urban", "16.00"), ("rural", "18.00"))):
        row = page.locator("#lines-rows tr").nth(number)
        row.locator("select[name$=visit_kind]").select_option("hourly")
        row.locator("select[name$=area]").select_option(area)
        row.locator("input[name$=pence_per_hour]").fill(pounds)
    cora.press("Save the lines")
    cora.go("review_page", "ratecard", RateCard.objects.get().pk)
    cora.take("submit", said="The council's first")


def divide_into_lots(cora: Watched) -> None:
    """Make a framework with two lots in its table, give each a lead, ask for approval."""
    page = cora.page
    add(cora, "framework", name="Home care 2026", starts_on=FIRST_DAY, years="5")
    framework = Framework.objects.get()
    for code, name, zones in (("L1", "Oakham and the north", "NT"), ("L2", "The south", "S")):
        cora.go("framework_lots", framework.pk)
        for zone in zones:
            page.get_by_label(f"Pathway O in zone {zone}").select_option("the new lot below")
        page.fill("#new-code", code)
        page.fill("#new-name", name)
        cora.press("Save the lots")
    for code, provider in (("L1", "Rutland Care"), ("L2", "Welland Homecare")):
        lot = framework.lots.get(code=code)
        cora.go("lotaward:add")
        page.locator("#id_lot").select_option(str(lot.pk))
        page.locator("#id_provider").select_option(label=provider)
        page.get_by_label("Lead", exact=True).check()
        page.fill("#id_rank", "1")
        page.fill("#id_starts_on", FIRST_DAY)
        page.keyboard.press("Escape")
        with page.expect_navigation():
            page.locator("main form button[type=submit]").first.click()
    cora.go("review_page", "framework", framework.pk)
    cora.take("submit", said="Two lots")


def approve(ada: Watched, names: list[str]) -> None:
    """The administrator finds each in the queue and approves it."""
    for name in names:
        ada.go("review_queue")
        ada.page.get_by_role("link", name=name).first.click()
        ada.settle()
        ada.take("approve", said="Looks right")
        ada.sees("is approved and in force")


def extract(rutland: Path) -> tuple[bytes, bytes]:
    """Return persons.csv and packages.csv of the six people, at postcodes of their wards."""
    wards = dict(ReferenceArea.objects.values_list("name", "code"))
    with gzip.open(rutland / "postcodes.csv.gz", "rt") as file:
        by_ward = {row["ward25_code"]: row["postcode"] for row in csv.DictReader(file)}
    homes = [by_ward[wards[ward]] for ward in PEOPLE]
    persons = csv_of(
        (person_row(n, postcode=home) for n, home in enumerate(homes, 1)), PERSON_HEADINGS
    )
    packages = csv_of(
        package_row(n, postcode=home, zone_hint="", organisation_ref="R1")
        for n, home in enumerate(homes, 1)
    )
    return persons, packages


def require_resolved(ben: Watched) -> None:
    """Every package has its zone, lot and price, on its page too."""
    found = CarePackage.objects.order_by("package_ref").values_list(
        "zone__code", "lot__code", "weekly_pence"
    )
    assert list(found) == RESOLVED
    ben.go("package_page", CarePackage.objects.get(package_ref="HC-000004").pk)
    for words in ("The south", "£63.00", "£18.00"):
        ben.sees(words)


def require_sandbox(cora: Watched) -> None:
    """The sandbox adds hours and cost up by zone."""
    cora.go("sandbox")
    table = cora.page.locator("#table-zone table").first
    headings = table.locator("thead th").all_inner_texts()
    found = {}
    for row in table.locator("tbody tr, tfoot tr").all():
        cells = dict(zip(headings[1:], row.locator("td").all_inner_texts(), strict=True))
        found[row.locator("th").inner_text()] = tuple(
            cells[name] for name in ("Clients", "Weekly hours", "Weekly cost")
        )
    assert found == {
        "N North": ("1", "3.50", "£63.00"),
        "S South": ("2", "7.00", "£126.00"),
        "T Oakham": ("3", "10.50", "£168.00"),
        "All": ("6", "21.00", "£357.00"),
    }


def issue_key(ada: Watched) -> str:
    """Let Pat act for Rutland Care and issue a key; return it as it is shown once."""
    page = ada.page
    add(ada, "providermembership", user="Pat", provider="Rutland Care")
    ada.go("apikey:index")
    form = page.locator("form[action$='/do/issue/']")
    page.locator("details", has=form).locator("summary").click()
    form.locator("[name=user]").select_option(label="Pat")
    form.locator("[name=name]").fill("Their rota")
    with page.expect_navigation():
        form.locator("button[type=submit]").click()
    return page.locator(".theme-key").inner_text()


def require_answers(browser: Browser, base: str, key: str) -> None:
    """GraphQL tells the provider its packages, the rates and the zones."""
    context = browser.new_context()
    response = context.request.post(
        f"{base}/graphql", data={"query": QUERY}, headers={"Authorization": f"Bearer {key}"}
    )
    answer = response.json()
    context.close()
    assert "errors" not in answer, answer
    data: Mapping[str, Any] = answer["data"]
    found = {
        node["reference"]: (node["zone"]["code"], node["lot"]["code"], node["weeklyPence"])
        for node in data["packages"]["nodes"]
    }
    assert found == {f"HC-{number:06d}": resolved for number, resolved in enumerate(RESOLVED, 1)}
    assert data["rates"]["lines"] == [{"poundsPerHour": "18.00"}]
    assert data["zones"] == {
        "name": "Zones 2026",
        "zones": [{"code": code, "name": name} for code, (name, _) in ZONES.items()],
    }
