"""A council small enough to check by hand, built through the product's own services.

Two square zones side by side, A (west) and B (east), of 0.1 degrees; Hereford is in A. Postcodes:
HR1 1AA in A, urban; HR2 2BB in A, rural (far south); HR3 3CC in B, rural. Cards: 2016 and 2017 of
domain.md. Lots O-A, O-B (pathway O), D-AB (pathway D), M (Home First). Providers P1 (lead of O-A
and D-AB), P2 (additional in O-A, lead of O-B), HF (in-house).
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone

from cms_models.accounts import services as accounts
from cms_models.accounts.models import Authority, User
from cms_models.accounts.roles import Role
from cms_models.brokerage.models import Route
from cms_models.brokerage.services import releases
from cms_models.care.models import CarePackage
from cms_models.care.patterns import parse_pattern
from cms_models.care.services.registration import register_packages, register_persons
from cms_models.care.terms import PackageTerms, PersonTerms
from cms_models.fields.services import set_rule_at_first
from cms_models.market import services as market
from cms_models.market.domain import Tier
from cms_models.market.models import Lot, Provider, ProviderMembership
from cms_models.places import services as places
from cms_models.places.models import ZoneMap
from cms_models.rates import services as rates
from cms_models.rates.domain import Line
from cms_models.rounds.services.workforce import register_carers, register_shifts
from cms_models.rounds.terms import CarerTerms, ShiftTerms
from tests.remembering import Remembered, remembered

TODAY = date(2026, 11, 23)  # a Monday
PASSWORD = "a long enough pass phrase"
POSTCODES = {
    "HR1 1AA": (52.0567, -2.7150),
    "HR1 1AB": (52.0600, -2.7100),
    "HR2 2BB": (51.9600, -2.7150),
    "HR3 3CC": (52.0300, -2.5500),
}


def square(west: float, south: float, east: float, north: float) -> dict:
    """Return a GeoJSON rectangle."""
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


ZONES = [
    {"properties": {"code": "A", "name": "Zone A"}, "geometry": square(-2.9, 51.9, -2.6, 52.2)},
    {"properties": {"code": "B", "name": "Zone B"}, "geometry": square(-2.6, 51.9, -2.3, 52.2)},
]


@dataclass
class Council:
    """The council and its people, by name."""

    authority: Authority
    system: User
    users: dict[Role, User]
    zone_map: ZoneMap
    providers: dict[str, Provider]
    lots: dict[str, Lot]
    provider_users: dict[str, User]

    def __getitem__(self, role: Role) -> User:
        return self.users[role]

    def package(self, number: int = 1, **changes: object) -> CarePackage:
        """Register a package (and its person) through the service and return it."""
        terms = package_terms(number, **changes)
        register_persons(actor=self.system, terms=[person_terms(number)])
        register_packages(actor=self.system, terms=[terms], on=TODAY)
        return CarePackage.objects.get(authority=self.authority, element_id=terms.element_id)

    def released(self, number: int = 1, *, now: datetime | None = None, **changes: object):
        """Register a package and release it to every provider of its lot; return the release."""
        return releases.release(
            actor=self[Role.BROKER],
            package=self.package(number, **changes),
            route=Route.ALL,
            reason="every provider at once",
            now=now or timezone.now(),
        )


def person_terms(number: int = 1, **changes: object) -> PersonTerms:
    """Return a person whose every personal field carries a canary."""
    terms = {
        "mosaic_person_id": f"9{number:06d}",
        "first_name": f"Canaryfirst{number}",
        "last_name": f"Canarylast{number}",
        "birth_date": date(1940, 1, 1 + number % 28),
        "gender": "Female",
        "address": f"{number} Canary Street",
        "postcode": "HR1 1AA",
    }
    return PersonTerms(**{**terms, **changes})


def package_terms(number: int = 1, *, pattern: str = "Mon-Sun 08:00-09:00 30m", **changes: object):
    """Return a package's terms: seven half hours a week in urban zone A, no provider yet."""
    terms = {
        "person_id": f"9{number:06d}",
        "package_ref": f"HC-{number:06d}",
        "element_id": f"E{number:06d}",
        "element_type": "Home care O",
        "service_type": "Home care",
        "pathway": "O",
        "organisation_ref": "",
        "starts_on": TODAY,
        "ends_on": None,
        "funder": "Local authority",
        "funder_share_percent": Decimal(100),
        "contribution": False,
        "zone_hint": "",
        "postcode": "HR1 1AA",
        "pattern": parse_pattern(pattern) if pattern else (),
        "skills": (),
        "housing_with_care": False,
        "status": "referred",
        "reason_ended": "",
        "last_changed": None,
    }
    return PackageTerms(**{**terms, **changes})


_REMEMBERED: dict[tuple[str, str], Remembered] = {}


def build_council(code: str = "testshire", *, prefix: str = "") -> Council:
    """Return the council, built through the services the first time and put back afterwards.

    `prefix` keeps a second council's sign-ins apart.
    """
    known = _REMEMBERED.get((code, prefix))
    if known is not None:
        return found_council(code) if known.put_back() else _built(code, prefix)
    council, _REMEMBERED[code, prefix] = remembered(lambda: _built(code, prefix))
    return council


