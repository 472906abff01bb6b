"""Who delivers what: awards with capacity that fits the active packages, and what stays open."""

import math
import random
from dataclasses import dataclass, replace
from datetime import date, timedelta

from importers.sample.care import Package, give_skill
from importers.sample.plans import Award, CouncilPlan, LotPlan

SCARCE_SKILL = "peg"
SCARCE_HOURS = 8  # an open package that needs the scarce skill is at least this long
OPEN_WITHIN_DAYS = 21
CAPACITY_STEP = 5


@dataclass(frozen=True)
class LotResult:
    """A lot's packages with providers and status, and each award's weekly capacity in hours."""

    plan: LotPlan
    packages: list[Package]
    capacity: dict[str, int]


def deliver_lot(
    rng: random.Random, plan: CouncilPlan, lot: LotPlan, packages: list[Package], as_at: date
) -> LotResult:
    """Choose which of a lot's packages are open, and share the others out among its providers.

    Every active package is with an awarded provider that has its skills, within the capacity.
    """
    skills = {p.ref: set(p.skills.split("+")) for p in plan.providers}
    share = plan.open_share if lot.pathway in ("O", "D") else 0.0
    packages = rng.sample(packages, len(packages))
    count = round(share * len(packages))
    packages.sort(key=lambda p: p.carer_quarters < SCARCE_HOURS * 4)
    scarce = [give_skill(p, SCARCE_SKILL) for p in packages[: lot.scarce]]
    others = rng.sample(packages[lot.scarce :], len(packages) - lot.scarce)
    opened = scarce + others[: count - len(scarce)]
    delivered = _share_out(lot, skills, others[count - len(scarce) :])
    opened = [_open(rng, package, as_at) for package in opened]
    return LotResult(lot, opened + delivered, _capacity(lot, opened, delivered))


def _open(rng: random.Random, package: Package, as_at: date) -> Package:
    starts_on = as_at + timedelta(days=rng.randint(1, OPEN_WITHIN_DAYS))
    changed_on = as_at - timedelta(days=rng.randrange(6))
    return replace(package, status="Referred", starts_on=starts_on, changed_on=changed_on)


def _share_out(lot: LotPlan, skills: dict[str, set[str]], packages: list[Package]) -> list[Package]:
    """Give each package to the able provider furthest below its share of the lot."""
    total = sum(package.carer_quarters for package in packages)
    taken = dict.fromkeys((award.provider for award in lot.awards), 0)
    delivered = []
    for package in packages:
        able = [
            award
            for award in lot.awards
            if award.starts_after_days is None and skills[award.provider] >= set(package.skills)
        ]
        leads = [award for award in able if award.tier == "lead"]
        if package.housing_with_care and leads:
            able = leads  # Housing-with-Care residents belong to the lead
        best = max(able, key=lambda award: award.weight * total - taken[award.provider])
        taken[best.provider] += package.carer_quarters
        delivered.append(replace(package, provider=best.provider))
    return delivered


def _capacity(lot: LotPlan, opened: list[Package], delivered: list[Package]) -> dict[str, int]:
    """Hours in use, and room for `lot.room` times the open hours, in steps of five."""
    room = lot.room * sum(package.carer_quarters for package in opened) / 4
    return {
        award.provider: _round_up(
            sum(p.carer_quarters for p in delivered if p.provider == award.provider) / 4
            + (0 if award.provider == lot.full else room * _room_share(lot, award))
        )
        for award in lot.awards
    }


def _room_share(lot: LotPlan, award: Award) -> float:
    # A provider yet to start has room for one or two packages.
    return award.weight if award.weight else 0.1


def _round_up(hours: float) -> int:
    return math.ceil(hours / CAPACITY_STEP) * CAPACITY_STEP
