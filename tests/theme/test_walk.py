"""Every address of the admin, walked by strangers and by every role."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from cms_models.accounts.models import User
from cms_models.accounts.roles import STAFF_ROLES, Role
from cms_models.care.models import Person
from cms_models.fields.models import RuleSetting
from tests.council import build_council
from tests.theme.furnishing import furnish, one_of, picture_of, screened_models

DENIED = {302, 403, 404, 405}
NAMES = (b"Canaryfirst", b"Canarylast", b"Canary Street")
VALUES = {
    "name": "publish",
    "key": "care.notice_days",
    "kind": "ratecard",
    "record_type": "market.provider",
    "slug": "canary-log",
    "code": "finance",
}
# Whose id an address without a record's namespace takes.
OWNERS = {
    "own_fields": "fields.customfield",
    "own_file": "market.provider",
    "saved_report": "planning.savedreport",
    "saved_view": "fields.savedview",
    "package_page": "care.carepackage",
    "package": "care.carepackage",
    "rounds_day": "rounds.planrun",
    "zone_map": "places.zonemap",
    "rate_card": "rates.ratecard",
    "import": "jobs.importrun",
    "quality_page": "quality.qualityframework",
    "quality_contents": "quality.qualityframework",
    "quality_next": "quality.qualityframework",
    "board": "care.carepackage",
    "framework_": "market.framework",
    "tender_letter": "tenders.bid",
    "tender": "tenders.tender",
    "review": "rates.ratecard",
    "allocation_file": "brokerage.allocationfile",
    "hand_back_evidence": "brokerage.handback",
    "brokerage_report": "brokerage.release",
}
# A file that was never checked has no rejects, a day that nobody asked to plan no progress, and
# what a visit might cost is of a visit named.
NOTHING_THERE = {
    "import_rejects",
    "rounds_day_progress",
    "rounds_day_options",
    "rate_card_adjustments",
    "own_file",
}


def addresses(resolver=None, namespace: str = "") -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield every named address of the admin with the names of its arguments."""
    for item in (resolver or get_resolver()).url_patterns:
        if isinstance(item, URLResolver):
            inner = f"{namespace}{item.namespace}:" if item.namespace else namespace
            yield from addresses(item, inner)
        elif isinstance(item, URLPattern) and item.name:
            yield f"{namespace}{item.name}", tuple(item.pattern.converters)


def owner_of(name: str) -> type | None:
    """Return the kind of record whose id an address takes."""
    known = {model._meta.model_name: model for model in screened_models()}
    namespace = name.split(":")[0]
    if namespace in known:
        return known[namespace]
    label = next((label for start, label in OWNERS.items() if name.startswith(start)), None)
    return apps.get_model(label) if label else None


def ours() -> list[tuple[str, tuple[str, ...], type]]:
    """Return every address of Homeward's own screens with its arguments and its record."""
    return [
        (name, arguments, owner_of(name))
        for name, arguments in addresses()
        if owner_of(name) is not None
    ]


def address_of(name: str, arguments: tuple[str, ...], model: type, council) -> str:
    record = one_of(model, council)
    return reverse(name, kwargs={key: VALUES.get(key, record.pk) for key in arguments})


class Walker(Client):
    """A browser that forgets what it was told: each refusal adds a message that no page shows."""

    def request(self, **request):
        response = super().request(**request)
        self.cookies.pop("messages", None)
        return response


def signed_in(user: User) -> Client:
    client = Walker(raise_request_exception=True)
    client.force_login(user)
    return client


@pytest.fixture
def two_councils(db):
    """A furnished council, and a stranger's."""
    return furnish(build_council()), build_council("othershire", prefix="other-")


@pytest.mark.django_db
def test_every_kind_of_record_has_its_screens():
    indexes = {name for name, _ in addresses() if name.endswith(":index")}

    missing = [
        m._meta.model_name
        for m in screened_models()
        if f"{m._meta.model_name}:index" not in indexes
    ]

    assert missing == []


@pytest.mark.django_db
def test_no_address_takes_an_id_that_this_walk_does_not_know():
    closed = tuple(
        name
        for name, arguments in addresses()
        if arguments
        and owner_of(name) is None
        and not name.startswith(("wagtail", "closed", "rule_book", "quality_book", "portal:"))
    )
    # GraphQL's own addresses are walked in tests/homeward_api, the portal's in tests/theme/portal;
    # the rule book and the quality framework are for everybody.
    assert closed == ()


def strongest(model: type, council) -> User:
    """Return the user whose role may do most with a kind of record."""
    staff = [council[role] for role in sorted(STAFF_ROLES)]
    return max(staff, key=lambda user: (user.may("change", model), user.may_view(model)))


def test_staff_of_another_council_reach_nothing_and_write_nothing(two_councils):
    council, other = two_councils
    before = picture_of(council)

    for name, arguments, model in ours():
        if "pk" not in arguments:
            continue
        url, client = (
            address_of(name, arguments, model, council),
            signed_in(strongest(model, other)),
        )
        assert client.get(url).status_code in DENIED, url
        posted = client.post(url, {"version": 1, "name": "Taken", "reason": "Taken"})
        assert posted.status_code in DENIED, url

    assert picture_of(council) == before


