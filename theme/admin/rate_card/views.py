"""A rate card: its lines in one grid, its faults, what it changes, its history."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from cms_models.audit.selectors import history_of
from cms_models.audit.services import StaleEdit
from cms_models.publication.models import PublicationState
from cms_models.rates import services
from cms_models.rates.cases import CardFaults, faults_of
from cms_models.rates.models import RateCard, RateLine
from cms_models.rates.selectors import card_before, lines_of, lines_token, side_by_side
from theme.admin.actions import media_of
from theme.admin.links import page_url
from theme.admin.own_fields.history import Told
from theme.admin.pages import CouncilPage, whole_number
from theme.admin.rate_card.forms import CorrectionForm, LinesFormSet, NamedForm, lines_form
from theme.admin.rate_card.words import LineRow, told
from theme.admin.records.rates import RateCardViewSet

HISTORY_SHOWN = 60


class RateCardPage(CouncilPage):
    """One rate card of the council."""

    model = RateCard
    template_name = "theme/rate_card/page.html"
    header_icon = "table"

    @cached_property
    def card(self) -> RateCard:
        """The card; another council's is not found."""
        cards = RateCard.objects.visible_to(self.request.user)
        links = ("authority", "corrects", "submitted_by", "approved_by", "ended_by")
        return get_object_or_404(cards.select_related(*links), pk=self.kwargs["pk"])

    @property
    def may_edit(self) -> bool:
        """Whether this user may change the lines of this card now."""
        draft = self.card.state == PublicationState.DRAFT
        return draft and self.request.user.may("change", RateLine)

    def get_page_title(self) -> str:
        """Name the card."""
        return f"Rate card: {self.card}"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Lead back to the cards."""
        return [
            *self.breadcrumbs_items,
            {"url": reverse("ratecard:index"), "label": "Rate cards"},
            {"url": "", "label": str(self.card)},
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Gather the card, its grid, its faults, the card beside it, and its history."""
        user, card = self.request.user, self.card
        grid = kwargs.pop("grid", None) or (lines_form(card) if self.may_edit else None)
        faults = kwargs.pop("faults", None) or faults_of([row.terms for row in card.lines.all()])
        beside = self.card_beside()
        buttons = RateCardViewSet().buttons(user, card)
        return super().get_context_data(
            card=card,
            standing=card.standing(timezone.localdate()),
            grid=grid,
            opened=lines_token(card),
            rows=[LineRow(row.terms) for row in lines_of(card)],
            faults=faults,
            other_refusals=self.other_refusals(faults),
            beside=beside,
            others=RateCard.objects.visible_to(user).exclude(pk=card.pk),
            changes=side_by_side(card, beside) if beside else [],
            corrections=card.corrections.all(),
            record_buttons=buttons,
            media=media_of(buttons) + NamedForm().media,
            review_url=page_url("review_page", "ratecard", card.pk),
            history=told(history_of(card, user=user)[:HISTORY_SHOWN], reader=Told(user)),
            forms=self.forms(kwargs.pop("refused", {})),
            **kwargs,
        )

    def other_refusals(self, faults: CardFaults) -> list[str]:
        """Return what else keeps a draft from going live, beside its overlaps and gaps."""
        if self.card.state == PublicationState.PUBLISHED:
            return []
        named = {f"{sentence[:1].upper()}{sentence[1:]}." for sentence in faults.sentences}
        return [text for text in services.card_refusals(self.card) if text not in named]

    def card_beside(self) -> RateCard | None:
        """Return the card asked for, or else the one this one corrects or supersedes."""
        asked = whole_number(self.request.GET.get("beside", ""))
        cards = RateCard.objects.visible_to(self.request.user).exclude(pk=self.card.pk)
        return cards.filter(pk=asked).first() or card_before(self.card)

    def forms(self, refused: dict[str, Form]) -> dict[str, Form]:
        """Return the forms that draft another card from this one, where the role may."""
        if not self.request.user.may("add", RateCard):
            return {}
        offered: dict[str, Form] = {"copy": NamedForm(auto_id="copy-%s")}
        if self.card.state == PublicationState.PUBLISHED:
            begins = {"valid_from": self.card.valid_from}
            offered["correct"] = CorrectionForm(initial=begins, auto_id="correct-%s")
        return {**offered, **{name: form for name, form in refused.items() if name in offered}}


