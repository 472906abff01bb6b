"""The first page: the day's numbers for the user's council, as far as the role sees them."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.forms import Media
from django.template.context import Context
from django.urls import reverse
from django.utils.text import capfirst
from wagtail.admin.ui.components import Component

from cms_models.accounts.models import User
from cms_models.care.domain import hours_words
from cms_models.care.models import AllocationProposal
from cms_models.publication.models import Publishable
from cms_models.publication.selectors import waiting_for_approval
from cms_models.rounds.models import PlanRun
from cms_models.rounds.selectors.dashboard import (
    CareNumbers,
    Dashboard,
    RoundsNumbers,
    ZoneLine,
    dashboard,
)
from theme.admin.actions import media_of
from theme.admin.base import RecordViewSet
from theme.admin.cells import TONES, badge
from theme.admin.charts import bars
from theme.admin.links import page_url
from theme.admin.records.allocation import AllocationRunViewSet
from theme.admin.records.rounds import PlanRunViewSet
from theme.admin.records.work import kind_label
from theme.admin.review.words import review_url


def pounds(pence: int) -> str:
    """Return whole pounds, as the dashboard rounds them."""
    return f"£{pence / 100:,.0f}"


class Panel(Component):
    """A panel of the dashboard."""

    def __init__(self, *, order: int, template: str, **context: Any) -> None:
        self.order, self.template_name, self.context = order, template, context

    @property
    def media(self) -> Media:
        """The scripts that the panel's buttons need."""
        return media_of(self.context.get("buttons", []))

    def get_context_data(self, parent_context: Context | Mapping[str, Any]) -> dict[str, Any]:
        """Return what the panel was given, and the request for its forms."""
        shared = {name: parent_context[name] for name in ("request", "csrf_token")}
        return {**self.context, **shared}


def home_panels(user: User, *, on: date) -> list[Panel]:
    """Return the panels of a day that the user's role has something to see in."""
    numbers = dashboard(user, on=on)
    waiting = waiting_for_approval(user)
    panels = [Panel(order=1, template="theme/admin/home/day.html", on=on)]
    panels += [_waiting(waiting, user)] if waiting else []
    if numbers.care is not None:
        panels.append(_figures(numbers.care, user))
        panels.append(_zones(numbers.care))
        panels.append(_unplaced(numbers.care, user))
    if user.may_view(PlanRun):
        panels.append(_rounds(numbers.rounds, user))
    panels.append(_work(numbers))
    return panels


def _waiting(waiting: list[Publishable], user: User) -> Panel:
    return Panel(
        order=5,
        template="theme/admin/home/waiting.html",
        versions=[
            {
                "label": f"{capfirst(one._meta.verbose_name)} “{one}”",
                "url": review_url(one),
                "begins_on": one.begins_on,
                "by": one.submitted_by,
                "own": one.submitted_by_id == user.pk,
            }
            for one in waiting
        ],
    )


def _buttons(viewset: type[RecordViewSet], user: User, *names: str) -> list[Any]:
    return [button for button in viewset().buttons(user, None) if button.action.name in names]


def _figures(care: CareNumbers, user: User) -> Panel:
    figures = [
        {
            "label": line.label,
            "value": f"{line.packages:,}",
            "note": f"{hours_words(line.weekly_minutes)} a week",
            "url": f"{reverse('carepackage:index')}?status={line.status}",
            "tone": next((tone for tone, codes in TONES.items() if line.status in codes), ""),
        }
        for line in care.statuses
    ]
    return Panel(order=10, template="theme/admin/home/figures.html", figures=figures, user=user)


def _zone_row(zone: ZoneLine) -> dict[str, Any]:
    return {
        "code": zone.code,
        "name": zone.name,
        "packages": f"{zone.packages:,}",
        "people": f"{zone.people:,}",
        "hours": hours_words(zone.weekly_minutes),
        "cost": pounds(zone.weekly_pence),
        "unpriced": zone.unpriced,
        "viable": [
            (one.providers, one.viable, f"{one.hours_each:,.0f} h each") for one in zone.viable
        ],
    }


def _zones(care: CareNumbers) -> Panel:
    return Panel(
        order=20,
        template="theme/admin/home/zones.html",
        zones=[_zone_row(zone) for zone in care.zones],
        bars=bars(
            [
                (
                    f"Zone {zone.code}" if zone.code else zone.name,
                    zone.weekly_minutes,
                    hours_words(zone.weekly_minutes),
                )
                for zone in care.zones
            ]
        ),
        total={
            "packages": f"{sum(zone.packages for zone in care.zones):,}",
            "hours": hours_words(sum(zone.weekly_minutes for zone in care.zones)),
            "cost": pounds(sum(zone.weekly_pence for zone in care.zones)),
        },
        floor=care.floor_hours,
        budgets=[
            {
                "name": line.name,
                "pathways": ", ".join(line.pathways),
                "weeks": line.weeks,
                "planned": pounds(line.gap.planned_pence),
                "budget": pounds(line.gap.budget_pence),
                "sentence": line.gap.sentence,
                "over": line.gap.pence > 0,
                "percent": min(100, 100 * line.gap.planned_pence // max(1, line.gap.budget_pence)),
            }
            for line in care.budgets
        ],
    )


def _unplaced(care: CareNumbers, user: User) -> Panel:
    return Panel(
        order=30,
        template="theme/admin/home/unplaced.html",
        reasons=care.unplaced,
        count=care.unplaced_count,
        to_decide=care.to_decide,
        proposals_url=f"{reverse('allocationproposal:index')}?state=",
        may_decide=user.may("change", AllocationProposal),
        buttons=_buttons(AllocationRunViewSet, user, "propose"),
    )


def _rounds(numbers: RoundsNumbers | None, user: User) -> Panel:
    run = numbers.run if numbers else None
    url = None
    if run is not None:
        url = page_url("rounds_day_page", run.pk) or reverse("planrun:inspect", args=[run.pk])
    return Panel(
        order=40,
        template="theme/admin/home/rounds.html",
        run=run,
        url=url,
        state=badge(run.state, run.get_state_display()) if run else "",
        totals=numbers.totals if numbers else {},
        reasons=numbers.unplaced if numbers else [],
        buttons=_buttons(PlanRunViewSet, user, "plan"),
    )


def _work(numbers: Dashboard) -> Panel:
    return Panel(
        order=50,
        template="theme/admin/home/work.html",
        jobs=[
            {
                "label": f"{kind_label(job)} #{job.pk}",
                "url": reverse("job:inspect", args=[job.pk]),
                "state": badge(job.state, job.get_state_display()),
                "at": job.created_at,
            }
            for job in numbers.jobs or []
        ],
        imports=[
            {
                "label": str(row),
                "url": page_url("import_page", row.pk)
                or reverse("importrun:inspect", args=[row.pk]),
                "state": badge(row.state, row.get_state_display()),
                "at": row.created_at,
            }
            for row in numbers.imports or []
        ],
        shown=numbers.jobs is not None,
    )
