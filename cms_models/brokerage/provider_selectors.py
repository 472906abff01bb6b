"""What a provider reads of packages it is asked about: never who the person is, only while asked.

A package is open to a provider through an invitation of an open release; when that ends, all that
is left to read is the reference and how it came out. Every row is a plain dict of exactly what its
reader may know (BR-02): no name, birth date, address or Mosaic number is read from the database
here, and of the postcode only the part that the council shows leaves this module.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from cms_models.accounts.models import Authority, User
from cms_models.audit.as_at import end_of
from cms_models.brokerage.models import (
    Invitation,
    InvitationState,
    Offer,
    OfferQuestion,
    OfferState,
    Question,
    ReleaseState,
    Route,
)
from cms_models.care.models import CarePackage, Setting
from cms_models.care.provider_selectors import PLACE, TERMS, PackageFilters, tidy
from cms_models.fields.selectors import rule_values
from cms_models.market.models import providers_of
from cms_models.places.domain import postcode_district, postcode_sector

PACKAGE = "release__package__"
OF_PACKAGE = (*TERMS, *PLACE, "decisions_needed", "setting", "postcode", "zone_id")
OF_REQUIREMENT = (
    *("needs", "must_haves", "nice_to_haves", "outcomes", "urgency", "start_by"),
    "id",
)
OF_INVITATION = (
    *("pk", "public_id", "state", "sent_at", "opened_at", "closes_at", "provider_id"),
    *("release_id", "release__route", f"{PACKAGE}lot__offers_name_price"),
)
OUTCOMES = {
    InvitationState.DECLINED: "You declined",
    InvitationState.LAPSED: "You did not answer in time",
}


def open_invitations(
    user: User, now: datetime, filters: PackageFilters | None = None
) -> QuerySet[Invitation]:
    """Return the invitations by which packages are open to the user's providers at a moment.

    As of an earlier day: of those still open, the ones that were sent by its end.
    """
    running = Q(state=InvitationState.OPEN, closes_at__gt=now) | Q(state=InvitationState.OFFERED)
    found = Invitation.objects.filter(
        running, provider_id__in=providers_of(user), release__state=ReleaseState.OPEN
    )
    if filters is None or filters == PackageFilters():
        return found
    if filters.as_of is not None and filters.as_of < now.date():
        found = found.filter(sent_at__lt=end_of(filters.as_of))
    packages = filters.narrow(CarePackage.objects.filter(authority_id=user.authority_id))
    return found.filter(release__package__in=packages.order_by().values("pk"))


def open_package_rows(
    invitations: QuerySet[Invitation], user: User, now: datetime
) -> list[dict[str, Any]]:
    """Return open packages as the providers asked read them, in the order of the invitations.

    `id` is the package's public id and `invitation` the invitation's; `questions` are those an
    offer answers, `asked` what was asked about the package with the answers.
    """
    columns = [PACKAGE + name for name in OF_PACKAGE]
    columns += [f"{PACKAGE}requirement__{name}" for name in OF_REQUIREMENT]
    stored = list(invitations.values(*OF_INVITATION, *columns))
    if not stored:
        return []
    rules = rule_values(user.authority, on=now.date())
    few = _few_in_zone(user.authority, least=int(rules["brokerage.small_number"]))
    sector = rules["care.open_location"] == "sector"
    questions = _questions_of(row[f"{PACKAGE}requirement__id"] for row in stored)
    asked = _asked_of({row["release_id"] for row in stored}, user)
    offers = _offers_of(row["pk"] for row in stored)
    found = []
    for row in stored:
        told = {name: row[PACKAGE + name] for name in OF_PACKAGE}
        told |= {name: row[f"{PACKAGE}requirement__{name}"] for name in OF_REQUIREMENT[:-1]}
        _coarsen(told, few=few, sector=sector)
        tidy(told)
        _with_defaults(told)
        told |= _of_invitation(row)
        told["questions"] = questions[row[f"{PACKAGE}requirement__id"]]
        told["asked"] = asked[row["release_id"]]
        told["offer"] = offers.get(row["pk"])
        found.append(told)
    return found


def _with_defaults(told: dict[str, Any]) -> None:
    """Fill in what a package without a stated requirement asks for."""
    for name in ("needs", "must_haves", "nice_to_haves", "outcomes"):
        told[name] = told[name] or []
    told["urgency"] = told["urgency"] or "routine"


def _of_invitation(row: Mapping[str, Any]) -> dict[str, Any]:
    by_route = row["release__route"] in (Route.SPOT, Route.HOMES)
    at_home = row[f"{PACKAGE}setting"] == Setting.HOME
    return {
        "invitation": str(row["public_id"]),
        "invitation_pk": row["pk"],
        "state": row["state"],
        "sent_at": row["sent_at"],
        "opened_at": row["opened_at"],
        "closes_at": row["closes_at"],
        "names_price": by_route or not at_home or bool(row[f"{PACKAGE}lot__offers_name_price"]),
    }


def _coarsen(told: dict[str, Any], *, few: frozenset[tuple[Any, ...]], sector: bool) -> None:
    """Leave of the postcode what may be shown: nothing where few packages of the kind are open."""
    postcode, zone = told.pop("postcode"), told.pop("zone_id")
    told["coarsened"] = (zone, told["pathway"], told["setting"]) in few
    told["postcode_district"] = None if told["coarsened"] else postcode_district(postcode)
    told["postcode_sector"] = (
        postcode_sector(postcode) if sector and not told["coarsened"] else None
    )


def _few_in_zone(authority: Authority, *, least: int) -> frozenset[tuple[Any, ...]]:
    """Return the (zone, pathway, setting) of which fewer packages are open than a rule asks for."""
    if least <= 1:
        return frozenset()
    kinds = CarePackage.objects.filter(authority=authority, releases__state=ReleaseState.OPEN)
    counted = kinds.order_by().values_list("zone_id", "pathway", "setting")
    return frozenset(
        (zone, pathway, setting)
        for zone, pathway, setting, count in counted.annotate(count=Count("pk"))
        if count < least
    )


def _questions_of(requirement_ids: Iterable[int | None]) -> dict[int | None, list[dict[str, Any]]]:
    found: dict[int | None, list[dict[str, Any]]] = defaultdict(list)
    wanted = {key for key in requirement_ids if key is not None}
    rows = OfferQuestion.objects.filter(requirement_id__in=wanted).order_by("order", "id")
    for row in rows.values("requirement_id", "public_id", "text", "scored", "most_points"):
        key = row.pop("requirement_id")
        found[key].append({"id": str(row.pop("public_id")), **row})
    return found


def _asked_of(release_ids: set[int], user: User) -> dict[int, list[dict[str, Any]]]:
    """Return what was asked of each release: the answered, and one's own that wait."""
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    own = providers_of(user)
    rows = Question.objects.filter(release_id__in=release_ids)
    rows = rows.filter(Q(answered_at__isnull=False) | Q(provider_id__in=own))
    names = ("release_id", "public_id", "text", "answer", "asked_at", "answered_at", "provider_id")
    for row in rows.order_by("asked_at", "id").values(*names):
        mine = row.pop("provider_id") in own
        key = row.pop("release_id")
        found[key].append({"id": str(row.pop("public_id")), "own": mine, **row})
    return found


