"""`manage.py run_scheduler`: keeps jobs honest and starts the daily ones."""

import logging
import signal
import threading
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand
from django.db import OperationalError, close_old_connections
from django.utils import timezone

from cms_models.accounts.models import Authority
from cms_models.accounts.services import system_actor
from cms_models.jobs import services
from cms_models.jobs.registry import KINDS

log = logging.getLogger("homeward.scheduler")
TICK_SECONDS = 10
# What began today is put on file first and enters the rule book; then every package is resolved
# and priced by it.
DAILY = (
    ("go_live", "on"),
    ("draw_up_rules", "on"),
    ("resolve_packages", "on"),
    ("make_visits", "first"),
    ("tell_of_expiries", "on"),
    ("turn_clocks", "on"),
)


def tick(*, now: datetime) -> None:
    """Sweep the jobs of dead workers, resend what the queue lost, queue the day's own jobs once."""
    interrupted = services.sweep(now=now)
    if interrupted:
        log.warning("%s job(s) interrupted: the worker is gone", interrupted)
    services.send_forgotten(now=now)
    today = timezone.localdate(now).isoformat()
    for authority in Authority.objects.all():
        for kind, day_name in DAILY:
            services.enqueue(
                actor=system_actor(authority=authority),
                kind=kind,
                params={day_name: today},
                idempotency_key=f"{kind}:{authority.code}:{today}",
            )
        _queue_what_is_due(authority, now)
    services.forget_ticks(now=now)


def _queue_what_is_due(authority: Authority, now: datetime) -> None:
    """Queue work that fell due since the last tick, unless the same kind is under way already."""
    tick_number = int(now.timestamp()) // TICK_SECONDS
    for kind in KINDS.values():
        if kind.due is None or services.under_way(authority=authority, kind=kind.name):
            continue
        if kind.due(authority, now):
            services.enqueue(
                actor=system_actor(authority=authority),
                kind=kind.name,
                params={},
                idempotency_key=f"{kind.name}:{authority.code}:{tick_number}",
            )


class Command(BaseCommand):
    """The scheduler: any number may run, each piece of work is done once."""

    help = "Sweep dead workers' jobs and queue daily work, every few seconds."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Allow a single tick, for tests and cron."""
        parser.add_argument("--once", action="store_true", help="one tick, then stop")

    def handle(self, *args: Any, **options: Any) -> None:
        """Tick until told to stop; a database that is away is waited for."""
        stop = threading.Event()
        if not options["once"]:
            for name in (signal.SIGTERM, signal.SIGINT):
                signal.signal(name, lambda *_: stop.set())
        while True:
            try:
                tick(now=timezone.now())
            except OperationalError as away:
                log.warning("The database does not answer (%s); trying again", away)
            if options["once"] or stop.wait(TICK_SECONDS):
                return
            close_old_connections()
