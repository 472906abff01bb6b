"""What a key may ask in a minute, and documents asked by their digest."""

import pytest

from cms_models.accounts.models import ApiKey
from cms_models.market.models import Provider
from cms_models.notices.models import KeyMinute
from homeward_api.requests import sha256_of

ME = "{ me { provider { ref } } }"
REGISTER = """
mutation ($text: String!) {
  registerDocument(idempotencyKey: "k", text: $text) { documentId problems { field message } }
}"""


def test_an_answer_says_what_is_left_of_the_keys_minute(empty):
    # me 1 + provider 1 + ref 1
    rates = [empty.ask(ME).body["extensions"]["rate"] for _ in range(2)]

    assert [(rate["requestsLeft"], rate["costLeft"]) for rate in rates] == [
        (119, 49_997),
        (118, 49_994),
    ]
    assert rates[0]["resetsAt"] == "2026-11-23T10:01:00+00:00"
    row = KeyMinute.objects.get()
    assert (row.requests, row.cost) == (2, 6)


@pytest.mark.parametrize(
    ("setting", "most", "says"),
    [
        ("GRAPHQL_REQUESTS_A_MINUTE", 2, "3 requests asked, the limit is 2 a minute"),
        ("GRAPHQL_COST_A_MINUTE", 7, "9 cost asked, the limit is 7 a minute"),
    ],
)
def test_over_its_minute_a_key_waits_and_another_does_not(
    council, door, settings, setting, most, says
):
    setattr(settings, setting, most)
    hasty, calm = door("P1"), door("P2")

    answers = [hasty.ask(ME) for _ in range(3)]

    assert [answer.status for answer in answers] == [200, 200, 429]
    assert answers[2].codes == ["RATE_LIMITED"]
    assert says in answers[2].text
    assert calm.ask(ME).status == 200


def test_a_refusal_for_the_minute_says_when_to_come_back(empty, settings):
    settings.GRAPHQL_REQUESTS_A_MINUTE = 0

    response = empty.client.post(
        "/graphql", b'{"query": "{ __typename }"}', "application/json", headers=empty.headers
    )

    assert response.status_code == 429
    assert 55 <= int(response["Retry-After"]) <= 60


def test_a_refused_document_counts_as_a_request_too(empty):
    empty.ask("{ nope }")
    empty.ask("{")
    empty.send(b"no json")

    row = KeyMinute.objects.get()
    assert (row.requests, row.cost) == (3, 0)


def test_a_dead_key_is_not_counted(empty):
    ApiKey.objects.update(revoked_at="2026-11-01T00:00Z")

    assert empty.ask(ME).status == 401
    assert not KeyMinute.objects.exists()


def test_a_registered_document_is_asked_by_its_digest(empty):
    kept = empty.ask(REGISTER, text=ME).data["registerDocument"]["documentId"]

    by_id = empty.send({"documentId": kept})
    by_hash = empty.send({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": kept}}})

    assert kept == sha256_of(ME)
    assert by_id.data == by_hash.data == {"me": {"provider": {"ref": "E1"}}}


def test_a_digest_nobody_registered_is_not_found(council, p1, p2):
    kept = p1.ask(REGISTER, text=ME).data["registerDocument"]["documentId"]

    assert p2.send({"documentId": kept}).codes == ["NOT_FOUND"]
    assert p2.send({"documentId": "0" * 63}).codes == ["BAD_USER_INPUT"]
    assert p2.send({"documentId": "0" * 64, "query": ME}).codes == ["BAD_USER_INPUT"]


def test_a_document_that_would_not_run_is_not_registered(empty):
    for text, says in (
        ("{ nope }", "nope"),
        ("{ a " * 12 + "}" * 12, "levels deep"),
        ("{", "Syntax"),
    ):
        (problem,) = empty.ask(REGISTER, text=text).data["registerDocument"]["problems"]
        assert (problem["field"], says in problem["message"]) == ("text", True)


def test_a_locked_providers_keys_ask_registered_documents_only(empty):
    empty.ask(REGISTER, text=ME)
    Provider.objects.update(trusted_documents_only=True)

    assert empty.send({"documentId": sha256_of(ME)}).status == 200
    assert empty.ask(ME).status == 200  # the same text is the same document
    other = empty.ask("{ me { authority { code } } }")
    assert (other.status, other.codes) == (403, ["FORBIDDEN"])
