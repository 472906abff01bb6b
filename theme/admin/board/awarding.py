"""The awards a broker makes on a package's brokerage page."""

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.forms import Form
from django.shortcuts import get_object_or_404
from django.utils import timezone

from cms_models.accounts.models import User
from cms_models.brokerage.models import Offer
from cms_models.brokerage.services.awards import (
    award_off_platform,
    award_offer,
    award_package,
    award_spot,
)
from cms_models.brokerage.services.offers import score_offer
from cms_models.care.models import AllocationProposal, Award
from cms_models.care.services.awards import decline_proposal
from theme.admin.board.acts import BrokerageAct
from theme.admin.board.package_forms import (
    AwardForm,
    GiveForm,
    ProposalForm,
    decimal_of,
)

POINTS = "points-"


class ScoreForm(Form):
    """The points of one offer's answers: fields named by their question."""


class OfferAct(BrokerageAct):
    """An act on one of the package's offers."""

    def offer(self, text: str) -> Offer:
        """Return an offer made for this package."""
        rows = Offer.objects.visible_to(self.request.user).filter(
            invitation__release__package=self.package
        )
        rows = rows.select_related("provider", "invitation__release")
        return get_object_or_404(rows, pk=int(text) if text.isdecimal() else 0)


class ScoreOffer(OfferAct):
    """Give points for an offer's scored answers."""

    act, model, form_class, guarded = "score", Offer, ScoreForm, False

    def decide(self, form: Form, user: User) -> str:
        """Keep the points that were typed."""
        sent = self.request.POST
        offer = self.offer(sent.get("offer", ""))
        points: dict[str, Decimal] = {}
        for name, text in sent.items():
            given = decimal_of(text.strip(), named="Points") if name.startswith(POINTS) else None
            if given is not None:
                points[name.removeprefix(POINTS)] = given
        score_offer(actor=user, offer=offer, points=points, now=timezone.now())
        return f"The points of {offer.provider} are kept."


class AwardOffer(OfferAct):
    """Give the package to the maker of an offer."""

    act, model, form_class = "award", Award, AwardForm

    def decide(self, form: Form, user: User) -> str:
        """Award with the reason."""
        offer = self.offer(str(form.cleaned_data["offer"]))
        reason = form.cleaned_data["reason"]
        made = award_offer(actor=user, offer=offer, reason=reason, now=timezone.now())
        return told(made)


class AwardProposed(BrokerageAct):
    """Give the package to the provider that the engine proposes."""

    act, model, form_class = "award_proposal", Award, ProposalForm

    def decide(self, form: Form, user: User) -> str:
        """Award the proposal that was on the screen."""
        proposal = self.proposal(form)
        if proposal.provider is None:
            raise ValidationError("The engine proposes nobody: choose a provider yourself.")
        made = award_package(
            actor=user,
            package=self.package,
            provider=proposal.provider,
            lot=proposal.lot,
            reason=form.cleaned_data["reason"],
            now=timezone.now(),
            proposal=proposal,
        )
        return told(made)

    def proposal(self, form: Form) -> AllocationProposal:
        """Return the proposal that was on the screen; another package's is not found."""
        rows = AllocationProposal.objects.visible_to(self.request.user)
        rows = rows.filter(package=self.package).select_related("provider", "lot", "package")
        return get_object_or_404(rows, pk=form.cleaned_data["proposal"])


class DeclineProposed(AwardProposed):
    """Set the engine's proposal aside; the package stays open."""

    act = "decline_proposal"

    def decide(self, form: Form, user: User) -> str:
        """Decline with the reason."""
        reason = form.cleaned_data["reason"]
        decline_proposal(actor=user, proposal=self.proposal(form), reason=reason)
        return f"The proposal is set aside; {self.package} still needs a provider."


class GivePackage(BrokerageAct):
    """Give the package to a provider without an offer: chosen, spot, or agreed off the platform."""

    act, model = "give", Award

    def form(self) -> Form:
        """Return the form with the providers there are."""
        return self.give_form(self.request.POST)

    def decide(self, form: GiveForm, user: User) -> str:
        """Award in the way named, which is kept with the award."""
        data, pence = form.cleaned_data, form.agreed_pence()
        common = {
            "actor": user,
            "package": self.package,
            "provider": self.provider(data["provider"]),
            "reason": data["reason"],
            "now": timezone.now(),
            "agreed_pence": pence,
        }
        if data["how"] == "spot":
            if pence is None:
                raise ValidationError("A spot purchase names its price.")
            return told(award_spot(**common))
        if data["how"] == "off":
            return told(award_off_platform(**common))
        return told(award_package(lot=self.package.lot, **common))


def told(award: Award) -> str:
    """Return an award in a sentence, an override named as such."""
    override = " It is kept as an override, with your reason." if award.override else ""
    return f"{award.package} is awarded to {award.provider}.{override}"
