"""Reading what providers deliver, as the street-sharing finder wants it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from cms_models.accounts.models import User
from cms_models.audit.models import AuditEntry
from cms_models.brokerage.street_sharing import Carrier, Exchange, Served, Span
from cms_models.care.models import Award, CarePackage, PackageStatus, Setting, VisitPattern
from cms_models.market.models import LotAward, Provider, ProviderState

PROPOSED = "propose_exchange"


def served_packages(user: User, *, on: date) -> list[Served]:
    """Return the packages delivered at people's homes on a day: two queries."""
    awards = Award.objects.visible_to(user).filter(
        current=True,
        package__status=PackageStatus.ACTIVE,
        package__setting=Setting.HOME,
        starts_on__lte=on,
    )
    awards = awards.filter(Q(ends_on=None) | Q(ends_on__gt=on)).order_by("package__package_ref")
    spans: dict[int, list[Span]] = defaultdict(list)
    patterns = VisitPattern.objects.filter(package__in=awards.order_by().values("package_id"))
    patterns = patterns.filter(valid_from__lte=on).filter(Q(valid_to=None) | Q(valid_to__gt=on))
    for package_id, days, earliest, latest, minutes in patterns.values_list(
        "package_id", "weekdays", "earliest_minutes", "latest_minutes", "minutes"
    ):
        spans[package_id] += [Span(day, earliest, latest + minutes) for day in days]
    rows = awards.values_list(
        *("package_id", "provider_id", "package__latitude", "package__longitude"),
        *("package__lot_id", "package__skills", "package__weekly_minutes"),
    )
    return [
        Served(
            package=package,
            provider=provider,
            latitude=latitude,
            longitude=longitude,
            spans=tuple(spans[package]),
            lot=lot,
            skills=frozenset(skills),
            weekly_minutes=minutes,
        )
        for package, provider, latitude, longitude, lot, skills, minutes in rows
    ]


def carriers(user: User, *, on: date) -> dict[int, Carrier]:
    """Return the active providers with the lots they hold a place in on a day."""
    lots: dict[int, set[int]] = defaultdict(set)
    places = LotAward.objects.visible_to(user).filter(starts_on__lte=on)
    places = places.filter(Q(ends_on=None) | Q(ends_on__gt=on))
    for lot, provider in places.values_list("lot_id", "provider_id"):
        lots[provider].add(lot)
    rows = Provider.objects.visible_to(user).filter(state=ProviderState.ACTIVE)
    return {
        pk: Carrier(pk, frozenset(lots[pk]), frozenset(skills))
        for pk, skills in rows.values_list("pk", "skills")
    }


@dataclass(frozen=True)
class Named:
    """The names behind the ids of exchanges."""

    providers: dict[int, str]
    packages: dict[int, CarePackage]


def names_of(user: User, exchanges: Iterable[Exchange]) -> Named:
    """Return the providers and packages that some exchanges tell of: two queries."""
    found = list(exchanges)
    ids = {pk for each in found for pk in (each.from_provider, each.to_provider)}
    packages = {pk for each in found for pk in (each.moving, each.returning) if pk}
    packages |= {pk for each in found for one in each.meetings for pk in (one.first, one.second)}
    providers = Provider.objects.visible_to(user).filter(pk__in=ids)
    rows = CarePackage.objects.visible_to(user).select_related("zone", "lot")
    return Named(
        providers=dict(providers.values_list("pk", "name")),
        packages={row.pk: row for row in rows.filter(pk__in=packages)},
    )


def proposed_exchanges(user: User, *, most: int = 20) -> list[AuditEntry]:
    """Return the exchanges put to providers, newest first, as the audit keeps them."""
    rows = AuditEntry.objects.visible_to(user).filter(action=PROPOSED)
    return list(rows.select_related("actor").order_by("-sequence")[:most])
