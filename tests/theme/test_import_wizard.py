"""The import wizard, page by page, without a browser: what it says, keeps and refuses."""

import io
import json
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook

from cms_models.accounts.roles import Role
from cms_models.audit.models import AuditEntry
from cms_models.care.models import CarePackage, Person
from cms_models.care.services.registration import register_persons
from cms_models.jobs.imports import FILE_BYTES_MOST
from cms_models.jobs.models import ImportRun, ImportState, Job, JobState
from cms_models.jobs.runner import run_job
from cms_models.market.models import LotAward
from importers.tables import read_table
from tests.council import TODAY, Council, person_terms
from tests.importers.extracts import csv_of, package_row, packages_csv, persons_csv

REFERRED = {"organisation_ref": "", "status": "Referred"}


@pytest.fixture(autouse=True)
def _monday(monkeypatch) -> None:
    """It is the council's Monday, whenever the tests run."""
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *args: TODAY)


@pytest.fixture
def broker(council: Council, client: Client) -> Client:
    """A broker's browser, in a council that knows people 1 to 60."""
    register_persons(actor=council.system, terms=[person_terms(n) for n in range(1, 61)])
    client.force_login(council[Role.BROKER])
    return client


def send(
    client: Client, content: bytes, *, kind: str = "packages", name: str = "packages.csv"
) -> HttpResponse:
    """Upload a file as the form does."""
    sent = SimpleUploadedFile(name, content)
    return client.post(reverse("import_upload"), {"kind": kind, "file": sent})


def work() -> list[str]:
    """Run what waits, as the worker would, and return how each job ended."""
    waiting = Job.objects.filter(state=JobState.QUEUED).order_by("pk")
    return [run_job(job.pk, heartbeat=False) for job in waiting]


def uploaded(client: Client, content: bytes, **more: str) -> ImportRun:
    """Upload a file, let the worker check it, and return the import."""
    assert send(client, content, **more).status_code == 302
    work()
    return ImportRun.objects.latest("pk")


def page(client: Client, run: ImportRun, query: str = "") -> str:
    """Return the import's page as text."""
    response = client.get(reverse("import_page", args=[run.pk]) + query)
    assert response.status_code == 200
    return response.content.decode()


def press(client: Client, name: str, run: ImportRun, **data: Any) -> str:
    """Press a button of the wizard and return the page it leads to."""
    address = reverse(f"import_{name}", args=[run.pk])
    response = client.post(address, data, follow=True)
    assert response.redirect_chain == [(reverse("import_page", args=[run.pk]), 302)]
    return response.content.decode()


def test_an_upload_is_kept_unread_until_the_worker_checks_it(broker: Client):
    response = send(broker, b"not\x00even,a table")

    run = ImportRun.objects.get()
    assert response.headers["Location"] == reverse("import_page", args=[run.pk])
    assert (run.state, run.headings, bytes(run.content)) == (
        ImportState.UPLOADED,
        [],
        b"not\x00even,a table",
    )
    assert Job.objects.get().kind == "check_import"
    assert "Checking every row" in page(broker, run)

    assert work() == [JobState.FAILED]
    assert "NUL byte" in page(broker, run)


def test_a_file_above_20_mb_is_refused_in_words_and_not_kept(broker: Client):
    response = send(broker, b"x" * (FILE_BYTES_MOST + 1))

    assert response.status_code == 422
    assert "packages.csv is 20.0 MB; at most 20 MB can be sent: split it." in (
        response.content.decode()
    )
    assert not ImportRun.objects.exists()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, ["Choose one.", "Choose the file to send."]),
        ({"kind": "packages", "file": ("a.csv", b"")}, ["The file is empty."]),
        ({"kind": "packages", "file": ("a.docx", b"PK")}, ["a.docx is none of .csv, .xlsx"]),
        ({"kind": "carers", "file": ("a.csv", b"x")}, ["Choose one of these."]),
    ],
)
def test_an_upload_that_cannot_be_taken_says_why(broker: Client, data: dict, words: list[str]):
    if "file" in data:
        data = {**data, "file": SimpleUploadedFile(*data["file"])}

    response = broker.post(reverse("import_upload"), data)

    assert response.status_code == 422
    text = response.content.decode()
    assert [word for word in words if word not in text] == []
    assert not ImportRun.objects.exists()


