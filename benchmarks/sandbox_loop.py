"""What a sandbox reckons, the plain way: model instances in a loop, a package at a time.

The peer of `benchmarks/sandbox.py`, and the other opinion of tests/cms_models/planning: it shares
the rules of places, market, rates and care with the sandbox, and none of its columns and groups.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Prefetch, QuerySet

from cms_models.care.domain import price_package
from cms_models.care.models import Award, CarePackage
from cms_models.care.patterns import pattern_text, weekly_minutes
from cms_models.market.domain import LotTerms
from cms_models.places.domain import urban_or_rural
from cms_models.planning.domain import contribution_of, lot_of_package, parts_of
from cms_models.planning.facts import Terms
from cms_models.planning.sheet import NONE
from cms_models.rates.domain import NoRate


@dataclass
class Sums:
    """What some packages come to a week; money and hours after the change, exact."""

    people: set[int] = field(default_factory=set)
    packages: int = 0
    minutes: Decimal = Decimal(0)
    pence: Decimal = Decimal(0)
    contribution: Decimal = Decimal(0)
    nhs: Decimal = Decimal(0)
    self_funded: Decimal = Decimal(0)
    unpriced: int = 0

    @property
    def cells(self) -> tuple[int, int, int, int, int]:
        """Clients, packages, minutes, pence and packages without a price, as a sheet shows them."""
        return (
            len(self.people),
            self.packages,
            int(self.minutes.quantize(Decimal(1), rounding=ROUND_HALF_UP)),
            int(self.pence.quantize(Decimal(1), rounding=ROUND_HALF_UP)),
            self.unpriced,
        )


def whole(packages: QuerySet[CarePackage]) -> QuerySet[CarePackage]:
    """Return packages with what the loop reads of each, as a careful hand would fetch them."""
    return packages.prefetch_related(
        "patterns", Prefetch("awards", Award.objects.select_related("provider"))
    )


def loop(packages: Iterable[CarePackage], terms: Terms) -> dict[tuple[str, str], Sums]:
    """Reckon packages one by one: {(table, row key): sums}."""
    found: dict[tuple[str, str], Sums] = defaultdict(Sums)
    for package in packages:
        one, keys = _reckoned(package, terms)
        for place in keys.items():
            sums = found[place]
            sums.people.add(package.person_id)
            for name in ("packages", "minutes", "pence", "contribution", "nhs", "self_funded"):
                setattr(sums, name, getattr(sums, name) + getattr(one, name))
            sums.unpriced += one.unpriced
    return dict(found)


def _reckoned(package: CarePackage, terms: Terms) -> tuple[Sums, dict[str, str]]:
    zone = terms.zones.zone_of(latitude=package.latitude, longitude=package.longitude)
    area = urban_or_rural(
        latitude=package.latitude,
        longitude=package.longitude,
        centres=terms.centres,
        radius_miles=terms.radius_miles,
    ).area
    own = None if package.status == "referred" else _own(package, terms)
    lot = lot_of_package(terms.lots, own=own, pathway=package.pathway, zone=zone) if zone else None
    day = max(terms.on, package.starts_on)
    clauses = [row.clause for row in package.patterns.all() if _holds(row, day)]
    pence, reason = _price(package, clauses, area, terms)
    factor = Decimal(terms.factors.get(package.pathway, 10_000)) / 10_000
    parts = parts_of(
        pence, funder=package.funder, council_share_percent=package.funder_share_percent
    )
    paid = Decimal(0)
    if package.contribution:
        paid = contribution_of(parts.council * factor, most_pence=package.contribution_most_pence)
    one = Sums(
        packages=1,
        minutes=weekly_minutes(clauses) * factor,
        pence=pence * factor,
        contribution=paid,
        nhs=parts.nhs * factor,
        self_funded=parts.self_funded * factor,
        unpriced=int(bool(reason)),
    )
    awards = [award for award in package.awards.all() if _held(award, terms.on)]
    latest = max(awards, key=lambda award: (award.starts_on, award.pk), default=None)
    keys = {
        "zone": zone or NONE,
        "lot": lot.code if lot else NONE,
        "pathway": package.pathway,
        "funder": package.funder,
        "provider": latest.provider.ref if latest else NONE,
        "area": area,
        "status": package.status,
        "price": reason or "priced",
    }
    return one, keys


def _price(package: CarePackage, clauses: list, area: str, terms: Terms) -> tuple[int, str]:
    try:
        week = price_package(
            [(pattern_text([clause]), clause) for clause in clauses],
            cards=[terms.card] if terms.card else [],
            on=terms.on,
            pathway=package.pathway,
            area=area,
            rounding=terms.rounding,
        )
    except NoRate as missing:
        return 0, str(missing)
    return week.weekly_pence, ""


def _own(package: CarePackage, terms: Terms) -> LotTerms | None:
    return next((lot for lot in terms.lots if lot.key == package.lot_id), None)


def _holds(row: object, on: date) -> bool:
    return row.valid_from <= on and (row.valid_to is None or row.valid_to > on)  # type: ignore[attr-defined]


def _held(award: Award, on: date) -> bool:
    return award.starts_on <= on and (award.ends_on is None or award.ends_on > on)
