"""One package from release to sealed file: two brokers and three providers, each in a browser.

P1 leads lot O-A, P2 and P3 are additional. The package is seven half hours a week at £15.80 an
hour: 7 × £7.90 = £55.30, above the £50.00 that a broker may release alone, so a third person of
the council approves the cost. The scored question gives 10 points: P2 gets 9 of them, P3 gets 6.
"""

import hashlib
import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Browser
from pypdf import PdfReader

from cms_models.accounts.roles import Role
from cms_models.accounts.services import register_user
from cms_models.audit.selectors import chain_faults
from cms_models.brokerage.models import Release, Requirement
from cms_models.care.models import Award, CarePackage
from cms_models.fields.services import set_rule_at_first
from cms_models.market import services as market
from cms_models.market.domain import Tier
from tests.council import PASSWORD, Council
from tests.scenarios.watching import Watched

PACKAGE = "HC-000001"
CANARIES = ("Canaryfirst", "Canarylast", "Canary Street", "9000001")
SCORED, UNSCORED = "How soon can the same carer call each day?", "Who covers holidays?"
PHONE = {"width": 390, "height": 844}
REFUSED = (
    "Failed to load resource: the server responded with a status of 422 (Unprocessable Entity)"
)


class Person(Watched):
    """Somebody at a page with forms that may be refused: the one complaint a refusal makes."""

    def __init__(self, browser: Browser, base: str) -> None:
        super().__init__(browser, base)
        # Nothing is worked off between the steps: without the detour the browser keeps its files.
        self.context.unroute_all()
        self.context.on("request", lambda asked: self._look(asked.url))

    def _look(self, url: str) -> None:
        if not url.startswith((self.base, "data:", "blob:")):
            self.outside.append(url)

    def sign_in_to_portal(self, username: str) -> None:
        """Sign in as somebody who acts for a provider does."""
        self.open(reverse("portal:home"))
        self.page.get_by_label("User name").fill(username)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.press("Sign in")
        self.sees("Sign out")

    def follow(self, link: str) -> None:
        """Follow a link by its words."""
        with self.page.expect_navigation():
            self.page.get_by_role("link", name=link, exact=True).first.click()
        self.settle()

    def opens_package(self) -> None:
        """Open the package's brokerage page."""
        self.go("board_package", CarePackage.objects.get(package_ref=PACKAGE).pk)

    def act(self, act: str, button: str, **typed: str) -> None:
        """Fill in a form of the package's brokerage page and send it."""
        self.fill_in(act, **typed)
        self.press(button, within=f"#act-{act}")

    def fill_in(self, act: str, **typed: str) -> None:
        """Open a form of the package's brokerage page and type into it."""
        form = self.page.locator(f"#act-{act}")
        if form.get_attribute("open") is None:
            form.locator("> summary").click()
        for name, words in typed.items():
            form.locator(f"[name={name}]:not([type=hidden])").fill(words)

    def is_refused(self, *words: str) -> None:
        """Check that what was just sent was refused, in these words."""
        said = " ".join(self.page.locator("main .theme-problem").all_inner_texts())
        assert [one for one in words if one not in said] == [], said
        assert self.complaints.pop() == REFUSED

    def takes(self, link: str, *, within: str = "main") -> bytes:
        """Return what a link downloads."""
        with self.page.expect_download() as taken:
            self.page.locator(within).get_by_role("link", name=link).first.click()
        return Path(taken.value.path()).read_bytes()

    def reads(self) -> str:
        """Return the words of the page."""
        return self.page.inner_text("body")


def prepare(council: Council) -> None:
    """Give the council the package, a third provider, two more brokers and a low limit."""
    council.package(1)
    terms = market.provider_terms(council.providers["P2"]).__dict__
    third = market.ProviderTerms(**{**terms, "ref": "P3", "name": "Provider Three"})
    market.register_providers(actor=council.system, terms=[third])
    provider = type(council.providers["P2"]).objects.get(ref="P3", authority=council.authority)
    market.set_lot_award(
        actor=council.system,
        lot=council.lots["O-A"],
        provider=provider,
        tier=Tier.ADDITIONAL,
        rank=2,
        capacity_minutes_per_week=60 * 60,
        starts_on=date(2017, 7, 1),
    )
    user = _user(council, "p3", Role.PROVIDER, "Provider Three")
    market.add_member(actor=council.system, user=user, provider=provider)
    _user(council, "second", Role.BROKER, "Second Broker")
    _user(council, "third", Role.BROKER, "Third Broker")
    set_rule_at_first(actor=council.system, key="brokerage.budget_limit_pence", value=5000)


def _user(council: Council, username: str, role: Role, name: str) -> Any:
    return register_user(
        authority=council.authority, username=username, role=role, password=PASSWORD, name=name
    )


