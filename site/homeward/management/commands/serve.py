"""`manage.py serve`: web, worker and scheduler together; Ctrl-C stops them all."""

import os
import shlex
import socket
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from honcho.manager import Manager

from homeward.processes import MARK, AlreadyServed, end_leftovers, hold_alone


def port_is_free(port: int) -> bool:
    """Return whether a server may listen on a port of this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class Command(BaseCommand):
    """Start every process of a one-machine set-up under one supervisor."""

    help = "Serve web, worker and scheduler together."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Allow preparing first, in one start of Python."""
        parser.add_argument("--prepare", action="store_true", help="run `prepare` before serving")

    def handle(self, *args: Any, **options: Any) -> None:
        """End leftovers of a killed start, then serve until a process or the person stops it."""
        mark = str(settings.DATA)
        try:
            lock = hold_alone(settings.DATA / "serve.lock")
        except AlreadyServed as served:
            raise CommandError(
                f"Homeward already serves {served}. Stop it first (Ctrl-C where it runs), or give "
                "this one a folder and a port of its own: HOMEWARD_DATA=… PORT=… make run"
            ) from served
        with lock:
            self._serve(mark, prepare=options["prepare"])

    def _serve(self, mark: str, *, prepare: bool) -> None:
        ended = end_leftovers(mark)
        if ended:
            self.stdout.write(f"Ended {ended} process(es) that an earlier start left behind.")
        if not port_is_free(settings.PORT):
            raise CommandError(
                f"Port {settings.PORT} is taken by another program. "
                f"Stop it, or choose another: PORT={settings.PORT + 1} make run"
            )
        if prepare:
            call_command("prepare")
        manager = self._manager({**os.environ, MARK: mark, "PYTHONUNBUFFERED": "1"})
        try:
            manager.loop()
        finally:
            end_leftovers(mark)
        sys.exit(0 if manager.returncode in (130, 143) else manager.returncode)

    def _manager(self, environment: dict[str, str]) -> Manager:
        python, manage = shlex.quote(sys.executable), shlex.quote(sys.argv[0])
        config = shlex.quote(str(settings.ROOT / "site" / "homeward" / "gunicorn.conf.py"))
        manager = Manager()
        for name, command in {
            "web": f"exec {python} -m gunicorn -c {config} homeward.wsgi:application",
            "worker": f"exec {python} {manage} run_worker",
            "scheduler": f"exec {python} {manage} run_scheduler",
        }.items():
            manager.add_process(name, command, env=environment, cwd=str(settings.ROOT))
        return manager
