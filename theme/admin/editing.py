"""Adding, editing and deleting a record: through the audit, never over somebody else's save."""

from typing import Any

from django.db import models
from django.db.models import ProtectedError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import capfirst
from wagtail.admin import messages
from wagtail.admin.views import generic

from cms_models.audit.selectors import history_of
from cms_models.audit.services import StaleEdit, delete_record
from theme.admin.actions import REFUSALS, in_words
from theme.admin.forms import RecordForm
from theme.admin.reads import note_reads
from theme.admin.scope import Scoped


class KeepsVersions(Scoped):
    """Of the create and edit views: saves go through the audit, a lost race shows both versions."""

    form: RecordForm
    object: Any
    form_invalid: Any
    inspect_url_name = ""

    def get_form_kwargs(self) -> dict[str, Any]:
        """Hand the form its user."""
        kwargs = super().get_form_kwargs()  # type: ignore[misc]
        return {**kwargs, "for_user": self.user, "own_fields": self.own_fields}

    def form_valid(self, form: RecordForm) -> HttpResponse:
        """Save, or show both versions (409), or put a refusal on the form."""
        try:
            return super().form_valid(form)  # type: ignore[misc]
        except StaleEdit:
            return self.both_versions(form)
        except REFUSALS as refusal:
            form.refuse(refusal)
            self.produced_error_message = "Not saved: the reasons are below."
            return self.form_invalid(form)

    def save_instance(self) -> models.Model:
        """Save through the audit."""
        record = self.form.save_as(actor=self.user)
        return self.form.save_own(actor=self.user, record=record)

    def both_versions(self, form: RecordForm) -> HttpResponse:
        """Show what was typed beside what is stored now; nothing is overwritten."""
        stored = get_object_or_404(self.rows(), pk=form.instance.pk)
        theirs = type(form)(instance=stored, for_user=self.user, own_fields=self.own_fields)
        names = [field.name for field in theirs.visible_fields()]
        pairs = [
            (
                theirs.fields[name].label or capfirst(name.replace("_", " ")),
                theirs.said(name, theirs.get_initial_for_field(theirs.fields[name], name)),
                form.said(name, form.cleaned_data.get(name)),
            )
            for name in names
        ]
        context = {
            "record": stored,
            "pairs": [(label, one, two, one != two) for label, one, two in pairs],
            "edit_url": self.request.path,
            "last": history_of(stored, user=self.user).first(),
            "header_title": f"{stored} was changed meanwhile",
        }
        return render(self.request, "theme/admin/stale.html", context, status=409)

    def get_success_buttons(self) -> list[Any]:
        """Offer no second button: the page it leads to is the record itself."""
        return []

    def get_success_url(self) -> str:
        """Return to the record's page."""
        return reverse(self.inspect_url_name, args=[self.object.pk])


class RecordCreateView(KeepsVersions, generic.CreateView):
    """A new record of the user's council."""

    template_name = "theme/own_fields/create.html"
    inspect_url_name = ""


class RecordEditView(KeepsVersions, generic.EditView):
    """An existing record; a locked one says why and stays as it is."""

    template_name = "theme/own_fields/edit.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Send a locked record's editor to its page, with the reason."""
        if self.user.may("change", self.model):
            record = self.get_object()
            because = self.locked_because(record)
            if because:
                messages.warning(request, because)
                return redirect(self.inspect_url_name, record.pk)
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Note whose personal data the form shows."""
        note_reads(self.request, person_of=self.person_of, records=[self.object])
        return super().get_context_data(**kwargs)

    def get_last_updated_info(self) -> None:
        """Leave Wagtail's own log alone: the audit is the record's history."""
        return


class RecordDeleteView(Scoped, generic.DeleteView):
    """Deleting through the audit; what still needs the record is named."""

    inspect_url_name = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refuse to delete a locked record, with the reason."""
        because = self.locked_because(self.object)
        if because and self.user.may("delete", self.model):
            messages.warning(request, because)
            return redirect(self.inspect_url_name, self.object.pk)
        return super().dispatch(request, *args, **kwargs)

    def get_success_url(self) -> str:
        """Return to the list."""
        return self.list_url()

    def form_valid(self, form: Any) -> HttpResponse:
        """Delete, or say what still needs the record."""
        try:
            delete_record(actor=self.user, record_=self.object)
        except ProtectedError as refusal:
            messages.error(self.request, f"{self.object} was not deleted. {in_words(refusal)}")
            return redirect(self.inspect_url_name, self.object.pk)
        messages.success(self.request, self.get_success_message())
        return redirect(self.list_url())
