"""A record's attached file: sent to whoever sees the record and the field, and to nobody else."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.views import View

from cms_models.fields.own.domain import FieldKind
from cms_models.fields.own.models import StoredFile
from cms_models.fields.own.selectors import rows_of_kind
from theme.admin.own_fields.reading import OwnFields, own_values_of


class OwnFileView(View):
    """Sends a file to keep; the browser is told to show nothing of it."""

    def get(self, request: HttpRequest, record_type: str, pk: int, key: str) -> HttpResponse:
        """Find the record, then the field, then the file: what is not seen does not exist."""
        user = request.user
        record = get_object_or_404(rows_of_kind(user, record_type), pk=pk)
        own = OwnFields.of_kind(user, record_type)
        field = next((one for one in own.shown if one.key == key), None)
        value = own_values_of(record).get(key)
        if field is None or field.kind != FieldKind.FILE or not isinstance(value, dict):
            raise Http404
        file = get_object_or_404(
            StoredFile,
            authority=user.authority,
            pk=value.get("file"),
            record_type=record_type,
            key=key,
        )
        response = HttpResponse(bytes(file.content), content_type="application/octet-stream")
        response["Content-Disposition"] = content_disposition_header(True, file.name)
        response["Cache-Control"] = "private, no-store"
        response["X-Content-Type-Options"] = "nosniff"
        response["Content-Security-Policy"] = "sandbox; default-src 'none'"
        return response
