"""A tender's result as a file, and each bidder's own letter."""

from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.text import slugify

from cms_models.tenders.models import SCORES_SHOWN, Bid, Tender, TenderState
from cms_models.tenders.selectors import evaluation_of, letter_to, moderation_refusals, tenders_of
from importers.cells import safe_text
from importers.exports import FORMATS, file_bytes
from theme.admin.pages import CouncilPage, RoleGate, download

HEADINGS = (
    "Rank",
    "Bidder",
    "Price £",
    "Line",
    "Working",
    "Marks",
    "Price score",
    "Quality score",
    "Total",
    "Excluded because",
)


def result_rows(tender: Tender) -> list[list[str | Decimal]]:
    """Return a row for every line of every bid's sum, best bid first."""
    rows: list[list[str | Decimal]] = []
    for one in evaluation_of(tender).verdicts:
        for line in one.lines:
            rows.append(
                [
                    "" if one.rank is None else Decimal(one.rank),
                    safe_text(one.bidder),
                    Decimal(one.price_pence) / 100,
                    safe_text(line.title),
                    safe_text(line.working),
                    "" if line.value is None else line.value,
                    one.price_score,
                    one.quality_score,
                    one.total,
                    safe_text(one.excluded),
                ]
            )
    return rows


class TenderExport(RoleGate):
    """The result with every sum, as XLSX or CSV, once every score is agreed."""

    model = Tender

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Return the file."""
        tender = get_object_or_404(tenders_of(request.user), pk=pk)
        chosen = request.GET.get("format", "xlsx")
        ready = tender.state in SCORES_SHOWN and not moderation_refusals(tender)
        if chosen not in FORMATS or not ready:
            raise Http404
        content = file_bytes(HEADINGS, result_rows(tender), format_name=chosen, for_excel=True)
        return download(f"{slugify(tender.name)}-result.{chosen}", content)


class TenderLetter(CouncilPage):
    """What one bidder is told of its own bid, to print: nothing of any other bidder."""

    model = Bid
    template_name = "theme/tender/letter.html"
    header_icon = "mail"
    page_title = "Letter"

    @cached_property
    def bid(self) -> Bid:
        """The bid, once its tender is decided; another council's is not found."""
        rows = Bid.objects.visible_to(self.request.user).select_related(
            "tender__framework", "tender__lot", "tender__authority"
        )
        return get_object_or_404(rows, pk=self.kwargs["pk"], tender__state=TenderState.DECIDED)

    def get_page_title(self) -> str:
        """Name the bidder."""
        return f"Letter to {self.bid}"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Lead back to the tender."""
        tender = self.bid.tender
        return [
            *self.breadcrumbs_items,
            {"url": reverse("tender_page", args=[tender.pk]), "label": str(tender)},
            {"url": "", "label": self.get_page_title()},
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the bidder's own marks."""
        return super().get_context_data(
            letter=letter_to(self.bid), tender=self.bid.tender, bid=self.bid, **kwargs
        )
