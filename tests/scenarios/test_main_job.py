"""The main job from end to end: in a real browser, and by commands and the API alone.

Fifteen rows of an extract: ten packages that need a provider (eight in zone A, two in zone B),
three Home First packages with a visit a day each, and two rows with a fault.
"""

import csv
import io
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page

from cms_models.accounts.roles import Role
from cms_models.accounts.services import issue_key
from cms_models.audit.models import AuditEntry
from cms_models.audit.selectors import chain_faults
from cms_models.brokerage.services.awards import award_proposals
from cms_models.brokerage.services.releases import release
from cms_models.care.models import AllocationProposal, Award, CarePackage, ProposalState
from cms_models.care.services.registration import register_persons
from cms_models.fields.services import set_rule
from cms_models.jobs.models import JobState
from cms_models.rounds.models import PlanRun, PlanState, Stop
from cms_models.rounds.services.planning import publish
from tests.council import Council, add_carers, person_terms
from tests.importers.extracts import csv_of, package_row
from tests.scenarios.watching import Watched

DAY = date(2026, 11, 24)  # the Tuesday after the council's Monday
REFERRED = {"organisation_ref": "", "status": "Referred"}
HOME_FIRST = {"element_type": "Home First M", "organisation_ref": "HF"}
OPEN_IN_A, OPEN_IN_B, IN_HOUSE, WRONG = range(1, 9), range(9, 11), range(11, 14), (14, 15)
PACKAGES_QUERY = """{
  packages { nodes { reference weeklyPence person { lastName } award { provider { ref } } } }
  openPackages { nodes { reference postcodeDistrict } }
}"""


def extract() -> bytes:
    """Return the Mosaic extract of this scenario."""
    rows = [package_row(n, **REFERRED) for n in OPEN_IN_A]
    rows += [package_row(n, postcode="HR3 3CC", zone_hint="B", **REFERRED) for n in OPEN_IN_B]
    rows += [package_row(n, **HOME_FIRST) for n in IN_HOUSE]
    rows += [package_row(14, postcode="HR9 9ZZ", **REFERRED)]
    rows += [package_row(15, quantity_per_week="4.00", **REFERRED)]
    return csv_of(rows)


def prepare(council: Council) -> None:
    """Give the council the people of the extract, two carers and one second to plan a day."""
    register_persons(actor=council.system, terms=[person_terms(n) for n in range(1, 16)])
    add_carers(council)
    set_rule(actor=council[Role.COMMISSIONER], key="rounds.seconds", value=1)


def key_of(council: Council, ref: str) -> str:
    """Issue the key of a provider of the council."""
    return issue_key(user=council.provider_users[ref], name="key", now=timezone.now()).text


def require_answers(p1: Mapping[str, Any], p2: Mapping[str, Any]) -> None:
    """Check what the winner and the other provider are told after HC-000001 went to P1."""
    [own] = p1["packages"]["nodes"]
    assert own == {
        "reference": "HC-000001",
        "weeklyPence": 5530,  # 7 visits of 30 min at £15.80 an hour: 7 × £7.90
        "person": {"lastName": "Canarylast1"},
        "award": {"provider": {"ref": "P1"}},
    }
    assert references(p1["openPackages"]) == [f"HC-{n:06d}" for n in range(2, 9)]
    assert p2["packages"]["nodes"] == []
    # P2 is additional in zone A and the lead of zone B: open packages of both, none awarded.
    assert references(p2["openPackages"]) == [f"HC-{n:06d}" for n in range(2, 11)]
    assert "Canary" not in json.dumps(p2)
    # Of the two packages open in zone B, fewer than five, not even the district is told.
    assert {node["postcodeDistrict"] for node in p2["openPackages"]["nodes"]} == {"HR1", None}


def references(found: Mapping[str, Any]) -> list[str]:
    """Return the references of a connection, in order."""
    return sorted(node["reference"] for node in found["nodes"])


def require_whole_trail(council: Council, actions: set[str]) -> None:
    """Check that the chain is whole and holds each decision."""
    assert list(chain_faults(council.authority)) == []
    kept = AuditEntry.objects.filter(authority=council.authority)
    assert actions - set(kept.values_list("action", flat=True)) == set()


# By commands and the API alone