class SaveLines(RateCardPage):
    """Save the grid, or only check it; never over somebody else's save."""

    http_method_names = ["post"]
    action = "change"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Check or save what was typed and say what came of it."""
        if not request.user.may("change", RateLine):
            raise PermissionDenied
        grid = lines_form(self.card, request.POST)
        if not grid.is_valid():
            return self.render_page(status=422, grid=grid, problem="Not saved: see the lines.")
        if "check" in request.POST:
            faults = faults_of([line for _, line in grid.typed])
            return self.render_page(grid=grid, faults=faults, checked=True)
        return self.save(grid)

    def save(self, grid: LinesFormSet) -> HttpResponse:
        """Save the lines as typed."""
        request, card = self.request, self.card
        opened = request.POST.get("opened", "")
        try:
            services.set_lines(actor=request.user, card=card, opened=opened, lines=grid.typed)
        except StaleEdit as stale:
            return self.both_versions(grid, stale)
        except ValidationError as refusal:
            return self.render_page(status=422, grid=grid, problem=" ".join(refusal.messages))
        messages.success(request, f"{card} has {len(grid.typed)} lines.")
        return redirect("rate_card_page", pk=card.pk)

    def both_versions(self, grid: LinesFormSet, stale: StaleEdit) -> HttpResponse:
        """Show what was typed beside what is stored now; nothing is overwritten."""
        mine = services.lines_in_words(line for _, line in grid.typed)
        theirs = stale.theirs
        pairs = [
            (name, theirs.get(name, "–"), mine.get(name, "–"), theirs.get(name) != mine.get(name))
            for name in {**theirs, **mine}
        ]
        context = {
            "record": self.card,
            "pairs": pairs,
            "edit_url": reverse("rate_card_page", args=[self.card.pk]),
            "last": history_of(self.card, user=self.request.user).first(),
            "header_title": f"{self.card} was changed meanwhile",
        }
        return render(self.request, "theme/admin/stale.html", context, status=409)


class DraftFrom(RateCardPage):
    """Draft another card from this one; a refusal leaves the form open as it was filled in."""

    http_method_names = ["post"]
    action = "add"
    act = ""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Draft it and go there."""
        form = self.form()
        if form.is_valid():
            try:
                made = self.draft(form)
            except ValidationError as refusal:
                form.add_error(None, " ".join(refusal.messages))
            else:
                messages.success(request, f"{made} is a draft: change its lines, then submit it.")
                return redirect("rate_card_page", pk=made.pk)
        return self.render_page(status=422, refused={self.act: form}, opened_act=self.act)

    def form(self) -> Form:
        """Return the form as sent."""
        raise NotImplementedError

    def draft(self, form: Form) -> RateCard:
        """Call the service."""
        raise NotImplementedError


class CopyCard(DraftFrom):
    """A new card with these lines, for a later date."""

    act = "copy"

    def form(self) -> Form:
        """Return the form as sent."""
        return NamedForm(self.request.POST, auto_id="copy-%s")

    def draft(self, form: Form) -> RateCard:
        """Copy the card."""
        data: dict[str, Any] = form.cleaned_data
        return services.copy_card(actor=self.request.user, card=self.card, **data)


class CorrectCard(DraftFrom):
    """A correction of this card, for days gone by."""

    act = "correct"

    def form(self) -> Form:
        """Return the form as sent."""
        return CorrectionForm(self.request.POST, auto_id="correct-%s")

    def draft(self, form: Form) -> RateCard:
        """Correct the card."""
        data: dict[str, Any] = form.cleaned_data
        return services.correct_card(actor=self.request.user, card=self.card, **data)