def found_council(code: str) -> Council:
    """Return the council out of the database."""
    authority = Authority.objects.get(code=code)
    own = {"authority": authority}
    people = list(User.objects.filter(**own))
    for person in people:
        person.authority = authority
    members = ProviderMembership.objects.filter(**own).select_related("provider")
    acting = {member.user_id: member.provider.ref for member in members}
    return Council(
        authority=authority,
        system=next(one for one in people if one.role == Role.SYSTEM),
        users={
            Role(one.role): one
            for one in people
            if one.role != Role.SYSTEM and one.pk not in acting
        },
        zone_map=ZoneMap.objects.get(**own),
        providers={row.ref: row for row in Provider.objects.filter(**own)},
        lots={row.code: row for row in Lot.objects.filter(**own).select_related("framework")},
        provider_users={acting[one.pk]: one for one in people if one.pk in acting},
    )


def _built(code: str, prefix: str) -> Council:
    authority = accounts.register_authority(code=code, name=code.capitalize())
    system = accounts.system_actor(authority=authority)
    # The default asks staff for a second factor, which tests/theme/test_sign_in.py proves.
    set_rule_at_first(actor=system, key="accounts.staff_need_second_factor", value=False)
    users = {
        role: accounts.register_user(
            authority=authority,
            username=f"{prefix}{role.value}",
            role=role,
            password=PASSWORD,
            name=f"{role.value.capitalize()} Tester",
        )
        for role in Role
        if role != Role.SYSTEM
    }
    places.load_postcodes(actor=system, points=POSTCODES)
    places.set_urban_centre(actor=system, name="Hereford", latitude=52.0567, longitude=-2.7150)
    zone_map = places.draft_zone_map(
        actor=system, name="Zones", valid_from=date(2016, 7, 1), features=ZONES
    )
    places.publish_zone_map(actor=system, zone_map=zone_map)
    _cards(system)
    for skill in ("medication", "peg"):
        market.set_skill(actor=system, code=skill, name=skill.capitalize())
    providers = {
        ref: _provider(authority, ref, name, in_house=ref == "HF")
        for ref, name in {"P1": "Provider One", "P2": "Provider Two", "HF": "Home First"}.items()
    }
    lots = _lots(system, providers)
    provider_users = {ref: _member(system, prefix, row) for ref, row in providers.items()}
    return Council(authority, system, users, zone_map, providers, lots, provider_users)


def _cards(system: User) -> None:
    old = rates.draft_card(
        actor=system,
        name="2016 card",
        valid_from=date(2016, 7, 1),
        lines=[
            Line(None, "urban", "hourly", 1476),
            Line(None, "rural", "hourly", 1576),
            Line(None, None, "sleep_in", 1148),
            Line(None, None, "24_hour", 1148),
        ],
    )
    rates.publish_card(actor=system, card=old)
    new = rates.draft_card(
        actor=system,
        name="2017 card",
        valid_from=date(2017, 7, 1),
        lines=[
            Line(None, None, "hourly", 1580),
            Line(None, None, "sleep_in", 1280),
            Line(None, None, "24_hour", 1280),
        ],
    )
    rates.publish_card(actor=system, card=new)


def _provider(authority: Authority, ref: str, name: str, *, in_house: bool) -> Provider:
    return Provider.objects.create(
        authority=authority, ref=ref, name=name, skills=["medication"], in_house=in_house
    )


def _lots(system: User, providers: dict[str, Provider]) -> dict[str, Lot]:
    framework = market.set_framework(
        actor=system,
        name="Help to Live at Home",
        starts_on=date(2017, 7, 1),
        ends_on=date(2030, 7, 1),
    )
    plan = {
        "O-A": ("Zone A", ["O"], ["A"], [("P1", Tier.LEAD), ("P2", Tier.ADDITIONAL)]),
        "O-B": ("Zone B", ["O"], ["B"], [("P2", Tier.LEAD)]),
        "D-AB": ("Complex A & B", ["D"], ["A", "B"], [("P1", Tier.LEAD)]),
        "M": ("Home First", ["M"], ["A", "B"], [("HF", Tier.LEAD)]),
    }
    lots = {}
    for code, (name, pathways, zones, places_held) in plan.items():
        lot = market.set_lot(
            actor=system, framework=framework, code=code, name=name, pathways=pathways, zones=zones
        )
        for ref, tier in places_held:
            market.set_lot_award(
                actor=system,
                lot=lot,
                provider=providers[ref],
                tier=tier,
                rank=1,
                capacity_minutes_per_week=60 * 60,
                starts_on=date(2017, 7, 1),
            )
        lots[code] = lot
    market.publish_framework(actor=system, framework=framework)
    return lots


def _member(system: User, prefix: str, provider: Provider) -> User:
    user = accounts.register_user(
        authority=system.authority,
        username=f"{prefix}{provider.ref.lower()}",
        role=Role.PROVIDER,
        password=PASSWORD,
        name=f"{provider.name} User",
    )
    market.add_member(actor=system, user=user, provider=provider)
    return user


def add_carers(council: Council, count: int = 2) -> None:
    """Add in-house carers at HR1 1AA with a shift 07:00 to 14:00 every day."""
    carers = [
        CarerTerms(
            f"C{n}",
            f"Carer{n}",
            "Tester",
            "Female",
            "HR1 1AA",
            ("medication",),
            2100,
            "car",
            "North",
        )
        for n in range(1, count + 1)
    ]
    register_carers(actor=council.system, terms=carers, on=TODAY)
    register_shifts(
        actor=council.system,
        terms=[
            ShiftTerms(carer.ref, day, 420, 840, date(2020, 1, 1), None)
            for carer in carers
            for day in range(7)
        ],
    )
