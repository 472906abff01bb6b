"""What a package's page says of its life: what runs, what waits, and what this user may do."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.forms import Form
from django.urls import reverse
from django.utils.functional import cached_property

from cms_models.accounts.models import User
from cms_models.accounts.roles import NOT_STAFF
from cms_models.brokerage.life_domain import Pause, days_left, first_unpaid_day, last_day_owed
from cms_models.brokerage.models import (
    HandBack,
    HandBackState,
    Release,
    ReleaseState,
    ReviewTask,
    Suspension,
    Transfer,
)
from cms_models.brokerage.services.transfers import RUNNING
from cms_models.care.models import Award, CarePackage, PackageStatus, Setting
from cms_models.care.patterns import pattern_text
from cms_models.care.selectors import week_on
from cms_models.fields.selectors import rule_value
from cms_models.market.models import Provider
from theme.admin import vocabularies
from theme.admin.package.forms import DecisionForm, EndForm
from theme.admin.package.life_forms import (
    AmendForm,
    DecideHandBackForm,
    DoneForm,
    HandBackForm,
    ResumeForm,
    ReviewForm,
    SuspendForm,
    TransferForm,
)

Choices = Callable[[], dict[str, Any]]


class LifeOf:
    """A package's life as one user sees it today."""

    def __init__(
        self, package: CarePackage, *, user: User, award: Award | None, today: date
    ) -> None:
        self.package, self.user, self.award, self.today = package, user, award, today
        self.runs = package.status in RUNNING

    @cached_property
    def suspensions(self) -> list[dict[str, Any]]:
        """The suspensions that run or come, each with the day from which nothing is paid."""
        days = int(rule_value(self.package.authority, "brokerage.suspension_paid_days"))
        rows = Suspension.objects.visible_to(self.user).filter(package=self.package, over=False)
        return [
            {
                "row": row,
                "unpaid_from": first_unpaid_day(Pause(row.starts_on, row.ends_on), paid_days=days),
                "to_come": row.starts_on > self.today,
            }
            for row in rows.order_by("starts_on")
        ]

    @cached_property
    def transfer(self) -> Transfer | None:
        """The transfer that waits for its day."""
        rows = Transfer.objects.visible_to(self.user).filter(
            package=self.package, begun_at=None, cancelled_at=None
        )
        return rows.select_related("to_provider", "from_award__provider", "decided_by").first()

    @cached_property
    def hand_backs(self) -> list[HandBack]:
        """The hand-backs of the package, the newest first."""
        rows = HandBack.objects.visible_to(self.user).filter(package=self.package)
        return list(rows.defer("evidence").select_related("provider", "submitted_by", "decided_by"))

    @cached_property
    def hand_back_waiting(self) -> HandBack | None:
        """The hand-back that waits for a decision."""
        waiting = (one for one in self.hand_backs if one.state == HandBackState.SUBMITTED)
        return next(waiting, None)

    @cached_property
    def tasks(self) -> list[ReviewTask]:
        """The tasks of the package: those that wait by their day, then those done lately."""
        rows = ReviewTask.objects.visible_to(self.user).filter(package=self.package)
        found = list(rows.select_related("assigned_to", "provider", "done_by"))
        waiting = [one for one in found if one.done_at is None]
        done = sorted((one for one in found if one.done_at), key=lambda one: one.done_at)
        return [*waiting, *reversed(done[-3:])]

    @cached_property
    def to_follow(self) -> Award | None:
        """The award that ends before the care does, where nobody follows yet."""
        award, ends_on = self.award, self.package.ends_on
        if award is None or award.ends_on is None or not self.runs or self.transfer:
            return None
        return None if ends_on is not None and ends_on <= award.ends_on else award

    @property
    def owed_until(self) -> date | None:
        """The last day the provider owes the care."""
        award = self.award
        return last_day_owed(award.ends_on) if award and award.ends_on else None

    @property
    def days_left(self) -> int:
        """Days of care the provider still owes after today."""
        award = self.award
        return days_left(award.ends_on, today=self.today) if award and award.ends_on else 0

    @cached_property
    def amended_from(self) -> date | None:
        """The first day of a week that is to come."""
        coming = [
            row.valid_from
            for row in self.package.patterns.all()
            if row.valid_to is None and row.valid_from > max(self.today, self.package.starts_on)
        ]
        return min(coming, default=None)

    @property
    def amended_week(self) -> str:
        """The week that is to come, in its grammar."""
        rows = [row for row in self.package.patterns.all() if row.valid_to is None]
        return pattern_text(row.clause for row in rows)

    def forms(self, choices: Choices) -> dict[str, Form]:
        """Return the forms this user may fill in, by what they do."""
        return {
            **self._week_forms(),
            **self._pause_forms(),
            **self._provider_forms(choices),
            **self._review_forms(),
        }

    def _week_forms(self) -> dict[str, Form]:
        package = self.package
        if not self.user.may("change", CarePackage) or package.status == PackageStatus.ENDED:
            return {}
        forms: dict[str, Form] = {}
        if package.setting == Setting.HOME:
            forms["amend"] = amend_form(self)
        notice = {"notice_on": self.today}
        forms["end"] = EndForm(initial=notice, auto_id="end-%s")
        return forms

    def _pause_forms(self) -> dict[str, Form]:
        if not self.user.may("change", Suspension) or not self.runs:
            return {}
        forms: dict[str, Form] = {}
        if self.suspensions or self.package.status == PackageStatus.SUSPENDED:
            forms["resume"] = ResumeForm(initial={"on": self.today}, auto_id="resume-%s")
        if not any(one["row"].ends_on is None for one in self.suspensions):
            forms["suspend"] = SuspendForm(initial={"starts_on": self.today}, auto_id="suspend-%s")
        return forms

    def _provider_forms(self, choices: Choices) -> dict[str, Form]:
        forms: dict[str, Form] = {}
        user, waiting = self.user, self.hand_back_waiting
        if waiting and user.may("change", HandBack) and user.may("change", Provider):
            initial = {"hand_back": waiting.pk}
            forms["decide"] = DecideHandBackForm(initial=initial, auto_id="decide-%s")
        if not self.runs or self.award is None:
            return forms
        if user.may("change", HandBack) and waiting is None and self.award.ends_on is None:
            forms["hand_back"] = HandBackForm(auto_id="hand-back-%s")
        if not user.may("change", Transfer) or not user.may("change", Award):
            return forms
        if self.transfer is not None:
            forms["call_off"] = DecisionForm(auto_id="call-off-%s")
        elif not self._on_offer():
            forms["transfer"] = transfer_form(self, choices())
        return forms

    def _on_offer(self) -> bool:
        return Release.objects.filter(package=self.package, state=ReleaseState.OPEN).exists()

    def _review_forms(self) -> dict[str, Form]:
        if not self.user.may("change", ReviewTask):
            return {}
        forms: dict[str, Form] = {
            f"done-{one.pk}": DoneForm(initial={"task": one.pk}, auto_id=f"done-{one.pk}-%s")
            for one in self.tasks
            if one.done_at is None
        }
        forms["review"] = review_form(self)
        return forms