def test_staff_of_another_council_read_nothing_in_lists_and_exports(two_councils):
    _, other = two_councils

    for name, arguments, model in ours():
        if arguments:
            continue
        client = signed_in(strongest(model, other))
        for query in ({}, {"export": "csv"}) if name.endswith(":index") else ({},):
            page = client.get(reverse(name), query)
            content = b"".join(page.streaming_content) if page.streaming else page.content
            assert b"anary" not in content, (name, query)


def test_every_page_opens_for_the_role_that_works_with_it(two_councils):
    council, _ = two_councils

    for name, arguments, model in ours():
        response = signed_in(strongest(model, council)).get(
            address_of(name, arguments, model, council)
        )
        allowed = {200, 302, 405, *({404} if name in NOTHING_THERE else set())}
        assert response.status_code in allowed, name


@pytest.mark.parametrize("role", sorted(STAFF_ROLES))
def test_a_role_sees_exactly_the_records_it_is_granted(two_councils, role):
    council, _ = two_councils
    user, client = council[role], signed_in(council[role])

    for name, arguments, model in ours():
        if not name.endswith((":index", ":inspect")):
            continue
        response = client.get(address_of(name, arguments, model, council))
        record = one_of(model, council)
        seen = (
            model.objects.visible_to(user).filter(pk=record.pk).exists()
            if arguments
            else user.may_view(model)
        )
        assert (response.status_code == 200) == seen, (role, name)
        assert response.status_code in {200, *DENIED}
        if not user.may_view(Person):
            assert not [one for one in NAMES if one in response.content], (role, name)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.FINANCE])
def test_roles_that_only_read_change_nothing_by_any_post(two_councils, role):
    council, _ = two_councils
    client = signed_in(council[role])
    before = picture_of(council)

    for name, arguments, model in ours():
        url = address_of(name, arguments, model, council)
        response = client.post(url, {"version": 1, "reason": "Taken", "on": "23/11/2026"})
        assert response.status_code in DENIED, url

    assert picture_of(council) == before


def test_providers_carers_and_nobody_never_enter_and_write_nothing(two_councils):
    council, _ = two_councils
    clients = [signed_in(council[role]) for role in (Role.PROVIDER, Role.CARER)]
    before = picture_of(council)

    for name, arguments, model in ours():
        address = address_of(name, arguments, model, council)
        for client in (*clients, Client()):
            posted = client.post(address, {"version": 1, "name": "Taken", "reason": "Taken"})
            for response in (client.get(address), posted):
                assert response.status_code in {302, 403, 404}, name
                if response.status_code == 302:
                    assert response["Location"].startswith(reverse("wagtailadmin_login")), name
    assert clients[0].get("/admin/").status_code == 302
    assert reverse("wagtailadmin_login") in clients[0].get("/admin/")["Location"]
    assert picture_of(council) == before


def test_who_may_not_see_people_reads_no_name_on_pages_of_our_own_or_in_exports(two_councils):
    council, _ = two_councils
    client = signed_in(council[Role.COMMISSIONER])

    for name, arguments, model in ours():
        listed = name.endswith(":index")
        if ":" in name and not listed:
            continue  # seen above, by every role
        query = {"export": "csv"} if listed else {}
        page = client.get(address_of(name, arguments, model, council), query)
        content = b"".join(page.streaming_content) if page.streaming else page.content
        assert not [one for one in NAMES if one in content], (name, query)


def test_the_machine_cannot_sign_in(two_councils):
    council, _ = two_councils
    council.system.set_password("a long enough pass phrase")
    council.system.save()

    assert not Client().login(
        username=council.system.username, password="a long enough pass phrase"
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    [
        "pages/",
        "images/",
        "documents/",
        "snippets/",
        "users/",
        "groups/",
        "reports/site-history/",
        "workflows/list/",
        "collections/",
        "choose-page/",
        "api/main/pages/",
        "bulk/accounts/user/delete/",
    ],
)
def test_wagtails_own_screens_for_websites_are_closed(council, path):
    assert signed_in(council[Role.ADMINISTRATOR]).get(f"/admin/{path}").status_code == 404


def test_the_menu_shows_a_role_only_what_it_may_see(council):
    shown = {}
    for role in (Role.BROKER, Role.COORDINATOR, Role.ADMINISTRATOR):
        page = signed_in(council[role]).get("/admin/").content.decode()
        shown[role] = {
            model._meta.model_name
            for model in screened_models()
            if f"/admin/{model._meta.model_name}/" in page
        }

    assert "user" not in shown[Role.BROKER]
    assert "carer" not in shown[Role.BROKER]
    assert "carer" in shown[Role.COORDINATOR]
    assert {"user", "apikey"} <= shown[Role.ADMINISTRATOR]
    assert "wagtail.org" not in page


def test_reversing_finds_no_usage_and_no_copies():
    for name in ("carepackage:usage", "carepackage:copy"):
        with pytest.raises(NoReverseMatch):
            reverse(name, args=[1])


def test_rule_settings_are_reached_by_key(council):
    client = signed_in(council[Role.COMMISSIONER])

    assert client.get(reverse("rulesetting:set", args=["care.notice_days"])).status_code == 200
    assert client.get(reverse("rulesetting:set", args=["no.rule"])).status_code == 404
    assert not RuleSetting.objects.filter(key="care.notice_days").exists()
