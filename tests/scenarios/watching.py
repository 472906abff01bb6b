"""People at a browser: each in a context of their own, watched for complaints and calls outside."""

import re
from base64 import b32decode
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from django_otp.oath import totp
from playwright.sync_api import Browser, BrowserContext, Page, Route

from cms_models.jobs.models import Job, JobState
from cms_models.jobs.runner import run_job
from tests.council import PASSWORD
from tests.theme.browsing import Quiet


class Watched:
    """A browser context that sends nothing anywhere else and writes down every complaint.

    Every request passes through here, so none is made while the test itself works as the worker
    (the embedded test database is one connection for all threads).
    """

    def __init__(self, browser: Browser, base: str) -> None:
        self.base = base
        self.outside: list[str] = []
        self.complaints: list[str] = []
        self.context: BrowserContext = browser.new_context(
            accept_downloads=True, viewport={"width": 1400, "height": 900}, locale="en-GB"
        )
        self.context.add_init_script(
            "document.addEventListener('securitypolicyviolation', (event) => "
            "console.error('CSP ' + event.violatedDirective + ' ' + event.blockedURI));"
        )
        # Files of the site itself need no look: they are most of what a page asks for.
        own_files = re.compile(f"^(?!{re.escape(base)}/static/)")
        self.context.route(own_files, self._pass)
        self.page: Page = self.context.new_page()
        self.quiet = Quiet(self.page)
        self.page.on("console", lambda said: self._note(said.type, said.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _pass(self, route: Route) -> None:
        if route.request.url.startswith((self.base, "data:", "blob:")):
            route.continue_()
            return
        self.outside.append(route.request.url)
        route.abort()

    def _note(self, kind: str, text: str) -> None:
        if kind == "error":
            self.complaints.append(text)

    def sign_in(self, username: str, password: str = PASSWORD) -> None:
        """Sign in as a person does."""
        self.page.goto(f"{self.base}{reverse('wagtailadmin_login')}")
        self.page.fill("[name=username]", username)
        self.page.fill("[name=password]", password)
        self.page.click("button[type=submit]")
        self.settle()
        if self.page.locator(".theme-key").count():
            self.enrol()
        self.page.wait_for_url(f"{self.base}{reverse('wagtailadmin_home')}")

    def enrol(self) -> None:
        """Set up the second factor a council asks for by default, as an authenticator app does."""
        key = b32decode("".join(self.page.inner_text(".theme-key").split()))
        self.page.get_by_label("Code").fill(f"{totp(key):06d}")
        self.page.get_by_role("button", name="Go on").click()
        self.page.get_by_role("link", name="I have kept them").click()

    def go(self, name: str, *args: Any, query: str = "") -> None:
        """Open a page of the admin."""
        self.open(f"{reverse(name, args=args)}{query}")

    def open(self, address: str) -> None:
        """Open an address of the site."""
        self.page.goto(f"{self.base}{address}")

    def press(self, label: str, *, within: str = "body") -> None:
        """Press a button that sends a form, and wait for the page it leads to."""
        with self.page.expect_navigation():
            self.page.locator(within).get_by_role("button", name=label, exact=True).first.click()
        self.settle()

    def take(self, step: str, *, said: str) -> None:
        """Take a step of a review by its button, with a remark."""
        form = self.page.locator(f"details:has(form[action$='act/{step}/'])").first
        form.locator("summary").click()
        form.locator("textarea").fill(said)
        with self.page.expect_navigation():
            form.locator("button[type=submit]").click()
        self.settle()

    def settle(self) -> None:
        """Wait until the page asks for nothing more."""
        self.quiet.wait()

    def work(self) -> list[str]:
        """Run what waits, as the worker would, once the browser has fallen silent."""
        self.settle()
        waiting = Job.objects.filter(state=JobState.QUEUED).order_by("pk")
        return [run_job(job.pk, heartbeat=False) for job in waiting]

    def sees(self, words: str) -> None:
        """Wait for words to stand on the page."""
        self.page.get_by_text(words).first.wait_for(timeout=20_000)

    def grave(self) -> list[tuple[str, list[Any]]]:
        """Return what axe finds serious or critical, with the elements."""
        found = Axe().run(self.page).response["violations"]
        grave = [one for one in found if one["impact"] in ("serious", "critical")]
        return [(one["id"], [node["target"] for node in one["nodes"]]) for one in grave]

    def require_accessible(self) -> None:
        """Check the page with axe: nothing serious or critical."""
        assert self.grave() == []

    def require_quiet(self) -> None:
        """Check that no script failed, no policy was broken and nobody else was asked."""
        assert (self.complaints, self.outside) == ([], [])
