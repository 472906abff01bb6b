"""`manage.py run_worker`: the queue's cluster, watched, because a killed part can stop it for good.

A cluster whose idle worker is killed serves nothing more and hangs on SIGTERM (django-q2#23), and
a killed master leaves its children working. So the cluster runs in a process group of its own;
when waiting jobs are not taken, or the master is gone, the whole group is ended and begun again.
"""

import logging
import os
import signal
import subprocess
import sys
import threading
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.db import OperationalError, close_old_connections
from django.utils import timezone

from cms_models.jobs.models import Job, JobState

log = logging.getLogger("homeward.worker")
WATCH_SECONDS = 5
STUCK_AFTER = timedelta(seconds=60)
PATIENCE_SECONDS = 3


def stuck(*, now: datetime) -> bool:
    """Return whether a job has waited long while no job runs anywhere."""
    if Job.objects.filter(state=JobState.RUNNING).exists():
        return False
    return Job.objects.filter(state=JobState.QUEUED, updated_at__lt=now - STUCK_AFTER).exists()


class Cluster:
    """The queue's cluster as a process group."""

    def __init__(self) -> None:
        self.begun_at = timezone.now()
        self.process = subprocess.Popen(
            [sys.executable, sys.argv[0], "qcluster"], start_new_session=True
        )

    @property
    def alive(self) -> bool:
        """Whether the master lives."""
        return self.process.poll() is None

    def end(self) -> None:
        """End the group: asked first, then killed, orphans too."""
        self._signal(signal.SIGTERM)
        try:
            self.process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            log.info("The queue's cluster took too long to stop and was killed")
        self._signal(signal.SIGKILL)
        self.process.wait()

    def _signal(self, number: signal.Signals) -> None:
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            return


class Command(BaseCommand):
    """A worker: takes jobs one after another; start as many as there are processors."""

    help = "Run background jobs, one at a time."

    def handle(self, *args: Any, **options: Any) -> None:
        """Watch the cluster until told to stop."""
        stop = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
        cluster = Cluster()
        while not stop.wait(WATCH_SECONDS):
            if not cluster.alive or self._is_stuck(cluster):
                log.warning("The queue's cluster stopped working; it is begun again")
                cluster.end()
                cluster = Cluster()
        cluster.end()

    def _is_stuck(self, cluster: Cluster) -> bool:
        now = timezone.now()
        if now - cluster.begun_at < STUCK_AFTER:
            return False
        try:
            close_old_connections()
            return stuck(now=now)
        except OperationalError:
            return False
