"""The sample council: made as files, loaded by the importers, taken through the main job once."""

import json
import os
import secrets
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.utils import timezone

from cms_models.accounts import services as accounts
from cms_models.accounts.models import Authority, User
from cms_models.accounts.roles import ROLE_LABELS, STAFF_ROLES, Role
from cms_models.fields.services import set_rule_at_first
from cms_models.market.services import add_member
from homeward.demo_brokerage import SECOND_BROKER, busiest_lead, furnish_brokerage
from homeward.demo_tender import decide_sample_tender
from homeward.demo_workbench import furnish_workbench
from importers.sample.council import write_sample

SEED = 1
STATE_FILE = "sample.json"
MAIN_COUNCIL, SECOND_COUNCIL = "herefordshire", "nottinghamshire"


class SampleCouncil:
    """Builds the sample once in a data folder; an interrupted build is taken up again."""

    def __init__(self, data: Path, *, say: Callable[[str], None]) -> None:
        self.data, self.say = data, say
        self.state_path = data / STATE_FILE

    @property
    def state(self) -> dict[str, Any]:
        """What is known of the build: sign-ins and whether it is ready."""
        return json.loads(self.state_path.read_text()) if self.state_path.exists() else {}

    @property
    def is_wanted(self) -> bool:
        """Whether the sample is to be built: an empty database, or a build not finished."""
        if self.state:
            return not self.state.get("ready")
        return not Authority.objects.exists()

    def build(self, *, today: date) -> None:
        """Make the files, import them, place the packages, plan a day."""
        state = self.state or {"password": secrets.token_urlsafe(9), "today": today.isoformat()}
        self._keep(state)
        folder = self.data / "sample"
        self.say("Making the sample council's files …")
        write_sample(folder, seed=SEED, as_at=date.fromisoformat(state["today"]))
        for code in (MAIN_COUNCIL, SECOND_COUNCIL):
            self.say(f"Importing {code} through the importers …")
            call_command("import_council", str(folder / code))
        state["sign_ins"] = self._sign_ins(state["password"])
        state["api_key"] = state.get("api_key") or self._api_key()
        self._keep(state)
        for code in (MAIN_COUNCIL, SECOND_COUNCIL):
            self._main_job(code, today=today)
        self.say(f"{MAIN_COUNCIL}: laying out the commissioner's workbench …")
        main = Authority.objects.get(code=MAIN_COUNCIL)
        decide_sample_tender(main, today=today)
        furnish_workbench(main, today=today)
        self.say(f"{MAIN_COUNCIL}: offering packages to providers …")
        portal = furnish_brokerage(main, now=timezone.now(), password=state["password"])
        self._keep({**state, "portal": portal, "ready": True})

    def _main_job(self, code: str, *, today: date) -> None:
        self.say(f"{code}: proposing allocations …")
        call_command("allocate", authority=code)
        call_command("make_visits", authority=code)
        day = next_working_day(today)
        self.say(f"{code}: planning the rounds of {day:%A %d/%m/%Y} …")
        call_command("plan_rounds", authority=code, date=day.isoformat())

    def _keep(self, state: dict[str, Any]) -> None:
        draft = self.state_path.with_suffix(".draft")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(state, file, indent=1)
        draft.replace(self.state_path)

    def _sign_ins(self, password: str) -> list[dict[str, str]]:
        rows = []
        for authority in Authority.objects.filter(code__in=[MAIN_COUNCIL, SECOND_COUNCIL]):
            # Nobody tries the sample with an authenticator app at hand.
            set_rule_at_first(
                actor=accounts.system_actor(authority=authority),
                key="accounts.staff_need_second_factor",
                value=False,
            )
            suffix = "" if authority.code == MAIN_COUNCIL else f"@{authority.code}"
            for role in sorted(STAFF_ROLES):
                accounts.register_user(
                    authority=authority,
                    username=f"{role.value}{suffix}",
                    role=role,
                    password=password,
                    name=f"{DEMO_NAMES[role]} Demo",
                )
                label = f"{ROLE_LABELS[role]}, {authority.name}"
                rows.append({"username": f"{role.value}{suffix}", "who": label})
        rows.append({"username": SECOND_BROKER, "who": "Broker, the colleague beside the first"})
        return rows

    def _api_key(self) -> str:
        """Issue a key for the provider that the portal's sign-in acts for and return its text."""
        authority = Authority.objects.get(code=MAIN_COUNCIL)
        provider = busiest_lead(authority)
        user: User = accounts.register_user(
            authority=authority,
            username=f"api-{provider.ref.lower()}",
            role=Role.PROVIDER,
            password=secrets.token_urlsafe(24),
            name=f"{provider.name} API",
        )
        add_member(actor=accounts.system_actor(authority=authority), user=user, provider=provider)
        return accounts.issue_key(user=user, name="Sample key", now=timezone.now()).text


DEMO_NAMES = {
    Role.ADMINISTRATOR: "Ada",
    Role.COMMISSIONER: "Connie",
    Role.CONTRACT_MANAGER: "Max",
    Role.BROKER: "Bea",
    Role.COORDINATOR: "Cora",
    Role.FINANCE: "Fay",
    Role.AUDITOR: "Aud",
}


def next_working_day(today: date) -> date:
    """Return the next Monday-to-Friday day after today: the day a coordinator plans."""
    day = today + timedelta(days=1)
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day


def greeting(state: dict[str, Any], *, base_url: str) -> str:
    """Return the addresses, sign-ins and the one GraphQL call that works when pasted."""
    lines = ["", f"  Homeward        {base_url}/admin/"]
    lines += [f"  GraphQL         {base_url}/graphql    documentation {base_url}/graphql/docs"]
    if state.get("ready"):
        lines += [f"  Rule book       {base_url}/rule-book/{MAIN_COUNCIL}/    open to everybody"]
        lines += [f"  Quality         {base_url}/quality/{MAIN_COUNCIL}/    open to everybody"]
    if state.get("sign_ins"):
        lines += ["", f"  Sign-ins (password for all: {state['password']})"]
        width = max(len(one["username"]) for one in state["sign_ins"])
        lines += [f"    {one['username']:<{width}}  {one['who']}" for one in state["sign_ins"]]
    if state.get("ready"):
        lines += [
            "",
            f"  Where to begin: as commissioner, the zone map {base_url}/admin/zone-map/, the",
            f"    sandbox {base_url}/admin/sandbox/ and a rate card that waits for approval;",
            f"    as administrator, approve it: {base_url}/admin/review/;",
            f"    as broker, the packages that need a provider: {base_url}/admin/board/",
        ]
    if state.get("portal"):
        portal = state["portal"]
        lines += [
            "",
            f"  Provider portal {base_url}/portal/    sign in as {portal['username']} (the same",
            f"    password): {portal['who']}",
        ]
    if state.get("api_key"):
        query = (
            "{ openPackages(first: 3) { nodes { reference postcodeDistrict weeklyMinutes "
            "zone { name } } } }"
        )
        lines += [
            "",
            "  Ask as a provider:",
            f"    curl -s {base_url}/graphql -H 'Content-Type: application/json' \\",
            f"      -H 'Authorization: Bearer {state['api_key']}' \\",
            f"      -d '{json.dumps({'query': query})}'",
        ]
    return "\n".join([*lines, ""])
