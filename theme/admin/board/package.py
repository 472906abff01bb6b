"""A package's brokerage on one page: what it asks for, who was asked, what came of it."""

from typing import Any

from django.db import models
from django.forms import Form
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from cms_models.audit.models import AuditEntry
from cms_models.audit.selectors import history_of
from cms_models.brokerage.asking import Choice
from cms_models.brokerage.board_domain import BoardCard
from cms_models.brokerage.board_package_selectors import (
    messages_about,
    nearness,
    previews,
    routes_for,
)
from cms_models.brokerage.board_selectors import card_of, stamp_of
from cms_models.brokerage.models import (
    InvitationState,
    Message,
    Release,
    ReleaseState,
    ReleaseStep,
    Requirement,
    Route,
)
from cms_models.brokerage.selectors import offer_scores, release_history, requirement_of
from cms_models.care.models import (
    AllocationProposal,
    Award,
    CarePackage,
    PackageStatus,
    ProposalState,
)
from cms_models.care.proposing import ways_out
from cms_models.care.selectors import PackageAllocation, allocation_of
from cms_models.fields.selectors import rule_values
from cms_models.rates.domain import pounds
from theme.admin.board.offers import offers_beside
from theme.admin.board.package_forms import (
    DecisionForm,
    GiveForm,
    MessageForm,
    ProposalForm,
    ReasonForm,
    ReleaseForm,
    RequirementForm,
    question_rows,
    questions_seen,
)
from theme.admin.board.showing import Shown, shown
from theme.admin.package.history import ACTIONS
from theme.admin.pages import CouncilPage, rule_in_words

HISTORY_SHOWN = 15
LIMIT, TO_ALL = "brokerage.budget_limit_pence", "brokerage.release_to_all"


