"""Asking the machines' door as a provider would: a key, JSON, an answer."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from time import monotonic
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from cms_models.accounts.models import User
from cms_models.accounts.roles import Role
from cms_models.accounts.services import issue_key, register_authority, register_user
from cms_models.market.models import Provider, ProviderMembership
from tests.council import TODAY, Council


@dataclass
class Answer:
    """What came back."""

    status: int
    body: dict[str, Any]
    text: str

    @property
    def data(self) -> Any:
        assert "errors" not in self.body, self.text
        return self.body["data"]

    @property
    def codes(self) -> list[str]:
        return [error["extensions"]["code"] for error in self.body.get("errors", [])]


class Door:
    """A client with one key."""

    def __init__(self, key: str | None, **client: Any) -> None:
        self.client = Client(**client)
        self.headers = {"Authorization": f"Bearer {key}"} if key else {}

    def send(self, body: Any, **extra: Any) -> Answer:
        """Send a body: bytes and text as they are, the rest as JSON."""
        data = body if isinstance(body, bytes | str) else json.dumps(body)
        extra.setdefault("content_type", "application/json")
        extra["headers"] = {**self.headers, **extra.pop("headers", {})}
        response = self.client.post("/graphql", data=data, **extra)
        text = response.content.decode()
        return Answer(response.status_code, json.loads(text), text)

    def ask(self, query: str, **variables: Any) -> Answer:
        """Send a query with its variables."""
        return self.send({"query": query, "variables": variables})


def key_of(user: User, **changes: Any) -> str:
    """Issue a key that acts as a user."""
    return issue_key(user=user, name="test", now=timezone.now(), **changes).text


@pytest.fixture(autouse=True)
def _monday(monkeypatch) -> None:
    """It is ten o'clock on the council's Monday, whenever the tests run, and time goes on."""
    begun = monotonic()
    ten = datetime.combine(TODAY, time(10), UTC)
    monkeypatch.setattr(
        "django.utils.timezone.now", lambda: ten + timedelta(seconds=monotonic() - begun)
    )


@pytest.fixture
def door(council: Council) -> Callable[[str], Door]:
    """Return the door of a provider of the council, by the provider's reference."""
    return lambda ref="P1": Door(key_of(council.provider_users[ref]))


@pytest.fixture
def p1(door) -> Door:
    """The lead of zone A and of the complex lot."""
    return door("P1")


@pytest.fixture
def p2(door) -> Door:
    """Additional in zone A, the lead of zone B."""
    return door("P2")


def days_ago(days: int) -> Any:
    """Return a moment some days ago."""
    return timezone.now() - timedelta(days=days)


@pytest.fixture
def empty(db) -> Door:
    """The door of a provider in a council that has nothing yet: quick to build."""
    authority = register_authority(code="emptyshire", name="Emptyshire")
    user = register_user(
        authority=authority, username="empty", role=Role.PROVIDER, password="not signed in by"
    )
    provider = Provider.objects.create(authority=authority, ref="E1", name="Empty One")
    ProviderMembership.objects.create(authority=authority, user=user, provider=provider)
    return Door(key_of(user))
