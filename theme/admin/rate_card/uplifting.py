"""A bulk uplift: looked at first, then drafted as a new card."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from cms_models.rates import services
from cms_models.rates.cases import Change
from cms_models.rates.selectors import lines_of
from cms_models.rates.uplift import uplifted_lines
from theme.admin.rate_card.forms import UpliftForm
from theme.admin.rate_card.views import RateCardPage


class UpliftCard(RateCardPage):
    """Every rate of a card after an uplift, beside what it was; a press drafts the new card."""

    template_name = "theme/rate_card/uplift.html"
    action = "add"

    def get_page_title(self) -> str:
        """Name what is uplifted."""
        return f"Uplift {self.card}"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Lead back to the card."""
        *above, _ = super().get_breadcrumbs_items()
        card = {"url": reverse("rate_card_page", args=[self.card.pk]), "label": str(self.card)}
        return [*above, card, {"url": "", "label": "Uplift"}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Show the form, and the rates after it where it was filled in."""
        form = kwargs.pop("form", None)
        if form is None:
            form = UpliftForm(self.request.GET or None)
        preview = self.preview(form) if form.is_bound and form.is_valid() else []
        return super().get_context_data(form=form, preview=preview, **kwargs)

    def preview(self, form: UpliftForm) -> list[Change]:
        """Return each line before and after; a refusal goes on the form."""
        lines = [row.terms for row in lines_of(self.card)]
        try:
            after = uplifted_lines(lines, by=form.cleaned_data["uplift"])
        except ValueError as refusal:
            form.add_error(None, str(refusal))
            return []
        return [
            Change(line.words, line.pence_per_hour, new.pence_per_hour)
            for line, new in zip(lines, after, strict=True)
        ]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Draft the new card and go there."""
        form = UpliftForm(request.POST)
        if form.is_valid():
            data = form.cleaned_data
            try:
                made = services.uplift_card(
                    actor=request.user,
                    card=self.card,
                    name=data["name"],
                    valid_from=data["valid_from"],
                    by=data["uplift"],
                )
            except ValidationError as refusal:
                form.add_error(None, " ".join(refusal.messages))
            else:
                messages.success(request, f"{made} is a draft: {data['uplift'].words}.")
                return redirect("rate_card_page", pk=made.pk)
        return self.render_page(status=422, form=form)
