"""The pages that explain the door, and the command that issues keys."""

import re
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client

from homeward_api.schema import sdl
from tests.homeward_api.conftest import Door

GUIDE = Path(settings.ROOT) / "docs" / "graphql.md"


def test_the_docs_page_shows_every_type_and_fetches_nothing_foreign():
    response = Client().get("/graphql/docs")

    text = response.content.decode()
    assert response.status_code == 200
    for name in re.findall(r"^(?:type|enum|scalar) (\w+)", sdl(), re.MULTILINE):
        assert f'id="{name}"' in text
    assert "never who it is for" in text
    assert "<script" not in text
    assert "style=" not in text
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "style-src 'self'" in policy
    assert "unsafe" not in policy
    addresses = re.findall(r'(?:src|href)="([^"]+)"', text)
    assert addresses
    assert all(address.startswith(("/", "#")) for address in addresses)


def test_the_call_on_the_docs_page_works_when_pasted(council, p1):
    council.released(1)
    text = Client().get("/graphql/docs").content.decode()

    (body,) = re.findall(r"-d '(.+?)'", text)

    nodes = p1.send(body).data["openPackages"]["nodes"]
    assert nodes == [{"reference": "HC-000001", "postcodeDistrict": None}]


def test_the_docs_pages_are_read_only():
    assert Client().post("/graphql/docs").status_code == 405


def test_the_schema_is_given_as_text():
    response = Client().get("/graphql/schema.graphql")

    assert response["Content-Type"].startswith("text/plain")
    assert response.content.decode() == sdl()


def test_a_key_issued_by_command_answers(council):
    out = StringIO()

    call_command("issue_key", "p1", "--name", "try", stdout=out)

    door = Door(out.getvalue().strip())
    assert door.ask("{ me { provider { ref } } }").data["me"]["provider"] == {"ref": "P1"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nobody"], "No user is called 'nobody'"),
        (["broker"], "keys are for providers"),
        (["p1", "--days", "366"], "1 to 365 days"),
    ],
)
def test_a_key_is_refused_with_the_reason(council, arguments, says):
    with pytest.raises(CommandError, match=says):
        call_command("issue_key", *arguments, "--name", "try", stdout=StringIO())


def test_every_query_of_the_guide_is_answered(council, p1):
    council.package(1)
    queries = re.findall(r"```graphql\n(.+?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)

    assert len(queries) >= 8
    for query in queries:
        answer = p1.ask(query)
        assert set(answer.codes) <= {"NOT_FOUND"}, (query, answer.text)
        assert answer.status == 200