def test_the_same_bytes_accepted_before_are_announced(broker: Client):
    first = uploaded(broker, packages_csv(1, **REFERRED))
    press(broker, "accept", first, seen=first.check_job_id)
    work()

    again = uploaded(broker, packages_csv(1, **REFERRED))

    text = page(broker, again)
    assert "The very same file was accepted on" in text
    assert "Everything in the file is stored already." in text
    assert again.totals == {"read": 1, "new": 0, "updated": 0, "unchanged": 1, "rejected": 0}


def odd_file() -> bytes:
    """Two rows whose person and postcode stand under other headings, beside a strange column."""
    rows = [package_row(number, **REFERRED) for number in (1, 2)]
    headings = ["Client", *list(rows[0])[1:], "=Remark"]
    headings[headings.index("Postcode")] = "Post code"
    odd = [dict(zip(headings, [*row.values(), "x"], strict=True)) for row in rows]
    return csv_of(odd, headings)


def test_columns_are_prefilled_missing_ones_named_unknown_ones_listed_and_the_choice_is_saved(
    broker: Client,
):
    run = uploaded(broker, odd_file())
    assert run.state == ImportState.UNREADABLE
    assert "The file lacks “Person ID”, “Postcode”." in page(broker, run)
    address = reverse("import_mapping", args=[run.pk])

    response = broker.get(address)

    form = response.context["form"]
    assert form.missing == ["Person ID", "Postcode"]
    assert form.unused == ["Client", "Post code", "=Remark"]
    assert "Still missing: Person ID, Postcode." in response.content.decode()
    choice = {line.field.name: line.field.value() for line in form.lines}
    assert choice["package_ref"] == str(run.headings.index("Package Ref"))

    choice["person_id"] = choice["postcode"] = str(run.headings.index("Client"))
    refused = broker.post(address, choice)

    assert refused.status_code == 422
    assert "“Client” is already Person ID: choose one of them." in refused.content.decode()

    choice["postcode"] = str(run.headings.index("Post code"))
    broker.post(address, choice)
    work()

    run.refresh_from_db()
    assert run.mapping["Client"] == "person_id"
    assert run.mapping["=Remark"] == ""
    assert run.totals["new"] == 2
    # Looked at again, the choice is what was saved.
    again = broker.get(address).context["form"]
    assert (again.missing, again.unused) == ([], ["=Remark"])


def test_a_required_column_left_out_is_refused_by_name(broker: Client):
    run = uploaded(broker, odd_file())

    response = broker.post(reverse("import_mapping", args=[run.pk]), {})

    assert response.status_code == 422
    assert "Choose the heading that holds Person ID." in response.content.decode()
    run.refresh_from_db()
    assert run.mapping == {}


BAD_ROWS = [
    package_row(3, postcode="HR9 9ZZ", **REFERRED),
    package_row(4, quantity_per_week="4.00", skills="=juggling", **REFERRED),
]


def four_rows() -> bytes:
    """Two good rows and two bad ones, with three faults."""
    good = [package_row(number, **REFERRED) for number in (1, 2)]
    return csv_of([*good, *BAD_ROWS])


def test_the_difference_adds_up_and_names_row_column_and_fault(broker: Client):
    run = uploaded(broker, four_rows())

    text = page(broker, run)

    # 4 rows = 2 new + 0 updated + 0 unchanged + 2 rejected; the headings are row 1.
    assert "4 rows read = 2 new + 0 updated + 0 unchanged + 2 rejected." in text
    assert "Add 2 packages" in text
    assert "2 rejected rows stay out." in text
    assert "Postcode HR9 9ZZ is not among the council&#x27;s postcodes." in text
    assert "4.00 hours are stated; the visits pattern adds up to 3.50." in text
    assert "“=juggling” is not a skill" in text
    assert CarePackage.objects.count() == 0


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_rejects_come_back_in_the_senders_columns_with_a_reason(broker: Client, ending: str):
    run = uploaded(broker, four_rows())

    response = broker.get(reverse("import_rejects", args=[run.pk, ending]))

    disposition = response.headers["Content-Disposition"]
    assert disposition == f'attachment; filename="packages-rejects.{ending}"'
    table = read_table(response.content)
    assert list(table.headings) == [*package_row(1), "Reason"]
    assert [row.cells[0] for row in table.rows] == ["9000003", "9000004"]
    assert table.rows[0].cells[-1].startswith("Postcode: Postcode HR9 9ZZ is not among")
    skills = list(table.headings).index("Skills")
    assert table.rows[1].cells[skills] == "'=juggling"  # never a formula


