"""Packages open to a provider: as a list and a map, and each on its own page."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.functional import cached_property

from cms_models.brokerage.models import Invitation, InvitationState, Offer, OfferState
from cms_models.brokerage.provider_selectors import open_invitations, open_package_rows
from cms_models.brokerage.services import offers, talk
from cms_models.care.domain import hours_words
from cms_models.care.provider_selectors import PackageFilters
from cms_models.rates.models import Pathway
from theme.portal.base import REFUSED, PortalForm, PortalPage, words_field
from theme.portal.showing import map_points, packages_shown, pounds

LONGEST_FILTER = 30
PACKAGES_SHOWN = 200
FILTERS = ("zone", "lot", "pathway", "skill")


class OpenPackages(PortalPage):
    """Every package the provider may answer now, the soonest to close first."""

    section = "packages"
    page_title = "Open packages"
    template_name = "theme/portal/packages.html"

    @cached_property
    def chosen(self) -> dict[str, str]:
        """The filters asked for, by name."""
        asked = {name: self.request.GET.get(name, "").strip() for name in FILTERS}
        return {name: value[:LONGEST_FILTER] for name, value in asked.items() if value}

    def rows(self, filters: PackageFilters) -> list[dict[str, Any]]:
        """Return the open packages that fit, as the provider may read them."""
        found = open_invitations(self.user, self.now, filters).filter(provider=self.acting)
        found = found.order_by("closes_at", "pk")[:PACKAGES_SHOWN]
        return open_package_rows(found, self.user, self.now)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the packages, the filters that could narrow them, and the map's points."""
        everything = self.rows(PackageFilters())
        rows = self.rows(replace(PackageFilters(), **self.chosen)) if self.chosen else everything
        shown = packages_shown(rows, now=self.now)
        return super().get_context_data(
            rows=shown,
            total=len(everything),
            filters=filter_choices(everything, self.chosen),
            chosen=self.chosen,
            map=map_points(shown, user=self.user, on=self.today),
            **kwargs,
        )


def filter_choices(
    rows: Sequence[Mapping[str, Any]], chosen: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Return the filters with what there is to choose among the packages open now."""
    places = {
        place: {row[place]["code"]: row[place]["name"] for row in rows if row.get(place)}
        for place in ("zone", "lot")
    }
    pathways = {row["pathway"]: Pathway(row["pathway"]).label for row in rows}
    skills = {skill: skill for row in rows for skill in row["skills"]}
    labels = {"zone": "Zone", "lot": "Lot", "pathway": "Pathway", "skill": "Skill"}
    options = {**places, "pathway": pathways, "skill": skills}
    return [
        {
            "name": name,
            "label": labels[name],
            "chosen": chosen.get(name, ""),
            "choices": sorted(options[name].items(), key=lambda one: one[1]),
        }
        for name in FILTERS
    ]


class QuestionForm(PortalForm):
    """A question about an open package."""

    text = words_field(
        "Your question",
        most=500,
        rows=3,
        missing="Write your question first",
        hint="Everybody asked about this package reads it with the answer, not who asked. "
        "Leave out names, telephone numbers and addresses.",
    )


class InvitationPage(PortalPage):
    """What every page about one package asked for shares.

    It is found by its own id or the package's; what of it may be read is the selector's to say.
    """

    section = "packages"

    @cached_property
    def invitation(self) -> Invitation:
        """The newest asking of the acting provider about the package; another's is not found."""
        asked: UUID = self.kwargs["pk"]
        found = (
            Invitation.objects.visible_to(self.user)
            .filter(provider=self.acting)
            .filter(Q(public_id=asked) | Q(release__package__public_id=asked))
            .select_related("release__package", "provider")
            .order_by("-sent_at", "-pk")
            .first()
        )
        if found is None:
            raise Http404("No such package.")
        return found

    @cached_property
    def row(self) -> dict[str, Any] | None:
        """The package as the provider may read it while it is open; None once it is closed."""
        found = open_invitations(self.user, self.now).filter(pk=self.invitation.pk)
        rows = open_package_rows(found, self.user, self.now)
        return packages_shown(rows, now=self.now)[0] if rows else None

    @cached_property
    def offer(self) -> Offer | None:
        """The newest offer the provider made."""
        return self.invitation.offers.order_by("-made_at", "-pk").first()

    def standing_offer(self) -> Offer | None:
        """Return the offer that stands, if one does."""
        return self.offer if self.offer and self.offer.state == OfferState.OPEN else None


class PackagePage(InvitationPage):
    """One open package: what is needed, until when it is answered, and how to answer."""

    template_name = "theme/portal/package.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the package and note that it was opened; of a closed one only the outcome."""
        if self.row is None:
            return self.closed()
        offers.open_invitation(actor=self.user, invitation=self.invitation, now=self.now)
        return super().get(request, *args, **kwargs)

    def closed(self, *, status: int = 200, **context: Any) -> HttpResponse:
        """Show the reference and what came of it, nothing else."""
        self.template_name = "theme/portal/package_closed.html"
        invitation = self.invitation
        reference = invitation.release.package.package_ref
        won = self.offer is not None and self.offer.state == OfferState.WON
        return self.render_to_response(
            PortalPage.get_context_data(
                self,
                page_title=f"Package {reference}",
                reference=reference,
                outcome=outcome_words(invitation, self.offer),
                won=won,
                invitation=invitation,
                decided=invitation.release.state == "awarded",
                **context,
            ),
            status=status,
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the package, the questions, the offer that stands and the form to ask."""
        row = self.row or {}
        kwargs.setdefault("form", QuestionForm())
        offer = self.standing_offer()
        return super().get_context_data(
            page_title=f"Package {row.get('reference', '')}",
            package=row,
            invitation=self.invitation,
            offer=offer,
            offer_hours=hours_words(offer.weekly_minutes) if offer and offer.weekly_minutes else "",
            offer_pounds=pounds(offer.price_pence) if offer else "",
            **kwargs,
        )


class AskQuestion(PackagePage):
    """Sends a question about an open package."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Ask, or show the page again with what was typed and why it is refused."""
        form = QuestionForm(request.POST)
        if form.is_valid():
            try:
                talk.ask(
                    actor=self.user,
                    invitation=self.invitation,
                    text=form.cleaned_data["text"],
                    now=self.now,
                )
            except (ValidationError, PermissionDenied) as refusal:
                form.refuse(refusal)
            else:
                return self.done(
                    "Your question is sent.", "portal:package", self.invitation.public_id
                )
        if self.row is None:
            return self.closed(status=REFUSED, late=True)
        return self.render_to_response(self.get_context_data(form=form), status=REFUSED)


def outcome_words(invitation: Invitation, offer: Offer | None) -> str:
    """Return what came of a package a provider was asked about."""
    if offer is not None and offer.state != OfferState.OPEN:
        return {
            OfferState.WON: "It was awarded to you.",
            OfferState.LOST: "Your offer was not chosen.",
            OfferState.WITHDRAWN: "You withdrew your offer.",
        }[OfferState(offer.state)]
    return {
        InvitationState.DECLINED: "You declined it.",
        InvitationState.LAPSED: "It was not answered in time.",
    }.get(InvitationState(invitation.state), "It is no longer open.")
