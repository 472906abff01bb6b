"""A tender from its rules to its result, on one page; each step is a form of its own."""

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from cms_models.audit.services import StaleEdit
from cms_models.market.models import Provider
from cms_models.tenders.domain import PriceBasis, pounds, price_refusal, terms_refusals
from cms_models.tenders.models import Tender, TenderState
from cms_models.tenders.selectors import (
    bids_to_score,
    evaluation_of,
    moderation_refusals,
    moderations_of,
    own_scores,
    progress_of,
    proposed_places,
    tenders_of,
    winners,
)
from cms_models.tenders.services import (
    GivenScore,
    agree_scores,
    drop_bid,
    drop_criterion,
    give_scores,
    name_provider,
    set_bid,
    set_criterion,
    settle_tie,
)
from theme.admin.actions import media_of
from theme.admin.pages import CouncilPage, refusal_words, whole_number
from theme.admin.records.tenders import TenderViewSet


class TenderPage(CouncilPage):
    """What is asked, who bids, the scores, the outcome: as far as the tender has come."""

    model = Tender
    template_name = "theme/tender/tender.html"
    header_icon = "tasks"
    page_title = "Tender"

    @cached_property
    def tender(self) -> Tender:
        """The tender asked for; another council's is not found."""
        return get_object_or_404(tenders_of(self.request.user), pk=self.kwargs["pk"])

    def get_page_title(self) -> str:
        """Name the tender."""
        return f"Tender: {self.tender}"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Lead back to the tenders."""
        return [
            *self.breadcrumbs_items,
            {"url": reverse("tender:index"), "label": "Tenders"},
            {"url": "", "label": str(self.tender)},
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add what the tender's state has to show."""
        tender, user = self.tender, self.request.user
        may_change = user.may("change", Tender)
        buttons = TenderViewSet().buttons(user, tender)
        typed = kwargs.pop("typed", {})
        context = super().get_context_data(
            tender=tender,
            state=tender.state,
            may_change=may_change,
            buttons=buttons,
            rule=rule_words(tender),
            clock=clock_words(tender),
            criteria=list(tender.criteria.all()),
            rule_refusals=terms_refusals(tender.terms) if tender.state == "draft" else [],
            bids=self._bids(),
            whole_life=tender.price_basis == PriceBasis.WHOLE_LIFE,
            providers=Provider.objects.visible_to(user) if may_change else (),
            typed=typed,
            **kwargs,
        )
        context["media"] = media_of(buttons)
        if tender.state == TenderState.SCORING:
            context |= {"scoring": self._scoring(typed), "progress": progress_of(tender)}
        if tender.state == TenderState.MODERATED:
            context |= {"moderation": self._moderation(typed)}
        if tender.state in (TenderState.MODERATED, TenderState.DECIDED):
            context |= self._outcome()
        return context

    def _bids(self) -> list[dict[str, Any]]:
        terms = self.tender.terms
        return [
            {
                "bid": bid,
                "price": pounds(bid.price_pence),
                "working": self._working(bid),
                "fails": price_refusal(bid.price_pence, terms=terms),
            }
            for bid in self.tender.bids.all()
        ]

    def _working(self, bid: Any) -> str:
        if bid.annual_pence is None:
            return ""
        years = self.tender.contract_years
        return f"{pounds(bid.one_off_pence)} + {years} × {pounds(bid.annual_pence)}"

    def _scoring(self, typed: Mapping[str, str]) -> list[dict[str, Any]]:
        """Return the evaluator's own form: a row a bid, a score and a comment a criterion."""
        given = own_scores(self.tender, evaluator=self.request.user)
        rows = []
        for bid in bids_to_score(self.tender):
            cells = []
            for one in self.tender.criteria.all():
                key, own = f"{bid.pk}-{one.pk}", given.get((bid.pk, one.pk))
                cells.append(
                    {
                        "key": key,
                        "criterion": one,
                        "score": typed.get(f"score-{key}", own.score if own else ""),
                        "text": typed.get(f"text-{key}", own.comment if own else ""),
                    }
                )
            rows.append({"bid": bid, "cells": cells})
        return rows

    def _moderation(self, typed: Mapping[str, str]) -> list[dict[str, Any]]:
        """Return a row for every bid and criterion scored: each score, the mean, what is agreed."""
        rows = []
        for one in moderations_of(self.tender):
            key = f"{one.bid.pk}-{one.criterion.pk}"
            agreed = one.agreed
            rows.append(
                {
                    "key": key,
                    "one": one,
                    "score": typed.get(f"score-{key}", agreed.score if agreed else one.mean),
                    "text": typed.get(f"text-{key}", agreed.reason if agreed else ""),
                }
            )
        return rows

    def _outcome(self) -> dict[str, Any]:
        missing = moderation_refusals(self.tender)
        if missing:
            return {"missing": missing}
        outcome = evaluation_of(self.tender)
        won, ties = winners(self.tender, outcome)
        ids = {bid.bidder: bid.pk for bid in self.tender.bids.all()}
        names = {one.bidder for one in won}
        ranks = [one.rank for one in outcome.ranked]
        return {
            "outcome": outcome,
            "verdicts": [
                {
                    "one": one,
                    "price": pounds(one.price_pence),
                    "won": one.bidder in names and not ties,
                    "tied": one.rank is not None and ranks.count(one.rank) > 1,
                    "bid_id": ids[one.bidder],
                }
                for one in outcome.verdicts
            ],
            "unsettled": ties,
            "places": [] if ties else proposed_places(self.tender),
        }


