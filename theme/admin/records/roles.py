"""Roles: what each sees and changes, kind of record by kind of record."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, ClassVar

from django import forms
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst, slugify

from cms_models.accounts.models import CouncilRole, User
from cms_models.accounts.roles import (
    EVERYTHING,
    GRANTS,
    NEVER_CHANGED,
    PEOPLE,
    ROLE_LABELS,
    Grants,
    Role,
    is_staff_role,
)
from cms_models.audit.roles import delete_role, save_role
from theme.admin.actions import Action
from theme.admin.base import RecordViewSet
from theme.admin.cells import Cell, Number
from theme.admin.editing import RecordEditView
from theme.admin.forms import RecordForm
from theme.admin.listing import RecordIndexView

ACCESS = (("", "Nothing"), ("view", "Sees"), ("change", "Sees and changes"))
READ_ONLY = ACCESS[:2]
GRANT = "grant:"
STANDARD = tuple(role for role in Role if is_staff_role(role))


@dataclass(frozen=True)
class Kind:
    """A kind of record that a role may be granted."""

    label: str
    subject: str
    name: str


def kinds() -> list[Kind]:
    """Return every kind of record, subject by subject, each by its name."""
    found = []
    for label in EVERYTHING:
        model = apps.get_model(label)
        subject = str(model._meta.app_config.verbose_name)
        found.append(Kind(label, subject, capfirst(str(model._meta.verbose_name_plural))))
    return sorted(found, key=lambda kind: (kind.subject, kind.name))


class RoleForm(RecordForm):
    """A role's name, and one of three answers for every kind of record."""

    class Meta(RecordForm.Meta):
        model = CouncilRole
        fields: ClassVar = ["name"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in kinds():
            self.fields[f"{GRANT}{kind.label}"] = forms.ChoiceField(
                label=kind.name,
                required=False,
                choices=READ_ONLY if kind.label in NEVER_CHANGED else ACCESS,
                initial=self._access(kind.label),
            )
        if self.instance.code in set(Role):
            self.fields["name"].disabled = True

    def _access(self, label: str) -> str:
        if label in self.instance.change:
            return "change"
        return "view" if label in self.instance.view else ""

    @property
    def subjects(self) -> Iterable[tuple[str, list[Any]]]:
        """The answers by subject, as the table shows them."""
        for subject, some in groupby(kinds(), key=lambda kind: kind.subject):
            yield subject, [self[f"{GRANT}{kind.label}"] for kind in some]

    def _granted(self, *answers: str) -> list[str]:
        return [
            name.removeprefix(GRANT)
            for name, answer in self.cleaned_data.items()
            if name.startswith(GRANT) and answer in answers
        ]

    def clean(self) -> dict[str, Any]:
        """Give a new role its code, made of its name and never changed."""
        data = super().clean()
        if not self.instance.code and data.get("name"):
            code = slugify(data["name"])[:20].strip("-")
            if not code or code in set(Role):
                raise ValidationError("Choose another name: this one is a standard role's.")
            self.instance.code = code
        return data

    def save_as(self, *, actor: User) -> CouncilRole:
        """Save the role through the audit."""
        self.instance.view = self._granted("view", "change")
        self.instance.change = self._granted("change")
        return save_role(actor=actor, role=self.instance, expected_version=self.expected_version())

    def said(self, name: str, value: Any) -> str:
        """Return an answer in words."""
        return dict(ACCESS).get(value, "") if name.startswith(GRANT) else super().said(name, value)


class RoleEditView(RecordEditView):
    """Edits a role: a standard one that was never edited begins with its first grants."""

    template_name = "theme/admin/role_form.html"

    def get_object(self, queryset: Any = None) -> CouncilRole:
        """Return the role asked for by its row or by its code."""
        if "pk" in self.kwargs:
            return get_object_or_404(self.rows(), pk=self.kwargs["pk"])
        row = self.rows().filter(code=self.kwargs["code"]).first()
        return row or first_grants(self.user, self.kwargs["code"])

    def get_edit_url(self) -> str:
        """Return this page's address."""
        return reverse("councilrole:set", args=[self.object.code])

    def get_success_url(self) -> str:
        """Return to the list of roles."""
        return reverse("councilrole:index")

    def get_history_url(self) -> str | None:
        """Return the row's history, where there is a row."""
        return super().get_history_url() if self.object.pk else None

    def get_delete_url(self) -> None:
        """Offer no deletion here: it is a button on the role's page."""

    def get_inspect_url(self) -> str | None:
        """Return the row's page, where there is a row."""
        return super().get_inspect_url() if self.object.pk else None


def first_grants(user: User, code: str) -> CouncilRole:
    """Return a standard role as it is before anybody edits it, not saved; 404 for any other."""
    if code not in STANDARD:
        raise Http404
    grants = GRANTS[Role(code)]
    return CouncilRole(
        authority=user.authority,
        code=code,
        name=ROLE_LABELS[Role(code)],
        view=sorted(grants.view | grants.change),
        change=sorted(grants.change),
    )


@dataclass(frozen=True)
class RoleRow:
    """A role as the list shows it."""

    name: str
    grants: Grants
    users: int
    edited: bool
    own: bool
    sees_people: bool
    url: str
    page: str


def role_rows(user: User) -> list[RoleRow]:
    """Return the standard roles and the council's own, each with how many hold it."""
    stored = {row.code: row for row in CouncilRole.objects.visible_to(user)}
    holders = User.objects.visible_to(user).order_by().values_list("role").annotate(Count("pk"))
    count = dict(holders)
    own = [code for code in stored if code not in STANDARD]
    rows = []
    for code in [*STANDARD, *own]:
        row = stored.get(code) or first_grants(user, code)
        seen = row.grants.view | row.grants.change
        rows.append(
            RoleRow(
                name=row.name,
                grants=row.grants,
                users=count.get(code, 0),
                edited=row.pk is not None and code in STANDARD,
                own=code in own,
                sees_people=bool(seen & PEOPLE),
                url=reverse("councilrole:set", args=[code]),
                page=reverse("councilrole:inspect", args=[row.pk]) if row.pk else "",
            )
        )
    return rows


class RoleIndexView(RecordIndexView):
    """Every role, edited or not."""

    template_name = "theme/admin/roles.html"

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the roles."""
        context = super().get_context_data(*args, **kwargs)
        context["roles"] = role_rows(self.user)
        context["may_change"] = self.user.may("change", CouncilRole)
        return context


def _give_back(user: User, record: CouncilRole, data: dict[str, Any]) -> str:
    delete_role(actor=user, role=record)
    return f"{record} has its first grants again."


def _remove(user: User, record: CouncilRole, data: dict[str, Any]) -> str:
    delete_role(actor=user, role=record)
    return f"{record} is removed."


class CouncilRoleViewSet(RecordViewSet):
    """Roles: the standard ones as the council edited them, and its own."""

    model = CouncilRole
    icon = "group"
    index_view_class = RoleIndexView
    edit_view_class = RoleEditView
    add_template = "theme/admin/role_form.html"
    record_form = RoleForm
    may_delete = False
    cells: Sequence[Cell] = (
        Cell("name", "Role", sort_key="name"),
        Number("sees", "Kinds of record seen", lambda row: len(row.view)),
        Number("changes", "Kinds of record changed", lambda row: len(row.change)),
    )
    introduction = (
        "Which kinds of record each role sees and changes. Which rows is not a question of roles: "
        "everybody sees their own council's only."
    )
    actions = (
        Action(
            "give-back",
            "Give back the first grants",
            _give_back,
            shown=lambda record: record.code in STANDARD,
            serious=True,
        ),
        Action(
            "remove",
            "Remove this role",
            _remove,
            shown=lambda record: record.code not in STANDARD,
            serious=True,
        ),
    )

    def get_add_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Show the table of grants on the page of a new role too."""
        return {**super().get_add_view_kwargs(**kwargs), "template_name": self.add_template}

    def after_action(self, user: User, record: CouncilRole | None) -> str:
        """Return to the list: the row may be gone."""
        return reverse("councilrole:index")

    def get_urlpatterns(self) -> list[URLPattern]:
        """Edit a role by its code: a standard one may have no row yet."""
        kept = [found for found in super().get_urlpatterns() if found.name != "edit"]
        return [
            *kept,
            path("set/<slug:code>/", self.edit_view, name="set"),
            path("edit/<int:pk>/", self.edit_by_row, name="edit"),
        ]

    def edit_by_row(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Lead from a row to its role's page."""
        row = get_object_or_404(CouncilRole.objects.visible_to(request.user), pk=pk)
        return redirect("councilrole:set", row.code)
