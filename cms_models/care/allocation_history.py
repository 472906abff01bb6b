"""What the allocation engine is told of the past: who served whom, who was given what lately."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from cms_models.accounts.models import Authority
from cms_models.care.market_selectors import lead_shares
from cms_models.care.models import Award, AwardSource, CarePackage
from cms_models.market.domain import LeadPromise
from cms_models.market.models import DeclaredCapacity, Lot
from optimiser.allocation.problem import Promise

# How long an award counts among equals.
RECENT_DAYS = 90
Place = tuple[int, int]


@dataclass(frozen=True)
class History:
    """Providers, by reference, that had to do with a package and its person before.

    `gave_it_back` are those whose award of this very package has ended while it needs a provider.
    """

    serves_now: str | None = None
    served_before: frozenset[str] = frozenset()
    gave_it_back: frozenset[str] = frozenset()


@dataclass(frozen=True)
class PlaceCounts:
    """By (lot, provider): minutes in hand, minutes the provider declared, recent awards."""

    used: Mapping[Place, int]
    declared: Mapping[Place, int]
    recent: Mapping[Place, int]


def histories(authority: Authority, packages: Sequence[CarePackage]) -> dict[int, History]:
    """Return each package's history by its id, in one query."""
    persons = {row.person_id for row in packages}
    rows = Award.objects.filter(authority=authority, package__person__in=persons).order_by("id")
    of_person: dict[int, list[tuple[int, str, bool]]] = defaultdict(list)
    for person, package, ref, current in rows.values_list(
        "package__person_id", "package_id", "provider__ref", "current"
    ):
        of_person[person].append((package, ref, current))
    return {row.pk: _history(row, of_person[row.person_id]) for row in packages}


def _history(package: CarePackage, awards: Sequence[tuple[int, str, bool]]) -> History:
    now = [ref for _, ref, current in awards if current]
    return History(
        serves_now=now[-1] if now else None,
        served_before=frozenset(ref for _, ref, _ in awards),
        gave_it_back=frozenset(
            ref for owner, ref, current in awards if owner == package.pk and not current
        ),
    )


def declared_minutes(lots: Sequence[Lot], *, on: date) -> dict[Place, int]:
    """Return the weekly minutes that providers say they can take, as last declared by a day."""
    rows = DeclaredCapacity.objects.filter(lot__in=lots, from_day__lte=on)
    ordered = rows.order_by("from_day", "id").values_list(
        "lot_id", "provider_id", "minutes_per_week"
    )
    return {(lot, provider): minutes for lot, provider, minutes in ordered}


def recent_awards(lots: Sequence[Lot], *, on: date) -> Counter[Place]:
    """Return how many packages of each lot each provider was given here in the last 90 days."""
    since = on - timedelta(days=RECENT_DAYS)
    rows = Award.objects.filter(lot__in=lots, decided_at__date__gt=since)
    rows = rows.filter(decided_at__date__lte=on).exclude(source=AwardSource.IMPORTED)
    return Counter(rows.order_by().values_list("lot_id", "provider_id"))


def promises(lots: Sequence[Lot], names: Mapping[int, str], *, on: date) -> Iterator[Promise]:
    """Yield what each lot promised its lead, with the new referrals since its framework began."""
    promising: dict[date, list[Lot]] = defaultdict(list)
    for lot in lots:
        if lot.lead_promise:
            promising[lot.framework.starts_on].append(lot)
    for since, some in promising.items():
        shares = lead_shares(some, first=since, until=on + timedelta(days=1))
        for lot in some:
            share = shares[lot.pk]
            majority = share.promise == LeadPromise.MAJORITY
            yield Promise(
                lot=names[lot.pk],
                to_lead=share.to_lead,
                referrals=share.referrals,
                since=since,
                promised_percent=None if majority else float(share.promised_percent or 0),
            )
