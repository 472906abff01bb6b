"""The first page: what waits for an answer."""

from datetime import timedelta
from typing import Any

from cms_models.brokerage.models import Offer, OfferState
from cms_models.brokerage.provider_selectors import open_invitations
from cms_models.care.models import Award
from cms_models.market.models import ProviderDocument
from theme.portal.awarded import own_reviews
from theme.portal.base import PortalPage
from theme.portal.showing import clock_words

SOON = timedelta(days=30)


class Home(PortalPage):
    """Counts of everything that may want an answer, each leading to its list."""

    section = "home"
    page_title = "Home"
    template_name = "theme/portal/home.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Count what there is."""
        own = {"provider": self.acting}
        open_now = open_invitations(self.user, self.now).filter(**own)
        unanswered = open_now.filter(state="open").order_by("closes_at")
        first = unanswered.values_list("closes_at", flat=True).first()
        awards = Award.objects.visible_to(self.user).filter(**own, current=True)
        tasks = own_reviews(self).filter(done_at=None)
        papers = ProviderDocument.objects.visible_to(self.user).filter(**own, replaced=False)
        offers = Offer.objects.visible_to(self.user).filter(**own, state=OfferState.OPEN)
        today = self.today
        return super().get_context_data(
            unanswered=unanswered.count(),
            first_clock=clock_words(first, now=self.now) if first else "",
            offers=offers.count(),
            awards=awards.exclude(package__status="ended").count(),
            tasks=tasks.count(),
            papers=papers.filter(expires_on__lte=today + SOON).count(),
            **kwargs,
        )
