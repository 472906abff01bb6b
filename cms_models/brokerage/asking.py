"""Who could be asked about a package, read from the market, and why the others are not."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from cms_models.brokerage.domain import Candidate, Needs, left_out_because
from cms_models.brokerage.models import HandBack, HandBackState, Route
from cms_models.care.models import CarePackage, Setting
from cms_models.market.domain import Tier, standstill_refusal
from cms_models.market.models import LotAward, Provider, ProviderState, Vacancy

OPEN_LOT_ROUTES = (Route.TIERS, Route.ALL, Route.SELECTED)


@dataclass(frozen=True)
class Choice:
    """Who is asked about a package, and who is not with the sentence why."""

    asked: tuple[Candidate, ...]
    left_out: tuple[tuple[Candidate, str], ...]


def needs_of(package: CarePackage, *, route: str) -> Needs:
    """Return what a package asks of whoever is asked about it by a route."""
    patterns = package.patterns.filter(valid_to=None).values_list("skills", flat=True)
    skills = {*package.skills, *(skill for some in patterns for skill in some)}
    at_home = package.setting == Setting.HOME
    return Needs(
        reference=package.package_ref,
        skills=frozenset(skills),
        lead_only=package.housing_with_care,
        lot=package.lot.code if package.lot else "",
        home_kind="" if at_home else package.setting,
        needs_place=route in OPEN_LOT_ROUTES,
    )


def choice_for(
    package: CarePackage, *, route: str, on: date, only: Iterable[Provider] | None = None
) -> Choice:
    """Return who is asked about a package by a route on a day; `only` those, where it is given."""
    needs, wanted = needs_of(package, route=route), None
    if only is not None:
        wanted = {provider.pk for provider in only}
    asked, left_out = [], []
    for one in candidates_of(package, needs=needs, on=on):
        why = left_out_because(one, needs)
        if why is None and wanted is not None and one.key not in wanted:
            why = f"{one.name} was not selected."
        if why is None:
            asked.append(one)
        else:
            left_out.append((one, why))
    return Choice(tuple(asked), tuple(left_out))


def candidates_of(package: CarePackage, *, needs: Needs, on: date) -> list[Candidate]:
    """Return every provider of the council as the rules see it for a package, by name."""
    places = places_of(package, on=on)
    vacant = _vacant(package, needs.home_kind) if needs.home_kind else frozenset()
    gave_back = frozenset(
        HandBack.objects.filter(package=package, state=HandBackState.ACCEPTED).values_list(
            "provider_id", flat=True
        )
    )
    standstill = _standstill(package, on)
    return [
        Candidate(
            key=row.pk,
            name=row.name,
            skills=frozenset(row.skills),
            not_active=_not_active(row),
            in_house=row.in_house,
            tier=Tier(places[row.pk].tier) if row.pk in places else None,
            rank=places[row.pk].rank if row.pk in places else 1,
            standstill=standstill,
            vacant=row.pk in vacant,
            gave_back=row.pk in gave_back,
        )
        for row in Provider.objects.filter(authority=package.authority_id).order_by("name", "pk")
    ]


def places_of(package: CarePackage, *, on: date) -> dict[int, LotAward]:
    """Return each provider's best place in a package's lot on a day."""
    rows = LotAward.objects.filter(lot=package.lot_id, starts_on__lte=on)
    rows = rows.filter(Q(ends_on=None) | Q(ends_on__gt=on)).order_by("-tier", "-rank")
    return {row.provider_id: row for row in rows} if package.lot_id else {}


def _not_active(provider: Provider) -> str:
    if provider.state == ProviderState.ACTIVE:
        return ""
    return provider.get_state_display().lower()


def _vacant(package: CarePackage, kind: str) -> frozenset[int]:
    rows = Vacancy.objects.filter(authority=package.authority_id, kind=kind, free__gt=0)
    return frozenset(rows.values_list("home__provider_id", flat=True))


def _standstill(package: CarePackage, on: date) -> str:
    if package.lot is None:
        return ""
    ends_on = package.lot.framework.standstill_ends_on
    return standstill_refusal(name=str(package.lot), standstill_ends_on=ends_on, on=on) or ""
