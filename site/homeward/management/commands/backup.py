"""`manage.py backup FILE`: a consistent copy of the embedded database while it is in use."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection


class Command(BaseCommand):
    """Copy the embedded database into one file; PostgreSQL has pg_dump."""

    help = "Write a consistent copy of the embedded (SQLite) database into FILE."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file to write."""
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the copy; nothing that is there is overwritten."""
        path: Path = options["file"]
        if connection.vendor != "sqlite":
            raise CommandError("This database is PostgreSQL: use pg_dump (docs/operations.md).")
        if path.exists():
            raise CommandError(f"{path} is there already; choose another name.")
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(path)])
        path.chmod(0o600)
        self.stdout.write(f"{path}: {path.stat().st_size:,} bytes")