@pytest.mark.browser
def test_two_brokers_and_three_providers_from_release_to_sealed_file(
    live_server, council: Council, browser: Browser
):
    prepare(council)
    people = [Person(browser, live_server.url) for _ in range(6)]
    first, second, third, lead, other, loser = people
    for broker, name in ((first, "broker"), (second, "second"), (third, "third")):
        broker.sign_in(name)
    for provider, name in ((lead, "p1"), (other, "p2"), (loser, "p3")):
        provider.sign_in_to_portal(name)
    loser.page.set_viewport_size(PHONE)

    state_requirement(first)
    approve_cost(first, third)
    release(first, second)
    ask_and_answer(lead, second)
    decline(lead)
    for provider, answer in ((other, "From the first day"), (loser, "After two weeks")):
        offer(provider, answer)
    change_at_once(first, second)
    award_at_once(first, second)
    require_won(other)
    versions = [require_lost(loser, "P3", "not chosen"), require_lost(lead, "P1", "declined")]
    require_sealed(second, first, versions)

    assert Award.objects.get().provider.ref == "P2"
    assert list(chain_faults(council.authority)) == []
    for person in people:
        person.require_quiet()
        person.context.close()


def state_requirement(broker: Person) -> None:
    """State what the package asks for from the board, a name by mistake in it."""
    broker.go("board")
    broker.follow(PACKAGE)
    broker.act(
        "requirement",
        "Save",
        needs="Canaryfirst1 wants help with washing",
        must_haves="A carer who drives",
        outcomes="Stays at home",
    )
    broker.fill_in("questions")
    for label, words in (
        ("Question 1", SCORED),
        ("Most points of question 1", "10"),
        ("Question 2", UNSCORED),
    ):
        broker.page.get_by_label(label, exact=True).fill(words)
    broker.press("Save", within="#act-questions")
    broker.sees("up to 10 points")
    broker.sees("not scored")


def approve_cost(broker: Person, approver: Person) -> None:
    """The broker may not release it alone; somebody else approves the cost."""
    broker.act("release", "Release")
    broker.is_refused(
        f"{PACKAGE} costs £55.30 a week, above the limit of £50.00: somebody else must approve"
    )
    approver.opens_package()
    approver.act("approve", "Approve", reason="Agreed in the panel")
    approver.sees("Weekly cost approved by Third Broker")
    approver.page.goto("about:blank")


def release(broker: Person, watching: Person) -> None:
    """A name holds the release up in words; without it the other broker's board shows it live."""
    broker.act("release", "Release")
    broker.is_refused("Needs: “Canaryfirst1” is the person's name.")
    broker.act("requirement", "Save", needs="Help with washing")
    broker.fill_in("release")
    watching.go("board")
    assert watching.page.locator('[data-column="needed"] [data-ref]').count() == 1
    assert not Release.objects.exists()

    broker.press("Release", within="#act-release")

    moved = watching.page.locator(f'[data-column="released"] [data-ref="{PACKAGE}"]')
    moved.wait_for(timeout=20_000)
    watching.sees(f"{PACKAGE} is in “Released” now")
    watching.require_accessible()
    broker.sees("The lot's tiers, in order, by Broker Tester")
    for person in (broker, watching):
        person.page.goto("about:blank")


def ask_and_answer(lead: Person, broker: Person) -> None:
    """The lead reads the package, not whose it is, and asks; a broker answers."""
    lead.open(reverse("portal:packages"))
    lead.require_accessible()
    lead.follow(PACKAGE)
    lead.sees("Help with washing")
    lead.require_accessible()
    assert [one for one in CANARIES if one in lead.page.content()] == []
    lead.page.get_by_label("Your question").fill("Is there a key safe?")
    lead.press("Ask")
    lead.sees("The council has not answered yet.")

    broker.opens_package()
    broker.page.get_by_label("Answer", exact=True).fill("Yes, at the back door.")
    broker.press("Answer to all")
    broker.page.goto("about:blank")
    lead.page.reload()
    lead.sees("Yes, at the back door.")


def decline(lead: Person) -> None:
    """The lead declines with a reason: the next tier is asked at once."""
    lead.follow("Decline")
    lead.require_accessible()
    lead.page.get_by_label("No capacity at these times").check()
    lead.press("Decline the package")
    lead.sees("You declined the package.")
    steps = Release.objects.get().steps.order_by("number")
    assert [(step.tier, step.ended_because) for step in steps] == [
        (Tier.LEAD, "everybody declined"),
        (Tier.ADDITIONAL, ""),
    ]


