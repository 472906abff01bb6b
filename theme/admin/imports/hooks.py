"""Where the import wizard lives in the admin."""

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from cms_models.jobs.models import ImportRun
from theme.admin.imports import views
from theme.admin.imports.rejects import RejectsFile
from theme.admin.imports.words import kinds_for


class ImportItem(MenuItem):
    """The menu's way to the wizard, for roles that may import something."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Show it to roles that may change imports and what some file changes."""
        return request.user.may("change", ImportRun) and bool(kinds_for(request.user))


@hooks.register("register_admin_urls")
def import_urls() -> list[URLPattern]:
    """Return the addresses of the wizard's pages, buttons and files."""
    return [
        path("imports/new/", views.UploadPage.as_view(), name="import_upload"),
        path("imports/<int:pk>/", views.ImportPage.as_view(), name="import_page"),
        path("imports/<int:pk>/columns/", views.MappingPage.as_view(), name="import_mapping"),
        path("imports/<int:pk>/check/", views.CheckAgain.as_view(), name="import_check"),
        path("imports/<int:pk>/accept/", views.Accept.as_view(), name="import_accept"),
        path("imports/<int:pk>/discard/", views.Discard.as_view(), name="import_discard"),
        path("imports/<int:pk>/rejects.<str:ending>", RejectsFile.as_view(), name="import_rejects"),
    ]


@hooks.register("register_work_menu_item")
def import_item() -> MenuItem:
    """Return the menu item."""
    return ImportItem(
        "Import a file",
        reverse("import_upload"),
        name="import-a-file",
        icon_name="upload",
        order=5,
    )
