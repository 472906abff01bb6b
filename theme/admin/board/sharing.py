"""Street sharing: where two providers' carers pass each other, and what an exchange would save."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from cms_models.brokerage.models import Message
from cms_models.brokerage.services.sharing import ExchangeTerms, propose_exchange
from cms_models.brokerage.sharing_selectors import (
    Named,
    carriers,
    names_of,
    proposed_exchanges,
    served_packages,
)
from cms_models.brokerage.street_sharing import Exchange, Meeting, Served, exchanges, meetings
from cms_models.care.domain import hours_words
from cms_models.care.models import Award
from theme.admin.board.ground import ground_of
from theme.admin.board.views import BoardPage
from theme.admin.pages import CouncilPage, RoleGate, refusal_words, whole_number

USUAL_METRES, LEAST_METRES, MOST_METRES = 200, 25, 1_000
EXCHANGES_SHOWN = 25
MEETINGS_DRAWN = 500


def metres_asked(text: str) -> int:
    """Return how far apart is still a walk; the usual distance where none is asked."""
    asked = whole_number(text)
    return min(max(asked, LEAST_METRES), MOST_METRES) if asked else USUAL_METRES


class StreetSharing(CouncilPage):
    """Exchanges that would save travel, the best first, on a map and in a table."""

    model = BoardPage.model
    template_name = "theme/board/sharing.html"
    header_icon = "site"
    page_title = "Street sharing"

    @cached_property
    def metres(self) -> int:
        """How far apart two packages may lie for their carers to pass each other."""
        return metres_asked(self.request.GET.get("metres", ""))

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Lead back to the board."""
        return [
            *self.breadcrumbs_items,
            {"url": reverse("board"), "label": "Board"},
            {"url": "", "label": "Street sharing"},
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Find the meetings and the exchanges of today."""
        user, on = self.request.user, timezone.localdate()
        served = served_packages(user, on=on)
        met = meetings(served, within_metres=self.metres)
        found = exchanges(
            served,
            carriers(user, on=on),
            within_metres=self.metres,
            found=met,
            most=EXCHANGES_SHOWN,
        )
        named = names_of(user, found)
        return super().get_context_data(
            metres=self.metres,
            least=LEAST_METRES,
            most=MOST_METRES,
            served=len(served),
            met=len(met),
            pairs=pairs_of(met, served),
            rows=[row_of(n, each, named) for n, each in enumerate(found, start=1)],
            proposed=proposed_exchanges(user),
            may_propose=user.may("change", Message),
            ground=ground_of(user),
            map_data=drawing(served, met, found, named),
            **kwargs,
        )


def pairs_of(met: Sequence[Meeting], served: Sequence[Served]) -> int:
    """Return between how many pairs of providers carers pass each other."""
    by = {row.package: row.provider for row in served}
    return len({frozenset((by[one.first], by[one.second])) for one in met})


def drawing(
    served: Sequence[Served], met: Sequence[Meeting], found: Sequence[Exchange], named: Named
) -> dict[str, Any]:
    """Return what the map draws: where carers pass, and the exchanges by their number."""
    at = {row.package: [round(row.latitude, 5), round(row.longitude, 5)] for row in served}
    return {
        "meetings": [[at[one.first], at[one.second]] for one in met[:MEETINGS_DRAWN]],
        "exchanges": [drawn(n, each, at, named) for n, each in enumerate(found, start=1)],
    }


def row_of(number: int, each: Exchange, named: Named) -> dict[str, Any]:
    """Return an exchange as the table says it."""
    moving, back = named.packages[each.moving], named.packages.get(each.returning or 0)
    minutes = moving.weekly_minutes - (back.weekly_minutes if back else 0)
    nearest = min(each.meetings, key=lambda one: one.metres)
    return {
        "number": number,
        "each": each,
        "moving": moving,
        "returning": back,
        "giver": named.providers.get(each.from_provider, ""),
        "taker": named.providers.get(each.to_provider, ""),
        "saves": f"{each.saves_metres / 1000:,.1f} km",
        "before": f"{each.before_metres / 1000:,.1f} km",
        "after": f"{each.after_metres / 1000:,.1f} km",
        "near": f"{nearest.metres} m apart, {nearest.times_a_week} times a week",
        "hours": hours_words(abs(minutes)),
        "more_to": "" if not minutes else "taker" if minutes > 0 else "giver",
    }


def drawn(number: int, each: Exchange, at: dict[int, list[float]], named: Named) -> dict[str, Any]:
    """Return an exchange as the map draws it."""
    saved = f"{each.saves_metres / 1000:,.1f} km"
    return {
        "number": number,
        "moving": at[each.moving],
        "returning": at.get(each.returning or 0),
        "words": f"{number}: {named.packages[each.moving]} saves {saved}",
    }


class ProposeExchange(RoleGate):
    """Put an exchange to both providers by message; nothing moves by it."""

    model = Message
    action = "change"
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        """Find the exchange again as it is now, and propose it."""
        metres = metres_asked(request.POST.get("metres", ""))
        try:
            terms = self.terms(metres)
            propose_exchange(actor=request.user, terms=terms, now=timezone.now())
        except ValidationError as refusal:
            messages.error(request, refusal_words(refusal))
        else:
            messages.success(
                request,
                f"{terms.moving.provider} and {terms.to.provider} are asked by message. Nothing "
                "moves until both agree and you transfer the package.",
            )
        return redirect(f"{reverse('board_sharing')}?metres={metres}")

    def terms(self, metres: int) -> ExchangeTerms:
        """Return the exchange asked for; refused when it does not stand any more."""
        user, on, sent = self.request.user, timezone.localdate(), self.request.POST
        moving = whole_number(sent.get("moving", ""))
        returning = whole_number(sent.get("returning", "")) or None
        found = exchanges(
            served_packages(user, on=on),
            carriers(user, on=on),
            within_metres=metres,
            most=EXCHANGES_SHOWN,
        )
        taker = whole_number(sent.get("taker", ""))
        each = next(
            (
                one
                for one in found
                if (one.moving, one.returning, one.to_provider) == (moving, returning, taker)
            ),
            None,
        )
        if each is None:
            raise ValidationError("That exchange is not among the best any more: look again.")
        return self.named(each, sent.get("reason", ""))

    def named(self, each: Exchange, reason: str) -> ExchangeTerms:
        """Return an exchange with its awards."""
        ids = {each.moving, each.returning or 0}
        ids |= {pk for one in each.meetings for pk in (one.first, one.second)}
        rows = Award.objects.visible_to(self.request.user).filter(package__in=ids, current=True)
        awards = {row.package_id: row for row in rows.select_related("package__zone", "provider")}
        to = next(row for row in awards.values() if row.provider_id == each.to_provider)
        return ExchangeTerms(
            moving=awards[each.moving],
            to=to,
            returning=awards.get(each.returning or 0),
            saves_metres=each.saves_metres,
            reason=reason,
        )
