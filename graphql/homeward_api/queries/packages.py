"""Packages: the open ones of the caller's lots, and those awarded to it."""

from datetime import date
from typing import Any
from uuid import UUID

import graphene
from graphql import GraphQLResolveInfo

from cms_models.brokerage.provider_selectors import open_invitations, open_package_rows
from cms_models.care.provider_selectors import PackageFilters, own_packages, own_rows
from homeward_api.connections import Cursors, Page, Sort, arguments
from homeward_api.errors import Code, Refusal, not_found
from homeward_api.execution import Ask
from homeward_api.lists import Connection
from homeward_api.types.packages import (
    AwardedPackage,
    OpenPackageConnection,
    PackageConnection,
    with_companions,
)
from homeward_api.types.terms import Pathway, Status, plain

NARROWING = {
    "lot": graphene.String(description="Only this lot, by code."),
    "pathway": Pathway(description="Only this pathway."),
    "zone": graphene.String(description="Only this zone, by code."),
    "as_of": graphene.Date(
        description="As the calls stood on this day, past or to come; of the packages you may see "
        "today, those on file (open ones) or running (yours) then."
    ),
}

# A package is open by an invitation; who acts for two providers asked reads it once for each.
BY_START_OF_CARE = Sort(field="release__package__starts_on", id_key="invitation")


class PackageQueries:
    """What a provider may ask about packages."""

    open_packages = Connection(
        OpenPackageConnection,
        required=True,
        description="Packages you are asked about now; the first to start come first.",
        **arguments(
            **NARROWING,
            skill=graphene.String(description="Only those that need this skill, by code."),
        ),
    )
    packages = Connection(
        PackageConnection,
        required=True,
        description="Packages awarded to you now; the first to start come first.",
        **arguments(**NARROWING, status=Status(description="Only those that stand so.")),
    )
    package = graphene.Field(
        AwardedPackage,
        description="One package awarded to you, by reference or by id.",
        reference=graphene.String(description="The package's reference."),
        id=graphene.ID(description="The package's public id."),
        as_of=graphene.Date(description="As its calls stood on this day, past or to come."),
    )

    @staticmethod
    def resolve_open_packages(
        _root: Any,
        info: GraphQLResolveInfo,
        first: int | None = None,
        after: str | None = None,
        **filters: Any,
    ) -> Page:
        """Return a page of the packages open to the caller."""
        ask: Ask = info.context

        def read(invitations: Any) -> list[dict[str, Any]]:
            return open_package_rows(invitations, ask.user, ask.now)

        return Page(
            open_invitations(ask.user, ask.now, PackageFilters(**plain(filters))),
            read=with_companions(read, ask=ask, as_of=filters.get("as_of")),
            cursors=Cursors(field="openPackages", user=ask.user, sort=BY_START_OF_CARE),
            first=first,
            after=after,
        )

    @staticmethod
    def resolve_packages(
        _root: Any,
        info: GraphQLResolveInfo,
        first: int | None = None,
        after: str | None = None,
        **filters: Any,
    ) -> Page:
        """Return a page of the packages awarded to the caller."""
        ask: Ask = info.context
        return Page(
            own_packages(user=ask.user, filters=PackageFilters(**plain(filters))),
            read=with_companions(own_rows, ask=ask, as_of=filters.get("as_of")),
            cursors=Cursors(field="packages", user=ask.user),
            first=first,
            after=after,
        )

    @staticmethod
    def resolve_package(
        _root: Any,
        info: GraphQLResolveInfo,
        reference: str | None = None,
        id: str | None = None,
        as_of: date | None = None,
    ) -> dict[str, Any]:
        """Return one package of the caller's; the same refusal for none and for another's."""
        ask: Ask = info.context
        if (reference is None) == (id is None):
            raise Refusal(Code.BAD_USER_INPUT, "package: give a reference or an id, one of them.")
        own = own_packages(user=ask.user, filters=PackageFilters())
        try:
            wanted = {"package_ref": reference} if id is None else {"public_id": UUID(id)}
        except ValueError:
            raise not_found("package") from None
        rows = with_companions(own_rows, ask=ask, as_of=as_of)(own.filter(**wanted)[:1])
        if not rows:
            raise not_found("package")
        return rows[0]
