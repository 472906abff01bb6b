"""An import from dry run to acceptance: who may, once only, all or nothing, as shown."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from cms_models.accounts.roles import Role
from cms_models.audit.models import AuditEntry
from cms_models.audit.selectors import chain_faults
from cms_models.audit.services import save_record
from cms_models.care.models import Award, CarePackage, VisitPattern
from cms_models.care.services import registration
from cms_models.jobs import imports
from cms_models.jobs.models import ImportRow, ImportRun, Job
from cms_models.jobs.runner import run_job
from cms_models.jobs.services import cancel, start_here
from importers import session
from importers.faults import BadFile, OtherwiseNow
from tests.council import TODAY, Council
from tests.importers.extracts import (
    NOW,
    PERSON_HEADINGS,
    accepted,
    checked,
    counts,
    csv_of,
    packages_csv,
    person_row,
    persons_csv,
    with_people,
)


def test_accepting_twice_changes_nothing_and_says_so(council: Council):
    with_people(council.system, 3)
    run = accepted(council.system, "packages", packages_csv(3))
    entries = AuditEntry.objects.count()

    again = session.accept(actor=council.system, run=run, on=TODAY, now=NOW)

    assert again == {**counts(new=3), "already_accepted": "23/11/2026 09:00"}
    assert AuditEntry.objects.count() == entries
    assert not list(chain_faults(council.authority))


def test_acceptance_is_in_the_audit_with_the_files_digest(council: Council):
    run = accepted(council.system, "persons", persons_csv(2))

    entry = AuditEntry.objects.get(action="accept_import")
    assert entry.before == {"state": "checked"}
    assert entry.after["sha256"] == run.sha256
    assert entry.after["new"] == 2


def test_accept_is_refused_when_the_records_changed_since_the_dry_run(council: Council):
    with_people(council.system, 2)
    run = checked(council.system, "packages", packages_csv(2))
    accepted(council.system, "packages", packages_csv(1))

    with pytest.raises(OtherwiseNow, match=r"row 2 \(E000001\) was shown as new and would now be "):
        session.accept(actor=council.system, run=run, on=TODAY, now=NOW)

    assert CarePackage.objects.count() == 1
    run.refresh_from_db()
    assert run.state == "checked"
    session.check(actor=council.system, run=run, on=TODAY)
    assert run.totals == counts(new=1, unchanged=1)
    session.accept(actor=council.system, run=run, on=TODAY, now=NOW)
    assert CarePackage.objects.count() == 2


def test_a_write_between_examination_and_lock_is_noticed(council: Council, monkeypatch):
    with_people(council.system, 1)
    run = checked(council.system, "packages", packages_csv(1))
    provider = council.providers["P1"]

    def meanwhile(fraction: float, note: str) -> None:
        if note == "Writing":
            provider.ref = "P1-renamed"
            save_record(actor=council.system, record_=provider, expected_version=1)

    with pytest.raises(OtherwiseNow, match="would now be rejected"):
        session.accept(actor=council.system, run=run, on=TODAY, now=NOW, step=meanwhile)

    assert not CarePackage.objects.exists()


def test_a_failure_at_the_very_end_leaves_nothing(council: Council, monkeypatch):
    with_people(council.system, 20)
    run = checked(council.system, "packages", packages_csv(20))
    entries = AuditEntry.objects.count()

    def fail(**kwargs: object) -> None:
        assert CarePackage.objects.count() == Award.objects.count() == 20
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(registration, "record_many", fail)
    with pytest.raises(RuntimeError):
        session.accept(actor=council.system, run=run, on=TODAY, now=NOW)

    run.refresh_from_db()
    assert run.state == "checked"
    assert not CarePackage.objects.exists()
    assert not VisitPattern.objects.exists()
    assert not Award.objects.exists()
    assert AuditEntry.objects.count() == entries


def test_only_who_may_change_a_record_may_import_it(council: Council):
    content = packages_csv(1)

    with pytest.raises(PermissionDenied, match="may not import “Care packages”"):
        imports.receive_file(
            actor=council[Role.COMMISSIONER], kind="packages", filename="p.csv", content=content
        )
    with pytest.raises(PermissionDenied, match="configuration"):
        imports.receive_file(
            actor=council[Role.BROKER], kind="configuration", filename="c.zip", content=content
        )

    assert not ImportRun.objects.exists()


def test_imports_of_people_are_hidden_from_roles_that_see_no_names(council: Council):
    checked(council[Role.BROKER], "persons", persons_csv(1))

    assert ImportRun.objects.visible_to(council[Role.BROKER]).count() == 1
    assert ImportRow.objects.visible_to(council[Role.COORDINATOR]).count() == 1
    for role in (Role.COMMISSIONER, Role.CONTRACT_MANAGER, Role.PROVIDER, Role.CARER):
        assert not ImportRun.objects.visible_to(council[role]).exists()
        assert not ImportRow.objects.visible_to(council[role]).exists()


def test_an_import_of_another_council_cannot_be_accepted(council: Council, other_council: Council):
    run = checked(other_council.system, "persons", persons_csv(1))

    with pytest.raises(PermissionDenied, match="another council"):
        session.accept(actor=council[Role.BROKER], run=run, on=TODAY, now=NOW)
    job = start_here(actor=council[Role.BROKER], kind="accept_import", params={"import_id": run.pk})
    assert run_job(job.pk, heartbeat=False) == "failed"

    job.refresh_from_db()
    assert job.error.startswith(f"There is no import {run.pk} that ")
    run.refresh_from_db()
    assert run.state == "checked"


def test_the_same_bytes_again_say_when_they_were_accepted(council: Council):
    accepted(council.system, "persons", persons_csv(1))

    again = imports.receive_file(
        actor=council.system, kind="persons", filename="again.csv", content=persons_csv(1)
    )

    assert again.accepted_before == NOW


def test_an_accepted_import_is_neither_checked_again_nor_discarded(council: Council):
    run = accepted(council.system, "persons", persons_csv(1))

    for act in (
        lambda: session.check(actor=council.system, run=run, on=TODAY),
        lambda: imports.discard(actor=council.system, run=run),
    ):
        with pytest.raises(ValidationError, match="send the file again"):
            act()

    run.refresh_from_db()
    assert run.state == "accepted"


def test_a_discarded_import_cannot_be_accepted(council: Council):
    run = checked(council.system, "persons", persons_csv(1))
    imports.discard(actor=council.system, run=run)
    run.refresh_from_db()

    with pytest.raises(BadFile, match="check it before"):
        session.accept(actor=council.system, run=run, on=TODAY, now=NOW)


def test_a_cancelled_job_writes_nothing(council: Council):
    run = checked(council.system, "persons", persons_csv(3))
    job = start_here(actor=council.system, kind="accept_import", params={"import_id": run.pk})
    Job.objects.filter(pk=job.pk).update(cancel_requested=True)

    assert run_job(job.pk, heartbeat=False) == "cancelled"

    job.refresh_from_db()
    assert job.error == "Stopped as asked; nothing was written."
    run.refresh_from_db()
    assert run.state == "checked"
    with pytest.raises(ValueError, match="nothing to cancel"):
        cancel(actor=council.system, row=job)


def test_jobs_check_and_accept_with_totals_as_their_result(council: Council):
    run = imports.receive_file(
        actor=council[Role.BROKER], kind="persons", filename="p.csv", content=persons_csv(2)
    ).run
    results = []
    for kind in ("check_import", "accept_import", "accept_import"):
        job = start_here(actor=council[Role.BROKER], kind=kind, params={"import_id": run.pk})
        assert run_job(job.pk, heartbeat=False) == "done"
        job.refresh_from_db()
        results.append(job.result)

    assert results[0] == results[1] == {"import_id": run.pk, **counts(new=2)}
    assert "already_accepted" in results[2]


def test_an_unreadable_file_says_why_on_the_import_and_the_job(council: Council):
    run = imports.receive_file(
        actor=council.system, kind="persons", filename="p.csv", content=b'Person ID\r\n"1'
    ).run
    job = start_here(actor=council.system, kind="check_import", params={"import_id": run.pk})

    assert run_job(job.pk, heartbeat=False) == "failed"

    job.refresh_from_db()
    run.refresh_from_db()
    assert run.state == "unreadable"
    assert run.problem == job.error == "Row 2 (line 2): a quote is opened and never closed."


def test_names_that_look_like_formulae_are_kept_as_text(council: Council):
    row = person_row(1, first_name="'=Eve", last_name="-Smith", address="@home")

    run = accepted(council.system, "persons", csv_of([row], PERSON_HEADINGS))

    entry = AuditEntry.objects.get(action="create", subject_type="care.person")
    assert run.totals == counts(new=1)
    assert entry.after["first_name"] == "=Eve"
    assert entry.after["last_name"] == "-Smith"


def test_a_file_too_large_is_refused_before_it_is_kept(council: Council):
    with pytest.raises(ValidationError, match=r"20\.0 MB; at most 20 MB"):
        imports.receive_file(
            actor=council.system,
            kind="persons",
            filename="p.csv",
            content=b"x" * (20 * 1024 * 1024 + 1),
        )

    assert not ImportRun.objects.exists()
