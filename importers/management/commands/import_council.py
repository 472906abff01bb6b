"""`manage.py import_council DIR`: a whole council's folder, in order, accepted."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management.base import BaseCommand, CommandError

from cms_models.jobs.commands import actor_of
from importers.here import import_here
from importers.management.configuring import bundled, council_of_bundle
from importers.management.importing import (
    add_council_and_day_arguments,
    day_of,
    read_bytes,
    totals_line,
)

# Each rests on those before it: a place in a lot needs its provider, a package its person.
ORDER = (
    ("configuration", "council.json"),
    ("providers", "providers.csv"),
    ("framework", "framework.json"),
    ("persons", "persons.csv"),
    ("packages", "packages.csv"),
    ("carers", "carers.csv"),
    ("shifts", "shifts.csv"),
    ("preferences", "preferences.csv"),
)


class Command(BaseCommand):
    """Import every file of a council's folder."""

    help = "Import a council's folder: configuration, market, people, packages and workforce."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the folder."""
        parser.add_argument("folder", type=Path)
        add_council_and_day_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Import file by file; the first that is refused stops the rest and is named."""
        folder: Path = options["folder"]
        main = bundled(folder / "council.json")
        actor = actor_of(options, council_of_bundle(main))
        for kind, name in ORDER:
            path = folder / name
            if not path.is_file():
                self.stdout.write(f"{name}: not in the folder, left out")
                continue
            content = main if kind == "configuration" else read_bytes(path)
            try:
                run = import_here(
                    actor=actor,
                    kind=kind,
                    filename=name,
                    content=content,
                    on=day_of(options),
                    accepted=True,
                ).run
            except (ValueError, ValidationError, PermissionDenied) as refusal:
                words = " ".join(getattr(refusal, "messages", [str(refusal)]))
                raise CommandError(f"{name}: {words}") from refusal
            self.stdout.write(f"{name}: {totals_line(run)}")
