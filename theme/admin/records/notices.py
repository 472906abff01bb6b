"""What providers were told, how it got there, and where they want it."""

from collections.abc import Sequence
from typing import Any

from cms_models.accounts.models import User
from cms_models.notices.models import Delivery, OutboxEvent, TrustedDocument, Webhook
from cms_models.notices.services import remove_webhook, set_webhook
from theme.admin.actions import Action, ReasonForm
from theme.admin.base import RecordViewSet
from theme.admin.cells import Cell, Moment, Number, Several, State, YesNo
from theme.admin.showing import Related

DELIVERY_CELLS: Sequence[Cell] = (
    Cell("where", "To", lambda row: str(row.webhook or row.email)),
    State("state", "State", sort_key="state"),
    Number("attempts", "Attempts", sort_key="attempts"),
    Moment("next_at", "Next attempt", sort_key="next_at"),
    Moment("sent_at", "Sent", sort_key="sent_at"),
    Cell("answer", "Answer"),
)


class OutboxEventViewSet(RecordViewSet):
    """Every event a provider was told of, by reference only."""

    model = OutboxEvent
    icon = "comment"
    related_fields = ("provider",)
    cells: Sequence[Cell] = (
        Cell("kind", "What happened", lambda row: row.get_kind_display(), sort_key="kind"),
        Cell("provider", "Provider", sort_key="provider__name"),
        Cell("reference", "Reference", lambda row: row.payload.get("reference", "")),
        Moment("created_at", "When", sort_key="created_at"),
    )
    list_filter = ["kind", "provider"]
    introduction = "Written with the change each tells of; sent by e-mail and to webhooks."
    empty = "No provider has been told anything yet."

    def related(self, user: User, record: OutboxEvent) -> list[Related]:
        """Show how the event got to each address."""
        rows = Delivery.objects.visible_to(user).filter(event=record).select_related("webhook")
        return [Related("Deliveries", DELIVERY_CELLS, list(rows), "Nobody wanted to be told.")]


class DeliveryViewSet(RecordViewSet):
    """Each event on its way to one address."""

    model = Delivery
    icon = "mail"
    related_fields = ("event__provider", "webhook")
    cells: Sequence[Cell] = (
        Cell("event", "Event", sort_key="event__kind"),
        *DELIVERY_CELLS,
    )
    list_filter = ["state"]
    search_fields = ["email", "answer", "event__provider__name"]
    introduction = "Tried ten times with growing pauses; then the event waits to be asked for."
    empty = "Nothing was sent yet."


def _resume(user: User, record: Webhook, data: dict[str, Any]) -> str:
    set_webhook(
        actor=user, provider=record.provider, url=record.url, kinds=record.kinds, webhook=record
    )
    return f"{record} is told of events again."


def _remove(user: User, record: Webhook, data: dict[str, Any]) -> str:
    remove_webhook(actor=user, webhook=record, reason=data["reason"])
    return f"{record} is removed."


class WebhookViewSet(RecordViewSet):
    """Addresses of providers' own systems; they set them in their portal."""

    model = Webhook
    icon = "link"
    related_fields = ("provider",)
    heavy_fields = ("secret",)
    cells: Sequence[Cell] = (
        Cell("url", "Address", sort_key="url"),
        Cell("provider", "Provider", sort_key="provider__name"),
        Several("kinds", "Kinds"),
        YesNo("active", "Active", sort_key="active"),
        Cell("paused_because", "Paused because"),
    )
    list_filter = ["active", "provider"]
    search_fields = ["url", "provider__name"]
    introduction = "An address without kinds is told of everything. Secrets are shown to nobody."
    empty = "No provider has set a webhook yet."
    actions = (
        Action("resume", "Let it run again", _resume, shown=lambda record: not record.active),
        Action("remove", "Remove", _remove, form_class=ReasonForm, serious=True),
    )

    def after_action(self, user: User, record: Webhook | None) -> str:
        """Return to the list where the record is gone."""
        gone = record is None or record.pk is None
        return super().after_action(user, None if gone else record)


class TrustedDocumentViewSet(RecordViewSet):
    """GraphQL documents providers registered."""

    model = TrustedDocument
    icon = "code"
    related_fields = ("provider",)
    cells: Sequence[Cell] = (
        Cell("sha256", "SHA-256", sort_key="sha256"),
        Cell("provider", "Provider", sort_key="provider__name"),
        Moment("created_at", "Registered", sort_key="created_at"),
    )
    detail_cells: Sequence[Cell] = (*cells, Cell("text", "Document"))
    list_filter = ["provider"]
    search_fields = ["sha256", "provider__name"]
    introduction = "A provider's keys may be held to these and no others."
    empty = "No provider has registered a document yet."