def test_main_job_by_commands_and_the_api(council: Council, tmp_path: Path, capsys):
    prepare(council)
    file = tmp_path / "packages.csv"
    file.write_bytes(extract())
    call_command("import_packages", str(file))
    # 15 rows = 13 new + 2 rejected
    assert "15 read, 13 new, 0 updated, 0 unchanged, 2 rejected" in capsys.readouterr().out
    assert CarePackage.objects.count() == 0

    call_command("import_packages", str(file), "--accept")
    call_command("allocate")

    assert CarePackage.objects.count() == 13
    award_first(council)
    call_command("plan_rounds", date=DAY.isoformat())
    run = PlanRun.objects.get()
    assert (run.totals["planned"], run.totals["unplaced"]) == (3, 0)
    assert Stop.objects.filter(round__run=run).count() == 3
    publish(actor=council[Role.COORDINATOR], run=run)
    assert exported_awards(tmp_path) == [["9000001", "HC-000001", "E000001", "P1"]]
    release_the_others(council)
    require_answers(*(asked(key_of(council, ref)) for ref in ("P1", "P2")))
    require_whole_trail(
        council,
        {"accept_import", "propose_allocations", "award", "propose_rounds", "publish_rounds"},
    )
    capsys.readouterr()
    call_command("import_packages", str(file), "--accept")
    # The extract still says “Referred”; the award made here is not taken back.
    assert "15 read, 0 new, 0 updated, 13 unchanged, 2 rejected" in capsys.readouterr().out
    assert Award.objects.filter(package__package_ref="HC-000001", current=True).count() == 1


def award_first(council: Council) -> None:
    """Check the proposals and award HC-000001 as a broker does."""
    proposals = AllocationProposal.objects.select_related("package", "provider", "lot")
    by_provider = {
        ref: proposals.filter(provider__ref=ref, state=ProposalState.PROPOSED).count()
        for ref in ("P1", "P2", "HF")
    }
    assert by_provider == {"P1": 8, "P2": 2, "HF": 0}  # the lead of zone A, the lead of zone B
    first = proposals.get(package__package_ref="HC-000001")
    assert len(first.factors) == 3
    made, refused = award_proposals(
        actor=council[Role.BROKER],
        proposals=[first],
        reason="Lead with room",
        now=timezone.now(),
    )
    assert (len(made), refused) == (1, [])


def release_the_others(council: Council) -> None:
    """Offer every package that still needs a provider to all of its lot at once."""
    for package in CarePackage.objects.filter(status="referred"):
        release(
            actor=council[Role.BROKER],
            package=package,
            route="all",
            reason="All of them want more work",
            now=timezone.now(),
        )


def exported_awards(folder: Path) -> list[list[str]]:
    """Export the awards for Mosaic and return person, package, element and organisation."""
    out = folder / "awards.csv"
    call_command("export_awards", out=out)
    rows = csv.DictReader(io.StringIO(out.read_text("utf-8-sig")))
    names = ("Person ID", "Package Ref", "Element ID", "Organisation Ref")
    return [[row[name] for name in names] for row in rows]


def asked(key: str) -> dict[str, Any]:
    """Ask the GraphQL door over the test client."""
    response = Client().post(
        "/graphql",
        {"query": PACKAGES_QUERY},
        content_type="application/json",
        headers={"Authorization": f"Bearer {key}"},
    )
    answer = response.json()
    assert "errors" not in answer, answer
    return answer["data"]


# In a real browser


@pytest.mark.browser
def test_main_job_in_a_browser(live_server, council: Council, browser: Browser):
    prepare(council)
    broker = Watched(browser, live_server.url)
    broker.sign_in("broker")

    import_extract(broker)
    propose_allocations(broker)
    award_a_package(broker)

    coordinator = Watched(browser, live_server.url)
    coordinator.sign_in("coordinator")
    plan_and_publish(coordinator)

    release_the_others(council)
    require_answers(
        *(ask_over_http(browser, live_server.url, key_of(council, ref)) for ref in ("P1", "P2"))
    )
    require_whole_trail(
        council,
        {"accept_import", "propose_allocations", "award", "propose_rounds", "publish_rounds"},
    )
    assert broker.outside + coordinator.outside == []
    assert broker.complaints + coordinator.complaints == []


