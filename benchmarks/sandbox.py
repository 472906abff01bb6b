"""Seconds of a sandbox sheet against the plain ORM loop over the same packages, in one run.

Times are processor seconds of this process (all of it runs in one thread), so that other work on
the machine does not count; the clock's seconds of the sheet are printed beside them.

    python benchmarks/sandbox.py --sizes 1000 20000 200000 [--loop-most 20000]

A county is generated in an embedded database of its own. A change in hours is tried; zone, lot,
area and price are reckoned afresh by both, nothing stored with a package is taken over. The loop
makes model instances, as is usual, with its patterns and awards prefetched, and judges place,
lot, price and payers a package at a time by the same rules. Above --loop-most packages it runs over
the first that many, and its time is scaled up by their number.
"""

import argparse
import os
import platform
import shutil
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def start(folder: str) -> None:
    """Set Django up on an empty database of its own."""
    os.environ["HOMEWARD_DATA"] = folder
    os.environ.pop("DATABASE_URL", None)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "homeward.settings.test")
    sys.path[:0] = [str(ROOT), str(ROOT / "site"), str(ROOT / "graphql")]
    import django  # noqa: PLC0415 - the settings must be chosen first

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    call_command("migrate", verbosity=0)


def measure(user: Any, *, loop_most: int) -> dict[str, float]:
    """Time a sheet of an option with drafts, a cell of it and the loop; they must agree."""
    from benchmarks import sandbox_loop  # noqa: PLC0415
    from benchmarks.sandbox_county import ON  # noqa: PLC0415
    from cms_models.care.models import CarePackage  # noqa: PLC0415
    from cms_models.planning.explaining import explained  # noqa: PLC0415
    from cms_models.planning.options import option_in_force, with_drafts  # noqa: PLC0415
    from cms_models.planning.packages import running_on  # noqa: PLC0415
    from cms_models.planning.selectors import sheet_of, sheets_of, terms_of  # noqa: PLC0415
    from cms_models.planning.sheet import TOTAL  # noqa: PLC0415

    in_force = option_in_force(user, ON)
    option = with_drafts(in_force, hours_percent={"O": Decimal(-5)})
    seconds = {}
    begins, clock = time.process_time(), time.perf_counter()
    sheet = sheet_of(option, user=user)
    seconds["sheet"] = time.process_time() - begins
    seconds["clock"] = time.perf_counter() - clock
    begins = time.process_time()
    sheets_of([in_force, option], user=user)
    seconds["two sheets"] = time.process_time() - begins
    begins = time.process_time()
    explained(sheet, table="zone", row=TOTAL, column="weekly_pence")
    seconds["a cell opened"] = time.process_time() - begins

    packages = sandbox_loop.whole(running_on(CarePackage.objects.visible_to(user), on=ON))
    packages = packages.order_by("package_ref")
    looked = min(sheet.total.packages, loop_most)
    terms = terms_of(option)
    begins = time.process_time()
    found = sandbox_loop.loop(packages[:looked].iterator(chunk_size=2000), terms)
    seconds["loop"] = (time.process_time() - begins) * sheet.total.packages / looked
    if looked == sheet.total.packages:
        for (table, key), sums in found.items():
            row = sheet.row(table, key)
            assert sums.cells == (
                row.clients,
                row.packages,
                row.weekly_minutes,
                row.weekly_pence,
                row.unpriced,
            ), (table, key)
    return seconds


def main() -> None:
    """Grow the county to each size and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 20_000, 200_000])
    parser.add_argument("--loop-most", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="homeward-bench-")
    try:
        start(folder)
        from benchmarks.sandbox_county import make_market, make_packages  # noqa: PLC0415
        from cms_models.accounts import services as accounts  # noqa: PLC0415
        from cms_models.accounts.roles import Role  # noqa: PLC0415

        authority = accounts.register_authority(code="benchshire", name="Benchshire")
        system = accounts.system_actor(authority=authority)
        user = accounts.register_user(
            authority=authority,
            username="bench",
            role=Role.COMMISSIONER,
            password="a long enough pass phrase",
            name="Bench",
        )
        make_market(system)
        print(f"{platform.machine()}, Python {platform.python_version()}, SQLite")
        print(
            f"{'packages':>9} {'sheet':>8} {'clock':>8} {'two':>8} {'cell':>8} {'loop':>9} "
            f"{'loop/sheet':>10}"
        )
        made = 0
        for size in sorted(arguments.sizes):
            make_packages(system, count=size - made, seed=arguments.seed, first=made)
            made = size
            found = measure(user, loop_most=arguments.loop_most)
            sampled = " (sampled)" if size > arguments.loop_most else ""
            print(
                f"{size:>9,} {found['sheet']:7.2f}s {found['clock']:7.2f}s "
                f"{found['two sheets']:7.2f}s "
                f"{found['a cell opened']:7.3f}s {found['loop']:8.1f}s "
                f"{found['loop'] / found['sheet']:9.1f}x{sampled}",
                flush=True,
            )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
