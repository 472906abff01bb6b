"""A county of any size for the sandbox: the same for the same seed, written straight to tables."""

import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone

from cms_models.accounts.models import User
from cms_models.care.models import Award, AwardSource, CarePackage, Person, VisitPattern
from cms_models.market import services as market
from cms_models.market.models import Provider
from cms_models.places import services as places
from cms_models.places.models import UrbanCentre
from cms_models.rates import services as rates
from cms_models.rates.domain import Line

ON = date(2026, 11, 23)
ZONES_ACROSS = 4
WEST, SOUTH, STEP = -3.1, 51.9, 0.15
DAYS = ([0, 1, 2, 3, 4, 5, 6], [0, 1, 2, 3, 4], [5, 6], [0, 2, 4], [1, 3, 5, 6])
LENGTHS = (15, 30, 30, 30, 45, 60)
STARTS = tuple(range(7 * 60, 21 * 60, 15))
FUNDERS = ("Local authority",) * 8 + ("Shared", "CHC", "Self-funder")
BATCH = 2000


def make_market(actor: User) -> None:
    """Put zones, a rate card with bands, and lots in force."""
    features = []
    for place in range(ZONES_ACROSS**2):
        west, south = WEST + STEP * (place % ZONES_ACROSS), SOUTH + STEP * (place // ZONES_ACROSS)
        ring = [(0, 0), (STEP, 0), (STEP, STEP), (0, STEP), (0, 0)]
        corners = [[round(west + dx, 6), round(south + dy, 6)] for dx, dy in ring]
        geometry = {"type": "Polygon", "coordinates": [corners]}
        features.append({"properties": {"code": f"Z{place:02d}"}, "geometry": geometry})
    zone_map = places.draft_zone_map(
        actor=actor, name="Grid", valid_from=date(2016, 7, 1), features=features
    )
    places.publish_zone_map(actor=actor, zone_map=zone_map)
    for number, (lat, lon) in enumerate([(52.05, -2.9), (52.2, -2.7), (52.4, -2.6)]):
        UrbanCentre.objects.create(
            authority=actor.authority, name=f"Town {number}", latitude=lat, longitude=lon
        )
    card = rates.draft_card(
        actor=actor, name="Card", valid_from=date(2017, 7, 1), lines=list(card_lines())
    )
    rates.publish_card(actor=actor, card=card)
    framework = market.set_framework(
        actor=actor, name="Framework", starts_on=date(2017, 7, 1), ends_on=date(2030, 7, 1)
    )
    codes = [feature["properties"]["code"] for feature in features]
    for pathway, width in (("O", 2), ("D", 8)):
        for start in range(0, len(codes), width):
            market.set_lot(
                actor=actor,
                framework=framework,
                code=f"{pathway}-{start:02d}",
                name=f"Lot {pathway} {start}",
                pathways=[pathway],
                zones=codes[start : start + width],
            )
    framework.state = "published"
    framework.save()


def card_lines() -> Iterator[Line]:
    """Yield lines by area, day and time of day."""
    for area, pence in (("urban", 1613), ("rural", 1727)):
        for day_type, more in (("weekday", 0), ("weekend", 131), ("bank_holiday", 800)):
            for begins, ends, late in ((420, 1200, 0), (1200, 420, 77)):
                yield Line(
                    None,
                    area,
                    "hourly",
                    pence + more + late,
                    day_type=day_type,
                    from_minutes=begins,
                    to_minutes=ends,
                )
    yield Line(None, None, "sleep_in", 1280)
    yield Line(None, None, "24_hour", 1280)


def make_packages(actor: User, *, count: int, seed: int, first: int = 0) -> None:
    """Write packages with their people, patterns and awards; about seven in eight are placed."""
    rng, authority = random.Random(seed + first), actor.authority
    providers = list(Provider.objects.filter(authority=authority)) or [
        Provider.objects.create(authority=authority, ref=f"P{n:02d}", name=f"Provider {n:02d}")
        for n in range(40)
    ]
    for start in range(first, first + count, BATCH):
        numbers = range(start, min(start + BATCH, first + count))
        people = Person.objects.bulk_create(_person(authority, number) for number in numbers)
        packages = CarePackage.objects.bulk_create(
            _package(rng, person, number) for person, number in zip(people, numbers, strict=True)
        )
        VisitPattern.objects.bulk_create(
            row for package in packages for row in _patterns(rng, package)
        )
        Award.objects.bulk_create(_awards(rng, actor, packages, providers))


def _person(authority: object, number: int) -> Person:
    return Person(
        authority=authority,
        mosaic_person_id=f"{number:07d}",
        first_name="A",
        last_name=f"B{number}",
        birth_date=date(1940, 1, 1),
        postcode="HR1 1AA",
    )


def _package(rng: random.Random, person: Person, number: int) -> CarePackage:
    span, pathway = STEP * ZONES_ACROSS, rng.choices("ODM", (80, 8, 12))[0]
    funder = rng.choice(FUNDERS)
    return CarePackage(
        authority=person.authority,
        person=person,
        package_ref=f"HC-{number:07d}",
        element_id=f"E{number:07d}",
        element_type="Home care",
        pathway=pathway,
        status=rng.choices(("active", "referred", "suspended"), (85, 12, 3))[0],
        starts_on=ON - timedelta(days=rng.randrange(900)),
        funder=funder,
        funder_share_percent=Decimal(rng.choice((50, 70, "66.67"))) if funder == "Shared" else 100,
        contribution=rng.random() < 0.6,
        contribution_most_pence=rng.choice((None, None, 4_321, 12_345)),
        postcode="HR1 1AA",
        latitude=round(SOUTH + span * rng.random() * 1.01, 6),
        longitude=round(WEST + span * rng.random() * 1.01, 6),
        area="urban",
        weekly_minutes=0,
    )


def _patterns(rng: random.Random, package: CarePackage) -> Iterator[VisitPattern]:
    for _ in range(rng.choice((1, 2, 3, 4, 4, 4))):
        night = package.pathway == "D" and rng.random() < 0.3
        start = 22 * 60 if night else rng.choice(STARTS)
        yield VisitPattern(
            package=package,
            weekdays=rng.choice(DAYS),
            earliest_minutes=start,
            latest_minutes=start,
            minutes=600 if night else rng.choice(LENGTHS),
            carers=2 if rng.random() < 0.12 else 1,
            visit_kind="sleep_in" if night else "hourly",
            valid_from=package.starts_on,
        )


def _awards(
    rng: random.Random,
    actor: User,
    packages: Sequence[CarePackage],
    providers: Sequence[Provider],
) -> Iterator[Award]:
    for package in packages:
        if package.status != "referred":
            yield Award(
                authority=actor.authority,
                package=package,
                provider=rng.choice(providers),
                source=AwardSource.IMPORTED,
                starts_on=package.starts_on,
                decided_by=actor,
                decided_at=timezone.now(),
            )
