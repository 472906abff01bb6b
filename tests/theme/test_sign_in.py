"""Signing in: the second factor, wrong passwords, new passwords by mail."""

import re

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from cms_models.accounts.models import User
from cms_models.accounts.roles import Role
from cms_models.audit import second_factors
from cms_models.audit.models import AuditEntry
from cms_models.fields.domain import RULES
from cms_models.fields.models import RuleSetting
from tests.council import PASSWORD
from tests.theme.browsing import visitor  # noqa: F401
from theme.sign_in.addresses import client_address

RULE = "accounts.staff_need_second_factor"
OUTSIDE = "203.0.113.9"


@pytest.fixture
def strict(council):
    """A council as it is by default: its staff need a second factor."""
    RuleSetting.objects.filter(key=RULE).delete()
    return council


def code_of(user, ahead: int = 0) -> str:
    """Return what the user's app shows now, or so many half minutes later."""
    device = TOTPDevice.objects.get(user=user)
    return f"{totp(device.bin_key, t0=-30 * ahead):06d}"


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def enrolled(client, user) -> list[str]:
    """Set up the user's app on a client and return the recovery codes shown."""
    client.get(reverse("second_factor"))
    page = client.post(reverse("second_factor"), {"code": code_of(user)}).content.decode()
    return re.findall(r"<li><code>(.+?)</code></li>", page)


def test_by_default_staff_open_no_page_of_the_admin_without_a_second_factor(strict):
    assert RULES[RULE].default is True
    client = signed_in(strict[Role.BROKER])

    for name in ("wagtailadmin_home", "carepackage:index", "wagtailadmin_account"):
        answer = client.get(reverse(name))
        assert answer.status_code == 302, name
        assert answer["Location"].startswith("/admin/second-factor/?next=%2Fadmin%2F"), name
    assert client.post(reverse("carepackage:index")).status_code == 403


def test_staff_enrol_by_the_square_and_go_on_to_where_they_wanted(strict):
    user = strict[Role.BROKER]
    client = signed_in(user)
    asked = reverse("carepackage:index")

    page = client.get(client.get(asked)["Location"]).content.decode()
    assert 'src="data:image/svg+xml' in page
    assert f'value="{asked}"' in page
    wrong = client.post(reverse("second_factor"), {"code": "000000", "next": asked})
    assert wrong.status_code == 400
    assert b"enter the next one" in wrong.content
    TOTPDevice.objects.update(throttling_failure_count=0)
    right = client.post(reverse("second_factor"), {"code": code_of(user), "next": asked})

    assert asked.encode() in right.content
    assert client.get(asked).status_code == 200
    assert AuditEntry.objects.filter(action="enrol_second_factor", actor=user).count() == 1
    key = TOTPDevice.objects.get().key
    assert key not in str(list(AuditEntry.objects.values_list("before", "after")))


def test_sessions_opened_before_enrolment_do_not_count_and_a_code_works_once(strict):
    user = strict[Role.BROKER]
    earlier, now = signed_in(user), signed_in(user)
    enrolled(now, user)
    assert now.get(reverse("wagtailadmin_home")).status_code == 200

    assert earlier.get(reverse("wagtailadmin_home")).status_code == 302
    again = earlier.post(reverse("second_factor"), {"code": code_of(user)})
    assert again.status_code == 400  # the code that enrolled the app
    TOTPDevice.objects.update(throttling_failure_count=0)
    assert earlier.post(reverse("second_factor"), {"code": code_of(user, 1)}).status_code == 302
    assert earlier.get(reverse("wagtailadmin_home")).status_code == 200


def test_a_recovery_code_opens_once_and_is_kept_as_a_digest(strict):
    user = strict[Role.BROKER]
    codes = enrolled(signed_in(user), user)
    assert len(set(codes)) == 10
    kept = str(list(StaticToken.objects.values_list("token", flat=True)))
    assert not any(code in kept or code.replace("-", "") in kept for code in codes)

    first, second = signed_in(user), signed_in(user)
    typed = f" {codes[0].upper()} "
    assert first.post(reverse("second_factor"), {"code": typed}).status_code == 302
    assert second.post(reverse("second_factor"), {"code": codes[0]}).status_code == 400
    assert second_factors.recovery_codes_left(user) == 9


def test_wrong_codes_make_the_next_one_wait(strict):
    user = strict[Role.BROKER]
    enrolled(signed_in(user), user)
    client = signed_in(user)
    client.post(reverse("second_factor"), {"code": "000000"})

    answer = client.post(reverse("second_factor"), {"code": code_of(user, 1)})

    assert answer.status_code == 429
    assert b"wait" in answer.content
    assert client.get(reverse("wagtailadmin_home")).status_code == 302