class BrokeragePage(CouncilPage):
    """One package from its requirement to its award."""

    model = Release
    template_name = "theme/board/package.html"
    header_icon = "tasks"

    @cached_property
    def package(self) -> CarePackage:
        """The package; another council's is not found."""
        rows = CarePackage.objects.visible_to(self.request.user)
        links = ("zone", "lot__framework", "authority", "person")
        return get_object_or_404(rows.select_related(*links), pk=self.kwargs["pk"])

    @cached_property
    def card(self) -> BoardCard | None:
        """The package on the board, None where it is not open."""
        return card_of(self.request.user, self.package, now=timezone.now())

    @cached_property
    def shown(self) -> Shown | None:
        """The card in words."""
        return shown(self.card, now=timezone.now()) if self.card else None

    @property
    def seen(self) -> str:
        """What a form says its sender saw."""
        return self.shown.seen if self.shown else f"{self.package.version}.0.0.closed"

    @cached_property
    def requirement(self) -> Requirement:
        """What the package asks for."""
        return requirement_of(self.package)

    @cached_property
    def choices(self) -> list[tuple[str, Choice]]:
        """Who would be asked by the package's usual route, and by the widest."""
        found = previews(self.package, on=timezone.localdate())
        return [(one.route.label, one.choice) for one in found]

    @cached_property
    def releases(self) -> list[Release]:
        """Every release of the package, the newest first."""
        return release_history(self.package, user=self.request.user)

    @property
    def running(self) -> Release | None:
        """The release that is open."""
        return next((row for row in self.releases if row.state == ReleaseState.OPEN), None)

    @cached_property
    def allocation(self) -> PackageAllocation:
        """Who delivers the package, and what the engine proposed."""
        return allocation_of(self.package, user=self.request.user)

    @property
    def correspondents(self) -> list[tuple[str, str]]:
        """The providers one may write to about the package: who delivers it, who was asked."""
        award = self.allocation.award
        people = {str(award.provider_id): award.provider.name} if award else {}
        for row in self.releases:
            people |= {str(one.provider_id): one.provider.name for one in row.invitations.all()}
        return sorted(people.items(), key=lambda pair: pair[1])

    @property
    def widest(self) -> Choice:
        """Who could be asked at all."""
        return self.choices[-1][1]

    def get_page_title(self) -> str:
        """Name the package."""
        return f"Brokerage of {self.package.package_ref}"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Lead back to the board."""
        return [
            *self.breadcrumbs_items,
            {"url": reverse("board"), "label": "Board"},
            {"url": "", "label": self.package.package_ref},
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Gather the package: requirement, releases, offers, proposal, messages, forms."""
        refused: dict[str, Form] = kwargs.pop("refused", {})
        kwargs.setdefault("opened", "give" if self.request.GET.get("provider") else "")
        running = self.running
        return super().get_context_data(
            package=self.package,
            stamp=stamp_of(self.request.user),
            shown=self.shown,
            card=self.card,
            seen=self.seen,
            requirement=self.requirement,
            questions=self.question_context(kwargs.pop("typed_questions", None)),
            running=running,
            earlier=[row for row in self.releases if row is not running],
            choices=self.choices,
            forms={**self.forms(), **refused},
            may=self.rights(),
            **self.read_context(),
            **self.engine_context(),
            **self.offer_context(running, refused.get("score")),
            **kwargs,
        )

    def read_context(self) -> dict[str, Any]:
        """Return what is read beside the forms: clock, rules, messages, decisions."""
        rules, steps = rule_values(self.package.authority), self.running_steps()
        return {
            "step": next((row for row in steps if row.ended_at is None), None),
            "limit": pounds(int(rules[LIMIT])),
            "to_all": rule_in_words(TO_ALL, rules[TO_ALL]),
            "over_limit": over_limit(self.package, rules),
            "messages_sent": messages_about(self.package, user=self.request.user),
            "history": self.decided(),
        }

    def running_steps(self) -> list[ReleaseStep]:
        """Return the steps of the open release."""
        return list(self.running.steps.all()) if self.running else []

    def rights(self) -> dict[str, bool]:
        """Return what the user's role may change here."""
        user = self.request.user
        return {
            "broker": user.may("change", Release),
            "award": user.may("change", Award),
            "write": user.may("change", Message),
            "propose": user.may("change", AllocationProposal),
        }

    def question_context(self, typed: list[dict[str, str]] | None) -> dict[str, Any]:
        """Return the questions offers answer, as typed where that was refused."""
        stored = list(self.requirement.offer_questions.all()) if self.requirement.pk else []
        rows = typed if typed is not None else question_rows(stored)
        return {"stored": stored, "rows": rows, "seen": questions_seen(stored)}

    def engine_context(self) -> dict[str, Any]:
        """Return what the engine proposes, and on request what would let it place the package."""
        open_one = self.allocation.proposal
        tried = "try" in self.request.GET and open_one is not None
        return {
            "allocation": self.allocation,
            "proposal": open_one,
            "is_proposed": bool(open_one and open_one.state == ProposalState.PROPOSED),
            "tried": tried,
            "ways_out": ways_out(self.package, on=timezone.localdate()) if tried else [],
        }

    def decided(self) -> list[tuple[Any, str]]:
        """Return the last decisions on the package that the user may read of, in words."""
        rows = self.history[:HISTORY_SHOWN]
        return [(row, ACTIONS.get(row.action, row.action.replace("_", " "))) for row in rows]

    @property
    def history(self) -> models.QuerySet[AuditEntry]:
        """What the user may read of what was decided on the package, the newest first."""
        return history_of(self.package, user=self.request.user)

    def offer_context(self, running: Release | None, refused: Form | None) -> dict[str, Any]:
        """Return the offers of the release that runs side by side."""
        if running is None:
            return {"offers": None}
        near = nearness(self.request.user, self.package, on=timezone.localdate())
        typed = refused.data if refused is not None else {}
        rows = offer_scores(running)
        return {"offers": offers_beside(running, rows=rows, near=near, typed=typed)}

    def forms(self) -> dict[str, Form]:
        """Return the empty forms of what the package, as it is, lets one do."""
        running, seen = self.running, {"seen": self.seen}
        initial = RequirementForm.initial_of(self.requirement)
        made: dict[str, Form] = {
            "requirement": RequirementForm(initial=initial, auto_id="requirement-%s"),
            "approve": ReasonForm(initial=seen, auto_id="approve-%s"),
        }
        if self.correspondents:
            made["message"] = self.message_form()
        if self.package.decisions_needed:
            made["decide"] = DecisionForm(initial=seen, auto_id="decide-%s")
        if running is not None:
            made["withdraw"] = ReasonForm(initial=seen, auto_id="withdraw-%s")
            if running.route == Route.TIERS and not waits_for_answers(running):
                made["pass_on"] = ReasonForm(initial=seen, auto_id="pass_on-%s")
        elif self.card is not None:
            made["release"] = self.release_form()
        if self.package.status == PackageStatus.REFERRED or self.card is not None:
            made["give"] = self.give_form()
        made |= self.proposal_forms()
        return made

    def proposal_forms(self) -> dict[str, Form]:
        """Return the forms that decide on the engine's proposal."""
        open_one = self.allocation.proposal if self.card else None
        if open_one is None or open_one.state != ProposalState.PROPOSED:
            return {}
        initial = {"seen": self.seen, "proposal": open_one.pk}
        return {
            "award_proposal": ProposalForm(initial=initial, auto_id="award_proposal-%s"),
            "decline_proposal": ProposalForm(initial=initial, auto_id="decline_proposal-%s"),
        }

    def release_form(self, data: Any = None) -> ReleaseForm:
        """Return the form that releases the package."""
        return ReleaseForm(
            data,
            routes=routes_for(self.package),
            candidates=self.widest.asked,
            initial={"seen": self.seen},
            auto_id="release-%s",
        )

    def give_form(self, data: Any = None) -> GiveForm:
        """Return the form that awards without an offer."""
        chosen = self.request.GET.get("provider", "")
        return GiveForm(
            data,
            candidates=self.widest.asked,
            initial={"seen": self.seen, "provider": chosen},
            auto_id="give-%s",
        )

    def message_form(self, data: Any = None) -> MessageForm:
        """Return the form that writes to a provider."""
        return MessageForm(data, people=self.correspondents, auto_id="message-%s")


def waits_for_answers(running: Release) -> bool:
    """Return whether somebody asked may still answer: nobody's time is cut short."""
    return any(one.state == InvitationState.OPEN for one in running.invitations.all())


def over_limit(package: CarePackage, rules: dict[str, Any]) -> bool:
    """Return whether the weekly cost lies above what a broker may release alone."""
    return package.weekly_pence is not None and package.weekly_pence > int(rules[LIMIT])