def offer(provider: Person, answer: str) -> None:
    """A provider offers the whole week, with a condition and its answers."""
    provider.open(reverse("portal:packages"))
    provider.follow(PACKAGE)
    provider.sees("Yes, at the back door.")
    provider.follow("Make an offer")
    page = provider.page
    page.get_by_label("First day of care").fill("2026-12-01")
    assert page.get_by_label("Capacity").input_value() == "3.5"
    page.get_by_label("Conditions").fill("A second key is cut")
    page.get_by_label(SCORED).fill(answer)
    provider.press("Send the offer")
    provider.sees(f"Answer the question “{UNSCORED}”")
    if page.viewport_size == PHONE:
        provider.require_accessible()
    assert provider.complaints.pop() == REFUSED
    assert page.get_by_label(SCORED).input_value() == answer
    page.get_by_label(UNSCORED).fill("A team of four")
    provider.press("Send the offer")
    provider.sees("Your offer is sent.")
    width = page.viewport_size["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def change_at_once(first: Person, second: Person) -> None:
    """BR-10: the second to save is told who changed what; what either typed is kept."""
    for broker in (first, second):
        broker.opens_package()
    first.fill_in("requirement", must_haves="A carer who drives\nA carer who cooks")
    second.act("requirement", "Save", nice_to_haves="Speaks Welsh", must_haves="Drives a car")
    second.page.goto("about:blank")

    first.press("Save", within="#act-requirement")

    first.is_refused(
        "Not saved yet: Second Broker saved the requirement after you opened it.",
        "Must-haves: stored now “Drives a car”, you typed “A carer who drives; A carer who cooks”.",
        "Nice to have: now “Speaks Welsh”, taken over below.",
    )
    first.press("Save", within="#act-requirement")
    first.sees("What the package asks for is kept.")
    stored = Requirement.objects.get()
    assert stored.must_haves == ["A carer who drives", "A carer who cooks"]
    assert stored.nice_to_haves == ["Speaks Welsh"]
    assert stored.needs == ["Help with washing"]


def award_at_once(first: Person, second: Person) -> None:
    """One broker scores and awards; the other's award of the other offer is refused in words."""
    first.page.reload()
    write_award(first, "Provider Three", "They can begin sooner")
    second.opens_package()
    for name, points in (("Provider Two", "9"), ("Provider Three", "6")):
        second.page.get_by_label(f"Points of {name} for").fill(points)
        column = ["Provider Two", "Provider Three"].index(name)
        with second.page.expect_navigation():
            second.page.get_by_role("button", name="Save points").nth(column).click()
        second.settle()
        second.sees(f"{points} of 10.00 points, {points}0.00 %")
    second.require_accessible()
    write_award(second, "Provider Two", "The best answer")
    second.press("Award to Provider Two")
    second.sees(f"{PACKAGE} is awarded to Provider Two.")

    first.press("Award to Provider Three")

    first.is_refused(f"{PACKAGE} is not open any more", "Second Broker")
    first.sees("With Provider Two since")


def write_award(broker: Person, provider: str, reason: str) -> None:
    """Open the award of an offer and write its reason."""
    form = broker.page.locator("details").filter(
        has=broker.page.locator("button", has_text=f"Award to {provider}")
    )
    form.locator("summary").click()
    form.get_by_label("Reason").fill(reason)


def require_won(winner: Person) -> None:
    """The winner reads who the person is, on the package's page among the awarded."""
    winner.open(reverse("portal:awarded"))
    assert "Canary" not in winner.reads()
    winner.follow(PACKAGE)
    assert [one for one in CANARIES if one not in winner.reads()] == []
    winner.require_accessible()


def require_lost(loser: Person, ref: str, outcome: str) -> dict[str, Any]:
    """Who did not win reads the reference and the outcome, and takes its version of the file."""
    loser.open(reverse("portal:packages"))
    assert PACKAGE not in loser.reads()
    address = reverse("portal:package", args=[invitation_of(ref)])
    loser.open(address)
    told = loser.reads()
    assert PACKAGE in told
    assert outcome in told
    hidden = (*CANARIES, "Zone A", "washing", "key safe", "Provider Two", "cooks")
    assert [one for one in hidden if one in loser.page.content()] == []
    if loser.page.viewport_size == PHONE:
        loser.require_accessible()
    taken: dict[str, Any] = json.loads(loser.takes("What you may read of the decision’s file"))
    assert [one for one in (*CANARIES, "Provider Two") if one in json.dumps(taken)] == []
    assert taken["you"]["provider"] == ref
    return taken


def invitation_of(ref: str) -> str:
    """Return the address part of a provider's asking, which the provider kept."""
    rows = Release.objects.get().invitations
    return str(rows.values_list("public_id", flat=True).get(provider__ref=ref))


def require_sealed(reader: Person, checker: Person, versions: list[dict[str, Any]]) -> None:
    """The file is read and taken away; a colleague checks copies of it, true and altered."""
    reader.go("allocationfile:index")
    reader.follow(PACKAGE)
    reader.sees("The best answer")
    reader.require_accessible()
    sealed, pages = reader.takes("JSON"), reader.takes("PDF")
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pages)).pages)
    assert "The best answer" in text
    assert hashlib.sha256(sealed).hexdigest() in text.replace("\n", "")
    reader.follow("Check this file now")
    reader.sees("Genuine and unaltered")

    genuine, altered = "This copy is genuine and unaltered.", "This copy was altered"
    check(checker, sealed, genuine)
    checker.require_accessible()
    check(checker, sealed.replace(b"The best answer", b"The best Answer"), altered)
    assert "Altered: award" in checker.reads()
    for version in versions:
        check(checker, json.dumps(version).encode(), genuine)


def check(checker: Person, content: bytes, said: str) -> None:
    """Send a copy to the page that checks it."""
    checker.go("allocation_file_check")
    copy = {"name": "copy.json", "mimeType": "application/json", "buffer": content}
    checker.page.set_input_files("#file", copy)
    checker.press("Check it")
    checker.sees(said)
