"""The door itself: keys, methods, content, cookies, masking."""

import json

import pytest
from django.test import Client
from django.utils import timezone

from cms_models.accounts.models import ApiKey
from cms_models.accounts.roles import Role
from cms_models.accounts.services import revoke_key
from cms_models.market.models import ProviderMembership
from tests.council import PASSWORD
from tests.homeward_api.conftest import Door, days_ago, key_of

ME = "{ me { authority { code name } provider { ref name } providers { ref } } }"


def test_a_key_answers_for_its_provider(p1):
    assert p1.ask(ME).data["me"] == {
        "authority": {"code": "testshire", "name": "Testshire"},
        "provider": {"ref": "P1", "name": "Provider One"},
        "providers": [{"ref": "P1"}],
    }


def test_another_councils_key_answers_for_that_council(council, other_council):
    door = Door(key_of(other_council.provider_users["P1"]))

    assert door.ask(ME).data["me"]["authority"]["code"] == "othershire"


def test_a_dead_key_is_no_different_from_an_unknown_one(council):
    user = council.provider_users["P1"]
    expired, revoked, fresh = key_of(user), key_of(user), key_of(user)
    rows = {f"hw_{row.prefix}": row for row in ApiKey.objects.all()}
    ApiKey.objects.filter(pk=rows[expired[:11]].pk).update(expires_at=days_ago(1))
    revoke_key(key=rows[revoked[:11]], now=timezone.now())
    keys = [expired, revoked, fresh[:-1], fresh + "x", "hw_00000000_x", "", None, "hw_é_ü", "\0"]

    answers = [Door(key).ask(ME) for key in keys]

    assert {answer.status for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1
    assert answers[0].codes == ["UNAUTHENTICATED"]
    assert Door(fresh).ask(ME).status == 200


def test_a_key_revoked_between_two_requests_stops_at_the_second(council):
    door = Door(key_of(council.provider_users["P1"]))
    assert door.ask(ME).status == 200

    revoke_key(key=ApiKey.objects.get(), now=timezone.now())

    assert door.ask(ME).status == 401


def test_a_user_who_left_has_no_key_any_more(council):
    user = council.provider_users["P1"]
    door = Door(key_of(user))
    user.is_active = False
    user.save()

    assert door.ask(ME).status == 401


def test_only_providers_keys_are_answered(council):
    for role in set(Role) - {Role.PROVIDER, Role.SYSTEM}:
        answer = Door(key_of(council[role])).ask(ME)
        assert (answer.status, answer.codes) == (403, ["FORBIDDEN"])
    assert Door(key_of(council.system)).ask(ME).status == 403


def test_a_provider_user_without_a_provider_sees_nothing(council):
    council.package(1)
    ProviderMembership.objects.all().delete()
    door = Door(key_of(council.provider_users["P1"]))

    data = door.ask(
        "{ me { provider { ref } } openPackages { totalCount } packages { totalCount } "
        "lots { code } }"
    ).data

    assert data == {
        "me": {"provider": None},
        "openPackages": {"totalCount": 0},
        "packages": {"totalCount": 0},
        "lots": [],
    }


def test_nothing_is_answered_without_a_key_not_even_introspection(council):
    for query in ("{ __typename }", "{ __schema { types { name } } }", "{ mee }", "{"):
        answer = Door(None).ask(query)
        assert (answer.status, answer.codes) == (401, ["UNAUTHENTICATED"])
        assert "data" not in answer.body
        assert "Did you mean" not in answer.text


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "head", "options"])
def test_only_post_is_answered(empty, method):
    response = getattr(empty.client, method)("/graphql?query={__typename}", headers=empty.headers)

    assert (response.status_code, response["Allow"]) == (405, "POST")
    if method == "get":
        assert "/graphql/docs" in response.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
        "application/graphql",
        "",
    ],
)
def test_only_json_is_read_so_no_form_can_ask(empty, content_type):
    answer = empty.send(b'{"query": "{ __typename }"}', content_type=content_type)

    assert (answer.status, answer.codes) == (415, ["BAD_USER_INPUT"])


def test_a_form_with_the_query_in_the_address_is_refused(empty):
    response = empty.client.post(
        "/graphql?query={__typename}", {"query": "{ __typename }"}, headers=empty.headers
    )

    assert response.status_code == 415


def test_a_session_is_no_key(council):
    client = Client()
    assert client.login(username="p1", password=PASSWORD)

    response = client.post("/graphql", json.dumps({"query": ME}), content_type="application/json")

    assert response.status_code == 401
    assert not response.cookies


def test_no_csrf_token_is_needed_since_no_cookie_is_read(council):
    door = Door(key_of(council.provider_users["P1"]), enforce_csrf_checks=True)

    assert door.ask(ME).status == 200


def test_answers_are_not_stored_on_the_way(empty):
    response = empty.client.post(
        "/graphql",
        json.dumps({"query": ME}),
        content_type="application/json",
        headers=empty.headers,
    )

    assert response["Cache-Control"] == "no-store"
    assert not response.cookies


@pytest.mark.parametrize(
    "insides",
    [ValueError("Canary: secret path /srv/x"), KeyError("Canary"), RuntimeError("Canary")],
)
def test_an_error_of_ours_is_masked_and_found_again_by_its_reference(
    empty, monkeypatch, caplog, insides
):
    def broken(**_kwargs):
        raise insides

    monkeypatch.setattr("homeward_api.queries.market.own_lots", broken)

    answer = empty.ask("{ lots { code } }")

    (error,) = answer.body["errors"]
    assert (error["message"], error["extensions"]["code"]) == ("Internal error", "INTERNAL")
    assert "Canary" not in answer.text
    assert error["extensions"]["ref"] in caplog.text
    assert "Canary" in caplog.text


def test_a_null_where_none_may_be_is_masked_too(empty, monkeypatch, caplog):
    monkeypatch.setattr(
        "homeward_api.queries.market.own_lots",
        lambda **_kwargs: [{"code": None, "places": []}],
    )

    answer = empty.ask("{ lots { code } }")

    assert (answer.codes, answer.body["errors"][0]["path"]) == (["INTERNAL"], ["lots", 0, "code"])


def test_an_error_outside_execution_is_not_explained_either(empty, monkeypatch):
    def broken(*_args, **_kwargs):
        raise RuntimeError("Canary")

    monkeypatch.setattr("homeward_api.answers.execute", broken)

    answer = empty.ask("{ lots { code } }")

    assert (answer.status, answer.codes) == (500, ["INTERNAL"])
    assert "Canary" not in answer.text
