"""Releases, offers, questions and messages as lists; a broker works on the package's own page."""

from collections.abc import Sequence

from django.db import models
from django.urls import reverse

from cms_models.accounts.models import User
from cms_models.brokerage.models import Invitation, Message, Offer, Question, Release
from theme.admin.base import RecordViewSet
from theme.admin.cells import Cell, Day, Hours, Moment, Pounds, State


class OfReleaseViewSet(RecordViewSet):
    """Records of a package's release: read here, worked on at the package's brokerage page."""

    def record_url(self, user: User, record: models.Model) -> str | None:
        """Return the brokerage page of the record's package."""
        package_id = self.package_of(record)
        return reverse("board_package", args=[package_id]) if package_id else None

    def package_of(self, record: models.Model) -> int | None:
        """Return the package a record is about."""
        raise NotImplementedError


class ReleaseViewSet(OfReleaseViewSet):
    """Packages as they were offered to providers."""

    model = Release
    icon = "mail"
    related_fields = ("package", "released_by")
    cells: Sequence[Cell] = (
        Cell("package", "Package", sort_key="package__package_ref"),
        State("state", "State", sort_key="state"),
        Cell("route", "To whom", sort_key="route"),
        Cell("released_by", "By"),
        Moment("released_at", "Released", sort_key="released_at"),
        Moment("ended_at", "Ended", sort_key="ended_at"),
        Cell("ended_because", "Why it ended"),
    )
    detail_cells: Sequence[Cell] = (*cells, Cell("reason", "Reason"))
    list_filter = ["state", "route"]
    search_fields = ["package__package_ref"]
    empty = "Nothing was released yet. Release a package from the board."

    def package_of(self, record: Release) -> int | None:
        """Return the released package."""
        return record.package_id


class InvitationViewSet(OfReleaseViewSet):
    """Providers asked, and how far each got."""

    model = Invitation
    icon = "group"
    related_fields = ("release__package", "provider", "step")
    cells: Sequence[Cell] = (
        Cell("package", "Package", "release.package", sort_key="release__package__package_ref"),
        Cell("provider", "Provider", sort_key="provider__name"),
        State("state", "State", sort_key="state"),
        Moment("sent_at", "Sent", sort_key="sent_at"),
        Moment("opened_at", "Opened"),
        Moment("answered_at", "Answered"),
        Moment("lapsed_at", "Lapsed"),
        Moment("closes_at", "Closes", sort_key="closes_at"),
        Cell("decline_reason", "Declined because"),
    )
    list_filter = ["state", "provider", "decline_reason"]
    search_fields = ["release__package__package_ref", "provider__name"]
    empty = "Nobody was asked yet. Release a package from the board."

    def package_of(self, record: Invitation) -> int | None:
        """Return the package the provider was asked about."""
        return record.release.package_id


class OfferViewSet(OfReleaseViewSet):
    """What providers offered."""

    model = Offer
    icon = "tick-inverse"
    related_fields = ("invitation__release__package", "provider", "made_by")
    cells: Sequence[Cell] = (
        Cell(
            "package",
            "Package",
            "invitation.release.package",
            sort_key="invitation__release__package__package_ref",
        ),
        Cell("provider", "Provider", sort_key="provider__name"),
        State("state", "State", sort_key="state"),
        Day("starts_on", "Can start", sort_key="starts_on"),
        Hours("weekly_minutes", "Capacity a week"),
        Pounds("price_pence", "Price"),
        Moment("made_at", "Made", sort_key="made_at"),
    )
    detail_cells: Sequence[Cell] = (
        *cells,
        Cell("conditions", "Conditions"),
        Cell("made_by", "By"),
        Cell("withdrawn_because", "Withdrawn because"),
    )
    list_filter = ["state", "provider"]
    search_fields = ["invitation__release__package__package_ref", "provider__name"]
    empty = "No offers yet."

    def package_of(self, record: Offer) -> int | None:
        """Return the package the offer is for."""
        return record.invitation.release.package_id


class QuestionViewSet(OfReleaseViewSet):
    """What providers asked about open packages."""

    model = Question
    icon = "help"
    related_fields = ("release__package", "provider", "answered_by")
    cells: Sequence[Cell] = (
        Cell("package", "Package", "release.package", sort_key="release__package__package_ref"),
        Cell("provider", "Provider", sort_key="provider__name"),
        Cell("text", "Question"),
        Moment("asked_at", "Asked", sort_key="asked_at"),
        Cell("answer", "Answer"),
        Moment("answered_at", "Answered", sort_key="answered_at"),
    )
    detail_cells: Sequence[Cell] = (*cells, Cell("answered_by", "By"))
    list_filter = ["provider"]
    search_fields = ["text", "release__package__package_ref"]
    empty = "No questions yet."

    def package_of(self, record: Question) -> int | None:
        """Return the package the question is about."""
        return record.release.package_id


class MessageViewSet(OfReleaseViewSet):
    """What brokers and providers wrote to each other."""

    model = Message
    icon = "comment"
    related_fields = ("package", "provider", "sent_by")
    cells: Sequence[Cell] = (
        Cell("provider", "Provider", sort_key="provider__name"),
        Cell("package", "Package", sort_key="package__package_ref"),
        Cell("text", "Message"),
        Cell("sent_by", "By"),
        Moment("sent_at", "Sent", sort_key="sent_at"),
        Moment("read_at", "Read"),
    )
    list_filter = ["provider", "from_provider"]
    search_fields = ["text", "package__package_ref", "provider__name"]
    empty = "No messages yet."

    def package_of(self, record: Message) -> int | None:
        """Return the package the message is about, if any."""
        return record.package_id