def rule_words(tender: Tender) -> str:
    """Return the price rule as bidders were told it."""
    quality = f"{tender.quality_weight:f}".rstrip("0").rstrip(".")
    price = f"{tender.price_weight:f}".rstrip("0").rstrip(".")
    if tender.price_rule == "pass_fail":
        ceiling = pounds(tender.ceiling_pence) if tender.ceiling_pence else "the ceiling"
        return f"Price passes up to {ceiling} and fails above; quality weighs 100 %."
    return (
        f"Price weighs {price} % (lowest price / price × {price}), quality {quality} %. "
        "Marks are rounded half-up to four decimals and added as shown."
    )


def clock_words(tender: Tender) -> str:
    """Return where the standstill stands today (PR-04)."""
    ends_on = tender.standstill_ends_on
    if ends_on is None:
        return ""
    left = (ends_on - timezone.localdate()).days + 1
    if left <= 0:
        return f"The standstill ended on {ends_on:%d/%m/%Y}: places may be given."
    days = "1 day" if left == 1 else f"{left} days"
    return (
        f"Letters of {tender.letters_on:%d/%m/%Y}, standstill to {ends_on:%d/%m/%Y} ({days} left): "
        f"places may be given from {tender.places_from:%d/%m/%Y}."
    )


class TenderStep(TenderPage):
    """A form of the tender's page: a POST, answered by the page or by why not."""

    action = "change"
    act: Callable[[HttpRequest], str]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refuse: a step changes something, so it is never a link."""
        return HttpResponseNotAllowed(["POST"])

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take the step and say so, or show the page as typed with the reasons."""
        try:
            said = self.act(request)
        except (ValidationError, StaleEdit) as refusal:
            return self.render_page(
                status=422, problem=refusal_words(refusal), typed=request.POST.dict()
            )
        messages.success(request, said)
        return redirect("tender_page", pk=pk)


class TenderCriteria(TenderStep):
    """Adds, changes or takes out a criterion."""

    def act(self, request: HttpRequest) -> str:
        """Call the service."""
        post = request.POST
        if "drop" in post:
            row = get_object_or_404(self.tender.criteria, pk=whole_number(post["drop"]))
            drop_criterion(actor=request.user, criterion=row)
            return f"{row} is taken out."
        row = set_criterion(
            actor=request.user,
            tender=self.tender,
            code=post.get("code", "").strip(),
            title=post.get("title", "").strip(),
            weight=number(post.get("weight", ""), named="Weight"),
            least_score=optional_number(post.get("least_score", ""), named="Least score"),
        )
        return f"{row} weighs {row.weight}."


