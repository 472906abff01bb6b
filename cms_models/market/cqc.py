"""The CQC's register as a council loads it, and the locations that fit what somebody states."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Q, QuerySet

from cms_models.accounts.models import Authority, User
from cms_models.audit.services import record, save_record
from cms_models.market.models import CqcLocation, Provider
from cms_models.market.stating import Registered, likeliest, words_of

BATCH = 500
RATINGS = ("Outstanding", "Good", "Requires improvement", "Inadequate", "Not yet rated")
COMPARED_AT_MOST = 500


@dataclass(frozen=True)
class LocationTerms:
    """A location as a file of the CQC's states it; None where the file does not say."""

    location_id: str
    name: str
    provider_id: str | None = None
    provider_name: str | None = None
    postcode: str | None = None
    services: tuple[str, ...] | None = None
    rating: str | None = None
    rated_on: date | None = None
    care_home_beds: int | None = None
    registered: bool | None = None

    def over(self, stored: "LocationTerms") -> "LocationTerms":
        """Return these terms with what they leave open as it is stored."""
        said = {name: value for name, value in self.__dict__.items() if value is not None}
        return LocationTerms(**{**stored.__dict__, **said})


def location_terms(row: CqcLocation) -> LocationTerms:
    """Return a stored location as terms."""
    stated = {name: getattr(row, name) for name in LocationTerms.__dataclass_fields__}
    return LocationTerms(**{**stated, "services": tuple(row.services)})


def stored_locations(authority: Authority) -> Mapping[str, LocationTerms]:
    """Return the council's register by location id."""
    rows = CqcLocation.objects.filter(authority=authority)
    return {row.location_id: location_terms(row) for row in rows.iterator(2000)}


def rating_changes(
    authority: Authority, terms: Sequence[LocationTerms]
) -> list[tuple[Provider, str]]:
    """Return the council's own providers whose location is rated otherwise now, by name (QA-04)."""
    rated = {one.location_id: one.rating for one in terms if one.rating}
    own = Provider.objects.filter(authority=authority, cqc_location_id__in=rated).order_by("name")
    return [
        (row, rated[row.cqc_location_id])
        for row in own
        if row.cqc_rating != rated[row.cqc_location_id]
    ]


def register_locations(*, actor: User, terms: Sequence[LocationTerms], read_on: date) -> None:
    """Add or change locations of the register; a provider's own rating follows its location."""
    actor.must("change", CqcLocation)
    stored = {row.location_id: row for row in CqcLocation.objects.filter(authority=actor.authority)}
    added: list[CqcLocation] = []
    changed: list[CqcLocation] = []
    for one in terms:
        row = stored.get(one.location_id)
        (changed if row else added).append(_filled(row, one, actor=actor, read_on=read_on))
    moves = rating_changes(actor.authority, terms)
    fields = [*LocationTerms.__dataclass_fields__, "read_on", "version"]
    fields.remove("location_id")
    with transaction.atomic():
        CqcLocation.objects.bulk_create(added, batch_size=BATCH)
        CqcLocation.objects.bulk_update(changed, fields, batch_size=BATCH)
        counts = {"new": len(added), "changed": len(changed)}
        record(actor=actor, action="load_cqc_register", subject=actor.authority, after=counts)
        for provider, rating in moves:
            provider.cqc_rating = rating
            reason = f"The CQC's register as read on {read_on:%d/%m/%Y}"
            save_record(
                actor=actor, record_=provider, expected_version=provider.version, reason=reason
            )


def _filled(
    row: CqcLocation | None, terms: LocationTerms, *, actor: User, read_on: date
) -> CqcLocation:
    if row is None:
        row = CqcLocation(authority=actor.authority, location_id=terms.location_id)
    else:
        terms = terms.over(location_terms(row))
        row.version += 1
    for name, value in terms.__dict__.items():
        if value is not None:
            setattr(row, name, list(value) if isinstance(value, tuple) else value)
    row.read_on = read_on
    return row


def cqc_suggestions(
    *, authority: Authority, name: str = "", postcode: str = "", most: int = 5
) -> list[CqcLocation]:
    """Return registered locations alike a stated name or postcode, the likeliest first."""
    asked = Q(postcode=postcode) if postcode else Q(pk=None)
    for word in sorted(words_of(name), key=len, reverse=True)[:3]:
        asked |= Q(name__icontains=word) | Q(provider_name__icontains=word)
    rows: QuerySet[CqcLocation] = CqcLocation.objects.filter(asked, authority=authority)
    found = {row.pk: row for row in rows.filter(registered=True)[:COMPARED_AT_MOST]}
    compared = (
        Registered(row.pk, row.name, row.provider_name, row.postcode) for row in found.values()
    )
    keys = likeliest(compared, name=name, postcode=postcode, most=most)
    return [found[key] for key in keys]
