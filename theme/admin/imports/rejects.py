"""The rejected rows as a file, for the sender to correct."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header

from importers.exports import FORMATS, rejects_file
from theme.admin.imports.views import Imports

CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class RejectsFile(Imports):
    """Rejected rows in the sender's own columns plus a reason, as CSV or XLSX."""

    def get(self, request: HttpRequest, pk: int, ending: str) -> HttpResponse:
        """Send the file, or 404 when nothing was rejected."""
        if ending not in FORMATS or not self.run.totals.get("rejected"):
            raise Http404("No rejects in that form.")
        name, content = rejects_file(self.run, format_name=ending)
        response = HttpResponse(content, content_type=CONTENT_TYPES[ending])
        response["Content-Disposition"] = content_disposition_header(True, name)
        response["Cache-Control"] = "private, no-store"
        return response