class TenderBids(TenderStep):
    """Keeps or takes out a bid, or says which provider a bidder is."""

    def act(self, request: HttpRequest) -> str:
        """Call the service."""
        post, user = request.POST, request.user
        provider = Provider.objects.visible_to(user).filter(
            pk=whole_number(post.get("provider", ""))
        )
        if "drop" in post:
            row = get_object_or_404(self.tender.bids, pk=whole_number(post["drop"]))
            drop_bid(actor=user, bid=row, reason=post.get("reason", ""))
            return f"The bid of {row} is taken out."
        if "named" in post:
            row = get_object_or_404(self.tender.bids, pk=whole_number(post["named"]))
            name_provider(actor=user, bid=row, provider=get_object_or_404(provider))
            return f"{row} is {row.provider}."
        row = set_bid(
            actor=user,
            tender=self.tender,
            bidder=post.get("bidder", "").strip(),
            provider=provider.first(),
            price_pence=pence(post.get("price", ""), named="Price"),
            one_off_pence=pence(post.get("one_off", ""), named="One-off cost"),
            annual_pence=pence(post.get("annual", ""), named="Annual cost"),
        )
        return f"{row} bids {pounds(row.price_pence)}."


class TenderScores(TenderStep):
    """Keeps the evaluator's own scores."""

    def act(self, request: HttpRequest) -> str:
        """Call the service."""
        saved = give_scores(actor=request.user, tender=self.tender, given=given_in(request.POST))
        return f"Your {len(saved)} scores are kept; only you see them until scoring is closed."


class TenderModeration(TenderStep):
    """Keeps the scores agreed on."""

    def act(self, request: HttpRequest) -> str:
        """Call the service."""
        saved = agree_scores(actor=request.user, tender=self.tender, given=given_in(request.POST))
        return f"{len(saved)} agreed scores are kept."


class TenderTie(TenderStep):
    """Gives equal bids an order."""

    def act(self, request: HttpRequest) -> str:
        """Call the service."""
        orders = {
            whole_number(key.removeprefix("order-")): whole_number(value)
            for key, value in request.POST.items()
            if key.startswith("order-") and whole_number(value)
        }
        settle_tie(
            actor=request.user,
            tender=self.tender,
            orders=orders,
            reason=request.POST.get("reason", ""),
        )
        return "The order of the equal bids is kept, with the reason."


def given_in(post: Mapping[str, str]) -> list[GivenScore]:
    """Return the scores typed in a form; fields left empty are left out."""
    found = []
    for key, value in post.items():
        if not key.startswith("score-") or not value.strip():
            continue
        bid, _, criterion = key.removeprefix("score-").partition("-")
        found.append(
            GivenScore(
                whole_number(bid),
                whole_number(criterion),
                number(value, named="Score"),
                post.get(f"text-{bid}-{criterion}", ""),
            )
        )
    return found


def number(text: str, *, named: str) -> Decimal:
    """Return a typed number with at most two decimals; ValidationError says what was typed."""
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        raise ValidationError(f"{named}: “{text}” is not a number.") from None
    if not value.is_finite() or abs(value) >= 10**13 or value != round(value, 2):
        raise ValidationError(f"{named}: “{text}” is not a number with at most two decimals.")
    return value


def optional_number(text: str, *, named: str) -> Decimal | None:
    """Return a typed number, None for an empty field."""
    return number(text, named=named) if text.strip() else None


def pence(text: str, *, named: str) -> int | None:
    """Return typed pounds as pence, None for an empty field."""
    value = optional_number(text, named=named)
    if value is not None and value < 0:
        raise ValidationError(f"{named}: £{value} is below nothing.")
    return None if value is None else int(value * 100)
