"""Messages, review tasks and hand-backs of the caller's."""

from typing import Any

from django.db.models import QuerySet
from graphene import Argument, Boolean
from graphql import GraphQLResolveInfo

from cms_models.brokerage.models import HandBack, Message, ReviewTask
from homeward_api.connections import Page, Sort, arguments
from homeward_api.execution import Ask
from homeward_api.lists import Connection
from homeward_api.queries.paging import page
from homeward_api.reading.dealings import hand_back_rows, message_rows, review_rows
from homeward_api.types.choices import HandBackState
from homeward_api.types.life import HandBackConnection, ReviewTaskConnection
from homeward_api.types.talk import MessageConnection

BY_SENT = Sort(field="sent_at", key="sent_at", newest_first=True)
BY_SUBMITTED = Sort(field="submitted_at", key="submitted_at", newest_first=True)
BY_DUE = Sort(field="due_on", key="due_on")


class LifeQueries:
    """What a provider may ask about its dealings after an award."""

    messages = Connection(
        MessageConnection,
        required=True,
        description="Messages between you and the council, the newest first.",
        **arguments(
            unread=Argument(Boolean, description="Only the council's that you have not read.")
        ),
    )
    review_tasks = Connection(
        ReviewTaskConnection,
        required=True,
        description="What you are asked to look at, the first due first.",
        **arguments(done=Argument(Boolean, description="Only those done, or only those not.")),
    )
    hand_backs = Connection(
        HandBackConnection,
        required=True,
        description="Packages you asked to give back, the newest first.",
        **arguments(state=HandBackState(description="Only those that stand so.")),
    )

    @staticmethod
    def resolve_messages(
        _root: Any,
        info: GraphQLResolveInfo,
        first: int | None = None,
        after: str | None = None,
        unread: bool | None = None,
    ) -> Page:
        """Return a page of the caller's messages."""
        ask: Ask = info.context
        rows: QuerySet = Message.objects.visible_to(ask.user)
        if unread:
            rows = rows.filter(from_provider=False, read_at=None)
        return page(
            "messages", rows, ask=ask, read=message_rows, sort=BY_SENT, first=first, after=after
        )

    @staticmethod
    def resolve_review_tasks(
        _root: Any,
        info: GraphQLResolveInfo,
        first: int | None = None,
        after: str | None = None,
        done: bool | None = None,
    ) -> Page:
        """Return a page of the caller's review tasks."""
        ask: Ask = info.context
        rows: QuerySet = ReviewTask.objects.visible_to(ask.user)
        rows = rows if done is None else rows.filter(done_at__isnull=not done)
        return page(
            "reviewTasks", rows, ask=ask, read=review_rows, sort=BY_DUE, first=first, after=after
        )

    @staticmethod
    def resolve_hand_backs(
        _root: Any,
        info: GraphQLResolveInfo,
        first: int | None = None,
        after: str | None = None,
        state: Any = None,
    ) -> Page:
        """Return a page of the caller's hand-backs."""
        ask: Ask = info.context
        rows: QuerySet = HandBack.objects.visible_to(ask.user)
        rows = rows if state is None else rows.filter(state=state.value)
        return page(
            "handBacks",
            rows,
            ask=ask,
            read=hand_back_rows,
            sort=BY_SUBMITTED,
            first=first,
            after=after,
        )
