"""The brokers' board: every open package as kanban, list or map, and what changed since."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from cms_models.audit.models import AuditEntry
from cms_models.audit.selectors import history_of
from cms_models.brokerage.board_domain import BoardCard, BoardFilter, Stage
from cms_models.brokerage.board_selectors import (
    Board,
    board,
    card_of,
    handed_back,
    stamp_of,
)
from cms_models.brokerage.models import Release, Route
from cms_models.brokerage.services.releases import release, withdraw_release
from cms_models.care.models import AllocationProposal, CarePackage, Setting
from cms_models.jobs.services import enqueue
from theme.admin.actions import in_words
from theme.admin.board.asking import SAVED_AS, VIEWS, filter_asked, selects, view_asked
from theme.admin.board.ground import ground_of
from theme.admin.board.showing import (
    MOVES,
    columns,
    counts_of,
    map_spots,
    on_page,
    shown,
)
from theme.admin.own_fields.saved_views import first_view, kept_part, tabs
from theme.admin.pages import CouncilPage, RoleGate, whole_number

CARDS_AT_ONCE = 100


class BoardPage(CouncilPage):
    """Every open package by status and age."""

    model = Release
    template_name = "theme/board/board.html"
    header_icon = "tasks"
    page_title = "Board"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Open the view that the user wants first, where the address asks for nothing itself."""
        if not request.GET:
            first = first_view(request.user, SAVED_AS)
            if first is not None and first.query:
                return redirect(f"{request.path}?{first.query}")
        return super().get(request, *args, **kwargs)

    @cached_property
    def wanted(self) -> BoardFilter:
        """What the address asks for."""
        return filter_asked(self.request.GET)

    @cached_property
    def board(self) -> Board:
        """The board as it stands."""
        return board(self.request.user, wanted=self.wanted, now=timezone.now())

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Return the way home."""
        return [*self.breadcrumbs_items, {"url": "", "label": "Board"}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Draw the board as asked for."""
        user, view = self.request.user, view_asked(self.request.GET)
        cards, asked = self.board.cards, selects(self.request.user, self.wanted)
        return super().get_context_data(
            view=view,
            views=self.views(view),
            selects=asked,
            filtered=any(one.chosen for one in asked),
            stamp=self.board.stamp,
            total=len(cards),
            counts=[(stage, counts_of(cards)[stage.value]) for stage in Stage],
            not_drawn=len(cards) - len(on_page(cards, view=view)),
            live_query=self.query(view=view),
            may_move=user.may("change", Release),
            may_propose=user.may("change", AllocationProposal),
            stages=list(Stage),
            **tabs(user, SAVED_AS, self.request.META.get("QUERY_STRING", "")),
            **self.drawing(view),
            **kwargs,
        )

    def drawing(self, view: str) -> dict[str, Any]:
        """Return the cards as a view draws them."""
        cards, now = self.board.cards, timezone.now()
        if view == "kanban":
            return {"columns": columns(cards, now=now)}
        seen = on_page(cards, view=view)
        drawn: dict[str, Any] = {"rows": [shown(card, now=now) for card in seen]}
        if view == "map":
            drawn |= {"spots": map_spots(seen), "ground": ground_of(self.request.user)}
        return drawn

    def query(self, **changed: str) -> str:
        """Return the address's query with the view changed."""
        kept = {name: value for name, value in self.request.GET.items() if value}
        return urlencode({**kept, **changed})

    def views(self, chosen: str) -> list[dict[str, Any]]:
        """Return the drawings as links that keep the filters."""
        return [
            {"label": label, "query": self.query(view=name), "chosen": name == chosen}
            for name, label in VIEWS.items()
        ]


class BoardChanges(RoleGate):
    """What changed since a stamp, for the page to ask every five seconds."""

    model = Release
    http_method_names = ["get"]

    def get(self, request: HttpRequest) -> JsonResponse:
        """Answer with the stamp alone while nothing changed, else with a mark of every card."""
        stamp = stamp_of(request.user)
        if request.GET.get("since") == str(stamp):
            return JsonResponse({"stamp": stamp})
        wanted, view = filter_asked(request.GET), view_asked(request.GET)
        found = board(request.user, wanted=wanted, now=timezone.now())
        cards = on_page(found.cards, view=view)
        return JsonResponse(
            {
                "stamp": found.stamp,
                "counts": counts_of(found.cards),
                "total": len(found.cards),
                "cards": [mark(card) for card in cards],
            }
        )


def mark(card: BoardCard) -> dict[str, Any]:
    """Return what tells a page whether it shows a card as it is."""
    return {
        "id": card.package_id,
        "ref": card.package_ref,
        "stage": card.stage.value,
        "digest": card.digest,
    }


