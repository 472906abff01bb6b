"""What providers state of themselves, and the CQC's register."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.html import format_html
from django.utils.http import urlsafe_base64_encode
from django.utils.safestring import SafeString
from django.views import View

from cms_models.accounts.models import User
from cms_models.market.cqc import cqc_suggestions
from cms_models.market.models import (
    ApplicationState,
    CqcLocation,
    DeclaredCapacity,
    Provider,
    ProviderApplication,
    ProviderDocument,
)
from cms_models.market.registration import OPEN_STATES, decide
from theme.admin.actions import Action
from theme.admin.base import RecordViewSet
from theme.admin.cells import Cell, Day, Hours, Moment, Number, Several, State, YesNo
from theme.admin.pages import download
from theme.admin.showing import Related

KIBIBYTE = 1024


def password_link(user: User) -> str:
    """Return the address where somebody new chooses a password for the portal."""
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    token = default_token_generator.make_token(user)
    return settings.BASE_URL + reverse("portal:new_password", args=[uid, token])


class AcceptForm(forms.Form):
    """Whom the applicant will act for."""

    provider = forms.ModelChoiceField(
        Provider.objects.none(),
        required=False,
        empty_label="A new provider",
        help_text="Choose one of yours where the applicant joins it.",
    )
    words = forms.CharField(label="Words kept with the decision", max_length=500, required=False)


class RefuseForm(forms.Form):
    """Why: the applicant reads it."""

    words = forms.CharField(label="Reason the applicant reads", max_length=500)


def _accept(user: User, record: ProviderApplication, data: dict[str, Any]) -> str:
    row = decide(
        actor=user,
        application=record,
        accept=True,
        words=data["words"],
        provider=data["provider"],
        now=timezone.now(),
        link_of=password_link,
    )
    return f"{row.user} acts for {row.provider} now and is mailed where to choose a password."


def _refuse(user: User, record: ProviderApplication, data: dict[str, Any]) -> str:
    decide(
        actor=user,
        application=record,
        accept=False,
        words=data["words"],
        now=timezone.now(),
        link_of=password_link,
    )
    return f"{record} is refused and told why."


def _open(record: ProviderApplication) -> bool:
    return record.state in OPEN_STATES


LOCATION_CELLS: Sequence[Cell] = (
    Cell("name", "Name", sort_key="name"),
    Cell("location_id", "Location ID", sort_key="location_id"),
    Cell("provider_name", "Provider", sort_key="provider_name"),
    Cell("postcode", "Postcode", sort_key="postcode"),
    Cell("rating", "Rating", sort_key="rating"),
    Day("rated_on", "Rated", sort_key="rated_on"),
    YesNo("registered", "Registered", sort_key="registered"),
)


class ProviderApplicationViewSet(RecordViewSet):
    """Who asks to be a provider, and what the council decided."""

    model = ProviderApplication
    icon = "mail"
    related_fields = ("user", "provider", "decided_by")
    cells: Sequence[Cell] = (
        Cell("name", "Name", str, sort_key="name"),
        Cell("email", "E-mail address", sort_key="email"),
        State("state", "State", sort_key="state"),
        Cell("cqc_location_id", "CQC location ID", sort_key="cqc_location_id"),
        Moment("created_at", "Began", sort_key="created_at"),
        Cell("provider", "Acts for", sort_key="provider__name"),
    )
    detail_cells: Sequence[Cell] = (
        *cells,
        Cell("words", "Their words"),
        Cell("decided_by", "Decided by"),
        Moment("decided_at", "Decided"),
        Cell("decision_words", "Words of the decision"),
    )
    list_filter = ["state"]
    search_fields = ["name", "email", "cqc_location_id"]
    introduction = (
        "Anybody registers with an e-mail address, at no cost. Accept those you know: they then "
        "sign in to the portal."
    )
    empty = "Nobody has asked to be a provider yet."
    actions = (
        Action("accept", "Accept", _accept, form_class=AcceptForm, shown=_open),
        Action("refuse", "Refuse", _refuse, form_class=RefuseForm, shown=_open, serious=True),
    )

    def related(self, user: User, record: ProviderApplication) -> list[Related]:
        """Show what the CQC's register says of it, or locations alike."""
        rows = CqcLocation.objects.visible_to(user)
        exact = list(rows.filter(location_id=record.cqc_location_id or None))
        if exact or record.state == ApplicationState.STARTED:
            return [Related("In the CQC's register", LOCATION_CELLS, exact, "Not stated.")]
        alike = cqc_suggestions(authority=record.authority, name=record.name)
        found = [row for row in alike if user.may_view(CqcLocation)]
        title = "Alike in the CQC's register"
        return [Related(title, LOCATION_CELLS, found, "Nothing alike is registered.")]


