"""A sealed allocation file as a page and as files, and the check of a copy."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.text import slugify
from django.views.generic import TemplateView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from cms_models.accounts.models import User
from cms_models.accounts.roles import is_staff_role
from cms_models.brokerage.file_checks import LARGEST_BYTES, check_copy, verify_file
from cms_models.brokerage.file_domain import digest, file_bytes, loser_version
from cms_models.brokerage.models import AllocationFile
from cms_models.rulebook.models import RuleBookEdition
from cms_models.rulebook.selectors import edition_asked
from importers.reports.allocation_file import Seal, council_report, provider_report
from importers.reports.document import Report
from importers.reports.pdf import pdf_bytes
from theme.admin.pages import CouncilPage, RoleGate, download
from theme.admin.reads import note_people
from theme.admin.tables import tables_shown


def file_asked(user: User, pk: int) -> AllocationFile:
    """Return a file the user may see; another council's is not found."""
    rows = AllocationFile.objects.visible_to(user).select_related(
        "award__package", "award__provider", "award__authority", "release", "authority"
    )
    return get_object_or_404(rows, pk=pk)


def report_of(file: AllocationFile, *, user: User) -> Report:
    """Return a file as a report, with the rule book's edition that was in force."""
    day = timezone.localtime(file.award.decided_at).date()
    edition = edition_asked(RuleBookEdition.objects.visible_to(user), on=day)
    seal = Seal(file.sha256, file.audit_sequence, file.audit_hash, file.sealed_at)
    words = f"edition {edition.number}, from {edition.valid_from:%d/%m/%Y}" if edition else ""
    return council_report(file.document, seal, edition=words)


def stem_of(file: AllocationFile) -> str:
    """Return what a file is called when it is taken away."""
    return f"allocation-file-{slugify(file.document['package']['reference'])}"


class AllocationFilePage(CouncilPage):
    """The file as people read it; its check on demand, as that reads the whole audit chain."""

    model = AllocationFile
    template_name = "theme/allocation_file/page.html"
    header_icon = "doc-full"
    page_title = "Allocation file"

    @cached_property
    def file(self) -> AllocationFile:
        """The file asked for."""
        return file_asked(self.request.user, self.kwargs["pk"])

    def get_page_title(self) -> str:
        """Name the package."""
        return f"Allocation file of {self.file.award.package}"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Lead back to the files."""
        return [
            *self.breadcrumbs_items,
            {"url": reverse("allocationfile:index"), "label": "Allocation files"},
            {"url": "", "label": self.get_page_title()},
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the file as a report, the providers it has a version for, and the check's answer."""
        file = self.file
        note_people(self.request, [file.award.package.person_id])
        report = report_of(file, user=self.request.user)
        checked = "check" in self.request.GET
        return super().get_context_data(
            file=file,
            report=report,
            tables=tables_shown(report),
            providers=[row["provider"] for row in file.document["invitations"]],
            checked=checked,
            faults=verify_file(file) if checked else [],
            **kwargs,
        )


class AllocationFileDownload(RoleGate):
    """The council's file: the very bytes of the digest as JSON, or pages as PDF."""

    model = AllocationFile

    def get(self, request: HttpRequest, pk: int, kind: str) -> HttpResponse:
        """Return the file."""
        file = file_asked(request.user, pk)
        note_people(request, [file.award.package.person_id])
        if kind == "json":
            content = file_bytes(file.document)
        else:
            content = pdf_bytes(report_of(file, user=request.user))
        return download(f"{stem_of(file)}.{kind}", content)


class ProviderVersionDownload(RoleGate):
    """A provider's version of a file, to send to one that asks (`?provider=` its reference)."""

    model = AllocationFile

    def get(self, request: HttpRequest, pk: int, kind: str) -> HttpResponse:
        """Return the file; lead back to the page where it names no provider that was asked."""
        file, ref = file_asked(request.user, pk), request.GET.get("provider", "")
        asked = {row["provider"]["ref"] for row in file.document["invitations"]}
        if ref not in asked:
            return redirect("allocation_file_page", pk=pk)
        document = loser_version(file.document, ref)
        if kind == "json":
            content = file_bytes(document)
        else:
            content = pdf_bytes(provider_report(document, day=f"digest {digest(document)[:12]}"))
        return download(f"{stem_of(file)}-{slugify(ref)}.{kind}", content)


class CheckPage(WagtailAdminTemplateMixin, TemplateView):
    """Anybody of the council's staff uploads a JSON file and is told whether it is genuine."""

    template_name = "theme/allocation_file/check.html"
    header_icon = "check"
    page_title = "Check a file"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Refuse whoever is no staff."""
        if not is_staff_role(request.user.role):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Name the page."""
        return [*self.breadcrumbs_items, {"url": "", "label": self.page_title}]

    def post(self, request: HttpRequest) -> HttpResponse:
        """Answer for the file sent; nothing of it is kept."""
        sent = request.FILES.get("file")
        if sent is None or sent.size > LARGEST_BYTES:
            most = LARGEST_BYTES // 1_000_000
            messages.error(request, f"Choose a JSON file of {most} MB at most.")
            return redirect("allocation_file_check")
        answer = check_copy(request.user, sent.read())
        known = answer.file if request.user.may_view(AllocationFile) else None
        context = self.get_context_data(answer=answer, known=known, name=sent.name)
        return self.render_to_response(context)
