"""Saved views of lists: the tabs above a list, and the buttons that keep and drop them."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.views import View
from wagtail.admin import messages

from cms_models.accounts.models import User
from cms_models.brokerage.models import Release
from cms_models.fields.own import services
from cms_models.fields.own.models import ENTRY_PREFIX, CustomField, SavedView
from cms_models.fields.own.selectors import model_of, record_type_of
from theme.admin.actions import REFUSALS, in_words
from theme.admin.links import page_url

# What says where one is in a list, not what one looks at.
PASSING = frozenset({"p", "export", "all", "_w_filter_fragment"})
QUERY_LONGEST = 2000
# Pages that keep views as lists do, though they list no kind of record: address, who sees them.
PAGES: dict[str, tuple[str, type[Model]]] = {"board": ("board", Release)}


def kept_part(query: str) -> str:
    """Return what of an address's query is worth keeping: the filters, search and order set."""
    asked = QueryDict(query[: 2 * QUERY_LONGEST])
    pairs = [
        (name, value)
        for name, values in sorted(asked.lists())
        for value in values
        if value and name not in PASSING
    ]
    return urlencode(pairs)


def list_url(record_type: str) -> str:
    """Return the address of a kind of record's list, or of a page that keeps views."""
    if record_type in PAGES:
        return reverse(PAGES[record_type][0])
    if record_type.startswith(ENTRY_PREFIX):
        return reverse("entry:index", args=[record_type.removeprefix(ENTRY_PREFIX)])
    return page_url(f"{record_type.rpartition('.')[2]}:index") or reverse("wagtailadmin_home")


def may_see_list(user: User, record_type: str) -> bool:
    """Return whether there is such a list and the user's role sees it."""
    if record_type.startswith(ENTRY_PREFIX):
        return record_type_of(user, record_type.removeprefix(ENTRY_PREFIX)) is not None
    model = PAGES[record_type][1] if record_type in PAGES else model_of(record_type)
    return model is not None and user.may_view(model)


def tabs(user: User, record_type: str, query: str) -> dict[str, Any]:
    """Return the views of a list as its tabs, and what of the present query could be saved."""
    base, kept = list_url(record_type), kept_part(query)
    rows = list(
        SavedView.objects.visible_to(user).filter(record_type=record_type).select_related("owner")
    )
    keeper = user.may("change", CustomField)
    shown = [
        {
            "view": row,
            "url": f"{base}?{row.query}" if row.query else f"{base}?all=1",
            "active": row.query == kept,
            "mine": row.owner_id == user.pk,
            "may_delete": keeper or row.owner_id == user.pk,
        }
        for row in rows
    ]
    return {
        "saved_views": shown,
        "saved_all_url": f"{base}?all=1",
        "saved_all_active": not kept,
        "saved_query": kept,
        "saved_record_type": record_type,
        "saved_active": next((one for one in shown if one["active"]), None),
    }


def first_view(user: User, record_type: str) -> SavedView | None:
    """Return the user's own view that opens first on a list, if there is one."""
    return SavedView.objects.filter(owner=user, record_type=record_type, opens_first=True).first()


class SaveViewForm(forms.Form):
    """A view's name, and for whom it is."""

    record_type = forms.CharField(max_length=60)
    name = forms.CharField(max_length=60, error_messages={"required": "Give the view a name."})
    query = forms.CharField(max_length=2 * QUERY_LONGEST, required=False)
    shared = forms.BooleanField(required=False)


class SaveView(View):
    """Keeps the list as it is shown now."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Refuse: saving changes something."""
        return HttpResponseNotAllowed(["POST"])

    def post(self, request: HttpRequest) -> HttpResponse:
        """Save, and return to the list with the view."""
        form = SaveViewForm(request.POST)
        record_type = request.POST.get("record_type", "")
        if not may_see_list(request.user, record_type):
            raise Http404
        if not form.is_valid():
            reasons = " ".join(one for several in form.errors.values() for one in several)
            messages.error(request, f"Not saved. {reasons}")
            return redirect(list_url(record_type))
        data = form.cleaned_data
        kept = SavedView(
            record_type=record_type,
            name=data["name"],
            query=kept_part(data["query"].lstrip("?"))[:QUERY_LONGEST],
            shared=data["shared"],
        )
        try:
            view = services.save_view(actor=request.user, view=kept)
        except REFUSALS as refusal:
            messages.error(request, f"Not saved. {in_words(refusal)}")
            return redirect(list_url(record_type))
        messages.success(request, f"“{view}” is kept above the list.")
        return redirect(f"{list_url(record_type)}?{view.query or 'all=1'}")


class ViewAct(View):
    """A button on a saved view; a view one cannot see does not exist."""

    @cached_property
    def view(self) -> SavedView:
        """The view of the address."""
        rows = SavedView.objects.visible_to(self.request.user)
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def act(self) -> str:
        """Do it and return what to say."""
        raise NotImplementedError

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Refuse: a button changes something."""
        return HttpResponseNotAllowed(["POST"])

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Answer in words and return to the list."""
        record_type = self.view.record_type
        try:
            messages.success(request, self.act())
        except PermissionDenied as refusal:
            messages.error(request, str(refusal))
        return redirect(f"{list_url(record_type)}?all=1")


class DeleteView(ViewAct):
    """Drops a view."""

    def act(self) -> str:
        """Delete it."""
        name = str(self.view)
        services.delete_view(actor=self.request.user, view=self.view)
        return f"“{name}” is deleted; the records are as they were."


class OpenFirst(ViewAct):
    """Lets a view of one's own open first, or the whole list again."""

    def act(self) -> str:
        """Switch it."""
        view = self.view
        first = None if view.opens_first and view.owner_id == self.request.user.pk else view
        services.open_first(actor=self.request.user, view=first, record_type=view.record_type)
        return f"“{view}” opens first for you." if first else "The whole list opens first again."
