"""A quality framework on one page: domains, standards, criteria and indicators."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from cms_models.audit.selectors import history_of
from cms_models.audit.services import StaleEdit
from cms_models.publication.models import PublicationState
from cms_models.quality import services
from cms_models.quality.domain import (
    WHOLE,
    Contents,
    domain_weights,
    weights_refusals,
)
from cms_models.quality.models import KpiSense, QualityFramework
from cms_models.quality.selectors import contents_token
from theme.admin.actions import media_of
from theme.admin.links import page_url
from theme.admin.own_fields.history import Told
from theme.admin.pages import CouncilPage
from theme.admin.quality.reading import Typed, TypedDomain, TypedStandard, typed_in, typed_of
from theme.admin.rate_card.words import told
from theme.admin.records.quality import QualityFrameworkViewSet

HISTORY_SHOWN = 40


class QualityPage(CouncilPage):
    """One quality framework: a draft to edit, or a version as providers read it."""

    model = QualityFramework
    template_name = "theme/quality/page.html"
    header_icon = "clipboard-list"

    @cached_property
    def framework(self) -> QualityFramework:
        """The framework; another council's is not found."""
        rows = QualityFramework.objects.visible_to(self.request.user)
        links = ("authority", "submitted_by", "approved_by")
        return get_object_or_404(rows.select_related(*links), pk=self.kwargs["pk"])

    @property
    def may_edit(self) -> bool:
        """Whether this user may change it now."""
        draft = self.framework.state == PublicationState.DRAFT
        return draft and self.request.user.may("change", QualityFramework)

    def get_page_title(self) -> str:
        """Name the framework."""
        return str(self.framework)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Lead back to the frameworks."""
        return [
            *self.breadcrumbs_items,
            {"url": reverse("qualityframework:index"), "label": "Quality frameworks"},
            {"url": "", "label": str(self.framework)},
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Gather the framework, its sums, its editor where it may be edited, and its history."""
        user, framework = self.request.user, self.framework
        contents = framework.contents
        typed: Typed | None = kwargs.pop("typed", None)
        buttons = QualityFrameworkViewSet().buttons(user, framework)
        published = framework.state == PublicationState.PUBLISHED
        return super().get_context_data(
            framework=framework,
            standing=framework.standing(timezone.localdate()),
            editor=(typed or typed_of(contents)).with_room if self.may_edit else None,
            new_domain=TypedDomain(standards=(TypedStandard(),)),
            senses=KpiSense.choices,
            opened=kwargs.pop("opened", "") or contents_token(framework),
            domains=domains_of(contents),
            kpis=contents.kpis,
            senses_said=dict(KpiSense.choices),
            total=sum((one.weight for one in contents.standards), 0 * WHOLE),
            refusals=[] if published else weights_refusals(contents.standards),
            may_copy=published and user.may("add", QualityFramework),
            record_buttons=buttons,
            media=media_of(buttons),
            review_url=page_url("review_page", "qualityframework", framework.pk),
            public_url=public_url(framework) if published else "",
            history=told(history_of(framework, user=user)[:HISTORY_SHOWN], reader=Told(user)),
            **kwargs,
        )


def domains_of(contents: Contents) -> list[dict[str, Any]]:
    """Return domains with what each weighs and its standards, for reading."""
    return [
        {
            "title": title,
            "weight": weight,
            "standards": [one for one in contents.standards if one.domain == title],
        }
        for title, weight in domain_weights(contents.standards).items()
    ]


def public_url(framework: QualityFramework) -> str:
    """Return where everybody reads a published version."""
    council = framework.authority.code
    return reverse("quality_book", args=[council, framework.slug, framework.edition])


class SaveQuality(QualityPage):
    """Save the whole draft; never over somebody else's save."""

    http_method_names = ["post"]
    action = "change"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Save what was typed, or show it again with why not."""
        typed = typed_in(request.POST)
        opened = request.POST.get("opened", "")
        try:
            services.set_contents(
                actor=request.user,
                framework=self.framework,
                opened=opened,
                contents=typed.contents,
            )
        except StaleEdit as stale:
            return self.both_versions(typed, stale)
        except ValidationError as refusal:
            return self.render_page(
                status=422, typed=typed, opened=opened, problems=refusal.messages
            )
        messages.success(request, f"{self.framework} is saved.")
        return redirect("quality_page", pk=pk)

    def both_versions(self, typed: Typed, stale: StaleEdit) -> HttpResponse:
        """Show what was typed beside what is stored now; nothing is overwritten."""
        mine, theirs = typed.contents.in_words, stale.theirs
        pairs = [
            (name, theirs.get(name, "–"), mine.get(name, "–"), theirs.get(name) != mine.get(name))
            for name in {**theirs, **mine}
        ]
        context = {
            "record": self.framework,
            "pairs": pairs,
            "edit_url": reverse("quality_page", args=[self.framework.pk]),
            "last": history_of(self.framework, user=self.request.user).first(),
            "header_title": f"{self.framework} was changed meanwhile",
        }
        return render(self.request, "theme/admin/stale.html", context, status=409)


class NextQuality(QualityPage):
    """Draft the next version with the contents of this one."""

    http_method_names = ["post"]
    action = "add"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Draft it and go there."""
        try:
            made = services.next_edition(actor=request.user, framework=self.framework)
        except ValidationError as refusal:
            return self.render_page(status=422, problems=refusal.messages)
        messages.success(request, f"{made} is a draft: change it, then ask for approval.")
        return redirect("quality_page", pk=made.pk)