def import_extract(broker: Watched) -> None:
    """Upload, look at the difference, take the rejects away, accept."""
    page = broker.page
    broker.go("import_upload")
    broker.require_accessible()
    page.get_by_label("Care packages").check()
    sent = {"name": "packages.csv", "mimeType": "text/csv", "buffer": extract()}
    page.get_by_label("File", exact=True).set_input_files(sent)
    page.get_by_role("button", name="Upload and check").click()
    broker.sees("Checking every row")
    assert broker.work() == [JobState.DONE]
    broker.sees("What accepting would do")  # the page followed by itself
    broker.sees("15 rows read = 13 new + 0 updated + 0 unchanged + 2 rejected.")
    broker.require_accessible()
    require_rejects(page)
    assert CarePackage.objects.count() == 0
    page.get_by_role("button", name="Add 13 packages").click()
    broker.sees("Writing what you accepted")
    assert broker.work() == [JobState.DONE]
    broker.sees("added 13 packages")
    assert CarePackage.objects.count() == 13


def require_rejects(page: Page) -> None:
    """Check the table of rejects and the file that is downloaded."""
    rows = page.locator("table.theme-rows tbody tr").all_inner_texts()
    assert [row.split("\t")[:3] for row in rows] == [
        ["15", "E000014", "Postcode"],  # row 1 holds the headings
        ["16", "E000015", "Quantity Per Week"],
    ]
    with page.expect_download() as started:
        page.get_by_role("link", name="Download rejects, CSV").click()
    assert started.value.suggested_filename == "packages-rejects.csv"
    content = Path(started.value.path()).read_text("utf-8-sig")
    found = list(csv.DictReader(io.StringIO(content)))
    assert [row["Person ID"] for row in found] == ["9000014", "9000015"]
    assert found[1]["Reason"] == (
        "Quantity Per Week: 4.00 hours are stated; the visits pattern adds up to 3.50."
    )


def propose_allocations(broker: Watched) -> None:
    """Press the next step of the wizard and look at what is proposed."""
    broker.page.get_by_role("button", name="Propose allocations").click()
    broker.sees("is waiting for the worker")
    assert broker.work() == [JobState.DONE]
    run = AllocationProposal.objects.first().run
    assert run.totals["proposed"] == 10
    broker.go("allocationrun:inspect", run.pk)
    broker.sees("To decide (10)")
    broker.sees("Not placed (0)")
    broker.sees("Provider One")


def award_a_package(broker: Watched) -> None:
    """Open a package, read why, and award it with a reason."""
    package = CarePackage.objects.get(package_ref="HC-000001")
    broker.go("package_page", package.pk)
    broker.sees("What spoke for it")
    broker.sees("£55.30")
    broker.page.locator("summary", has_text="Award…").click()
    broker.page.locator("#award-reason").fill("Lead of the lot, with room")
    broker.page.get_by_role("button", name="Award to the proposed provider").click()
    broker.sees("HC-000001 is awarded to Provider One.")
    award = Award.objects.get(package=package, current=True)
    assert (award.provider.ref, award.reason) == ("P1", "Lead of the lot, with room")
    assert award.decided_by.username == "broker"


def plan_and_publish(coordinator: Watched) -> None:
    """Plan a day, look at its rounds, publish them."""
    page = coordinator.page
    coordinator.go("rounds_day_page", query=f"?date={DAY.isoformat()}")
    page.get_by_role("button", name="Plan this day").click()
    coordinator.sees("is queued")
    assert coordinator.work() == [JobState.DONE]
    coordinator.sees("3 placed + 0 not placed")  # this page follows by itself too
    run = PlanRun.objects.get()
    assert (run.state, Stop.objects.filter(round__run=run).count()) == (PlanState.PROPOSED, 3)
    page.get_by_role("button", name="Publish").click()
    coordinator.sees("are published")
    run.refresh_from_db()
    assert (run.state, run.published_by.username) == (PlanState.PUBLISHED, "coordinator")


def ask_over_http(browser: Browser, base: str, key: str) -> dict[str, Any]:
    """Ask the GraphQL door over HTTP with a provider's key and nothing else."""
    context = browser.new_context()
    response = context.request.post(
        f"{base}/graphql",
        data={"query": PACKAGES_QUERY},
        headers={"Authorization": f"Bearer {key}"},
    )
    answer = response.json()
    assert "errors" not in answer, answer
    return answer["data"]
