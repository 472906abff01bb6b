"""kill -9 in the middle of an acceptance: the old state, a job that says so, and a second go."""

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from cms_models.jobs.services import start_here
from tests.council import Council
from tests.importers.extracts import checked, packages_csv, with_people

ROOT = Path(__file__).resolve().parents[2]
SET_UP = """
import sys, time
sys.path[:0] = [{root!r}, {root!r} + "/site", {root!r} + "/graphql"]
import django
django.setup()
from django.utils import timezone
from cms_models.care.services import registration
from cms_models.jobs import runner, services
from cms_models.jobs.models import Job
"""
STOP_IN_THE_MIDDLE = """
def stop(**kwargs):
    print("in the middle", flush=True)
    time.sleep(120)
registration.record_many = stop
runner.run_job({job})
"""
SWEEP_AND_RUN_AGAIN = """
print("swept", services.sweep(now=timezone.now()))
job = Job.objects.get(pk={job})
print(job.state, job.error)
services.run_again(actor=job.started_by, row=job)
print(runner.run_job(job.pk))
"""


def process(code: str, folder: Path, **values: object) -> subprocess.Popen:
    """A process of its own on the copied database."""
    environment = {name: text for name, text in os.environ.items() if name != "DATABASE_URL"}
    environment |= {"HOMEWARD_DATA": str(folder)}
    return subprocess.Popen(
        [sys.executable, "-c", (SET_UP + code).format(root=str(ROOT), **values)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def count(folder: Path, table: str) -> int:
    """Rows of a table as another process sees them."""
    with sqlite3.connect(folder / "homeward.sqlite3") as other:
        return other.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def test_kill_9_while_accepting_leaves_the_old_state_and_can_be_run_again(
    council: Council, tmp_path: Path
):
    if connection.vendor != "sqlite":
        pytest.skip("copies the embedded database to a file of its own: SQLite only")
    with_people(council.system, 30)
    run = checked(council.system, "packages", packages_csv(30))
    job = start_here(actor=council.system, kind="accept_import", params={"import_id": run.pk})
    with sqlite3.connect(tmp_path / "homeward.sqlite3") as copy:
        # As SQL text: a backup would wait for this test's own transaction for ever.
        copy.executescript("".join(connection.connection.iterdump()))
    entries = count(tmp_path, "audit_auditentry")

    worker = process(STOP_IN_THE_MIDDLE, tmp_path, job=job.pk)
    assert worker.stdout.readline() == "in the middle\n"
    os.kill(worker.pid, signal.SIGKILL)
    worker.communicate()

    assert count(tmp_path, "care_carepackage") == count(tmp_path, "care_award") == 0
    assert count(tmp_path, "audit_auditentry") == entries
    again, _ = process(SWEEP_AND_RUN_AGAIN, tmp_path, job=job.pk).communicate(timeout=120)
    assert again.splitlines() == [
        "swept 1",
        "interrupted The worker stopped in the middle. Nothing half-done was kept; run it again.",
        "done",
    ]
    assert count(tmp_path, "care_carepackage") == count(tmp_path, "care_award") == 30
