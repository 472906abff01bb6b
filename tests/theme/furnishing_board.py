"""A package on its way to an award, each record with a canary, for the walk of the admin."""

from datetime import timedelta

from django.utils import timezone

from cms_models.brokerage.domain import OfferTerms
from cms_models.brokerage.services.offers import make_offer
from cms_models.brokerage.services.talk import ask, send_message
from tests.council import Council


def furnish_board(council: Council) -> None:
    """Release a package, let P1 ask about it, offer for it and write to the council."""
    now = timezone.now()
    row = council.released(3, now=now)
    invitation = row.invitations.select_related("provider", "release__package").get(
        provider__ref="P1"
    )
    acting = council.provider_users["P1"]
    ask(actor=acting, invitation=invitation, text="Canary parking?", now=now)
    terms = OfferTerms(
        starts_on=timezone.localdate(now) + timedelta(days=7),
        weekly_minutes=210,
        conditions="Canary conditions",
    )
    make_offer(actor=acting, invitation=invitation, terms=terms, now=now)
    send_message(
        actor=acting,
        provider=invitation.provider,
        package=row.package,
        text="Canary message",
        now=now,
    )
