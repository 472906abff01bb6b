"""kill -9 in the middle of an acceptance: the old state, a job that says so, and a second go."""

from pathlib import Path

from cms_models.jobs.services import start_here
from tests.council import Council
from tests.importers.extracts import checked, packages_csv, with_people
from tests.killing import (
    INTERRUPTED,
    copied_database,
    count,
    kill_in_the_middle,
    sweep_and_run_again,
)


def test_kill_9_while_accepting_leaves_the_old_state_and_can_be_run_again(
    council: Council, tmp_path: Path
):
    with_people(council.system, 30)
    run = checked(council.system, "packages", packages_csv(30))
    job = start_here(actor=council.system, kind="accept_import", params={"import_id": run.pk})
    copied_database(tmp_path)
    entries = count(tmp_path, "audit_auditentry")

    kill_in_the_middle(tmp_path, job=job.pk, writer="registration.record_many")

    assert count(tmp_path, "care_carepackage") == count(tmp_path, "care_award") == 0
    assert count(tmp_path, "audit_auditentry") == entries
    assert sweep_and_run_again(tmp_path, job=job.pk) == INTERRUPTED
    assert count(tmp_path, "care_carepackage") == count(tmp_path, "care_award") == 30
