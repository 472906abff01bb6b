"""The day's numbers of a council, as the dashboard shows them: what the user's role may see."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, IntegerField, Q, Sum, Value, When

from cms_models.accounts.models import User
from cms_models.care.models import (
    AllocationProposal,
    CarePackage,
    PackageStatus,
    ProposalState,
)
from cms_models.fields.selectors import rule_values
from cms_models.jobs.models import ImportRun, Job
from cms_models.rates.models import Budget, Pathway
from cms_models.rates.tables import BudgetGap, Viability, viability
from cms_models.rounds.models import PlanRun, PlanState, UnplacedVisit

LATEST = 5
REASONS = 6
PROVIDERS_TRIED = (1, 2, 3)
# What is bought or wanted now: suspended and ended packages cost nothing this week.
WANTED = (PackageStatus.ACTIVE, PackageStatus.REFERRED)


@dataclass(frozen=True)
class StatusLine:
    """How many packages stand where, and their carer-minutes a week."""

    status: str
    label: str
    packages: int
    weekly_minutes: int


@dataclass(frozen=True)
class ZoneLine:
    """What is wanted in a zone a week, and whether 1, 2 or 3 equal providers could live on it."""

    code: str
    name: str
    packages: int
    people: int
    weekly_minutes: int
    weekly_pence: int
    unpriced: int
    viable: Sequence[Viability]


@dataclass(frozen=True)
class BudgetLine:
    """A year's planned cost of a budget's pathways: weekly price × the planning weeks."""

    name: str
    pathways: Sequence[str]
    weeks: int
    gap: BudgetGap


@dataclass(frozen=True)
class ReasonLine:
    """A reason and how many it holds for."""

    reason: str
    count: int


@dataclass(frozen=True)
class CareNumbers:
    """Packages: by status and zone, against budget, and why some have no provider."""

    statuses: Sequence[StatusLine]
    zones: Sequence[ZoneLine]
    budgets: Sequence[BudgetLine]
    floor_hours: int
    unplaced: Sequence[ReasonLine]
    unplaced_count: int
    to_decide: int


@dataclass(frozen=True)
class RoundsNumbers:
    """The next planned day, or the last where none is to come; `unplaced` the reasons."""

    run: PlanRun
    totals: Mapping[str, Any]
    unplaced: Sequence[ReasonLine]


@dataclass(frozen=True)
class Dashboard:
    """Everything the dashboard shows; None where the user's role sees no such records."""

    care: CareNumbers | None
    rounds: RoundsNumbers | None
    jobs: Sequence[Job] | None
    imports: Sequence[ImportRun] | None


def dashboard(user: User, *, on: date) -> Dashboard:
    """Return the day's numbers of the user's council."""
    return Dashboard(
        care=_care(user, on=on) if user.may_view(CarePackage) else None,
        rounds=_rounds(user, on=on) if user.may_view(PlanRun) else None,
        jobs=_latest(Job, user) if user.may_view(Job) else None,
        imports=_latest(ImportRun, user) if user.may_view(ImportRun) else None,
    )


def _care(user: User, *, on: date) -> CareNumbers:
    rules = rule_values(user.authority)
    rows = _by_zone_and_pathway(user, on=on)
    reasons = Counter(
        AllocationProposal.objects.visible_to(user)
        .filter(state=ProposalState.UNPLACED, package__status=PackageStatus.REFERRED)
        .values_list("unplaced_reason", flat=True)
    )
    return CareNumbers(
        statuses=_statuses(user),
        zones=_zones(rows, floor=rules["market.viability_floor_hours"]),
        budgets=_budgets(user, rows, weeks=rules["rates.planning_weeks"], on=on),
        floor_hours=rules["market.viability_floor_hours"],
        unplaced=_most(reasons),
        unplaced_count=reasons.total(),
        to_decide=AllocationProposal.objects.visible_to(user)
        .filter(state=ProposalState.PROPOSED)
        .count(),
    )


