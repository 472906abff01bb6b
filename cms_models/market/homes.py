"""The only writer of care homes and vacancies, for the council's staff and homes' providers."""

from collections.abc import Sequence
from datetime import date

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F

from cms_models.accounts.models import User
from cms_models.audit.services import record, save_record
from cms_models.market.models import CareHome, HomeKind, Provider, Vacancy, providers_of
from cms_models.places.domain import BadPlace, tidy_postcode

MOST_WEEKLY_PENCE = 1_000_000  # £10,000 a week: more is a slip of the hand


def set_home(
    *,
    actor: User,
    provider: Provider,
    name: str,
    postcode: str,
    kinds: Sequence[str],
    beds: int | None = None,
    cqc_location_id: str = "",
    home: CareHome | None = None,
    expected_version: int | None = None,
) -> CareHome:
    """Add a care home, or change one: `home`, or the provider's of that name.

    `expected_version` is the version an editor opened; without one the stored version is meant.
    """
    _require(actor, provider, CareHome)
    if home is not None:
        _require(actor, home.provider, CareHome)
    row = home or CareHome.objects.filter(provider=provider, name=name.strip()).first()
    row = row or CareHome(authority=provider.authority)
    if not kinds or set(kinds) - set(HomeKind.values):
        raise ValidationError({"kinds": "Say what the home is registered for."})
    try:
        row.postcode = tidy_postcode(postcode)
    except BadPlace as refusal:
        raise ValidationError({"postcode": str(refusal)}) from refusal
    row.provider, row.name, row.beds = provider, name.strip(), beds
    row.kinds = [kind for kind in HomeKind.values if kind in kinds]
    row.cqc_location_id = cqc_location_id.strip()
    row.full_clean(exclude=["authority"])
    kept = set(row.vacancies.values_list("kind", flat=True)) - set(kinds) if row.pk else set()
    if kept:
        raise ValidationError({"kinds": f"{row} states {min(kept)} vacancies: remove those first."})
    return _saved(actor, row, expected_version)


def set_vacancy(
    *,
    actor: User,
    home: CareHome,
    kind: str,
    free: int,
    weekly_pence: int,
    as_at: date,
    today: date,
    expected_version: int | None = None,
) -> Vacancy:
    """State how many beds of a kind are free in a home on a day, and what a week costs."""
    _require(actor, home.provider, Vacancy)
    refusals = _vacancy_refusals(home, kind=kind, free=free, pence=weekly_pence)
    if as_at > today:
        refusals["as_at"] = f"{as_at:%d/%m/%Y} lies in the future: state what is free now."
    if refusals:
        raise ValidationError(refusals)
    with transaction.atomic():
        CareHome.objects.select_for_update().get(pk=home.pk)
        row = Vacancy.objects.filter(home=home, kind=kind).first()
        if row is not None and as_at < row.as_at:
            raise ValidationError(
                {"as_at": f"{row} was stated on {row.as_at:%d/%m/%Y}, after that."}
            )
        row = row or Vacancy(authority=home.authority, home=home, kind=kind)
        row.free, row.weekly_pence, row.as_at = free, weekly_pence, as_at
        row.full_clean(exclude=["authority", "home"])
        return _saved(actor, row, expected_version)


def take_bed(*, actor: User, provider: Provider, kind: str) -> Vacancy | None:
    """Count one free bed of a provider's less when a placement is awarded to it.

    Of several homes the one with most free beds; None where none is stated as free.
    """
    rows = Vacancy.objects.filter(home__provider=provider, kind=kind, free__gt=0)
    found = rows.select_related("home").order_by("-free", "home__name", "pk").first()
    if found is None:
        return None
    with transaction.atomic():
        taken = rows.filter(pk=found.pk).update(free=F("free") - 1, version=F("version") + 1)
        if not taken:
            return None
        before = found.free
        found.refresh_from_db()
        record(
            actor=actor,
            action="take_bed",
            subject=found,
            before={"free": before},
            after={"free": found.free},
        )
    return found


def _saved(
    actor: User, row: CareHome | Vacancy, expected_version: int | None
) -> CareHome | Vacancy:
    version = row.version if expected_version is None else expected_version
    return save_record(actor=actor, record_=row, expected_version=version if row.pk else None)


def _vacancy_refusals(home: CareHome, *, kind: str, free: int, pence: int) -> dict[str, str]:
    found = {}
    if kind not in home.kinds:
        found["kind"] = f"{home} is not registered for {kind} care."
    if free < 0 or (home.beds is not None and free > home.beds):
        beds = f"{home.beds} beds" if home.beds is not None else "beds"
        found["free"] = f"{free} free beds are not possible: {home} has {beds}."
    if not 0 < pence <= MOST_WEEKLY_PENCE:
        found["weekly_pence"] = f"£{pence / 100:,.2f} a week is not possible: at most £10,000."
    return found


def _require(actor: User, provider: Provider, model: type[CareHome] | type[Vacancy]) -> None:
    """Let the home's own provider through, and staff who may change homes."""
    if provider.authority_id != actor.authority_id:
        raise PermissionDenied(f"{provider} is another council's provider.")
    if provider.pk not in providers_of(actor):
        actor.must("change", model)
