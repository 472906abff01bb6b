"""API keys of the person signed in, and the GraphQL documents they may be locked to."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property

from cms_models.accounts.domain import SCOPES
from cms_models.accounts.models import ApiKey
from cms_models.audit import sign_ins
from cms_models.notices.models import TrustedDocument
from cms_models.notices.trusted import register_document
from theme.portal.base import REFUSED, FormPage, PortalForm, words_field
from theme.portal.notices import show_once

LIVES = [("30", "30 days"), ("90", "90 days"), ("180", "180 days"), ("365", "a year")]
KEYS_SHOWN = 50
LONGEST_DOCUMENT = 100_000


class KeyForm(PortalForm):
    """A new key: what for, what it may do, how long."""

    name = forms.CharField(
        label="What is the key for?",
        max_length=80,
        help_text="Such as “Rostering software”.",
        error_messages={"required": "Say what the key is for"},
    )
    scopes = forms.MultipleChoiceField(
        label="It may",
        choices=[(scope, words) for scope, words in SCOPES.items()],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Choose none and it may do everything you may.",
    )
    days = forms.ChoiceField(
        label="It works for", choices=LIVES, widget=forms.RadioSelect, initial="90"
    )


class KeyList(FormPage):
    """The person's keys, and one more."""

    section = "settings"
    page_title = "API keys"
    template_name = "theme/portal/keys.html"
    form_class = KeyForm
    submit_label = "Make the key"
    extra_context = {"tab": "keys"}

    def initial(self) -> dict[str, Any]:
        """Begin with three months."""
        return {"days": "90"}

    def act(self, form: PortalForm) -> HttpResponse:
        """Issue a key and show it, once."""
        issued = sign_ins.issue_key(
            actor=self.user,
            user=self.user,
            name=form.cleaned_data["name"],
            now=self.now,
            days=int(form.cleaned_data["days"]),
            scopes=form.cleaned_data["scopes"],
        )
        return self.show(issued.text, "The key is made")

    def show(self, text: str, title: str) -> HttpResponse:
        """Show a key's text, once."""
        return show_once(self, title=title, text=text, what="The key", back=reverse("portal:keys"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the keys, live ones first."""
        rows = ApiKey.objects.visible_to(self.user).order_by("-expires_at")[:KEYS_SHOWN]
        keys = [
            {
                "row": row,
                "live": row.revoked_at is None and row.expires_at > self.now,
                "scopes": [SCOPES.get(scope, scope) for scope in row.scopes],
            }
            for row in rows
        ]
        return super().get_context_data(keys=keys, **kwargs)


class KeyAct(KeyList):
    """Replaces or stops one key of the person's own."""

    http_method_names = ["post"]

    @cached_property
    def key(self) -> ApiKey:
        """The key asked for; somebody else's is not found."""
        own = ApiKey.objects.visible_to(self.user).select_related("user")
        return get_object_or_404(own, prefix=self.kwargs["prefix"])

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do what the button says."""
        key = self.key
        if kwargs["act"] not in ("rotate", "revoke"):
            raise Http404("A key has no such button.")
        try:
            if kwargs["act"] == "rotate":
                issued = sign_ins.rotate_key(actor=self.user, key=key, now=self.now)
                return self.show(issued.text, "The key has a successor")
            sign_ins.revoke_key(actor=self.user, key=key, now=self.now, reason="In the portal")
        except (ValidationError, ValueError) as refusal:
            form = self.make_form({})
            form.errors.clear()
            form.refuse(refusal)
            return self.render_to_response(self.get_context_data(form=form), status=REFUSED)
        return self.done("The key is stopped.", "portal:keys")


class DocumentForm(PortalForm):
    """A GraphQL document to register."""

    text = words_field(
        "GraphQL document",
        most=LONGEST_DOCUMENT,
        rows=10,
        hint="The same text, sent by its SHA-256, is answered without being sent again.",
    )


class TrustedDocuments(FormPage):
    """The provider's registered documents, and one more."""

    section = "settings"
    page_title = "Registered documents"
    template_name = "theme/portal/trusted.html"
    form_class = DocumentForm
    submit_label = "Register the document"
    extra_context = {"tab": "trusted"}

    def act(self, form: PortalForm) -> HttpResponse:
        """Register the document; the same one again changes nothing."""
        row = register_document(
            actor=self.user, provider=self.acting, text=form.cleaned_data["text"]
        )
        return self.done(f"The document is registered as {row.sha256}.", "portal:trusted")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the documents registered."""
        rows = TrustedDocument.objects.visible_to(self.user).filter(provider=self.acting)
        return super().get_context_data(documents=rows.order_by("-pk"), **kwargs)
