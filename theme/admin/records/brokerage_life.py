"""Hand-backs with their ledger, suspensions, transfers and review tasks in lists."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from cms_models.accounts.models import User
from cms_models.brokerage.life_domain import days_left
from cms_models.brokerage.life_selectors import hand_back_ledger
from cms_models.brokerage.models import (
    HandBack,
    HandBackReason,
    HandBackState,
    ReviewTask,
    Suspension,
    Transfer,
)
from cms_models.brokerage.services import hand_backs, life
from cms_models.care.models import Award, CarePackage
from cms_models.market.models import Provider
from theme.admin.actions import Action, ReasonForm
from theme.admin.base import RecordViewSet
from theme.admin.cells import Cell, Day, Moment, Number, State, YesNo
from theme.admin.listing import RecordIndexView
from theme.admin.package.living import decided_words
from theme.admin.scope import ScopedFilterSet
from theme.admin.showing import Related


class WordsForm(forms.Form):
    """Why, or what came of it: kept, and where a provider asked, told to it."""

    words = forms.CharField(max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))


def _decide(user: User, row: HandBack, words: str, *, accept: bool) -> str:
    decided = hand_backs.decide_hand_back(
        actor=user, hand_back=row, accept=accept, words=words, now=timezone.now()
    )
    return decided_words(decided)


def _accept(user: User, record: HandBack, data: dict[str, Any]) -> str:
    return _decide(user, record, data["words"], accept=True)


def _refuse(user: User, record: HandBack, data: dict[str, Any]) -> str:
    return _decide(user, record, data["words"], accept=False)


def _withdraw(user: User, record: HandBack, data: dict[str, Any]) -> str:
    hand_backs.withdraw_hand_back(actor=user, hand_back=record, now=timezone.now())
    return f"The hand-back is withdrawn: {record.provider} goes on delivering {record.package}."


def _waits(record: HandBack) -> bool:
    return record.state == HandBackState.SUBMITTED


class DecisionAction(Action):
    """A button for whoever may decide on hand-backs: those who manage providers' contracts."""

    def allowed(self, user: User, model: type[Any]) -> bool:
        """Return whether the role may change hand-backs and providers."""
        return super().allowed(user, model) and user.may("change", Provider)


def days_of(row: HandBack) -> int | None:
    """Return the days of care the provider still owes, None where no notice runs."""
    if row.state != HandBackState.ACCEPTED or row.ends_on is None:
        return None
    return days_left(row.ends_on, today=timezone.localdate())


def package_of(user: User, record: Any) -> Related:
    """Return the package of a record, leading to its own page."""
    packages = CarePackage.objects.visible_to(user).filter(pk=record.package_id)
    return Related(
        "Package",
        (
            Cell("package_ref", "Reference"),
            State("status", "Status"),
            Day("starts_on", "From"),
            Day("ends_on", "First day without care"),
        ),
        list(packages),
        "Your role does not see the package.",
        url=lambda row: reverse("package_page", args=[row.pk]),
    )


def document_link(row: HandBack) -> str:
    """Return the document of a hand-back as a link to keep it."""
    if not row.evidence_name:
        return ""
    address = reverse("hand_back_evidence", args=[row.pk])
    return format_html('<a href="{}">{}</a>', address, row.evidence_name)


class HandBackIndexView(RecordIndexView):
    """The list of hand-backs under the ledger of them by provider (N08)."""

    template_name = "theme/admin/hand_backs.html"

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the ledger: a column for each reason."""
        context = super().get_context_data(*args, **kwargs)
        reasons = [str(label) for label in HandBackReason.labels]
        rows = hand_back_ledger(self.user, today=timezone.localdate())
        context["reasons"] = reasons
        context["ledger"] = [
            {"row": row, "counts": [row.by_reason.get(reason, 0) for reason in reasons]}
            for row in rows
        ]
        return context


class HandBackViewSet(RecordViewSet):
    """Packages that providers gave back, or wanted to."""

    model = HandBack
    icon = "rotate"
    index_view_class = HandBackIndexView
    related_fields = ("package", "provider", "submitted_by", "decided_by", "release")
    heavy_fields = ("evidence",)
    cells: Sequence[Cell] = (
        Cell("package", "Package", sort_key="package__package_ref"),
        Cell("provider", "Provider", sort_key="provider__name"),
        Cell("reason", "Reason", sort_key="reason"),
        State("state", "State", sort_key="state"),
        Moment("submitted_at", "Handed back", sort_key="submitted_at"),
        Day("ends_on", "First day not owed", sort_key="ends_on"),
        Number("days_left", "Days left", days_of),
    )
    detail_cells: Sequence[Cell] = (
        *cells,
        Cell("words", "What the provider says"),
        Cell("evidence_name", "Document", document_link),
        Cell("submitted_by", "Handed back by"),
        Cell("decided_by", "Decided by"),
        Moment("decided_at", "Decided"),
        Cell("decision_words", "Decided because"),
        Cell("release", "Offered again by"),
    )
    list_filter = ["state", "reason", "provider"]
    search_fields = ["package__package_ref", "provider__name"]
    introduction = (
        "A reason that is not allowed is refused at once; otherwise a contract manager decides. "
        "Once accepted, the notice counts from the day after, and the package is on offer again."
    )
    empty = "No provider has handed a package back."
    actions = (
        DecisionAction(
            "accept",
            "Accept",
            _accept,
            form_class=WordsForm,
            shown=_waits,
            explanation="The notice begins to run, and the package is on offer again at once.",
        ),
        DecisionAction(
            "refuse",
            "Refuse",
            _refuse,
            form_class=WordsForm,
            shown=_waits,
            explanation="The provider goes on delivering and is told why.",
        ),
        Action(
            "withdraw",
            "Withdraw in the provider's name",
            _withdraw,
            shown=_waits,
            explanation="Where the provider told the council so.",
        ),
    )

    def related(self, user: User, record: HandBack) -> list[Related]:
        """Lead to the package's page."""
        return [package_of(user, record)]


