"""Roles edited in the admin: what each sees and changes, at once."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse

from cms_models.accounts.models import CouncilRole, User
from cms_models.accounts.roles import GRANTS, Role
from cms_models.accounts.services import register_user
from cms_models.audit.models import AuditEntry
from cms_models.audit.roles import save_role
from cms_models.care.models import Person
from cms_models.rates.models import RateCard
from tests.council import PASSWORD


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def answers(code: Role, **changes: str) -> dict[str, str]:
    """Return a role's form as it is, with some answers changed (`care_person="view"`)."""
    grants = GRANTS[code]
    data = {f"grant:{label}": "view" for label in grants.view}
    data |= {f"grant:{label}": "change" for label in grants.change}
    return {**data, **{f"grant:{key.replace('__', '.')}": value for key, value in changes.items()}}


def edit(council, code: Role, *, by: Role = Role.ADMINISTRATOR, **changes: str):
    client = client_of(council[by])
    url = reverse("councilrole:set", args=[code.value])
    return client.post(url, {"version": 1, "name": "x", **answers(code, **changes)}, follow=True)


def test_a_standard_role_is_narrowed_at_once_and_the_audit_says_by_whom(council):
    council.package(1)
    assert client_of(council[Role.FINANCE]).get(reverse("person:index")).status_code == 200

    edit(council, Role.FINANCE, care__person="")

    finance = User.objects.get(pk=council[Role.FINANCE].pk)
    assert not finance.may_view(Person)
    assert not Person.objects.visible_to(finance).exists()
    assert client_of(finance).get(reverse("person:index")).status_code in (302, 403)
    assert finance.may_view(RateCard)
    entry = AuditEntry.objects.get(subject_type="accounts.councilrole")
    assert entry.actor == council[Role.ADMINISTRATOR]
    assert "care.person" not in entry.after["view"]


def test_what_is_changed_is_seen_too(council):
    edit(council, Role.FINANCE, rates__budget="change")

    row = CouncilRole.objects.get(code="finance")

    assert "rates.budget" in row.view
    assert row.name == "Finance"


def test_an_administrator_cannot_lock_everybody_out(council):
    page = edit(council, Role.ADMINISTRATOR, accounts__councilrole="view")

    assert "Administrators keep the right" in page.content.decode()
    assert not CouncilRole.objects.exists()


def test_nobody_is_ever_let_change_the_audit(council):
    role = CouncilRole(authority=council.authority, code="x", name="X", change=["audit.auditentry"])

    with pytest.raises(ValidationError, match="only ever read"):
        save_role(actor=council[Role.ADMINISTRATOR], role=role, expected_version=None)


@pytest.mark.parametrize("role", [Role.COMMISSIONER, Role.BROKER, Role.AUDITOR])
def test_only_who_manages_sign_ins_edits_roles(council, role):
    before = AuditEntry.objects.count()

    page = edit(council, role, by=role, accounts__user="change")

    assert page.status_code in (200, 403)
    assert not CouncilRole.objects.exists()
    assert AuditEntry.objects.count() == before
    with pytest.raises(PermissionDenied):
        save_role(
            actor=council[role],
            role=CouncilRole(authority=council.authority, code="x", name="X"),
            expected_version=None,
        )


def test_a_role_of_the_councils_own_sees_what_it_was_given_and_no_more(council):
    admin = client_of(council[Role.ADMINISTRATOR])
    data = {"name": "Night desk", "version": 1, "grant:rates.ratecard": "view"}
    admin.post(reverse("councilrole:add"), data)
    user = register_user(
        authority=council.authority, username="night", role="night-desk", password=PASSWORD
    )

    client = client_of(user)

    assert user.get_role_display() == "Night desk"
    assert client.get(reverse("ratecard:index")).status_code == 200
    assert client.get(reverse("wagtailadmin_home")).status_code == 200
    assert client.get(reverse("person:index")).status_code in (302, 403)
    row = CouncilRole.objects.get(code="night-desk")
    refused = admin.post(reverse("councilrole:act", args=[row.pk, "remove"]), follow=True)
    assert "is still the role of" in refused.content.decode()
    assert CouncilRole.objects.filter(code="night-desk").exists()


def test_a_role_gets_its_first_grants_back(council):
    edit(council, Role.FINANCE, care__person="")
    row = CouncilRole.objects.get(code="finance")

    url = reverse("councilrole:act", args=[row.pk, "give-back"])
    client_of(council[Role.ADMINISTRATOR]).post(url)

    assert User.objects.get(pk=council[Role.FINANCE].pk).may_view(Person)


def test_another_councils_roles_are_its_own(council, other_council):
    edit(council, Role.FINANCE, care__person="")
    row = CouncilRole.objects.get()

    stranger = client_of(other_council[Role.ADMINISTRATOR])

    assert other_council[Role.FINANCE].may_view(Person)
    assert stranger.get(reverse("councilrole:inspect", args=[row.pk])).status_code == 404
    assert stranger.get(reverse("councilrole:edit", args=[row.pk])).status_code == 404