def test_rejects_in_another_form_or_of_a_clean_file_are_not_found(broker: Client):
    dirty, clean = uploaded(broker, four_rows()), uploaded(broker, packages_csv(1, **REFERRED))

    for run, ending in ((dirty, "exe"), (clean, "csv")):
        address = reverse("import_rejects", args=[run.pk, ending])
        assert broker.get(address).status_code == 404


def test_updated_rows_show_before_and_after_and_the_button_says_both(broker: Client):
    first = uploaded(broker, packages_csv(2, **REFERRED))
    press(broker, "accept", first, seen=first.check_job_id)
    work()
    changed = package_row(2, postcode="HR2 2BB", **REFERRED)
    rows = [package_row(1, **REFERRED), changed, package_row(3, **REFERRED)]

    run = uploaded(broker, csv_of(rows))

    text = page(broker, run, "?rows=updated")
    assert "Add 1 and change 1 package" in text
    assert "3 rows read = 1 new + 1 updated + 1 unchanged + 0 rejected." in text
    [row] = page_rows(broker, run, "updated")
    [difference] = row.differences
    assert (row.number, row.key) == (3, "E000002")
    assert difference == {"column": "Postcode", "before": "HR1 1AA", "after": "HR2 2BB"}


def page_rows(client: Client, run: ImportRun, outcome: str, more: str = "") -> list[Any]:
    """Return the rows a page shows."""
    address = reverse("import_page", args=[run.pk])
    context = client.get(f"{address}?rows={outcome}{more}").context
    return list(context["heap"].page)


def test_rows_come_in_pages_of_50_and_are_found_by_key(broker: Client):
    run = uploaded(broker, packages_csv(60, **REFERRED))

    assert len(page_rows(broker, run, "new")) == 50
    assert [row.number for row in page_rows(broker, run, "new", "&page=2")] == list(range(52, 62))
    assert [row.key for row in page_rows(broker, run, "new", "&key=e00005")] == [
        *(f"E0000{n}" for n in range(50, 60))
    ]
    assert "No new row has a key with “nobody” in it." in page(broker, run, "?rows=new&key=nobody")
    # Nonsense in the address is no fault.
    assert len(page_rows(broker, run, "odd", "&page=no")) == 50


def test_accepting_writes_once_however_often_the_button_is_pressed(broker: Client):
    run = uploaded(broker, four_rows())

    press(broker, "accept", run, seen=run.check_job_id)
    text = press(broker, "accept", run, seen=run.check_job_id)

    assert "is not over yet: wait for it." in text
    assert Job.objects.filter(kind="accept_import").count() == 1
    assert work() == [JobState.DONE]
    assert CarePackage.objects.count() == 2
    text = page(broker, run)
    assert "added 2 packages" in text
    assert "Propose allocations" in text
    assert AuditEntry.objects.filter(action="accept_import").count() == 1
    assert "only a checked file is accepted" in press(broker, "accept", run, seen="")


def test_a_stale_dry_run_says_so_and_can_be_checked_again(broker: Client, council: Council):
    stale = uploaded(broker, packages_csv(2, **REFERRED))
    other = uploaded(broker, packages_csv(1, **REFERRED), name="other.csv")
    press(broker, "accept", other, seen=other.check_job_id)
    work()
    assert "may be out of date" in page(broker, stale)

    press(broker, "accept", stale, seen=stale.check_job_id)

    assert work() == [JobState.FAILED]
    text = page(broker, stale)
    assert "was shown as new and would now be unchanged" in text
    assert "Check the file again" in text
    assert CarePackage.objects.count() == 1

    press(broker, "check", stale)
    work()

    stale.refresh_from_db()
    assert stale.totals == {"read": 2, "new": 1, "updated": 0, "unchanged": 1, "rejected": 0}
    text = page(broker, stale)
    assert "out of date" not in text
    press(broker, "accept", stale, seen=stale.check_job_id)
    assert work() == [JobState.DONE]
    assert CarePackage.objects.count() == 2