class DocumentDownloadView(View):
    """A document as the provider sent it."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send the file, if the user may read it."""
        row = get_object_or_404(ProviderDocument.objects.visible_to(request.user), pk=pk)
        return download(row.name, bytes(row.content))


def _document_link(row: ProviderDocument) -> SafeString:
    address = reverse("providerdocument:download", args=[row.pk])
    return format_html('<a href="{}">Download {}</a>', address, row.name)


class ProviderDocumentViewSet(RecordViewSet):
    """Insurance, policies and the like, with the day each ends."""

    model = ProviderDocument
    icon = "doc-full"
    related_fields = ("provider", "sent_by")
    heavy_fields = ("content",)
    cells: Sequence[Cell] = (
        Cell("kind", "Document", lambda row: row.get_kind_display(), sort_key="kind"),
        Cell("provider", "Provider", sort_key="provider__name"),
        Cell("name", "File", sort_key="name"),
        Day("expires_on", "Valid until", sort_key="expires_on"),
        YesNo("replaced", "Replaced", sort_key="replaced"),
        Moment("created_at", "Sent", sort_key="created_at"),
    )
    detail_cells: Sequence[Cell] = (
        *cells,
        Cell("sent_by", "Sent by"),
        Number("size_kib", "Size in KiB", lambda row: -(-row.size_bytes // KIBIBYTE)),
        Cell("sha256", "SHA-256"),
        Cell("download", "File", _document_link),
    )
    list_filter = ["kind", "replaced", "provider", "expires_on"]
    search_fields = ["name", "provider__name"]
    introduction = (
        "What providers sent in their portal. They are told 30 and 7 days before a document ends, "
        "and on the day."
    )
    empty = "No documents yet. Providers send them in their portal."

    def get_urlpatterns(self) -> list[URLPattern]:
        """Add the file's own address."""
        return [
            *super().get_urlpatterns(),
            path("download/<int:pk>/", DocumentDownloadView.as_view(), name="download"),
        ]


class DeclaredCapacityViewSet(RecordViewSet):
    """What providers say they can take, lot by lot."""

    model = DeclaredCapacity
    icon = "time"
    related_fields = ("provider", "lot", "declared_by")
    cells: Sequence[Cell] = (
        Cell("provider", "Provider", sort_key="provider__name"),
        Cell("lot", "Lot", sort_key="lot__code"),
        Hours("minutes_per_week", "Hours a week", sort_key="minutes_per_week"),
        Day("from_day", "From", sort_key="from_day"),
        Cell("declared_by", "Declared by"),
        Cell("words", "Their words"),
    )
    list_filter = ["provider", "lot"]
    search_fields = ["provider__name", "lot__code"]
    introduction = "Declared in the portal or over the API; the last day that has come counts."
    empty = "No provider has declared a capacity yet."


class CqcLocationViewSet(RecordViewSet):
    """The CQC's register as the council loaded it."""

    model = CqcLocation
    icon = "clipboard-list"
    cells = LOCATION_CELLS
    detail_cells: Sequence[Cell] = (
        *LOCATION_CELLS,
        Cell("provider_id", "Provider ID"),
        Several("services", "Services"),
        Number("care_home_beds", "Care home beds"),
        Day("read_on", "As the council loaded it on"),
    )
    list_filter = ["rating", "registered"]
    search_fields = ["name", "location_id", "provider_name", "postcode"]
    introduction = (
        "Loaded from a file of the CQC's by an import. Contains CQC information under the Open "
        "Government Licence v3.0."
    )
    empty = "No register yet. Import a CSV file of the CQC's: its care directory or ratings."
