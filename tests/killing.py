"""kill -9 in the middle of a job: what the tests of it share.

The test's database is copied to a file of its own, on which another process works and dies.
"""

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parents[1]
SET_UP = """
import sys, time
sys.path[:0] = [{root!r}, {root!r} + "/site", {root!r} + "/graphql"]
import django
django.setup()
from django.utils import timezone
from cms_models.care.services import registration
from cms_models.jobs import runner, services
from cms_models.rounds.services import planning
from cms_models.jobs.models import Job
"""
STOP_IN_THE_MIDDLE = """
def stop(*args, **kwargs):
    print("in the middle", flush=True)
    time.sleep(120)
{writer} = stop
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


def copied_database(folder: Path) -> None:
    """Copy what the test has written so far into the folder's embedded database."""
    if connection.vendor != "sqlite":
        pytest.skip("copies the embedded database to a file of its own: SQLite only")
    with sqlite3.connect(folder / "homeward.sqlite3") as copy:
        # As SQL text: a backup would wait for this test's own transaction for ever.
        copy.executescript("".join(connection.connection.iterdump()))


def kill_in_the_middle(folder: Path, *, job: int, writer: str) -> None:
    """Run a job in another process until `writer` is called, inside its transaction; kill it."""
    worker = process(STOP_IN_THE_MIDDLE, folder, job=job, writer=writer)
    assert worker.stdout.readline() == "in the middle\n"
    os.kill(worker.pid, signal.SIGKILL)
    worker.communicate()


def sweep_and_run_again(folder: Path, *, job: int) -> list[str]:
    """Sweep and run the job again in yet another process; returns what it printed."""
    told, _ = process(SWEEP_AND_RUN_AGAIN, folder, job=job).communicate(timeout=200)
    return told.splitlines()


INTERRUPTED = [
    "swept 1",
    "interrupted The worker stopped in the middle. Nothing half-done was kept; run it again.",
    "done",
]
