"""The explorer in a browser: strict policy, a pasted key, an answer."""

import pytest
from django.test import Client

from tests.council import build_council
from tests.homeward_api.conftest import key_of
from tests.theme.browsing import Visitor, visitor  # noqa: F401


def test_the_explorer_runs_nothing_but_its_own_module():
    response = Client().get("/graphql/explorer")

    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "nonce" not in policy
    text = response.content.decode()
    assert "style=" not in text
    assert text.count("<script") == 2  # the module, and the examples as data


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_question_is_tried_with_a_pasted_key(visitor: Visitor):  # noqa: F811
    council = build_council()
    council.released(1)
    page = visitor.open("/graphql/explorer")

    page.fill("#key", key_of(council.provider_users["P1"]))
    page.select_option("#example", "invitations")
    page.click("button[type=submit]")
    page.wait_for_selector("#answer:has-text('HC-000001')")

    assert "200" in page.inner_text("#summary")
    assert "left this minute: 119 requests" in page.inner_text("#summary")
    assert visitor.serious_axe_findings() == []
    page.fill("#variables", "{")
    page.click("button[type=submit]")
    assert "not JSON" in page.inner_text("#summary")
    page.fill("#search", "makeOffer")
    assert page.inner_text("#found") == "2 found"
    assert (visitor.errors, visitor.outside) == ([], [])
