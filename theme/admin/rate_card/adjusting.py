"""What a correction comes to: package by package, with totals, and as a file."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from cms_models.brokerage.life_selectors import unpaid_days
from cms_models.care.adjustments import Adjustment, AdjustmentSheet, adjustments_of
from cms_models.care.domain import hours_words
from cms_models.care.models import CarePackage
from cms_models.rates.cases import signed
from cms_models.rates.domain import pounds
from importers.exports import FORMATS, file_bytes
from theme.admin.pages import download, rule_in_words
from theme.admin.rate_card.views import RateCardPage

HEADINGS = (
    *("Package", "Provider", "First day", "Last day", "Carer-minutes"),
    *("Before £", "After £", "Difference £", "Corrected card", "Correction", "Reason"),
)
ROWS_SHOWN = 500


@dataclass(frozen=True)
class AdjustmentRow:
    """An adjustment in words."""

    adjustment: Adjustment

    @property
    def hours(self) -> str:
        """The carer-hours."""
        return hours_words(self.adjustment.minutes)

    @property
    def before(self) -> str:
        """What it cost under the corrected card."""
        return pounds(self.adjustment.old_pence)

    @property
    def after(self) -> str:
        """What it costs under the correction."""
        return pounds(self.adjustment.new_pence)

    @property
    def difference(self) -> str:
        """What is owed more or less."""
        return signed(self.adjustment.difference_pence)


class AdjustmentsPage(RateCardPage):
    """The adjustments of a correction; of a card that corrects nothing there are none."""

    template_name = "theme/rate_card/adjustments.html"

    @cached_property
    def sheet(self) -> AdjustmentSheet:
        """The adjustments, of the packages this user may see."""
        if self.card.corrects_id is None or not self.request.user.may_view(CarePackage):
            raise Http404
        user = self.request.user
        return adjustments_of(
            self.card,
            user=user,
            today=timezone.localdate(),
            unpaid=unpaid_days(user, on=self.card.valid_from),
        )

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the page, or give the file asked for."""
        wanted = request.GET.get("export", "")
        if wanted not in FORMATS:
            return super().get(request, *args, **kwargs)
        rows = [self._cells(row) for row in self.sheet.rows]
        content = file_bytes(HEADINGS, rows, format_name=wanted)
        return download(f"adjustments-{self.card.pk}.{wanted}", content)

    def _cells(self, row: Adjustment) -> list[str | Decimal]:
        money = (row.old_pence, row.new_pence, row.difference_pence)
        return [
            *(row.package_ref, row.provider),
            *(f"{row.span.first:%d/%m/%Y}", f"{row.span.last:%d/%m/%Y}", Decimal(row.minutes)),
            *(Decimal(pence) / 100 for pence in money),
            *(self.sheet.corrected, self.sheet.correction, row.reason),
        ]

    def get_page_title(self) -> str:
        """Name what is adjusted."""
        return f"Adjustments: {self.card}"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Lead back to the card."""
        *above, _ = super().get_breadcrumbs_items()
        card = {"url": reverse("rate_card_page", args=[self.card.pk]), "label": str(self.card)}
        return [*above, card, {"url": "", "label": "Adjustments"}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Show the dearest first, and the total of all."""
        sheet = self.sheet
        return super().get_context_data(
            sheet=sheet,
            adjustments=[AdjustmentRow(row) for row in sheet.rows[:ROWS_SHOWN]],
            total=AdjustmentRow(sheet.total),
            without_price=sum(bool(row.reason) for row in sheet.rows),
            rounding=rule_in_words("rates.rounding", sheet.rounding),
            **kwargs,
        )