class SuspensionFilters(ScopedFilterSet):
    """Filters of the suspensions."""

    class Meta:
        model = Suspension
        fields: ClassVar = {"reason": ["exact"], "over": ["exact"], "starts_on": ["range"]}


class SuspensionViewSet(RecordViewSet):
    """Care that pauses."""

    model = Suspension
    icon = "time"
    related_fields = ("package",)
    filterset_class = SuspensionFilters
    cells: Sequence[Cell] = (
        Cell("package", "Package", sort_key="package__package_ref"),
        Day("starts_on", "From", sort_key="starts_on"),
        Day("ends_on", "Care again on", sort_key="ends_on"),
        Cell("reason", "Why", sort_key="reason"),
        Cell("words", "In words"),
        YesNo("over", "Resumed", sort_key="over"),
    )
    search_fields = ["package__package_ref"]
    introduction = "A package is suspended and resumed on its own page."
    empty = "No care is suspended."

    def related(self, user: User, record: Suspension) -> list[Related]:
        """Lead to the package's page."""
        return [package_of(user, record)]


def _call_off(user: User, record: Transfer, data: dict[str, Any]) -> str:
    life.cancel_transfer(actor=user, waiting=record, reason=data["reason"], now=timezone.now())
    return f"{record.package} stays with {record.from_award.provider}."


def transfer_state(row: Transfer) -> str:
    """Return how far a transfer got."""
    if row.cancelled_at:
        return "Called off"
    return "Done" if row.begun_at else "Waits"


class TransferViewSet(RecordViewSet):
    """Packages that go from one provider to another."""

    model = Transfer
    icon = "resubmit"
    related_fields = ("package", "from_award__provider", "to_provider", "decided_by")
    cells: Sequence[Cell] = (
        Cell("package", "Package", sort_key="package__package_ref"),
        Cell("from_provider", "From", "from_award.provider"),
        Cell("to_provider", "To", sort_key="to_provider__name"),
        Day("on", "First day", sort_key="on"),
        Cell("standing", "State", transfer_state),
        Cell("reason", "Reason"),
        Cell("decided_by", "Decided by"),
        Moment("decided_at", "Decided", sort_key="decided_at"),
    )
    detail_cells: Sequence[Cell] = (
        *cells,
        Moment("begun_at", "Begun"),
        Moment("cancelled_at", "Called off"),
        Cell("cancelled_because", "Called off because"),
    )
    list_filter = ["to_provider", "on"]
    search_fields = ["package__package_ref", "to_provider__name"]
    introduction = "A package is transferred on its own page; on a later day it waits here."
    empty = "No package was transferred."

    def related(self, user: User, record: Transfer) -> list[Related]:
        """Lead to the package's page."""
        return [package_of(user, record)]

    actions = (
        Action(
            "call-off",
            "Call off",
            _call_off,
            form_class=ReasonForm,
            model=Award,
            shown=lambda row: row.begun_at is None and row.cancelled_at is None,
            explanation="The present provider goes on; both are told.",
        ),
    )


def _complete(user: User, record: ReviewTask, data: dict[str, Any]) -> str:
    life.complete_review(actor=user, task=record, outcome=data["words"], now=timezone.now())
    return f"“{record}” is done."


class ReviewTaskViewSet(RecordViewSet):
    """What somebody is to look at, the first due first."""

    model = ReviewTask
    icon = "tasks"
    related_fields = ("package", "assigned_to", "provider", "done_by")
    cells: Sequence[Cell] = (
        Cell("kind", "What", sort_key="kind"),
        Cell("package", "Package", sort_key="package__package_ref"),
        Day("due_on", "Due", sort_key="due_on"),
        Cell("who", "Who", lambda row: row.provider or row.assigned_to or ""),
        Cell("words", "In words"),
        Moment("done_at", "Done", sort_key="done_at"),
    )
    detail_cells: Sequence[Cell] = (
        *cells,
        Cell("done_by", "Done by"),
        Cell("outcome", "What came of it"),
    )
    list_filter = ["kind", "due_on", "assigned_to", "provider"]
    search_fields = ["package__package_ref", "words", "outcome"]
    introduction = "Tasks are made on a package's page, or follow from an amendment or a hand-back."
    empty = "Nobody is asked to look at anything."

    def related(self, user: User, record: ReviewTask) -> list[Related]:
        """Lead to the package's page."""
        return [package_of(user, record)]

    actions = (
        Action(
            "complete",
            "Done",
            _complete,
            form_class=WordsForm,
            shown=lambda row: row.done_at is None,
            explanation="Say what came of it.",
        ),
    )
