"""The wizard's pages: upload, columns, difference; the browser's process never reads the file."""

from abc import ABC, abstractmethod
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from wagtail.admin import messages

from cms_models.accounts.models import User
from cms_models.jobs import imports
from cms_models.jobs.models import ImportRun, ImportState
from importers.seen import unseen_headings
from theme.admin.imports import acts, reading, words
from theme.admin.imports.forms import MappingForm, UploadForm
from theme.admin.pages import CouncilPage, RoleGate, refusal_words


class Imports(RoleGate):
    """A view of one import: another council's does not exist."""

    model = ImportRun

    @property
    def user(self) -> User:
        """The user who asks."""
        return self.request.user

    def rows(self) -> QuerySet[ImportRun]:
        """Return the imports the user may read."""
        return reading.runs_of(self.user)

    @cached_property
    def run(self) -> ImportRun:
        """The import of the address."""
        return get_object_or_404(self.rows(), pk=self.kwargs["pk"])


class ImportPageBase(ABC, Imports, CouncilPage):
    """What the wizard's pages share: crumbs, steps and the words of the kind."""

    header_icon = "upload"

    @abstractmethod
    def crumbs(self) -> list[dict[str, str]]:
        """Return the way from the list of imports to this page."""

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Return the way home."""
        listing = {"url": reverse("importrun:index"), "label": "Imports"}
        return [*self.breadcrumbs_items, listing, *self.crumbs()]


class UploadPage(ImportPageBase):
    """Step 1: say what a file is and send it; the worker reads it."""

    template_name = "theme/imports/upload.html"
    action = "change"
    page_title = "Import a file"

    def crumbs(self) -> list[dict[str, str]]:
        """Name this page."""
        return [{"url": "", "label": "Import a file"}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the form and the steps."""
        kwargs.setdefault("form", UploadForm(for_user=self.user))
        return super().get_context_data(steps=reading.steps_of(None), **kwargs)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep the file, queue its check, and lead to the import's page."""
        form = UploadForm(request.POST, request.FILES, for_user=self.user)
        if not form.is_valid():
            return self.render_page(form=form, status=422)
        sent = form.cleaned_data["file"]
        try:
            run = acts.send(
                actor=self.user,
                kind=form.cleaned_data["kind"],
                filename=sent.name,
                content=sent.read(),
            )
        except ValidationError as refusal:
            form.add_error("file", refusal_words(refusal))
            return self.render_page(form=form, status=422)
        return redirect("import_page", pk=run.pk)


class ImportPage(ImportPageBase):
    """Step 3: what a file would change, row by row, and the decision; or how far its job is."""

    template_name = "theme/imports/import.html"

    def get_page_title(self) -> str:
        """Name the file."""
        return self.run.filename

    def crumbs(self) -> list[dict[str, str]]:
        """Name the file."""
        return [{"url": "", "label": self.run.filename}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Gather what the import is, what its job does, and the rows asked for."""
        run, user = self.run, self.user
        may_act = user.may("change", ImportRun) and words.may_import(user, run.kind)
        return super().get_context_data(
            run=run,
            words=words.words_of(run.kind),
            kind=imports.import_kind(run.kind, user=user),
            steps=reading.steps_of(run),
            job=reading.current_job(run),
            busy=reading.is_busy(run),
            problem=reading.problem_of(run),
            may_act=may_act,
            may_map=may_act and self._may_map(),
            accepted_before=reading.accepted_before(user, run),
            accepted_since=reading.accepted_since(user, run),
            seen=run.check_job_id,
            **self._difference(),
            **kwargs,
        )

    def _may_map(self) -> bool:
        run = self.run
        table = words.words_of(run.kind).table and bool(run.headings)
        return table and run.state in imports.OPEN_STATES and not reading.is_busy(run)

    def _difference(self) -> dict[str, Any]:
        run, asked = self.run, self.request.GET
        if run.state not in (ImportState.CHECKED, ImportState.ACCEPTED):
            return {}
        heap = reading.heap_of(
            run,
            outcome=asked.get("rows", ""),
            key=asked.get("key", ""),
            number=asked.get("page", ""),
            unseen=unseen_headings(self.user, run),
        )
        return {
            "heap": heap,
            "would_do": words.would_do(run.kind, run.totals),
            "did": words.did(run.kind, run.totals),
            "sum_words": words.sum_words(run.totals),
            "next_steps": words.next_steps(self.user, run.kind),
        }


class MappingPage(ImportPageBase):
    """Step 2: the file's headings beside Homeward's columns."""

    template_name = "theme/imports/mapping.html"
    action = "change"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Lead back, in words, when there is nothing to map (or not any more)."""
        because = self._closed_because()
        if because:
            messages.warning(request, because)
            return redirect("import_page", pk=self.run.pk)
        return super().dispatch(request, *args, **kwargs)

    def _closed_because(self) -> str:
        run = self.run
        if run.state not in imports.OPEN_STATES:
            return f"{run.filename} is {run.get_state_display().lower()}: its columns are settled."
        if not words.words_of(run.kind).table:
            return f"{run.filename} has no columns to map."
        if reading.is_busy(run):
            return f"{run.filename} is being checked: map its columns after that."
        if not run.headings:
            return f"The headings of {run.filename} could not be read, so none can be mapped."
        return ""

    def crumbs(self) -> list[dict[str, str]]:
        """Lead back to the import."""
        page = {"url": reverse("import_page", args=[self.run.pk]), "label": self.run.filename}
        return [page, {"url": "", "label": self.get_page_title()}]

    def get_page_title(self) -> str:
        """Name the file."""
        return f"Columns of {self.run.filename}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the form and the steps."""
        kwargs.setdefault("form", MappingForm(run=self.run, for_user=self.user))
        steps = reading.steps_of(self.run, mapping=True)
        return super().get_context_data(run=self.run, steps=steps, **kwargs)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Save the columns and check the file again with them."""
        form = MappingForm(request.POST, run=self.run, for_user=self.user)
        if not form.is_valid():
            return self.render_page(form=form, status=422)
        acts.map_columns(actor=self.user, run=self.run, mapping=form.mapping)
        return redirect("import_page", pk=self.run.pk)


class Act(ABC, Imports):
    """A button of the wizard: does one thing, says what happened, leads back to the import."""

    action = "change"
    http_method_names = ["post"]

    @abstractmethod
    def act(self) -> str:
        """Do it and return what to say, or nothing."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Answer in words, a refusal too."""
        try:
            said = self.act()
        except ValidationError as refusal:
            messages.error(request, refusal_words(refusal))
        else:
            if said:
                messages.success(request, said)
        return redirect("import_page", pk=self.run.pk)


class CheckAgain(Act):
    """Queue another dry run."""

    def act(self) -> str:
        """Check the file against today's records."""
        acts.check(actor=self.user, run=self.run)
        return ""


class Accept(Act):
    """Queue the acceptance of what was shown."""

    def act(self) -> str:
        """Accept, unless the file was checked anew since the page was drawn."""
        acts.accept(actor=self.user, run=self.run, seen=self.request.POST.get("seen", ""))
        return ""


class Discard(Act):
    """Put an import aside."""

    def act(self) -> str:
        """Discard; nothing of the file was ever written."""
        acts.discard(actor=self.user, run=self.run)
        return f"{self.run.filename} is put aside. Nothing of it was written."