class BoardCards(RoleGate):
    """Some cards as HTML, drawn for the view that asks."""

    model = Release
    http_method_names = ["get"]

    def get(self, request: HttpRequest) -> JsonResponse:
        """Return the cards that are still open, by package."""
        ids = [whole_number(text) for text in request.GET.getlist("pk")[:CARDS_AT_ONCE]]
        user, now = request.user, timezone.now()
        view = view_asked(request.GET)
        template = "theme/board/_card.html" if view == "kanban" else "theme/board/_row.html"
        wanted = filter_asked(request.GET)
        found = [
            card for card in board(user, wanted=wanted, now=now).cards if card.package_id in ids
        ]
        context = {"may_move": user.may("change", Release)}
        drawn = {
            card.package_id: render_to_string(
                template, {**context, "one": shown(card, now=now)}, request=request
            )
            for card in found
        }
        spots = map_spots(found) if view == "map" else []
        return JsonResponse({"cards": drawn, "spots": spots})


class BoardNews(RoleGate):
    """Whether a package changed since its page was opened."""

    model = Release
    http_method_names = ["get"]

    def get(self, request: HttpRequest, pk: int) -> JsonResponse:
        """Answer with the stamp, and the card's mark unless nothing at all changed."""
        package = get_object_or_404(CarePackage.objects.visible_to(request.user), pk=pk)
        stamp = stamp_of(request.user)
        if request.GET.get("since") == str(stamp):
            return JsonResponse({"stamp": stamp})
        now = timezone.now()
        card = card_of(request.user, package, now=now)
        seen = shown(card, now=now).seen if card else ""
        words = card.stage.words if card else package.get_status_display()
        return JsonResponse({"stamp": stamp, "seen": seen, "words": words})


class ProposeAll(RoleGate):
    """Queue proposals for the whole board."""

    model = AllocationProposal
    action = "change"
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        """Start the job and go back to the board, which shows what it proposes as it lands."""
        returned = list(handed_back(request.user).values_list("package_id", flat=True))
        params = {"seed": 1, "handed_back": returned}
        job = enqueue(actor=request.user, kind="allocate", params=params)
        messages.success(
            request, f"{job} is queued; its proposals appear here. Nothing is awarded by it."
        )
        return redirect("board")


class MoveCard(BoardPage):
    """Move a card: release a package to its tiers, or withdraw its release."""

    action = "change"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Move it, or show the board with the form as typed and why not."""
        packages = CarePackage.objects.visible_to(request.user)
        package = get_object_or_404(packages.select_related("authority", "lot"), pk=pk)
        try:
            words = self.move(package)
        except (ValidationError, PermissionDenied) as refusal:
            refused = {"pk": pk, "words": in_words(refusal), "reason": request.POST.get("reason")}
            return self.render_page(status=422, refused=refused)
        messages.success(request, words)
        query = kept_part(request.POST.get("query", ""))
        return redirect(f"{reverse('board')}?{query or 'view=kanban'}")

    @cached_property
    def wanted(self) -> BoardFilter:
        """Everything: the refused card is among it whatever was filtered."""
        return BoardFilter()

    def move(self, package: CarePackage) -> str:
        """Do what the form asks if the card is still as its sender saw it."""
        user, sent, now = self.request.user, self.request.POST, timezone.now()
        card = card_of(user, package, now=now)
        if card is None:
            raise ValidationError(f"{package} is not open any more: look at the board again.")
        seen = sent.get("seen", "")
        if seen != shown(card, now=now).seen:
            raise ValidationError(
                stale_words(card, seen, who=last_to_act(history_of(package, user=user)))
            )
        target = next((one for one in MOVES[card.stage] if one == sent.get("to")), None)
        if target is None:
            raise ValidationError("Choose where to move it.")
        reason = sent.get("reason", "").strip()
        if target == Stage.RELEASED:
            route = Route(Route.TIERS if package.setting == Setting.HOME else Route.HOMES)
            release(actor=user, package=package, route=route.value, now=now, reason=reason)
            return f"{package} is released."
        row = Release.objects.visible_to(user).get(pk=card.release_id)
        withdraw_release(actor=user, release=row, reason=reason, now=now)
        return f"The release of {package} is withdrawn."


def stale_words(card: BoardCard, seen: str, *, who: str) -> str:
    """Return both: what the sender saw, what is so now and by whom (BR-10)."""
    was = seen.rpartition(".")[2]
    before = Stage(was).words if was in set(Stage) else "something else"
    if before == card.stage.words:
        return f"{who} changed {card.package_ref} after you opened it: look at it once more."
    return (
        f"Not moved. You saw {card.package_ref} as “{before}”; {who} has moved it since and it "
        f"is “{card.stage.words}” now."
    )


def last_to_act(*histories: models.QuerySet[AuditEntry]) -> str:
    """Return who acted last in what the user may read of some histories, the newest first each."""
    entries = [entry for rows in histories if (entry := rows.first())]
    newest = max(entries, key=lambda entry: entry.sequence, default=None)
    return str(newest.actor) if newest else "Somebody else"