def test_a_difference_nobody_looked_at_is_not_accepted(broker: Client):
    run = uploaded(broker, four_rows())
    seen = run.check_job_id
    press(broker, "check", run)
    work()

    text = press(broker, "accept", run, seen=seen)

    assert "was checked again since you looked" in text
    assert not Job.objects.filter(kind="accept_import").exists()


def test_a_discarded_import_wrote_nothing_and_says_so(broker: Client):
    run = uploaded(broker, four_rows())

    text = press(broker, "discard", run)

    assert "packages.csv is put aside. Nothing of it was written." in text
    run.refresh_from_db()
    assert (run.state, CarePackage.objects.count()) == (ImportState.DISCARDED, 0)
    assert "send the file again" in press(broker, "check", run).lower()
    mapping = broker.get(reverse("import_mapping", args=[run.pk]), follow=True)
    assert "its columns are settled" in mapping.content.decode()


ADDRESSES = ("page", "mapping", "check", "accept", "discard")


def test_another_councils_import_does_not_exist(broker: Client, other_council: Council):
    run = uploaded(broker, four_rows())
    entries = AuditEntry.objects.count()
    broker.force_login(other_council[Role.BROKER])

    for name in ADDRESSES:
        address = reverse(f"import_{name}", args=[run.pk])
        ask = broker.get if name in ("page", "mapping") else broker.post
        assert ask(address).status_code == 404, name
    assert broker.get(reverse("import_rejects", args=[run.pk, "csv"])).status_code == 404
    run.refresh_from_db()
    assert run.state == ImportState.CHECKED
    assert AuditEntry.objects.count() == entries


@pytest.mark.parametrize(
    ("role", "kinds"),
    [
        (Role.BROKER, ["packages", "persons"]),
        (Role.COORDINATOR, ["carers", "shifts", "preferences"]),
        (Role.CONTRACT_MANAGER, ["providers", "cqc"]),
        (Role.COMMISSIONER, ["postcodes", "boundaries", "framework", "bank_holidays"]),
        (
            Role.ADMINISTRATOR,
            [
                *("providers", "postcodes", "boundaries", "cqc"),
                *("configuration", "framework", "bank_holidays"),
            ],
        ),
    ],
)
def test_a_role_is_offered_the_files_it_may_import(
    council: Council, client: Client, role: Role, kinds: list[str]
):
    client.force_login(council[role])

    form = client.get(reverse("import_upload")).context["form"]

    assert [name for name, _ in form.fields["kind"].choices] == kinds


@pytest.mark.parametrize("role", [Role.FINANCE, Role.AUDITOR])
def test_who_only_reads_sees_the_difference_and_no_button(
    broker: Client, council: Council, role: Role
):
    run = uploaded(broker, four_rows())
    broker.force_login(council[role])

    text = page(broker, run)

    assert "2 rejected" in text
    assert reverse("import_accept", args=[run.pk]) not in text
    upload = reverse("import_upload")
    for ask, address in (
        (broker.get, upload),
        (broker.post, upload),
        (broker.post, reverse("import_accept", args=[run.pk])),
        (broker.post, reverse("import_discard", args=[run.pk])),
    ):
        # Wagtail answers a refusal by leading back to its dashboard, in words.
        assert ask(address).headers["Location"] == reverse("wagtailadmin_home")
    run.refresh_from_db()
    assert run.state == ImportState.CHECKED


def test_a_role_that_sees_no_people_sees_no_import_of_people(broker: Client, council: Council):
    run = uploaded(broker, persons_csv(2), kind="persons", name="persons.csv")
    broker.force_login(council[Role.COMMISSIONER])

    assert broker.get(reverse("import_page", args=[run.pk])).status_code == 404


