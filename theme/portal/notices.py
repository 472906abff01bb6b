"""What a provider is told by e-mail and by webhook, and what became of each delivery."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property

from cms_models.notices import services as notices
from cms_models.notices.models import EventKind, Webhook
from theme.portal.base import REFUSED, FormPage, PortalForm, PortalPage

DELIVERIES_SHOWN = 50
KINDS = [choice for choice in EventKind.choices if choice[0] != EventKind.TEST]


class WishForm(PortalForm):
    """The kinds of event wanted by e-mail."""

    kinds = forms.MultipleChoiceField(
        label="Send me an e-mail when",
        choices=KINDS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="An e-mail names the reference and nothing else. Choose none to get none.",
    )


class NoticesPage(FormPage):
    """Which notices the person signed in wants by e-mail."""

    section = "settings"
    page_title = "Notices by e-mail"
    template_name = "theme/portal/notices.html"
    form_class = WishForm
    extra_context = {"tab": "notices"}

    def initial(self) -> dict[str, Any]:
        """Return what is sent now."""
        return {"kinds": list(notices.kinds_wished(self.user))}

    def act(self, form: PortalForm) -> HttpResponse:
        """Keep the wish."""
        notices.set_notice_wish(actor=self.user, kinds=form.cleaned_data["kinds"])
        return self.done("Your notices are saved.", "portal:notices")


class WebhookForm(PortalForm):
    """An address to post events to."""

    url = forms.CharField(
        label="Address",
        max_length=400,
        help_text="Where your software listens, such as https://example.org/homeward.",
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "url"}),
        error_messages={"required": "Address: enter where events are posted to"},
    )
    kinds = forms.MultipleChoiceField(
        label="Events to post",
        choices=KINDS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Choose none for every kind.",
    )


class WebhookList(FormPage):
    """The webhooks, and one more."""

    section = "settings"
    page_title = "Webhooks"
    template_name = "theme/portal/webhooks.html"
    form_class = WebhookForm
    submit_label = "Add the webhook"
    extra_context = {"tab": "webhooks"}

    def act(self, form: PortalForm) -> HttpResponse:
        """Add a webhook and show its secret, once."""
        added = notices.set_webhook(actor=self.user, provider=self.acting, **form.cleaned_data)
        return show_once(
            self,
            title="The webhook is added",
            text=added.secret,
            what="Its secret",
            back=reverse("portal:webhook", args=[added.public_id]),
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the provider's webhooks."""
        rows = Webhook.objects.visible_to(self.user).filter(provider=self.acting)
        return super().get_context_data(webhooks=rows, **kwargs)


def show_once(page: PortalPage, *, title: str, text: str, what: str, back: str) -> HttpResponse:
    """Return a page with a secret nobody can read again."""
    page.template_name = "theme/portal/shown_once.html"
    frame = PortalPage.get_context_data(page, page_title=title, secret=text, what=what, onward=back)
    return page.render_to_response(frame)


class WebhookPage(FormPage):
    """One webhook: its address, what it is sent, its deliveries."""

    section = "settings"
    template_name = "theme/portal/webhook.html"
    form_class = WebhookForm
    submit_label = "Save and let it run"
    extra_context = {"tab": "webhooks"}

    @cached_property
    def webhook(self) -> Webhook:
        """The webhook asked for; another provider's is not found."""
        rows = Webhook.objects.visible_to(self.user).filter(provider=self.acting)
        return get_object_or_404(rows, public_id=self.kwargs["pk"])

    def initial(self) -> dict[str, Any]:
        """Return the webhook as it is."""
        return {"url": self.webhook.url, "kinds": self.webhook.kinds}

    def act(self, form: PortalForm) -> HttpResponse:
        """Save the webhook, letting it run again."""
        notices.set_webhook(
            actor=self.user, provider=self.acting, webhook=self.webhook, **form.cleaned_data
        )
        return self.done("The webhook is saved and runs.", "portal:webhook", self.webhook.public_id)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the webhook and its last deliveries."""
        sent = self.webhook.deliveries.select_related("event").order_by("-pk")
        return super().get_context_data(
            webhook=self.webhook,
            deliveries=sent[:DELIVERIES_SHOWN],
            page_title="Webhook",
            back=reverse("portal:webhooks"),
            **kwargs,
        )


class WebhookAct(WebhookPage):
    """A button of a webhook's page: a new secret, a test, a pause, or its end."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do what the button says."""
        doing = {
            "secret": self._secret,
            "test": self._test,
            "pause": self._pause,
            "remove": self._remove,
        }
        if kwargs["act"] not in doing:
            raise Http404("A webhook has no such button.")
        try:
            return doing[kwargs["act"]]()
        except ValidationError as refusal:
            form = self.make_form({"url": self.webhook.url, "kinds": self.webhook.kinds})
            form.refuse(refusal)
            return self.render_to_response(self.get_context_data(form=form), status=REFUSED)

    def _secret(self) -> HttpResponse:
        text = notices.rotate_secret(actor=self.user, webhook=self.webhook)
        onward = reverse("portal:webhook", args=[self.webhook.public_id])
        return show_once(
            self, title="The webhook has a new secret", text=text, what="Its secret", back=onward
        )

    def _test(self) -> HttpResponse:
        notices.send_test(actor=self.user, webhook=self.webhook)
        return self.done(
            "A test is on its way; see below what became of it.",
            "portal:webhook",
            self.webhook.public_id,
        )

    def _pause(self) -> HttpResponse:
        notices.set_webhook(
            actor=self.user,
            provider=self.acting,
            webhook=self.webhook,
            url=self.webhook.url,
            kinds=self.webhook.kinds,
            active=False,
        )
        return self.done("The webhook is paused.", "portal:webhook", self.webhook.public_id)

    def _remove(self) -> HttpResponse:
        notices.remove_webhook(actor=self.user, webhook=self.webhook)
        return self.done("The webhook is removed.", "portal:webhooks")
