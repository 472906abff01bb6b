"""Headless Chromium for pages of the admin: signed in, watched for errors and calls out."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, sync_playwright

from tests.council import PASSWORD

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)


FINISH_ANIMATIONS = """document.getAnimations()
    .filter((moving) => isFinite(moving.effect.getComputedTiming().endTime))
    .forEach((moving) => moving.finish())"""


class Quiet:
    """Waits until a page has loaded and asks for nothing more.

    Playwright's own "networkidle" waits half a second of silence for every page.
    """

    SILENCE_MS, MOST_MS, LOOK_MS = 100, 30_000, 20

    def __init__(self, page: Page) -> None:
        self._page = page
        self._asked = 0
        page.on("request", lambda _request: self._count(1))
        page.on("requestfinished", lambda _request: self._count(-1))
        page.on("requestfailed", lambda _request: self._count(-1))

    def _count(self, change: int) -> None:
        self._asked += change

    def wait(self) -> None:
        """Wait for the load and then for silence; TimeoutError when the page never falls silent."""
        self._page.wait_for_load_state("load")
        silent = waited = 0
        while silent < self.SILENCE_MS:
            if waited > self.MOST_MS:
                raise TimeoutError(f"{self._page.url} still asks for {self._asked} things.")
            self._page.wait_for_timeout(self.LOOK_MS)
            waited += self.LOOK_MS
            silent = silent + self.LOOK_MS if self._asked <= 0 else 0


@dataclass
class Visitor:
    """A signed-in browser page and what it complained of."""

    page: Page
    base: str
    errors: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Count what the page asks for."""
        self.quiet = Quiet(self.page)

    def open(self, address: str) -> Page:
        """Go to an address of the site and wait for its scripts."""
        self.page.goto(self.base + address)
        self.quiet.wait()
        return self.page

    def sign_in(self, username: str) -> None:
        """Sign in by the form."""
        self.open("/admin/login/")
        self.page.fill("[name=username]", username)
        self.page.fill("[name=password]", PASSWORD)
        self.page.click("button[type=submit]")
        self.quiet.wait()

    def serious_axe_findings(self) -> list[str]:
        """Return axe's serious and critical findings with the elements."""
        # A message that still fades in has the contrast of its first moment.
        self.page.evaluate(FINISH_ANIMATIONS)
        found = Axe().run(self.page).response["violations"]
        return [
            f"{one['id']}: {json.dumps([node['target'] for node in one['nodes'][:3]])}"
            for one in found
            if one["impact"] in ("serious", "critical")
        ]


@pytest.fixture
def visitor(live_server: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Visitor]:
    """A browser at the live server; skipped, saying so, where there is no Chromium."""
    if CHROMIUM is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    # Playwright keeps an event loop in this thread; the tests read the database between steps.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(
            viewport={"width": 1400, "height": 900}, locale="en-GB", reduced_motion="reduce"
        )
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
