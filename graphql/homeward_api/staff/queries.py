"""What staff may ask: the board's packages, their releases, offers and awards."""

from datetime import timedelta
from typing import Any

import graphene
from django.db.models import QuerySet
from graphql import GraphQLResolveInfo

from cms_models.brokerage.models import Invitation, Offer, Release
from cms_models.care.models import Award, CarePackage
from homeward_api.connections import Page, Sort, arguments
from homeward_api.execution import Ask
from homeward_api.finding import found
from homeward_api.lists import Connection
from homeward_api.queries.paging import page
from homeward_api.staff import rows, types
from homeward_api.types.choices import InvitationState, OfferState
from homeward_api.types.terms import Status, plain

BY_AGE = Sort(field="created_at", key="created_at")
BY_RELEASED = Sort(field="released_at", key="released_at", newest_first=True)
BY_SENT = Sort(field="sent_at", key="sent_at", newest_first=True)
BY_MADE = Sort(field="made_at", key="made_at", newest_first=True)
BY_DECIDED = Sort(field="decided_at", key="decided_at", newest_first=True)
OF_PACKAGE = graphene.ID(description="Only of this package, by its public id.")


def _of(info: GraphQLResolveInfo, found_rows: QuerySet, path: str, package: str | None) -> QuerySet:
    """Return rows, of one package the caller sees where one is named."""
    ask: Ask = info.context
    if package is None:
        return found_rows
    row = found(CarePackage.objects.visible_to(ask.user), package, "package")
    return found_rows.filter(**{path: row.pk})


class StaffQueries:
    """What staff may ask about brokerage."""

    me = graphene.Field(types.StaffMe, required=True, description="Who is signed in.")
    packages = Connection(
        types.PackagePages,
        required=True,
        description="Packages, those on file longest first.",
        **arguments(
            status=Status(description="Only those that stand so."),
            lot=graphene.String(description="Only this lot, by code."),
            zone=graphene.String(description="Only this zone, by code."),
            waiting_days=graphene.Int(description="Only those on file for so many days or more."),
        ),
    )
    releases = Connection(
        types.ReleasePages,
        required=True,
        description="Releases, the newest first.",
        **arguments(
            package=OF_PACKAGE, state=types.ReleaseState(description="Only those that stand so.")
        ),
    )
    invitations = Connection(
        types.InvitationPages,
        required=True,
        description="Providers asked, the newest first.",
        **arguments(
            package=OF_PACKAGE, state=InvitationState(description="Only those that stand so.")
        ),
    )
    offers = Connection(
        types.OfferPages,
        required=True,
        description="Offers, the newest first.",
        **arguments(package=OF_PACKAGE, state=OfferState(description="Only those that stand so.")),
    )
    awards = Connection(
        types.AwardPages,
        required=True,
        description="Awards, the newest first.",
        **arguments(
            package=OF_PACKAGE, current=graphene.Boolean(description="Only those in force, or not.")
        ),
    )

    @staticmethod
    def resolve_me(_root: Any, info: GraphQLResolveInfo) -> dict[str, str]:
        """Return who asks."""
        ask: Ask = info.context
        return {"name": str(ask.user), "role": ask.user.get_role_display()}

    @staticmethod
    def resolve_packages(
        _root: Any,
        info: GraphQLResolveInfo,
        first: int | None = None,
        after: str | None = None,
        **asked: Any,
    ) -> Page:
        """Return a page of packages."""
        ask: Ask = info.context
        wanted = plain(asked)
        found_rows = CarePackage.objects.visible_to(ask.user)
        for name, path in (("status", "status"), ("lot", "lot__code"), ("zone", "zone__code")):
            if wanted.get(name) is not None:
                found_rows = found_rows.filter(**{path: wanted[name]})
        days = wanted.get("waiting_days")
        if days is not None:
            days = min(max(days, 0), 36_500)
            found_rows = found_rows.filter(created_at__lte=ask.now - timedelta(days=days))
        return page(
            "staff.packages",
            found_rows,
            ask=ask,
            read=rows.package_rows,
            sort=BY_AGE,
            first=first,
            after=after,
        )

    @staticmethod
    def resolve_releases(
        _root: Any, info: GraphQLResolveInfo, package: str | None = None, **asked: Any
    ) -> Page:
        """Return a page of releases."""
        ask: Ask = info.context
        found_rows = _of(info, Release.objects.visible_to(ask.user), "package", package)
        return _page("releases", info, found_rows, rows.release_rows, BY_RELEASED, asked)

    @staticmethod
    def resolve_invitations(
        _root: Any, info: GraphQLResolveInfo, package: str | None = None, **asked: Any
    ) -> Page:
        """Return a page of invitations."""
        ask: Ask = info.context
        found_rows = _of(info, Invitation.objects.visible_to(ask.user), "release__package", package)
        return _page("invitations", info, found_rows, rows.invitation_rows, BY_SENT, asked)

    @staticmethod
    def resolve_offers(
        _root: Any, info: GraphQLResolveInfo, package: str | None = None, **asked: Any
    ) -> Page:
        """Return a page of offers."""
        ask: Ask = info.context
        path = "invitation__release__package"
        found_rows = _of(info, Offer.objects.visible_to(ask.user), path, package)
        return _page("offers", info, found_rows, rows.offer_rows, BY_MADE, asked)

    @staticmethod
    def resolve_awards(
        _root: Any, info: GraphQLResolveInfo, package: str | None = None, **asked: Any
    ) -> Page:
        """Return a page of awards."""
        ask: Ask = info.context
        found_rows = _of(info, Award.objects.visible_to(ask.user), "package", package)
        return _page("awards", info, found_rows, rows.award_rows, BY_DECIDED, asked)


def _page(
    field: str, info: GraphQLResolveInfo, found_rows: QuerySet, read: Any, sort: Sort, asked: Any
) -> Page:
    """Return a page, narrowed by the state or by being current where that is asked."""
    wanted = plain(asked)
    first, after = wanted.pop("first", None), wanted.pop("after", None)
    narrowing = {name: value for name, value in wanted.items() if value is not None}
    return page(
        f"staff.{field}",
        found_rows.filter(**narrowing),
        ask=info.context,
        read=read,
        sort=sort,
        first=first,
        after=after,
    )