def test_an_administrator_lets_somebody_start_again_and_their_sessions_stop_counting(strict):
    user = strict[Role.BROKER]
    client = signed_in(user)
    enrolled(client, user)
    administrator = signed_in(strict[Role.ADMINISTRATOR])
    enrolled(administrator, strict[Role.ADMINISTRATOR])

    url = reverse("user:act", args=[user.pk, "remove_second_factor"])
    administrator.post(url, {"reason": "Phone lost"})

    assert second_factors.app_of(user) is None
    assert client.get(reverse("wagtailadmin_home")).status_code == 302
    entry = AuditEntry.objects.get(action="remove_second_factor")
    assert (entry.reason, entry.subject_id) == ("Phone lost", str(user.pk))


def test_where_the_council_asks_for_none_a_password_is_enough_unless_one_is_enrolled(council):
    user = council[Role.BROKER]
    earlier = signed_in(user)
    assert earlier.get(reverse("wagtailadmin_home")).status_code == 200

    enrolled(signed_in(user), user)

    assert earlier.get(reverse("wagtailadmin_home")).status_code == 302


def test_the_pages_of_the_second_factor_are_for_staff(council):
    for name in ("second_factor", "second_factor_own"):
        assert signed_in(council.provider_users["P1"]).get(reverse(name)).status_code == 403
        assert Client().get(reverse(name)).status_code == 302
        assert signed_in(council[Role.BROKER]).get(reverse(name)).status_code == 200
    again = signed_in(council[Role.BROKER])
    enrolled(again, council[Role.BROKER])
    page = again.post(reverse("second_factor_own")).content.decode()
    assert len(re.findall(r"<li><code>", page)) == 10
    assert "10 recovery codes left" in again.get(reverse("second_factor_own")).content.decode()


def tried(client, password: str, **headers):
    told = {"username": "broker", "password": password}
    return client.post(reverse("wagtailadmin_login"), told, REMOTE_ADDR=OUTSIDE, headers=headers)


def test_five_wrong_passwords_lock_the_name_and_the_address_whatever_a_header_says(council):
    client = Client()
    answers = [
        tried(client, "wrong", **{"X-Forwarded-For": f"198.51.100.{n}"}).status_code
        for n in range(5)
    ]

    assert answers == [200, 200, 200, 200, 429]
    answer = tried(client, PASSWORD, **{"X-Forwarded-For": "198.51.100.77"})
    assert (answer.status_code, answer["Retry-After"]) == (429, "900")
    assert b"Too many wrong passwords" in answer.content
    # Another name from there is locked too; from elsewhere it is not.
    other = {"username": "finance", "password": PASSWORD}
    login = reverse("wagtailadmin_login")
    assert client.post(login, other, REMOTE_ADDR=OUTSIDE).status_code == 429
    assert client.post(login, other, REMOTE_ADDR="203.0.113.10").status_code == 302


def test_behind_our_own_proxy_only_what_it_added_is_believed(council, settings, rf):
    request = rf.get("/", REMOTE_ADDR="10.0.0.1", headers={"X-Forwarded-For": "1.1.1.1, 2.2.2.2"})

    assert client_address(request) == "10.0.0.1"
    settings.PROXIES = 1
    assert client_address(request) == "2.2.2.2"
    settings.PROXIES = 3
    assert client_address(request) == "10.0.0.1"


def test_a_new_password_is_set_by_the_link_in_the_mail_and_said_on_file(council):
    cache.clear()
    user = council[Role.BROKER]
    User.objects.filter(pk=user.pk).update(email="broker@council.example")
    client = Client()
    ask = reverse("wagtailadmin_password_reset")
    known = client.post(ask, {"email": "broker@council.example"})
    unknown = client.post(ask, {"email": "nobody@council.example"})
    assert known["Location"] == unknown["Location"]
    [message] = mail.outbox
    link = re.search(r"/admin/password_reset/confirm/\S+", message.body).group()

    form = client.get(link, follow=True).redirect_chain[-1][0]
    new = "another long pass phrase"
    client.post(form, {"new_password1": new, "new_password2": new})

    assert Client().login(username="broker", password=new)
    entry = AuditEntry.objects.get(action="reset_password")
    assert (entry.actor, entry.subject_id) == (user, str(user.pk))
    for _ in range(9):
        client.post(ask, {"email": "broker@council.example"})
    assert len(mail.outbox) <= 5  # five mails an hour, however often they are asked for


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_second_factor_is_set_up_in_the_browser_within_the_csp(
    strict,
    visitor,  # noqa: F811
):
    page = visitor.page
    visitor.sign_in("broker")
    assert page.locator("img.theme-square").evaluate("image => image.naturalWidth > 100")
    assert visitor.serious_axe_findings() == []

    page.fill("[name=code]", code_of(strict[Role.BROKER]))
    page.click("text=Go on")
    visitor.quiet.wait()
    assert page.locator(".theme-codes li").count() == 10
    assert visitor.serious_axe_findings() == []
    page.click("text=I have kept them")
    visitor.quiet.wait()

    assert page.url.endswith("/admin/")
    assert visitor.errors == visitor.outside == []
