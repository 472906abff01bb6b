"""A framework's lots as a table of zones × pathways, and the move to its providers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from cms_models.care.domain import hours_words
from cms_models.care.market_selectors import lead_shares, move_counts, moves_of
from cms_models.market.domain import LeadShare, Tier, cascade_words, promise_words
from cms_models.market.models import Framework, Lot, LotAward
from cms_models.market.selectors import awards_of, framework_notes, lots_seen, structure_of
from cms_models.market.services import divide_into_lots, framework_refusals
from cms_models.market.structure import BadStructure, Cell
from cms_models.places.models import Zone
from cms_models.publication.models import PublicationState
from cms_models.rates.models import Pathway
from theme.admin.pages import CouncilPage, date_asked

NEW_LOT = "+"
SHARE_DAYS = 90
MOVES_SHOWN = 200


@dataclass(frozen=True)
class LotRow:
    """A lot of the table: who holds a place in it, what it lacks, what its lead was promised."""

    lot: Lot
    cascade: str
    places: list[LotAward]
    promise: str
    share: LeadShare | None

    @property
    def providers(self) -> int:
        """How many providers hold a place."""
        return len({place.provider_id for place in self.places})

    @property
    def lacks(self) -> bool:
        """Whether it has fewer providers than it needs."""
        return self.providers < self.lot.least_providers

    @property
    def tiers(self) -> list[tuple[str, list[tuple[LotAward, str]]]]:
        """The places by tier, in order of offer, each with its room in words."""
        return [
            (tier.words, [(row, _room(row)) for row in self.places if row.tier == tier])
            for tier in Tier
            if any(row.tier == tier for row in self.places)
        ]


def _room(place: LotAward) -> str:
    minutes = place.capacity_minutes_per_week
    return "no limit agreed" if minutes is None else f"{hours_words(minutes)} a week"


class FrameworkLots(CouncilPage):
    """Which lot covers each pathway in each zone; a draft is edited here by keyboard."""

    model = Framework
    template_name = "theme/tender/lots.html"
    header_icon = "folder-open-inverse"
    page_title = "Lots"

    @cached_property
    def framework(self) -> Framework:
        """The framework asked for; another council's is not found."""
        rows = Framework.objects.visible_to(self.request.user).select_related("authority")
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def get_page_title(self) -> str:
        """Name the framework and the page."""
        return f"{self.framework}: {self.page_title.lower()}"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Lead back to the frameworks."""
        return [
            *self.breadcrumbs_items,
            {"url": reverse("framework:index"), "label": "Frameworks"},
            {"url": "", "label": self.get_page_title()},
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the table of cells, the lots, and what is to be known before it goes live."""
        framework, user = self.framework, self.request.user
        draft = framework.state == PublicationState.DRAFT
        structure = structure_of(framework)
        return super().get_context_data(
            framework=framework,
            standing=framework.standing(timezone.localdate()).words,
            may_edit=draft and user.may("change", Lot),
            pathways=[(code, label) for code, label in Pathway.choices],
            rows=self._rows(structure, kwargs.pop("chosen", {})),
            lot_rows=self._lot_rows(),
            lots=structure.lots,
            new_lot=NEW_LOT,
            refusals=framework_refusals(framework),
            notes=framework_notes(framework),
            seen=lots_seen(framework),
            period=self.period,
            **kwargs,
        )

    @cached_property
    def period(self) -> tuple[date, date]:
        """The days that referrals are counted on, both included: the last ninety unless asked."""
        today = timezone.localdate()
        first = date_asked(self.request.GET.get("first")) or today - timedelta(days=SHARE_DAYS - 1)
        last = date_asked(self.request.GET.get("last")) or today
        return first, max(first, last)

    def _rows(self, structure: Any, chosen: Mapping[Cell, str]) -> list[dict[str, Any]]:
        names = dict(
            Zone.objects.filter(authority=self.framework.authority_id).values_list("code", "name")
        )
        return [
            {
                "zone": zone,
                "name": names.get(zone, "not on this map"),
                "cells": [
                    {
                        "key": f"cell|{pathway}|{zone}",
                        "label": f"Pathway {pathway} in zone {zone}",
                        "lots": (found := structure.lots_of((pathway, zone))),
                        "chosen": chosen.get(
                            (pathway, zone), found[0].code if len(found) == 1 else ""
                        ),
                        "gap": not found and pathway in structure.bought,
                    }
                    for pathway in structure.pathways
                ],
            }
            for zone in structure.zones
        ]

    def _lot_rows(self) -> list[LotRow]:
        lots = list(self.framework.lots.select_related("framework"))
        places: dict[int, list[LotAward]] = {lot.pk: [] for lot in lots}
        for place in awards_of(lots):
            places[place.lot_id].append(place)
        on = max(timezone.localdate(), self.framework.starts_on)
        shares = {}
        if self.framework.state == PublicationState.PUBLISHED:
            first, last = self.period
            shares = lead_shares(lots, first=first, until=last + timedelta(days=1))
        return [
            LotRow(
                lot,
                cascade_words([row.terms for row in places[lot.pk]], on=on),
                [row for row in places[lot.pk] if row.ends_on is None or row.ends_on > on],
                promise_words(lot.lead_promise, lot.lead_promise_percent),
                shares.get(lot.pk),
            )
            for lot in lots
        ]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Save the whole table, or show it again with why not."""
        if not request.user.may("change", Lot):
            raise PermissionDenied
        typed = Typed.of(request.POST)
        try:
            divide_into_lots(
                actor=request.user,
                framework=self.framework,
                cells=typed.coded,
                names={typed.code: typed.name},
                seen=request.POST.get("seen", ""),
            )
        except BadStructure as refusal:
            return self._again(typed, refusal.refusals)
        except ValidationError as refusal:
            return self._again(typed, refusal.messages)
        messages.success(request, f"The lots of {self.framework} are saved.")
        return redirect("framework_lots", pk=pk)

    def _again(self, typed: "Typed", problems: list[str]) -> HttpResponse:
        return self.render_page(
            status=422,
            problems=problems,
            chosen=typed.cells,
            code=typed.code,
            name=typed.name,
        )


@dataclass(frozen=True)
class Typed:
    """The table as somebody filled it in: a lot's code for each cell, and one new lot."""

    cells: Mapping[Cell, str]
    code: str
    name: str

    @classmethod
    def of(cls, post: Mapping[str, str]) -> "Typed":
        """Read a form whose cells are fields named `cell|pathway|zone`."""
        cells = {}
        for key, value in post.items():
            if key.startswith("cell|") and key.count("|") > 1:
                _, pathway, zone = key.split("|", 2)
                cells[pathway, zone] = value
        return cls(cells, post.get("code", "").strip(), post.get("name", "").strip())

    @property
    def coded(self) -> dict[Cell, str]:
        """The cells with the new lot's code in place of its mark."""
        return {
            cell: (self.code or NEW_LOT) if code == NEW_LOT else code
            for cell, code in self.cells.items()
        }


class FrameworkTransition(FrameworkLots):
    """Which packages are with providers that hold no place in a framework's lots (PR-08)."""

    template_name = "theme/tender/transition.html"
    page_title = "Transition"
    http_method_names = ("get", "head", "options")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the counts by lot and provider, and the packages that remain to be moved."""
        today = timezone.localdate()
        moves = moves_of(self.request.user, self.framework, on=today)
        remaining = [move for move in moves if not move.placed]
        return super(FrameworkLots, self).get_context_data(
            framework=self.framework,
            standing=self.framework.standing(today).words,
            counts=move_counts(moves),
            packages=len(moves),
            placed=len(moves) - len(remaining),
            remaining=remaining[:MOVES_SHOWN],
            remaining_count=len(remaining),
            today=today,
            **kwargs,
        )
