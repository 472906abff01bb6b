"""Where own fields, types of record and saved views live in the admin."""

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from wagtail import hooks
from wagtail.admin.menu import Menu, MenuItem, SubmenuMenuItem
from wagtail.admin.viewsets.base import ViewSet

from cms_models.fields.own.models import CustomField
from cms_models.fields.own.selectors import record_types_of
from theme.admin.own_fields.builder import (
    CustomFieldViewSet,
    FieldsPage,
    KindsPage,
    RecordTypeViewSet,
)
from theme.admin.own_fields.entries import EntryViewSet
from theme.admin.own_fields.files import OwnFileView
from theme.admin.own_fields.saved_views import DeleteView, OpenFirst, SaveView

MENU_ORDER = 650


class BuilderItem(MenuItem):
    """The menu's way to the builder."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Show it to roles that see how records are made."""
        return request.user.may_view(CustomField)


@hooks.register("register_admin_viewset")
def own_viewsets() -> list[ViewSet]:
    """Return the screens of fields, types of record and entries."""
    return [CustomFieldViewSet(), RecordTypeViewSet(), EntryViewSet()]


@hooks.register("register_admin_urls")
def own_urls() -> list[URLPattern]:
    """Return the addresses of the builder, of files and of saved views."""
    return [
        path("own-fields/", KindsPage.as_view(), name="own_fields"),
        path("own-fields/<str:record_type>/", FieldsPage.as_view(), name="own_fields_of"),
        path(
            "own-files/<str:record_type>/<int:pk>/<str:key>/",
            OwnFileView.as_view(),
            name="own_file",
        ),
        path("saved-views/", SaveView.as_view(), name="saved_view_new"),
        path("saved-views/<int:pk>/delete/", DeleteView.as_view(), name="saved_view_delete"),
        path("saved-views/<int:pk>/first/", OpenFirst.as_view(), name="saved_view_first"),
    ]


@hooks.register("register_council_menu_item")
def builder_item() -> MenuItem:
    """Return the menu item of the builder."""
    return BuilderItem(
        "Fields and record types",
        reverse("own_fields"),
        name="own-fields",
        icon_name="edit",
        order=15,
    )


@hooks.register("construct_main_menu")
def records_menu(request: HttpRequest, items: list[MenuItem]) -> None:
    """Show the types of record in use that the role sees: at once, they are no part of the code."""
    types = [one for one in record_types_of(request.user) if not one.retired]
    if not types:
        return
    lists = [
        MenuItem(
            one.plural,
            reverse("entry:index", args=[one.slug]),
            name=f"records-{one.slug}",
            icon_name=one.icon,
            order=order,
        )
        for order, one in enumerate(types)
    ]
    menu = Menu(items=lists)
    items.append(
        SubmenuMenuItem(
            "Records", menu, name="records", icon_name="clipboard-list", order=MENU_ORDER
        )
    )
