"""The review of one version: where it stands, what would change, what was said, what to do."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from cms_models.audit.models import AuditEntry
from cms_models.audit.selectors import history_of
from cms_models.publication.domain import Standing, back_dating_words
from cms_models.publication.models import Publishable
from cms_models.publication.selectors import notes_of, superseded_by
from cms_models.publication.services import comment
from theme.admin.actions import REFUSALS, Action, Button, in_words, media_of
from theme.admin.links import page_url
from theme.admin.pages import CouncilPage
from theme.admin.review.actions import APPROVE, review_actions
from theme.admin.review.effects import effect_of, sandbox_url
from theme.admin.review.gate import OneVersion
from theme.admin.review.words import TONES, kind_words, review_url

BEFOREHAND = (Standing.DRAFT, Standing.SUBMITTED, Standing.SCHEDULED)


class CommentForm(forms.Form):
    """Something said about a version."""

    text = forms.CharField(
        label="Comment", max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )


class ReviewPage(OneVersion, CouncilPage):
    """One version: standing, people, faults, what changes on its day, the talk about it."""

    template_name = "theme/review/page.html"
    header_icon = "tasks"

    @cached_property
    def standing(self) -> Standing:
        """Where the version stands today."""
        return self.version.standing(timezone.localdate())

    def get_page_title(self) -> str:
        """Name the version."""
        return f"Review: {self.version}"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Return the way back to the queue."""
        return [
            *self.breadcrumbs_items,
            {"url": reverse("review_queue"), "label": "Waiting for approval"},
            {"url": "", "label": str(self.version)},
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Gather what a person needs to decide."""
        user, version, today = self.request.user, self.version, timezone.localdate()
        unapproved = self.standing in (Standing.DRAFT, Standing.SUBMITTED)
        buttons = self.buttons()
        return super().get_context_data(
            version=version,
            kind_name=kind_words(version),
            standing=self.standing,
            tone=TONES[self.standing],
            drafted=history_of(version, user=user).filter(action="create").first(),
            faults=list(self.publication.faults(version)) if unapproved else [],
            changes=list(self.publication.changes(version)),
            beforehand=self.standing in BEFOREHAND,
            effect=effect_of(version, user=user) if self.standing in BEFOREHAND else None,
            sandbox_url=sandbox_url(version) if unapproved else "",
            back_dating=(
                back_dating_words(valid_from=version.begins_on, on=today) if unapproved else ""
            ),
            superseded=superseded_by(version),
            notes=notes_of(version, user=user),
            own=self.standing == Standing.SUBMITTED and version.submitted_by_id == user.pk,
            buttons=buttons,
            comment_form=CommentForm(),
            comment_url=reverse("review_comment", kwargs=self.kwargs),
            media=media_of(buttons),
            record_url=page_url(f"{self.kwargs['kind']}:inspect", version.pk),
            reads_trail=user.may_view(AuditEntry),
            **kwargs,
        )

    def buttons(self) -> list[Button]:
        """Return the steps this person may take now; whoever submitted does not approve."""
        user, version = self.request.user, self.version
        return [
            Button(action, step_url(version, action), filled_form(action, version))
            for action in review_actions()
            if action.allowed(user, type(version))
            and action.shown(version)
            and not (action is APPROVE and version.submitted_by_id == user.pk)
        ]


def step_url(version: Publishable, action: Action) -> str:
    """Return where a step of a review is posted to."""
    return reverse("review_step", args=[version._meta.model_name, version.pk, action.name])


def filled_form(action: Action, version: Publishable) -> forms.Form | None:
    """Return a step's form with the version that is looked at."""
    if action.form_class is None:
        return None
    return action.form_class(initial={"seen": version.version}, auto_id=f"id_{action.name}_%s")


class ReviewStep(OneVersion):
    """Takes one step of a review and says in words what became of it."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Take the step, or say why not."""
        wanted = self.kwargs["name"]
        action = next((one for one in review_actions() if one.name == wanted), None)
        if action is None:
            raise Http404
        if not action.allowed(request.user, self.model):
            raise PermissionDenied
        self.take(action, action.form_class(request.POST) if action.form_class else forms.Form({}))
        return redirect(review_url(self.version))

    def take(self, action: Action, form: forms.Form) -> None:
        """Run a step whose form is filled in, and tell what it did."""
        if not form.is_valid():
            told = " ".join(error for errors in form.errors.values() for error in errors)
            messages.error(self.request, f"{action.label}: {told}")
            return
        try:
            told = action.run(self.request.user, self.version, form.cleaned_data)
        except REFUSALS as refusal:
            messages.error(self.request, in_words(refusal))
        else:
            messages.success(self.request, told)


class ReviewComment(OneVersion):
    """Keeps what somebody says about a version."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Keep the comment, or say what is missing."""
        form = CommentForm(request.POST)
        if not form.is_valid():
            messages.error(request, "Write what you want to say, in 2,000 characters at most.")
        else:
            comment(actor=request.user, version=self.version, text=form.cleaned_data["text"])
            messages.success(request, "Your comment is kept with the version.")
        return redirect(review_url(self.version))
