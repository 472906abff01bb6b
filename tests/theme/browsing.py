"""Headless Chromium for pages of the admin: signed in, watched for errors and calls out."""

import importlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connection
from playwright.sync_api import Page, sync_playwright

from tests.council import PASSWORD

CHROMIUM = Path("/usr/bin/chromium")


@dataclass
class Visitor:
    """A signed-in browser page and what it complained of."""

    page: Page
    base: str
    errors: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def open(self, address: str) -> Page:
        """Go to an address of the site and wait for its scripts."""
        self.page.goto(self.base + address)
        self.page.wait_for_load_state("networkidle")
        return self.page

    def sign_in(self, username: str) -> None:
        """Sign in by the form."""
        self.open("/admin/login/")
        self.page.fill("[name=username]", username)
        self.page.fill("[name=password]", PASSWORD)
        self.page.click("button[type=submit]")
        self.page.wait_for_load_state("networkidle")

    def serious_axe_findings(self) -> list[str]:
        """Return axe's serious and critical findings with the elements."""
        found = Axe().run(self.page).response["violations"]
        return [
            f"{one['id']}: {json.dumps([node['target'] for node in one['nodes'][:3]])}"
            for one in found
            if one["impact"] in ("serious", "critical")
        ]


@pytest.fixture(scope="session")
def flushable_audit(django_db_setup: None) -> None:
    """Let the end of a test with a live server empty the audit, which its triggers forbid.

    PostgreSQL truncates, which row triggers do not see; SQLite deletes.
    """
    if connection.vendor != "sqlite" or connection.ops.sql_flush.__name__ == "without_triggers":
        return
    triggers = importlib.import_module("cms_models.audit.migrations.0002_append_only")
    flush = connection.ops.sql_flush

    def without_triggers(*args: Any, **kwargs: Any) -> list[str]:
        return [*triggers.UNDO["sqlite"], *flush(*args, **kwargs), *triggers.SQLITE]

    connection.ops.sql_flush = without_triggers


@pytest.fixture
def visitor(
    flushable_audit: None, live_server: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Visitor]:
    """A browser at the live server; skipped, saying so, where there is no Chromium."""
    if not CHROMIUM.exists():
        pytest.skip(f"no {CHROMIUM}: apt install chromium")
    # Playwright keeps an event loop in this thread; the tests read the database between steps.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 900}, locale="en-GB")
        one = Visitor(page, live_server.url)
        page.on("pageerror", lambda error: one.errors.append(str(error)))
        page.on(
            "console",
            lambda message: one.errors.append(message.text) if message.type == "error" else None,
        )
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((live_server.url, "data:"))
                else one.outside.append(request.url)
            ),
        )
        yield one
        browser.close()
