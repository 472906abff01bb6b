"""What staff may do: release, withdraw a release, award; through the services of the board."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import graphene
from django.core.exceptions import PermissionDenied
from graphql import GraphQLResolveInfo

from cms_models.brokerage.models import Offer, Release
from cms_models.brokerage.services import awards, releases
from cms_models.care.models import Award, CarePackage
from cms_models.market.models import Provider
from homeward_api.errors import Code, Refusal, not_found
from homeward_api.execution import Ask
from homeward_api.finding import found
from homeward_api.mutations.problems import MENDABLE, problems_of
from homeward_api.mutations.writing import Act, payload_of, said, words_of
from homeward_api.staff import types
from homeward_api.staff.rows import award_rows, release_rows

REASON = graphene.String(required=True, description="Why: it is kept.")


def staff_mutation(
    *, gives: Mapping[str, graphene.Field], **takes: Any
) -> Callable[[Act], graphene.Field]:
    """Return a decorator that makes a field of a function.

    No idempotency key is taken: a package has one open release and one winner, so the same ask
    again is refused in words.
    """

    def made(act: Act) -> graphene.Field:
        return graphene.Field(
            payload_of(act, gives),
            required=True,
            description=words_of(act),
            resolver=_resolver(act),
            **takes,
        )

    return made


def _resolver(act: Act) -> Callable[..., dict[str, Any]]:
    def resolve(_root: Any, info: GraphQLResolveInfo, **values: Any) -> dict[str, Any]:
        try:
            return {**act(info.context, **said(values)), "problems": []}
        except PermissionDenied as refusal:
            raise Refusal(Code.FORBIDDEN, str(refusal)) from None
        except MENDABLE as refusal:
            return {"problems": problems_of(refusal)}

    return resolve


def _provider(ask: Ask, ref: str) -> Provider:
    row = Provider.objects.visible_to(ask.user).filter(ref=ref).first()
    if row is None:
        raise not_found("provider")
    return row


@staff_mutation(
    gives={"release": graphene.Field(types.Release, description="The release, open.")},
    package=graphene.ID(required=True, description="The package's public id."),
    route=types.Route(required=True, description="To whom."),
    providers=graphene.List(
        graphene.NonNull(graphene.String),
        default_value=(),
        description="The providers selected, by ref; for the routes that name them.",
    ),
    reason=graphene.String(default_value="", description="Why by this route; not for tiers."),
)
def release_package(
    ask: Ask, *, package: str, route: str, providers: Sequence[str] = (), reason: str = ""
) -> dict[str, Any]:
    """Release a package to providers; a response clock runs from now."""
    row = releases.release(
        actor=ask.user,
        package=found(CarePackage.objects.visible_to(ask.user), package, "package"),
        route=route,
        providers=[_provider(ask, ref) for ref in providers],
        reason=reason,
        now=ask.now,
    )
    return {"release": release_rows(Release.objects.filter(pk=row.pk))[0]}


@staff_mutation(
    gives={"release": graphene.Field(types.Release, description="The release, withdrawn.")},
    release=graphene.ID(required=True, description="The release's public id."),
    reason=REASON,
)
def withdraw_release(ask: Ask, *, release: str, reason: str) -> dict[str, Any]:
    """Take a package back from the providers asked; it still needs one."""
    row = found(Release.objects.visible_to(ask.user), release, "release")
    releases.withdraw_release(actor=ask.user, release=row, reason=reason, now=ask.now)
    return {"release": release_rows(Release.objects.filter(pk=row.pk))[0]}


@staff_mutation(
    gives={"award": graphene.Field(types.StaffAward, description="The award.")},
    offer=graphene.ID(required=True, description="The offer's public id."),
    reason=REASON,
)
def award_offer(ask: Ask, *, offer: str, reason: str) -> dict[str, Any]:
    """Award a package to the provider of an offer; everybody else asked is told."""
    row = found(Offer.objects.visible_to(ask.user), offer, "offer")
    made = awards.award_offer(actor=ask.user, offer=row, reason=reason, now=ask.now)
    return {"award": award_rows(Award.objects.filter(pk=made.pk))[0]}


@staff_mutation(
    gives={"award": graphene.Field(types.StaffAward, description="The award.")},
    package=graphene.ID(required=True, description="The package's public id."),
    provider=graphene.String(required=True, description="The provider, by ref."),
    reason=REASON,
    agreed_pence=graphene.Int(
        description="Pence an hour (a week in a care home) where a price was agreed."
    ),
)
def award_package(
    ask: Ask, *, package: str, provider: str, reason: str, agreed_pence: int | None = None
) -> dict[str, Any]:
    """Award a package of a lot to a provider without an offer, with the reason."""
    row = found(CarePackage.objects.visible_to(ask.user), package, "package")
    made = awards.award_package(
        actor=ask.user,
        package=row,
        provider=_provider(ask, provider),
        lot=row.lot,
        reason=reason,
        agreed_pence=agreed_pence,
        now=ask.now,
    )
    return {"award": award_rows(Award.objects.filter(pk=made.pk))[0]}


class StaffMutations:
    """What staff may do in brokerage."""

    release_package = release_package
    withdraw_release = withdraw_release
    award_offer = award_offer
    award_package = award_package
