"""What the provider and the council's brokers write to each other."""

from typing import Any

from django import forms
from django.http import HttpResponse

from cms_models.brokerage.models import Invitation, Message
from cms_models.brokerage.services import talk
from cms_models.care.models import CarePackage
from theme.portal.base import FormPage, PortalForm, words_field

MESSAGES_SHOWN = 200
ABOUT_NOTHING = ""


class MessageForm(PortalForm):
    """A message, about a package or none."""

    about = forms.ChoiceField(label="About", required=False)
    text = words_field(
        "Message", hint="Brokers of the council read it.", missing="Write the message first"
    )

    def __init__(self, *args: Any, packages: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        about = self.fields["about"]
        about.choices = [(ABOUT_NOTHING, "No package in particular"), *packages.items()]  # type: ignore[attr-defined]


class Messages(FormPage):
    """Every message, the newest first, and a form to write one."""

    section = "messages"
    page_title = "Messages"
    template_name = "theme/portal/messages.html"
    submit_label = "Send"

    def packages(self) -> dict[str, CarePackage]:
        """Return what may be written about: packages delivered, and those asked about now."""
        delivered = CarePackage.objects.visible_to(self.user).filter(
            awards__provider=self.acting, awards__current=True
        )
        asked = Invitation.objects.visible_to(self.user).filter(
            provider=self.acting, release__state="open", state__in=("open", "offered")
        )
        found = [*delivered, *(row.package for row in asked.select_related("release__package"))]
        return {str(one.public_id): one for one in found}

    def make_form(self, *args: Any) -> PortalForm:
        """Return the form with the packages to choose from."""
        packages = {key: one.package_ref for key, one in self.packages().items()}
        about = self.request.GET.get("about", "")
        initial = {"about": about if about in packages else ABOUT_NOTHING}
        return MessageForm(*args, packages=packages, initial=initial)

    def act(self, form: PortalForm) -> HttpResponse:
        """Send the message."""
        about = self.packages().get(form.cleaned_data["about"])
        talk.send_message(
            actor=self.user,
            provider=self.acting,
            package=about,
            text=form.cleaned_data["text"],
            now=self.now,
        )
        return self.done("Your message is sent.", "portal:messages")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the messages; those of the council count as read from now on."""
        rows = Message.objects.visible_to(self.user).filter(provider=self.acting)
        shown = list(rows.select_related("package").order_by("-sent_at", "-pk")[:MESSAGES_SHOWN])
        if any(row.read_at is None and not row.from_provider for row in shown):
            talk.mark_read(actor=self.user, provider=self.acting, now=self.now)
        return super().get_context_data(letters=shown, **kwargs)
