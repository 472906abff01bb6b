"""What the allocation engine is asked, and its answer as proposals."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from cms_models.accounts.models import Authority
from cms_models.care.allocation_history import (
    History,
    PlaceCounts,
    declared_minutes,
    histories,
    promises,
    recent_awards,
)
from cms_models.care.models import Award, CarePackage, PackageStatus, Setting
from cms_models.care.services.awards import Suggestion
from cms_models.market.domain import TIER_CODES, Tier
from cms_models.market.models import Lot, LotAward, Provider, ProviderState
from cms_models.market.selectors import awards_of, lots_in_force
from optimiser.allocation import plan as answer
from optimiser.allocation import problem as question
from optimiser.travel.points import Point

TIER_NAMES: dict[int, question.Tier] = {
    Tier.LEAD: "lead",
    Tier.ADDITIONAL: "additional",
    Tier.DPS: "dps",
}
# CQC ratings as quality points of 100: Central Bedfordshire's bands on the same domains.
QUALITY_OF_RATING = {
    "outstanding": 95.0,
    "good": 78.0,
    "requires improvement": 65.0,
    "inadequate": 30.0,
}


def packages_to_place(authority: Authority) -> list[CarePackage]:
    """Return the packages at home that need a provider; a care home is chosen by its vacancies."""
    waiting = CarePackage.objects.filter(authority=authority, status=PackageStatus.REFERRED)
    return list(
        waiting.filter(setting=Setting.HOME)
        .select_related("lot", "zone")
        .prefetch_related("patterns")
        .order_by("package_ref")
    )


def allocation_problem(
    authority: Authority, packages: Iterable[CarePackage], *, on: date
) -> question.AllocationProblem:
    """Return the allocation problem of some packages; those outside every lot are left out."""
    lots = lots_in_force(authority, on=on)
    names = lot_names(lots)
    places = list(awards_of(lots))
    used_of_place, used, served = _work_in_hand(authority)
    asked = [row for row in packages if row.lot_id in names]
    history = histories(authority, asked)
    counted = PlaceCounts(used_of_place, declared_minutes(lots, on=on), recent_awards(lots, on=on))
    return question.AllocationProblem(
        packages=tuple(_package(row, names, history[row.pk]) for row in asked),
        awards=tuple(_award(place, names, counted) for place in places),
        promises=tuple(promises(lots, names, on=on)),
        providers=tuple(
            _provider(row, used=used[row.pk], served=served[row.pk])
            for row in {place.provider_id: place.provider for place in places}.values()
        ),
        lots={names[lot.pk]: lot.name for lot in lots},
    )


def lot_names(lots: Sequence[Lot]) -> dict[int, str]:
    """Return each lot's code, with its framework where two frameworks in force use it."""
    used = Counter(lot.code for lot in lots)
    return {
        lot.pk: lot.code if used[lot.code] == 1 else f"{lot.code} ({lot.framework})" for lot in lots
    }


def _work_in_hand(
    authority: Authority,
) -> tuple[dict[tuple[int, int], int], dict[int, int], dict[int, list[Point]]]:
    """Return weekly minutes by (lot, provider) and provider, and whom each provider serves."""
    by_place: dict[tuple[int, int], int] = defaultdict(int)
    by_provider: dict[int, int] = defaultdict(int)
    served: dict[int, list[Point]] = defaultdict(list)
    rows = Award.objects.filter(authority=authority, current=True).values_list(
        "package__lot_id",
        "provider_id",
        "package__weekly_minutes",
        "package__latitude",
        "package__longitude",
    )
    for lot, provider, minutes, latitude, longitude in rows:
        by_place[lot, provider] += minutes
        by_provider[provider] += minutes
        served[provider].append(Point(latitude, longitude))
    return by_place, by_provider, served


def _package(row: CarePackage, names: Mapping[int, str], history: History) -> question.Package:
    return question.Package(
        id=row.package_ref,
        lot=names[row.lot_id],
        pathway=row.pathway,
        weekly_minutes=row.weekly_minutes,
        starts_on=row.starts_on,
        two_carers=any(pattern.carers > 1 for pattern in row.patterns.all()),
        skills=frozenset(row.skills),
        position=Point(row.latitude, row.longitude),
        lead_only=row.housing_with_care,
        excluded_providers=history.gave_it_back,
        current_provider=history.serves_now,
        earlier_providers=history.served_before - history.gave_it_back,
    )


def _award(place: LotAward, names: Mapping[int, str], counted: PlaceCounts) -> question.Award:
    key = place.lot_id, place.provider_id
    limits = (place.capacity_minutes_per_week, counted.declared.get(key))
    return question.Award(
        provider=place.provider.ref,
        lot=names[place.lot_id],
        tier=TIER_NAMES[place.tier],
        starts_on=place.starts_on,
        ends_on=place.ends_on,
        rank=place.rank,
        # What was agreed, or what the provider says it can take now: the smaller counts.
        capacity_minutes_per_week=min((one for one in limits if one is not None), default=None),
        used_minutes_per_week=counted.used[key],
        recent_awards=counted.recent.get(key, 0),
    )


def _provider(row: Provider, *, used: int, served: list[Point]) -> question.Provider:
    return question.Provider(
        id=row.ref,
        name=row.name,
        skills=frozenset(row.skills),
        used_minutes_per_week=used,
        quality=QUALITY_OF_RATING.get(row.cqc_rating.strip().lower()),
        places=tuple(sorted(served)),
        suspended=row.state != ProviderState.ACTIVE,
    )


def suggestions(
    authority: Authority,
    *,
    packages: Iterable[CarePackage],
    plan: answer.AllocationPlan,
) -> list[Suggestion]:
    """Return one suggestion a package: its provider with the reasons, or why it has none."""
    providers = {row.ref: row.pk for row in Provider.objects.filter(authority=authority)}
    placed = {one.package: one for one in plan.proposals}
    left = {one.package: one for one in plan.unplaced}
    return [
        _placed(row, placed[row.package_ref], providers)
        if row.package_ref in placed
        else _left(row, left.get(row.package_ref))
        for row in packages
    ]


def _placed(row: CarePackage, one: answer.Proposal, providers: dict[str, int]) -> Suggestion:
    lot: Lot = row.lot
    second = one.runner_up.text if one.runner_up else ""
    told = [text.rstrip(".") + "." for text in (second, one.would_have_changed) if text]
    return Suggestion(
        package_id=row.pk,
        provider_id=providers[one.provider],
        lot_id=lot.pk,
        tier=int(TIER_CODES[one.tier]),
        factors=one.factors,
        runner_up=" ".join(told),
    )


def _left(row: CarePackage, one: answer.Unplaced | None) -> Suggestion:
    outside = "It lies in no lot: check its postcode, pathway and the framework in force."
    return Suggestion(
        package_id=row.pk,
        provider_id=None,
        lot_id=row.lot_id,
        tier=None,
        unplaced_reason=" ".join(one.reasons) if one else outside,
        relaxation="; or ".join(one.relaxations) if one else "",
    )
