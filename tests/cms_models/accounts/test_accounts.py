"""Who may do what, and keys."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from cms_models.accounts import services
from cms_models.accounts.domain import allows
from cms_models.accounts.models import ApiKey, Authority, User
from cms_models.accounts.roles import GRANTS, STAFF_ROLES, Role, is_staff_role
from cms_models.audit import sign_ins
from cms_models.audit.models import AuditEntry
from cms_models.care.models import Award, CarePackage, Person
from cms_models.rates.models import RateCard


@pytest.mark.parametrize(
    ("role", "model", "view", "change"),
    [
        (Role.COMMISSIONER, RateCard, True, True),
        (Role.COMMISSIONER, Person, False, False),
        (Role.BROKER, Person, True, True),
        (Role.BROKER, RateCard, True, False),
        (Role.CONTRACT_MANAGER, Person, False, False),
        (Role.COORDINATOR, CarePackage, True, False),
        (Role.FINANCE, Award, True, False),
        (Role.AUDITOR, Person, True, False),
        (Role.PROVIDER, CarePackage, False, False),
        (Role.CARER, Person, False, False),
    ],
)
def test_roles_see_and_change_what_they_work_on(council, role, model, view, change):
    user = council[role]

    assert (user.may("view", model), user.may("change", model)) == (view, change)


def test_only_staff_enter_the_admin_and_nobody_stands_above_the_roles(council):
    for role in Role:
        if role != Role.SYSTEM:
            enters = council[role].has_perm("wagtailadmin.access_admin")
            assert enters == (role in STAFF_ROLES)
    assert set(GRANTS) == set(Role)
    user = council[Role.FINANCE]
    user.is_superuser = True
    user.save()
    assert not User.objects.get(pk=user.pk).is_superuser
    assert not user.has_perm("rates.change_ratecard")
    assert not is_staff_role("")


def test_a_signed_out_or_stopped_user_sees_nothing(council):
    user = council[Role.BROKER]
    council.package()
    assert CarePackage.objects.visible_to(user).count() == 1

    user.is_active = False

    assert CarePackage.objects.visible_to(user).count() == 0


def test_each_council_sees_its_own_records_only(council, other_council):
    council.package()
    broker = other_council[Role.BROKER]

    assert not CarePackage.objects.visible_to(broker).exists()
    assert not Person.objects.visible_to(broker).exists()
    assert list(Authority.objects.visible_to(broker)) == [other_council.authority]
    assert not User.objects.visible_to(broker).filter(authority=council.authority).exists()


def test_a_key_is_kept_as_a_digest_and_acts_as_its_user(council):
    user = council.provider_users["P1"]
    now = timezone.now()

    issued = services.issue_key(user=user, name="Test", now=now)

    assert services.user_of_key(issued.text, now=now) == user
    assert issued.text.split("_", 2)[2] not in str(ApiKey.objects.values_list())
    assert services.user_of_key(issued.text + "x", now=now) is None
    assert services.user_of_key("hw__", now=now) is None
    assert services.user_of_key("", now=now) is None


def test_a_key_stops_at_revocation_at_its_end_and_with_its_user(council):
    user = council.provider_users["P1"]
    now = timezone.now()
    issued = services.issue_key(user=user, name="Test", now=now, days=1)

    assert services.user_of_key(issued.text, now=now + timedelta(days=1)) is None
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert services.user_of_key(issued.text, now=now) is None
    User.objects.filter(pk=user.pk).update(is_active=True)
    services.revoke_key(key=issued.row, now=now)
    assert services.user_of_key(issued.text, now=now) is None
    with pytest.raises(ValueError, match="1 to 365 days"):
        services.issue_key(user=user, name="For ever", now=now, days=366)


def test_nobody_signs_in_as_the_machine(client, council):
    council.system.set_password("known to somebody")
    council.system.save()

    assert not client.login(username=council.system.username, password="known to somebody")


def test_a_key_is_held_to_its_scopes_and_a_user_to_five_live_keys(council):
    user, now = council.provider_users["P1"], timezone.now()
    issued = services.issue_key(user=user, name="Rota", now=now, scopes=["packages:read"])

    key = services.key_of(issued.text, now=now)
    assert (key, key.scopes) == (issued.row, ["packages:read"])
    assert allows(key.scopes, "packages:read")
    assert not allows(key.scopes, "offers:write")
    assert allows([], "offers:write")
    with pytest.raises(ValidationError, match="no scope called 'all'"):
        services.issue_key(user=user, name="Rota", now=now, scopes=["all"])
    for number in range(4):
        services.issue_key(user=user, name=f"Key {number}", now=now, days=1)
    with pytest.raises(ValidationError, match="5 live keys, the most there may be"):
        services.issue_key(user=user, name="One more", now=now)
    assert services.issue_key(user=user, name="Later", now=now + timedelta(days=1)).row.pk


def test_a_rotated_key_opens_for_seven_days_more_and_its_successor_from_now(council):
    user, now = council.provider_users["P1"], timezone.now()
    old = services.issue_key(user=user, name="Rota", now=now, days=90, scopes=["packages:read"])
    later = now + timedelta(days=60)

    new = services.rotate_key(key=old.row, now=later)

    assert (new.row.name, new.row.scopes) == ("Rota", ["packages:read"])
    assert new.row.expires_at == later + timedelta(days=90)
    week = later + timedelta(days=7)
    assert services.key_of(old.text, now=week - timedelta(seconds=1)) == old.row
    assert services.key_of(old.text, now=week) is None
    assert services.key_of(new.text, now=week) == new.row
    with pytest.raises(ValidationError, match="opens nothing any more"):
        services.rotate_key(key=ApiKey.objects.get(pk=old.row.pk), now=week)


def test_keys_are_issued_rotated_and_revoked_on_file_by_their_user_or_an_administrator(council):
    user, now = council.provider_users["P1"], timezone.now()
    issued = sign_ins.issue_key(actor=user, user=user, name="Own", now=now, days=30)
    rotated = sign_ins.rotate_key(actor=council[Role.ADMINISTRATOR], key=issued.row, now=now)
    sign_ins.revoke_key(actor=user, key=rotated.row, now=now, reason="Lost")

    entries = AuditEntry.objects.filter(subject_type="accounts.apikey").order_by("sequence")
    assert [entry.action for entry in entries] == [
        "issue_key",
        "rotate_key",
        "issue_key",
        "revoke_key",
    ]
    trail = str([(entry.before, entry.after) for entry in entries])
    assert issued.text.split("_", 2)[2] not in trail
    assert issued.row.digest not in trail
    for actor in (council.provider_users["P2"], council[Role.BROKER]):
        with pytest.raises(PermissionDenied):
            sign_ins.issue_key(actor=actor, user=user, name="Foreign", now=now, days=30)
        with pytest.raises(PermissionDenied):
            sign_ins.rotate_key(actor=actor, key=issued.row, now=now)
    assert set(ApiKey.objects.visible_to(user)) == {issued.row, rotated.row}
    assert not ApiKey.objects.visible_to(council.provider_users["P2"]).exists()
