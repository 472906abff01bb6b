"""What the editor's addresses share: a draft of the council's, JSON in, JSON or a sentence out."""

import re
from collections.abc import Callable
from typing import Any

from django.core.exceptions import RequestDataTooBig, ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404

from cms_models.places.domain import BadPlace
from cms_models.places.drawing import DrawnZone, read_drawing
from cms_models.places.geojson import VERTICES_MOST, Limits, parsed
from cms_models.places.models import ZoneMap
from theme.admin.pages import RoleGate, refusal_words

TOO_BIG = (
    "The drawing is bigger than 5 MB, which is more than is read here. Simplify the boundaries, or "
    "load them with the import “Boundaries” and build the zones from lists."
)
# Control characters apart from line ends, and halves of a character on their own.
UNKEPT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
# A drawing and a file beside it are each counted for themselves when they are read.
ENVELOPE = Limits(what="What the editor sent", vertices_most=4 * VERTICES_MOST)


class DraftDoor(RoleGate):
    """An address of one draft for those who may change zone maps."""

    model = ZoneMap
    action = "change"

    def map_asked(self, pk: int) -> ZoneMap:
        """Return the zone map; another council's is not found."""
        maps = ZoneMap.objects.visible_to(self.request.user).select_related("authority")
        found: ZoneMap = get_object_or_404(maps, pk=pk)
        return found


class DrawingDoor(DraftDoor):
    """Takes a drawing as JSON; whatever is wrong with it comes back as `refusal`."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Read, answer; refuse in a sentence with status 400."""
        zone_map = self.map_asked(pk)
        try:
            sent = _sent(request)
            return self.answer(zone_map, drawing_sent(sent.get("drawing")), sent)
        except RequestDataTooBig:
            return refused(TOO_BIG)
        except (BadPlace, ValidationError) as refusal:
            return refused(refusal_words(refusal))

    answer: Callable[[ZoneMap, list[DrawnZone], dict[str, Any]], HttpResponse]


def refused(words: str) -> JsonResponse:
    """Return a refusal as the editor shows it."""
    return JsonResponse({"refusal": words}, status=400)


def _sent(request: HttpRequest) -> dict[str, Any]:
    found = parsed(request.body, limits=ENVELOPE)
    if not isinstance(found, dict):
        raise BadPlace("The editor sent no drawing: load the page again.")
    return found


def drawing_sent(collection: Any) -> list[DrawnZone]:
    """Return the zones of a drawing, which may hold none yet."""
    if isinstance(collection, dict) and collection.get("features") == []:
        return []
    return read_drawing(collection)


def plain(text: str, key: str) -> str:
    """Return a text the editor sent, BadPlace where it holds what no database keeps."""
    if UNKEPT.search(text):
        raise BadPlace(f"“{key}” holds a control character: type it anew.")
    return text


def text_of(sent: dict[str, Any], key: str) -> str:
    """Return a text the editor sent, BadPlace when it is none."""
    found = sent.get(key, "")
    if not isinstance(found, str):
        raise BadPlace(f"“{key}” must be text.")
    return plain(found.strip(), key)


def number_of(sent: dict[str, Any], key: str, *, least: float, most: float) -> float:
    """Return a number the editor sent, BadPlace when it is none or out of bounds."""
    found = sent.get(key)
    if isinstance(found, bool) or not isinstance(found, int | float) or not least <= found <= most:
        raise BadPlace(f"“{key}” must be a number from {least:g} to {most:g}.")
    return float(found)


def list_of(sent: dict[str, Any], key: str) -> list[Any]:
    """Return a list the editor sent, BadPlace when it is none."""
    found = sent.get(key)
    if not isinstance(found, list):
        raise BadPlace(f"“{key}” must be a list.")
    return found
