"""What the real pages of the admin share: the role is asked first, then Wagtail's furniture."""

from datetime import date
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.http import content_disposition_header
from django.views.generic import TemplateView, View
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from cms_models.fields.domain import RULES

FIRST_YEAR, LAST_YEAR = 2000, 2099
LONGEST_NUMBER = 15


class RoleGate(View):
    """A view for roles that hold `action` on `model`; which rows is for `visible_to` to say."""

    model: type[models.Model]
    action = "view"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Refuse a role that may not do this at all."""
        if not request.user.may(self.action, self.model):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)


class CouncilPage(RoleGate, WagtailAdminTemplateMixin, TemplateView):
    """A page of the admin about one thing, with a map or a drawing and a table beside it."""

    @cached_property
    def on(self) -> date:
        """The day the page is asked for (`?on=`); today where none is named."""
        return date_asked(self.request.GET.get("on")) or timezone.localdate()

    def render_page(self, *, status: int = 200, **context: Any) -> HttpResponse:
        """Return the page with extra context, as after a refused form."""
        return self.render_to_response(self.get_context_data(**context), status=status)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the address of map tiles: empty unless the council set one."""
        tiles = getattr(settings, "HOMEWARD_TILE_URL", "")
        return super().get_context_data(tile_url=tiles, **kwargs)


def rule_in_words(key: str, value: Any) -> dict[str, str]:
    """Return a rule as it is shown where it acts: title, value in words, sentence."""
    rule = RULES[key]
    return {"key": key, "title": rule.title, "value": rule.say(value), "sentence": rule.sentence}


def date_asked(text: str | None) -> date | None:
    """Return a date from an address or form (`YYYY-MM-DD`), None when it is none of our times."""
    try:
        asked = date.fromisoformat(text or "")
    except ValueError:
        return None
    return asked if FIRST_YEAR <= asked.year <= LAST_YEAR else None


def whole_number(text: str) -> int:
    """Return a whole number from an address or form, 0 when it is none."""
    return int(text) if text.isdecimal() and len(text) <= LONGEST_NUMBER else 0


def refusal_words(refusal: Exception) -> str:
    """Return a refusal as one sentence, whatever raised it."""
    if isinstance(refusal, ValidationError):
        return " ".join(refusal.messages)
    return str(refusal)


CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def download(filename: str, content: bytes) -> HttpResponse:
    """Return a file to keep, which no shared cache may."""
    kind = CONTENT_TYPES.get(filename.rpartition(".")[2], "application/octet-stream")
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = content_disposition_header(True, filename)
    response["Cache-Control"] = "private, no-store"
    return response