def test_what_the_sender_wrote_is_never_taken_for_markup(broker: Client):
    hostile = "<img src=x onerror=alert(1)>"
    row = {**package_row(1, postcode=hostile, **REFERRED), hostile: "x"}
    run = uploaded(broker, csv_of([row], list(row)), name=f"{hostile}.csv")

    texts = [page(broker, run), broker.get(reverse("import_mapping", args=[run.pk])).content]

    assert run.totals["rejected"] == 1
    for text in texts:
        assert hostile not in (text if isinstance(text, str) else text.decode())


def test_a_job_that_failed_says_why_and_the_file_can_be_checked_again(broker: Client):
    send(broker, four_rows())
    run = ImportRun.objects.get()
    Job.objects.update(state=JobState.INTERRUPTED, error="The worker stopped in the middle.")

    text = page(broker, run)

    assert "The worker stopped in the middle." in text
    assert "Check the file" in text
    press(broker, "check", run)
    assert work() == [JobState.DONE]


def test_the_list_of_imports_and_the_menu_lead_to_the_wizard(broker: Client, council: Council):
    run = uploaded(broker, four_rows())

    text = broker.get(reverse("importrun:index")).content.decode()

    assert reverse("import_upload") in text
    assert reverse("import_page", args=[run.pk]) in text
    broker.force_login(council[Role.AUDITOR])
    assert reverse("import_upload") not in (broker.get(reverse("importrun:index")).content.decode())


def test_people_come_in_the_same_way_and_lead_to_their_list(broker: Client):
    run = uploaded(broker, persons_csv(61), kind="persons", name="persons.csv")

    # 60 people are known by other names and addresses, the 61st is new.
    assert "Add 1 and change 60 people" in page(broker, run)
    press(broker, "accept", run, seen=run.check_job_id)
    work()
    text = page(broker, run)
    assert reverse("person:index") in text
    assert "Propose allocations" not in text
    assert Person.objects.count() == 61
    assert Person.objects.get(mosaic_person_id="9000061").birth_date == date(1940, 2, 3)


def test_a_workbook_is_as_good_as_a_csv(broker: Client):
    workbook = Workbook()
    row = package_row(1, **REFERRED)
    workbook.active.append(list(row))
    workbook.active.append(list(row.values()))
    kept = io.BytesIO()
    workbook.save(kept)

    run = uploaded(broker, kept.getvalue(), name="packages.xlsx")

    assert run.totals == {"read": 1, "new": 1, "updated": 0, "unchanged": 0, "rejected": 0}


def framework_json(capacity_hours: int) -> bytes:
    """One framework of one lot with the provider the council knows as P1."""
    place = {
        "provider": "P1",
        "tier": "lead",
        "rank": 1,
        "capacity_hours_per_week": capacity_hours,
        "starts_on": "2026-07-01",
        "ends_on": None,
    }
    lot = {"code": "N-1", "name": "Night", "pathways": ["D"], "zones": ["A"], "awards": [place]}
    framework = {
        "name": "Nights",
        "starts_on": "2026-07-01",
        "ends_on": "2027-07-01",
        "latest_end_on": "2027-07-01",
        "standstill_ends_on": None,
        "lots": [lot],
    }
    return json.dumps({"format": "homeward-framework/1", "frameworks": [framework]}).encode()


def test_a_framework_comes_as_json_and_has_no_columns_to_map(council: Council, client: Client):
    client.force_login(council[Role.ADMINISTRATOR])
    sent = {"kind": "framework", "name": "framework.json"}

    run = uploaded(client, framework_json(40), **sent)

    assert run.totals["new"] == 3  # the framework, its lot, the place in it
    assert LotAward.objects.filter(lot__code="N-1").count() == 0
    text = page(client, run)
    assert "Add 3 and change 1 record" in text  # the framework is put in force, or submitted
    assert reverse("import_mapping", args=[run.pk]) not in text
    mapping = client.get(reverse("import_mapping", args=[run.pk]), follow=True)
    assert "framework.json has no columns to map." in mapping.content.decode()

    press(client, "accept", run, seen=run.check_job_id)
    assert work() == [JobState.DONE]
    assert LotAward.objects.get(lot__code="N-1").capacity_minutes_per_week == 40 * 60

    again = uploaded(client, framework_json(30), **sent)
    text = page(client, again)
    assert "Change 1 record" in text
    assert (again.totals["new"], again.totals["unchanged"]) == (0, 3)
