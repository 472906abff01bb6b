"""Makes the sample councils: one call, a folder a council, the same bytes for the same seed."""

import json
import random
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from importers.sample import files
from importers.sample.care import (
    Package,
    Registry,
    complex_packages,
    home_first_packages,
    ongoing_packages,
)
from importers.sample.configuration import ATTRIBUTION, council_json, framework_json
from importers.sample.market import LotResult, deliver_lot
from importers.sample.people import Numbers
from importers.sample.places import DATA, read_points
from importers.sample.plans import PLANS, CouncilPlan
from importers.sample.preferences import make_preferences, with_wishes
from importers.sample.workforce import make_carers

FIRST_DAY = max(plan.framework_starts for plan in PLANS)
OUT_OF_SCOPE = (
    "Direct payment",
    "Supported living",
    "Private",
    "Out of county",
    "Therapeutic reablement",
)
SHIFTS_SINCE_DAYS = 91


def write_sample(out: Path, seed: int, as_at: date) -> list[Path]:
    """Write the sample councils into `out` and return their folders.

    The same seed and day write the same bytes. Raises ValueError for a day before the councils'
    frameworks began.
    """
    if as_at < FIRST_DAY:
        raise ValueError(
            f"The sample cannot be as at {as_at:%d/%m/%Y}: its frameworks began on "
            f"{FIRST_DAY:%d/%m/%Y}. Give that day or a later one."
        )
    return [_write_council(out / plan.code, plan, seed, as_at) for plan in PLANS]


def _write_council(folder: Path, plan: CouncilPlan, seed: int, as_at: date) -> Path:
    def rng(part: str) -> random.Random:
        # A generator a part: a change to one leaves the others' draws alone.
        return random.Random(f"{seed}/{plan.code}/{part}")

    points = read_points(plan.code)
    numbers = Numbers(rng("numbers"), leading=plan.leading)
    registry = Registry(plan=plan, points=points, as_at=as_at, numbers=numbers)
    packages = [
        *ongoing_packages(rng("ongoing"), registry),
        *complex_packages(rng("complex"), registry),
        *home_first_packages(rng("home first"), registry),
    ]
    packages = with_wishes(rng("wishes"), packages)
    lots = _deliver(rng("market"), plan, packages, as_at)
    carers = make_carers(rng("carers"), plan, points)
    in_house = {provider.ref for provider in plan.providers if provider.in_house}
    visited = [p for lot in lots for p in lot.packages if p.provider in in_house]
    preferences = make_preferences(rng("preferences"), visited, carers)
    outside = _out_of_scope(rng("out of scope"), registry) if plan.homes_d else []

    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(DATA / f"{plan.code}_zones.geojson", folder / "zones.geojson")
    (folder / "README.txt").write_text(_notice(plan, as_at), encoding="utf-8")
    _write_json(folder / "council.json", council_json(plan, as_at=as_at))
    _write_json(folder / "framework.json", framework_json(plan, lots, as_at=as_at))
    tables: list[tuple[str, Sequence[str], list[list[object]]]] = [
        ("postcodes", files.POSTCODE_HEADINGS, files.postcode_rows(points)),
        ("providers", files.PROVIDER_HEADINGS, files.provider_rows(plan, points)),
        ("carers", files.CARER_HEADINGS, files.carer_rows(carers)),
        (
            "shifts",
            files.SHIFT_HEADINGS,
            files.shift_rows(carers, since=as_at - timedelta(days=SHIFTS_SINCE_DAYS)),
        ),
        ("preferences", files.PREFERENCE_HEADINGS, files.preference_rows(preferences)),
        *_care_tables([p for lot in lots for p in lot.packages], outside),
    ]
    for name, headings, rows in tables:
        files.write_csv(folder / f"{name}.csv", headings, rows)
    return folder


def _deliver(
    rng: random.Random, plan: CouncilPlan, packages: list[Package], as_at: date
) -> list[LotResult]:
    return [
        deliver_lot(
            rng,
            plan,
            lot,
            [p for p in packages if p.pathway == lot.pathway and p.person.point.zone in lot.zones],
            as_at,
        )
        for lot in plan.lots
    ]


def _out_of_scope(rng: random.Random, registry: Registry) -> list[tuple[str, Package]]:
    """An element of each kind that Mosaic sends along and Help to Live at Home does not buy."""
    alike = ongoing_packages(
        rng, replace(registry, plan=replace(registry.plan, homes_o=registry.plan.homes_o[:1]))
    )
    return list(zip(OUT_OF_SCOPE, alike, strict=False))


def _care_tables(
    packages: list[Package], outside: list[tuple[str, Package]]
) -> list[tuple[str, Sequence[str], list[list[object]]]]:
    """persons.csv and packages.csv, in order of their numbers, as an extract would be."""
    persons = [p.person for p in packages] + [p.person for _, p in outside]
    rows = [files.package_row(p) for p in packages]
    rows += [files.package_row(p, element_type=kind) for kind, p in outside]
    return [
        (
            "persons",
            files.PERSON_HEADINGS,
            files.person_rows(sorted(persons, key=lambda p: p.person_id)),
        ),
        ("packages", files.PACKAGE_HEADINGS, sorted(rows, key=lambda row: str(row[2]))),
    ]


def _write_json(path: Path, value: dict[str, Any]) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=1) + "\n"
    path.write_text(text, encoding="utf-8")


def _notice(plan: CouncilPlan, as_at: date) -> str:
    return (
        f"Sample data for {plan.name} as at {as_at:%d/%m/%Y}, made by Homeward.\n"
        "Every person, carer and provider in it is invented; postcodes are real points.\n"
        f"{ATTRIBUTION}\n"
    )
