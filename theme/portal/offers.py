"""The provider's own offers, what came of them, and the file of a decision."""

import json
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from cms_models.brokerage.file_selectors import file_for_provider
from cms_models.brokerage.models import Offer, OfferState
from cms_models.brokerage.provider_selectors import own_offers
from theme.admin.pages import download
from theme.portal.base import PortalPage
from theme.portal.packages import InvitationPage
from theme.portal.showing import pounds, week_words

OFFERS_SHOWN = 200
COLOURS = {
    OfferState.OPEN: "blue",
    OfferState.WON: "green",
    OfferState.LOST: "grey",
    OfferState.WITHDRAWN: "yellow",
}


class OwnOffers(PortalPage):
    """Every offer of the provider, the newest first."""

    section = "offers"
    page_title = "Your offers"
    template_name = "theme/portal/offers.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the offers: of those decided, the reference and the outcome."""
        rows = own_offers(self.user).filter(provider=self.acting).order_by("-made_at", "-pk")
        rows = rows.select_related("invitation__release__package")[:OFFERS_SHOWN]
        return super().get_context_data(offers=[self.shown(row) for row in rows], **kwargs)

    def shown(self, row: Offer) -> dict[str, Any]:
        """Return an offer with its words."""
        return {
            "row": row,
            "reference": row.invitation.release.package.package_ref,
            "hours": week_words(row.weekly_minutes),
            "pounds": pounds(row.price_pence),
            "colour": COLOURS[OfferState(row.state)],
            "decided": row.invitation.release.state == "awarded",
        }


class DecisionFile(InvitationPage):
    """What the provider may read of the sealed file of a decision, as JSON."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Return the file as a download; while nothing is decided there is none."""
        document = file_for_provider(self.user, self.invitation)
        if document is None:
            raise Http404("Nothing is decided.")
        reference = self.invitation.release.package.package_ref
        text = json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True)
        return download(f"decision-{reference}.json", text.encode())