def amend_form(life: LifeOf, data: Any = None) -> AmendForm:
    """Return the form of another week, filled in with the one in force or to come."""
    package = life.package
    day = life.amended_from or max(life.today, package.starts_on)
    initial = {
        "version": package.version,
        "from_day": day,
        "pattern": pattern_text(row.clause for row in week_on(package, on=day)),
        "skills": package.skills,
    }
    skills = vocabularies.skills(life.user)
    return AmendForm(data, initial=initial, skills=skills, auto_id="amend-%s")


def transfer_form(life: LifeOf, choices: dict[str, Any], data: Any = None) -> TransferForm:
    """Return the form of a transfer, without the provider that delivers now."""
    present = life.award.provider_id if life.award else None
    others = [one for one in choices["choices"] if one.provider.pk != present]
    return TransferForm(
        data,
        choices=others,
        label=choices["label"],
        initial={"on": life.today + timedelta(days=1)},
        auto_id="transfer-%s",
    )


def review_form(life: LifeOf, data: Any = None) -> ReviewForm:
    """Return the form of a task, with whom it may be given to."""
    staff = User.objects.visible_to(life.user).filter(is_active=True).exclude(role__in=NOT_STAFF)
    return ReviewForm(
        data,
        staff=staff.order_by("first_name", "last_name", "username"),
        provider=life.award.provider.name if life.award else "",
        initial={"due_on": life.today + timedelta(days=7)},
        auto_id="review-%s",
    )


# What may be done, in the order of the page: its title, and what its button says.
ACTS = {
    "decide": ("Decide on the hand-back…", "Keep the decision"),
    "amend": ("Amend…", "Amend the week"),
    "suspend": ("Suspend…", "Suspend the care"),
    "resume": ("Resume…", "Resume the care"),
    "transfer": ("Transfer…", "Transfer the package"),
    "call_off": ("Call the transfer off…", "Call the transfer off"),
    "hand_back": ("Record a hand-back…", "Record the hand-back"),
    "review": ("Ask for a review…", "Make the task"),
    "end": ("End package…", "End the package"),
}
FIRST = frozenset({"decide"})


def life_acts(package: CarePackage, forms: dict[str, Form]) -> list[dict[str, Any]]:
    """Return the acts of a package's life that a user may do, in the order of the page."""
    return [
        {
            "name": name,
            "form": forms[name],
            "url": reverse(f"package_{name}", args=[package.pk]),
            "title": title,
            "button": button,
            "quiet": name not in FIRST,
        }
        for name, (title, button) in ACTS.items()
        if name in forms
    ]


def tasks_shown(life: LifeOf, forms: dict[str, Form]) -> list[dict[str, Any]]:
    """Return the tasks with the form that completes each, where the user may."""
    return [
        {
            "row": task,
            "late": task.done_at is None and task.due_on < life.today,
            "act": f"done-{task.pk}",
            "form": forms.get(f"done-{task.pk}"),
        }
        for task in life.tasks
    ]
