"""`manage.py load_roads FILE`: road times from an OpenStreetMap extract."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from cms_models.jobs.commands import JobCommand
from importers.roads import load_road_map
from optimiser.travel.points import TravelError


class Command(JobCommand):
    """Load a road map and plan on it from now on."""

    help = "Load road times from any OpenStreetMap .osm.pbf for a council's rounds."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file and a name for it besides the council."""
        super().add_arguments(parser)
        parser.add_argument("file", type=Path)
        parser.add_argument("--name", help="what the map is called (default: the file's name)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load the map, or say in one line why not."""
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        name = options["name"] or path.name.split(".")[0]
        try:
            row = load_road_map(actor=self.actor(options), path=path, name=name)
        except TravelError as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(
            f"{row}: {row.nodes:,} nodes, {row.edges:,} edges, kept; rounds are timed by road now."
        )