def _statuses(user: User) -> list[StatusLine]:
    rows = (
        CarePackage.objects.visible_to(user)
        .order_by()
        .values("status")
        .annotate(packages=Count("id"), minutes=Sum("weekly_minutes"))
    )
    found = {row["status"]: row for row in rows}
    nothing = {"packages": 0, "minutes": 0}
    return [
        StatusLine(code, str(label), row["packages"], row["minutes"])
        for code, label in PackageStatus.choices
        for row in (found.get(code, nothing),)
    ]


def _by_zone_and_pathway(user: User, *, on: date) -> list[dict[str, Any]]:
    return list(
        CarePackage.objects.visible_to(user)
        .filter(status__in=WANTED)
        .filter(Q(ends_on=None) | Q(ends_on__gt=on))
        .order_by()
        .values("zone__code", "zone__name", "pathway")
        .annotate(
            packages=Count("id"),
            people=Count("person", distinct=True),
            minutes=Sum("weekly_minutes"),
            pence=Sum("weekly_pence"),
            unpriced=Count("id", filter=Q(weekly_pence=None)),
        )
    )


def _zones(rows: Iterable[Mapping[str, Any]], *, floor: int) -> list[ZoneLine]:
    heaps: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        heaps[row["zone__code"] or ""].append(row)
    return [_zone(code, heap, floor=floor) for code, heap in sorted(heaps.items())]


def _zone(code: str, heap: Sequence[Mapping[str, Any]], *, floor: int) -> ZoneLine:
    minutes = sum(row["minutes"] for row in heap)
    # ZN-06 holds the floor against the ongoing pathway, whose lots are the zones.
    ongoing = sum(row["minutes"] for row in heap if row["pathway"] == Pathway.ONGOING)
    hours = Decimal(ongoing) / 60
    return ZoneLine(
        code=code,
        name=heap[0]["zone__name"] or "In no zone",
        packages=sum(row["packages"] for row in heap),
        people=sum(row["people"] for row in heap),
        weekly_minutes=minutes,
        weekly_pence=sum(row["pence"] or 0 for row in heap),
        unpriced=sum(row["unpriced"] for row in heap),
        viable=[
            viability(zone=code, weekly_hours=hours, providers=count, floor_hours=Decimal(floor))
            for count in PROVIDERS_TRIED
        ],
    )


def _budgets(
    user: User, rows: Sequence[Mapping[str, Any]], *, weeks: int, on: date
) -> list[BudgetLine]:
    lines = []
    for budget in Budget.objects.visible_to(user).filter(starts_on__lte=on, ends_on__gt=on):
        weekly = sum(row["pence"] or 0 for row in rows if row["pathway"] in budget.pathways)
        gap = BudgetGap(planned_pence=weekly * weeks, budget_pence=budget.amount_pence)
        lines.append(BudgetLine(budget.name, budget.pathways, weeks, gap))
    return lines


def _most(reasons: Counter[str]) -> list[ReasonLine]:
    named = [
        ReasonLine(reason or "No reason kept", n) for reason, n in reasons.most_common(REASONS)
    ]
    rest = reasons.total() - sum(line.count for line in named)
    return [*named, ReasonLine("Other reasons", rest)] if rest else named


def _rounds(user: User, *, on: date) -> RoundsNumbers | None:
    run = _next_run(user, on=on)
    if run is None:
        return None
    left_out = UnplacedVisit.objects.visible_to(user).filter(run=run)
    # A visit may have several reasons; it is counted under the first, the binding one.
    reasons = Counter(
        found[0] if found else "" for found in left_out.values_list("reasons", flat=True)
    )
    return RoundsNumbers(run=run, totals=run.totals, unplaced=_most(reasons))


def _next_run(user: User, *, on: date) -> PlanRun | None:
    published_first = Case(
        When(state=PlanState.PUBLISHED, then=Value(0)),
        When(state=PlanState.PROPOSED, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    runs = PlanRun.objects.visible_to(user).defer("problem", "plan")
    ahead = runs.filter(on__gte=on).order_by("on", published_first, "-created_at").first()
    return ahead or runs.order_by("-on", published_first, "-created_at").first()


def _latest(model: type[Job] | type[ImportRun], user: User) -> list[Any]:
    rows = model.objects.visible_to(user)
    rows = rows.defer("content") if model is ImportRun else rows
    return list(rows[:LATEST])