def _offers_of(invitation_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Return the offer that stands of each invitation: the reader's own."""
    rows = Offer.objects.filter(invitation_id__in=list(invitation_ids))
    rows = rows.exclude(state=OfferState.WITHDRAWN)
    names = ("public_id", "state", "starts_on", "weekly_minutes", "conditions", "price_pence")
    return {
        row.pop("invitation_id"): {"id": str(row.pop("public_id")), **row}
        for row in rows.values("invitation_id", "made_at", *names)
    }


def own_offers(user: User) -> QuerySet[Offer]:
    """Return the offers of the user's providers, the newest first."""
    return (
        Offer.objects.filter(provider_id__in=providers_of(user))
        .select_related("provider", "invitation__release")
        .order_by("-made_at", "-id")
    )


def lost_access(user: User, now: datetime) -> list[dict[str, Any]]:
    """Return the packages that were open to the user's providers and no longer are.

    Of each the reference, how it came out for the reader, and when: nothing else is left.
    """
    rows = (
        Invitation.objects.filter(provider_id__in=providers_of(user))
        .exclude(pk__in=open_invitations(user, now).values("pk"))
        .order_by("-sent_at", "-pk")
        .values(
            *("public_id", "state", "answered_at", "lapsed_at", "closes_at", "sent_at"),
            *("release__state", "release__ended_at", "release__package__package_ref"),
        )
    )
    won = set(
        Offer.objects.filter(provider_id__in=providers_of(user), state=OfferState.WON).values_list(
            "invitation__public_id", flat=True
        )
    )
    return [
        {
            "invitation": str(row["public_id"]),
            "reference": row["release__package__package_ref"],
            "outcome": _outcome(row, won=row["public_id"] in won),
            "closed_at": _closed_at(row),
        }
        for row in rows
    ]


def _outcome(row: Mapping[str, Any], *, won: bool) -> str:
    if won:
        return "Awarded to you"
    if row["state"] in OUTCOMES:
        return OUTCOMES[row["state"]]
    ended = {
        ReleaseState.AWARDED: "Awarded to another provider",
        ReleaseState.WITHDRAWN: "Withdrawn by the council",
        ReleaseState.UNPLACED: "Closed without an award",
    }
    return ended.get(row["release__state"], OUTCOMES[InvitationState.LAPSED])


def _closed_at(row: Mapping[str, Any]) -> datetime | date | None:
    if row["state"] == InvitationState.DECLINED:
        return row["answered_at"]
    return row["lapsed_at"] or row["release__ended_at"] or row["closes_at"]
