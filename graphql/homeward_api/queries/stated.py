"""What the caller states of itself: documents, capacities, homes."""

from typing import Any

from graphql import GraphQLResolveInfo

from cms_models.market.models import CareHome, DeclaredCapacity, ProviderDocument
from homeward_api.execution import Ask
from homeward_api.lists import BoundedList
from homeward_api.reading.statements import capacity_rows, document_rows, home_rows
from homeward_api.types.stated import CareHome as CareHomeType
from homeward_api.types.stated import DeclaredCapacity as CapacityType
from homeward_api.types.stated import Document

STATED_COUNTED = 30
STATED_MOST = 200


class StatedQueries:
    """What a provider may ask about what it stated."""

    documents = BoundedList(
        Document,
        most=STATED_COUNTED,
        description=f"Your documents that are not replaced, the newest {STATED_MOST}.",
    )
    declared_capacities = BoundedList(
        CapacityType,
        most=STATED_COUNTED,
        description=f"What you said you can take, the newest {STATED_MOST}.",
    )
    homes = BoundedList(
        CareHomeType,
        most=STATED_COUNTED,
        description=f"Your care homes with their free beds, by name, {STATED_MOST} at most.",
    )

    @staticmethod
    def resolve_documents(_root: Any, info: GraphQLResolveInfo) -> list[dict[str, Any]]:
        """Return the caller's documents."""
        ask: Ask = info.context
        rows = ProviderDocument.objects.visible_to(ask.user).filter(replaced=False)
        return document_rows(rows.order_by("-created_at", "-id")[:STATED_MOST])

    @staticmethod
    def resolve_declared_capacities(_root: Any, info: GraphQLResolveInfo) -> list[dict[str, Any]]:
        """Return the caller's declared capacities."""
        ask: Ask = info.context
        rows = DeclaredCapacity.objects.visible_to(ask.user)
        return capacity_rows(rows.order_by("-from_day", "-id")[:STATED_MOST])

    @staticmethod
    def resolve_homes(_root: Any, info: GraphQLResolveInfo) -> list[dict[str, Any]]:
        """Return the caller's homes."""
        ask: Ask = info.context
        return home_rows(CareHome.objects.visible_to(ask.user).order_by("name", "id")[:STATED_MOST])
