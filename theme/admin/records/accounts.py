"""The council, its users and their keys."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from cms_models.accounts.domain import SCOPES
from cms_models.accounts.models import ApiKey, Authority, CouncilRole, User
from cms_models.accounts.roles import ROLE_LABELS, Role
from cms_models.accounts.services import KEY_LIFE_DAYS_MOST, IssuedKey
from cms_models.audit import second_factors, sign_ins
from theme.admin.actions import REFUSALS, Action, ReasonForm, in_words
from theme.admin.base import RecordViewSet
from theme.admin.cells import Cell, Moment, YesNo
from theme.admin.forms import RecordForm
from theme.admin.showing import RecordActionView


class AuthorityForm(RecordForm):
    """The council's name."""

    class Meta(RecordForm.Meta):
        model = Authority
        fields: ClassVar = ["name"]


class AuthorityViewSet(RecordViewSet):
    """The user's own council: nobody sees another."""

    model = Authority
    icon = "home"
    record_form = AuthorityForm
    may_add = False
    may_delete = False
    cells: Sequence[Cell] = (Cell("name", "Name", sort_key="name"), Cell("code", "Code"))
    introduction = "Every record belongs to one council, and nobody sees another's."


class UserForm(RecordForm):
    """Somebody who signs in, and with which role."""

    password = forms.CharField(
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="Empty to leave it as it is.",
    )

    class Meta(RecordForm.Meta):
        model = User
        fields: ClassVar = ["username", "first_name", "last_name", "email", "role", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = CouncilRole.objects.visible_to(self.user).exclude(code__in=list(Role))
        self.fields["role"].choices = [
            *((role.value, label) for role, label in ROLE_LABELS.items() if role != Role.SYSTEM),
            *own.values_list("code", "name"),
        ]
        self.fields["password"].required = self.instance.pk is None

    def _get_validation_exclusions(self) -> set[str]:
        # The choices above are the council's; the model knows the standard roles only.
        return {*super()._get_validation_exclusions(), "role"}

    def clean(self) -> dict[str, Any]:
        """Refuse a weak password, and locking oneself out."""
        data = super().clean()
        if self.instance.pk == self.user.pk and (
            data.get("role") != self.initial["role"] or not data.get("is_active")
        ):
            raise ValidationError(
                "You cannot change your own role or switch yourself off: ask another administrator."
            )
        if data.get("password"):
            try:
                password_validation.validate_password(data["password"], self.instance)
            except ValidationError as refusal:
                self.add_error("password", refusal)
        return data

    def save_as(self, *, actor: User) -> models.Model:
        """Save the user, and the password apart from what the audit keeps."""
        return sign_ins.save_user(
            actor=actor,
            user=self.instance,
            expected_version=self.expected_version(),
            password=self.cleaned_data["password"],
        )

    def said(self, name: str, value: Any) -> str:
        """Never show a password, old or new."""
        return "(not shown)" if name == "password" else super().said(name, value)


def _remove_factor(user: User, record: User, data: dict[str, Any]) -> str:
    second_factors.remove_second_factor(actor=user, user=record, reason=data["reason"])
    return f"{record} sets up a second factor anew when they sign in next."


class UserViewSet(RecordViewSet):
    """Users of the council, each with one role."""

    model = User
    icon = "user"
    record_form = UserForm
    may_delete = False
    cells: Sequence[Cell] = (
        Cell("username", "User name", sort_key="username"),
        Cell("name", "Name", lambda row: row.get_full_name(), sort_key="last_name"),
        Cell("role", "Role", lambda row: row.get_role_display(), sort_key="role"),
        YesNo("is_active", "May sign in", sort_key="is_active"),
        Cell("email", "E-mail"),
        Moment("last_login", "Last signed in", sort_key="last_login"),
    )
    list_filter = ["role", "is_active"]
    search_fields = ["username", "first_name", "last_name", "email"]
    introduction = "A role says what somebody sees and changes. Switch a user off to stop them."
    actions = (
        Action(
            "remove_second_factor",
            "Remove the second factor",
            _remove_factor,
            form_class=ReasonForm,
            shown=lambda record: second_factors.app_of(record) is not None,
            explanation="For somebody who lost both phone and recovery codes.",
            serious=True,
        ),
    )


class KeyForm(forms.Form):
    """For whom a key acts, and how long."""

    user = forms.ModelChoiceField(User.objects.none(), label="Acts as")
    name = forms.CharField(max_length=80, help_text="Where it will be used")
    days = forms.IntegerField(
        label="Days it lives", min_value=1, max_value=KEY_LIFE_DAYS_MOST, initial=KEY_LIFE_DAYS_MOST
    )
    scopes = forms.MultipleChoiceField(
        label="What it may do",
        required=False,
        choices=[(code, words.capitalize()) for code, words in SCOPES.items()],
        widget=forms.CheckboxSelectMultiple,
        help_text="Tick none for everything its user may.",
    )


def _revoke(user: User, record: ApiKey, data: dict[str, Any]) -> str:
    sign_ins.revoke_key(actor=user, key=record, now=timezone.now(), reason=data["reason"])
    return f"{record} is revoked: it opens nothing from now on."


def _issue(user: User, record: None, data: dict[str, Any]) -> str:
    raise ValidationError("A key is issued on its own page, because it is shown only once.")


def _rotate(user: User, record: ApiKey, data: dict[str, Any]) -> str:
    raise ValidationError("A key is rotated on its own page, because the new one is shown once.")


def _opens(record: ApiKey) -> bool:
    return record.revoked_at is None and record.expires_at > timezone.now()


class KeyActionView(RecordActionView):
    """Revokes keys, and issues and rotates them on a page that shows the new key once."""

    def post(self, request: HttpRequest, name: str, pk: int | None = None) -> HttpResponse:
        """Issue or rotate a key and show it, or press another button."""
        if name == "issue" and pk is None and request.user.may("add", ApiKey):
            return self._issue(request)
        if name == "rotate" and pk is not None and request.user.may("change", ApiKey):
            key = get_object_or_404(self.rows(), pk=pk)
            return self._shown_once(lambda **terms: sign_ins.rotate_key(key=key, **terms))
        return super().post(request, name, pk)

    def _issue(self, request: HttpRequest) -> HttpResponse:
        form = self.viewset.action_form(self.viewset.list_actions[0], request.user, request.POST)
        if not form.is_valid():
            return super().post(request, "issue")
        return self._shown_once(lambda **terms: sign_ins.issue_key(**terms, **form.cleaned_data))

    def _shown_once(self, made: Callable[..., IssuedKey]) -> HttpResponse:
        try:
            issued = made(actor=self.request.user, now=timezone.now())
        except REFUSALS as refusal:
            said = {"refusal": in_words(refusal)}
            return render(self.request, "theme/admin/key_issued.html", said, status=400)
        return render(self.request, "theme/admin/key_issued.html", {"issued": issued})


class ApiKeyViewSet(RecordViewSet):
    """Keys to the GraphQL door."""

    model = ApiKey
    icon = "key"
    action_view_class = KeyActionView
    related_fields = ("user",)
    cells: Sequence[Cell] = (
        Cell("name", "Name", sort_key="name"),
        Cell("prefix", "Begins with", lambda row: f"hw_{row.prefix}_…"),
        Cell("user", "Acts as", sort_key="user__username"),
        Cell("scopes", "May", lambda row: ", ".join(row.scopes) or "all that its user may"),
        Moment("created_at", "Issued", sort_key="created_at"),
        Moment("expires_at", "Expires", sort_key="expires_at"),
        Moment("revoked_at", "Revoked", sort_key="revoked_at"),
        Moment("last_used_at", "Last used", sort_key="last_used_at"),
    )
    search_fields = ["name", "prefix", "user__username"]
    introduction = "A key acts as its user over GraphQL. It is shown once, kept as a digest."
    empty = "No keys yet. Issue one for a provider's user."
    list_actions = (Action("issue", "Issue a key", _issue, verb="add", form_class=KeyForm),)
    actions = (
        Action(
            "rotate",
            "Rotate this key",
            _rotate,
            shown=_opens,
            explanation="A new key is shown once; this one still opens for seven days.",
        ),
        Action(
            "revoke",
            "Revoke this key",
            _revoke,
            form_class=ReasonForm,
            shown=lambda record: record.revoked_at is None,
            serious=True,
        ),
    )
