"""Reading a package's life: when care pauses, hand-backs as a ledger, tasks that wait."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from cms_models.accounts.models import Authority, User
from cms_models.brokerage.life_domain import (
    HandedBack,
    LedgerRow,
    Pause,
    first_unpaid_day,
    ledger,
)
from cms_models.brokerage.models import (
    HandBack,
    HandBackState,
    ReviewTask,
    Suspension,
    Transfer,
)
from cms_models.care.models import CarePackage, PackageStatus
from cms_models.fields.selectors import rule_value


class Pauses:
    """On which days of `[first, last)` the packages of a council get no visits."""

    def __init__(self, authority: Authority, *, first: date, last: date) -> None:
        self._of: dict[int, list[Pause]] = defaultdict(list)
        self._known_here: set[int] = set()
        rows = Suspension.objects.filter(
            Q(ends_on=None) | Q(ends_on__gte=first), authority=authority, starts_on__lt=last
        )
        for row in rows:
            self._of[row.package_id].append(Pause(row.starts_on, row.ends_on))
            if not row.over:
                self._known_here.add(row.package_id)

    def covers(self, package: CarePackage, day: date) -> bool:
        """Return whether a package's care is paused on a day.

        One that the case system suspended stays so unless Homeward knows when its care resumes.
        """
        if any(pause.covers(day) for pause in self._of.get(package.pk, ())):
            return True
        return package.status == PackageStatus.SUSPENDED and package.pk not in self._known_here


def unpaid_days(user: User, *, on: date) -> Mapping[int, Sequence[tuple[date, date | None]]]:
    """Return the days `[first, after)` of suspensions that are not paid, by package.

    How many days of a suspension are paid is the rule of the day asked for.
    """
    paid_days = int(rule_value(user.authority, "brokerage.suspension_paid_days", on=on))
    found: dict[int, list[tuple[date, date | None]]] = defaultdict(list)
    for row in Suspension.objects.filter(authority=user.authority):
        pause = Pause(row.starts_on, row.ends_on)
        unpaid_from = first_unpaid_day(pause, paid_days=paid_days)
        if unpaid_from is not None:
            found[row.package_id].append((unpaid_from, row.ends_on))
    return found


def hand_back_ledger(user: User, *, today: date) -> list[LedgerRow]:
    """Return the hand-backs a user may see by provider: reasons, allowed or not, days left (N08).

    A strain score of providers is not among it: it would need late calls and travel, which no
    provider reports yet.
    """
    followed = Transfer.objects.filter(from_award=OuterRef("award"), cancelled_at=None)
    rows = HandBack.objects.visible_to(user).select_related("provider")
    return ledger(
        (
            HandedBack(
                row.provider.name,
                row.get_reason_display(),
                row.state != HandBackState.REFUSED_AT_ONCE,
                row.state,
                row.ends_on,
                row.followed,
            )
            for row in rows.annotate(followed=Exists(followed)).defer("evidence")
        ),
        today=today,
    )


def tasks_due(user: User) -> QuerySet[ReviewTask]:
    """Return the tasks that wait and that a user may see, the first due first."""
    rows = ReviewTask.objects.visible_to(user).filter(done_at=None)
    return rows.select_related("package", "assigned_to", "provider").order_by("due_on", "id")
