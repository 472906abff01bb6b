"""`manage.py prepare`: everything before serving, done once: tables, compiled engine, sample."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from homeward.demo import SampleCouncil, greeting
from optimiser.rounds.engine import compile_kernel


class Command(BaseCommand):
    """Bring the data folder to where the site can be served, and say how to sign in."""

    help = "Migrate, compile the rounds engine, build the sample council if the database is empty."

    def handle(self, *args: Any, **options: Any) -> None:
        """Do only what is missing, so that a second run takes seconds."""
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.stdout.write("Preparing the database …")
            call_command("migrate", interactive=False, verbosity=0)
        if not any((settings.DATA / "numba").glob("**/*.nbc")):
            self.stdout.write("Compiling the rounds engine …")
        compile_kernel()  # from the cache in a second, unless the engine is new
        sample = SampleCouncil(settings.DATA, say=self.stdout.write)
        if sample.is_wanted:
            sample.build(today=timezone.localdate())
        self.stdout.write(greeting(sample.state, base_url=settings.BASE_URL))
