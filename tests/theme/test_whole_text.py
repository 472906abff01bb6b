"""A character that no database keeps is refused at the door, wherever it stands."""

import pytest
from django.test import Client
from django.urls import reverse

from cms_models.accounts.roles import Role
from cms_models.planning.models import Scenario


@pytest.mark.parametrize(
    ("name", "query", "form"),
    [
        ("ratecard:index", {"q": "a\0b"}, None),
        ("sandbox_cell", {"table": "\0"}, None),
        ("sandbox_save", {}, {"name": "Mine\0", "note": ""}),
        ("saved_view_new", {}, {"record_type": "market.provider", "na\0me": "x"}),
    ],
)
def test_a_nul_character_is_refused_in_words_and_writes_nothing(council, name, query, form):
    client = Client()
    client.force_login(council[Role.COMMISSIONER])

    url = reverse(name, query=query)
    answer = client.get(url) if form is None else client.post(url, form)

    assert answer.status_code == 400
    assert "NUL character" in answer.content.decode()
    assert not Scenario.objects.exists()


def test_a_nul_character_in_an_address_is_refused(council):
    client = Client()
    client.force_login(council[Role.ADMINISTRATOR])

    assert client.get(f"{reverse('own_fields')}market%00.provider/").status_code == 400


def test_text_without_it_passes(council):
    client = Client()
    client.force_login(council[Role.COMMISSIONER])

    assert client.get(reverse("ratecard:index"), {"q": "a%00b 0"}).status_code == 200
