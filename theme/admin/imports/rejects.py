"""The rejected rows as a file, for the sender to correct."""

from django.http import Http404, HttpRequest, HttpResponse

from importers.exports import FORMATS, rejects_file
from importers.seen import unseen_headings
from theme.admin.imports.views import Imports
from theme.admin.pages import download


class RejectsFile(Imports):
    """Rejected rows in the sender's own columns plus a reason, as CSV or XLSX."""

    def get(self, request: HttpRequest, pk: int, ending: str) -> HttpResponse:
        """Send the file, or 404 when nothing was rejected."""
        if ending not in FORMATS or not self.run.totals.get("rejected"):
            raise Http404("No rejects in that form.")
        unseen = unseen_headings(self.user, self.run)
        name, content = rejects_file(self.run, format_name=ending, unseen=unseen)
        return download(name, content)
