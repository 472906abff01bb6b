"""Races for one package: how many of 8 awards made at once win, round after round.

    python benchmarks/award_races.py [--rounds 10000] [--clerks 8]

Eight processes, each with its own connection, award the same package at the same moment through
the product's own service, with audit entry, notices and sealed file; then the next package. Exactly
one of each round may win. A scratch database is made and dropped: a SQLite file, or with
DATABASE_URL a PostgreSQL database of its own beside the named one.
"""

import argparse
import contextlib
import importlib
import multiprocessing
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[1]
SOURCE_ROOTS = [str(ROOT), str(ROOT / "site"), str(ROOT / "graphql")]
WAIT_SECONDS = 120
PATIENCE_SECONDS = 300
PACKAGES_AT_ONCE = 250


class NoMigrations:
    """Tables are made as the models say them, as in the test suite."""

    def __contains__(self, app: str) -> bool:
        return True

    def __getitem__(self, app: str) -> None:
        return None


def set_up_django() -> None:
    """Load Homeward on the database of the environment."""
    sys.path[:0] = [root for root in SOURCE_ROOTS if root not in sys.path]
    os.environ["DJANGO_SETTINGS_MODULE"] = "homeward.settings.test"
    importlib.import_module("django").setup()


@contextlib.contextmanager
def scratch_database() -> Iterator[str]:
    """Point the environment at an empty database of this run's own; yield what it is called."""
    url = os.environ.get("DATABASE_URL")
    with tempfile.TemporaryDirectory(prefix="homeward-races-") as data:
        os.environ["HOMEWARD_DATA"] = data
        if not url:
            yield "SQLite"
            return
        psycopg = importlib.import_module("psycopg")
        name = f"homeward_races_{os.getpid()}"
        with psycopg.connect(url, autocommit=True) as server:
            server.execute(f"CREATE DATABASE {name}")
            os.environ["DATABASE_URL"] = urlsplit(url)._replace(path=f"/{name}").geturl()
            try:
                yield "PostgreSQL"
            finally:
                os.environ["DATABASE_URL"] = url
                server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def build(rounds: int) -> list[int]:
    """Make the tables and the council with a package a round; return the packages' keys."""
    set_up_django()
    conf = importlib.import_module("django.conf")
    conf.settings.MIGRATION_MODULES = NoMigrations()
    management = importlib.import_module("django.core.management")
    management.call_command("migrate", run_syncdb=True, verbosity=0)
    protect_audit()
    made = importlib.import_module("tests.council")
    registration = importlib.import_module("cms_models.care.services.registration")
    models = importlib.import_module("cms_models.care.models")
    council = made.build_council()
    for start in range(1, rounds + 1, PACKAGES_AT_ONCE):
        numbers = range(start, min(start + PACKAGES_AT_ONCE, rounds + 1))
        registration.register_persons(
            actor=council.system, terms=[made.person_terms(n) for n in numbers]
        )
        registration.register_packages(
            actor=council.system, terms=[made.package_terms(n) for n in numbers], on=made.TODAY
        )
    return list(models.CarePackage.objects.order_by("pk").values_list("pk", flat=True))


def protect_audit() -> None:
    """Let the database refuse changes of the audit, as in an installed Homeward."""
    triggers = importlib.import_module("cms_models.audit.migrations.0002_append_only")
    connection = importlib.import_module("django.db").connection
    sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        for statement in triggers.SQLITE if sqlite else triggers.POSTGRESQL:
            cursor.execute(statement)


def clerk(number: int, packages: list[int], start: Barrier, results: Any) -> None:
    """Award package after package, each at the same moment as the other clerks."""
    set_up_django()
    award_once = prepared(number)
    for package in packages:
        start.wait(WAIT_SECONDS)
        results.put((package, award_once(package), time.time()))


def prepared(number: int) -> Any:
    """Return a function that tries to award a package once and says how that went."""
    awards = importlib.import_module("cms_models.brokerage.services.awards")
    accounts = importlib.import_module("cms_models.accounts.models")
    models = importlib.import_module("cms_models.care.models")
    market = importlib.import_module("cms_models.market.models")
    now = importlib.import_module("django.utils.timezone").now
    broker = accounts.User.objects.select_related("authority").get(username="broker")
    provider = market.Provider.objects.get(ref=("P1", "P2")[number % 2])

    def award_once(key: int) -> str:
        package = models.CarePackage.objects.select_related("lot__framework", "authority").get(
            pk=key
        )
        try:
            awards.award_package(
                actor=broker,
                package=package,
                provider=provider,
                lot=package.lot,
                reason="A race",
                now=now(),
            )
        except awards.AlreadyPlaced:
            return "placed"
        except Exception as other:
            return repr(other)
        return "won"

    return award_once


def race(packages: list[int], clerks: int) -> tuple[Counter[tuple[int, str]], float]:
    """Run every round; return how often each outcome came for each package, and the seconds.

    The seconds run from the first answer, when every clerk has started, to the last.
    """
    context = multiprocessing.get_context("spawn")
    start, results = context.Barrier(clerks), context.Queue()
    workers = [
        context.Process(target=clerk, args=(number, packages, start, results))
        for number in range(clerks)
    ]
    for worker in workers:
        worker.start()
    found: Counter[tuple[int, str]] = Counter()
    moments = []
    for _ in range(clerks * len(packages)):
        package, outcome, at = results.get(timeout=PATIENCE_SECONDS)
        found[package, outcome] += 1
        moments.append(at)
    for worker in workers:
        worker.join()
    return found, max(moments) - min(moments)


def report(found: Counter[tuple[int, str]], packages: list[int], clerks: int) -> bool:
    """Print how many won each round and what else came; return whether every round had one."""
    winners = Counter(found[package, "won"] for package in packages)
    for number, rounds in sorted(winners.items()):
        print(f"  {rounds:>6,} rounds with {number} winner{'s' if number != 1 else ''}")
    losers = sum(found[package, "placed"] for package in packages)
    print(f"  {losers:>6,} told that it is placed already")
    others = Counter(
        {what: count for (_, what), count in found.items() if what not in ("won", "placed")}
    )
    for what, count in others.most_common(5):
        print(f"  {count:>6,} {what}")
    models = importlib.import_module("cms_models.care.models")
    files = importlib.import_module("cms_models.brokerage.models").AllocationFile
    counts = models.Award.objects.count(), files.objects.count()
    print(f"  {counts[0]:>6,} awards and {counts[1]:,} sealed files in the database")
    one_each = winners == {1: len(packages)} and losers == len(packages) * (clerks - 1)
    return one_each and counts == (len(packages), len(packages))


def main() -> None:
    """Race, print, and fail unless each round had exactly one winner."""
    as_written = argparse.RawTextHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=as_written)
    parser.add_argument("--rounds", type=int, default=10_000)
    parser.add_argument("--clerks", type=int, default=8)
    asked = parser.parse_args()
    with scratch_database() as name:
        packages = build(asked.rounds)
        importlib.import_module("django.db").connections.close_all()
        found, seconds = race(packages, asked.clerks)
        print(f"{asked.rounds:,} races of {asked.clerks} on {name}, {seconds:,.0f} s:")
        passed = report(found, packages, asked.clerks)
        importlib.import_module("django.db").connections.close_all()
    sys.exit(0 if passed else "Not every round had exactly one winner.")


if __name__ == "__main__":
    main()
