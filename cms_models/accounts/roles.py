"""Who may do what: one table of roles, read by every door.

A permission is `<app>.<action>_<model>` as Django names them; a role lists the models it may view
and those it may change. Row-level scope is not here: that is `visible_to(user)`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """The kinds of people who sign in, and the named actor of the machine."""

    ADMINISTRATOR = "administrator"
    COMMISSIONER = "commissioner"
    CONTRACT_MANAGER = "contract_manager"
    BROKER = "broker"
    COORDINATOR = "coordinator"
    FINANCE = "finance"
    AUDITOR = "auditor"
    PROVIDER = "provider"
    CARER = "carer"
    SYSTEM = "system"


ROLE_LABELS: Mapping[Role, str] = {
    Role.ADMINISTRATOR: "Administrator",
    Role.COMMISSIONER: "Commissioner",
    Role.CONTRACT_MANAGER: "Contract manager",
    Role.BROKER: "Broker",
    Role.COORDINATOR: "Home First coordinator",
    Role.FINANCE: "Finance",
    Role.AUDITOR: "Auditor",
    Role.PROVIDER: "Provider",
    Role.CARER: "Carer",
    Role.SYSTEM: "Homeward (machine)",
}

STAFF_ROLES = frozenset(Role) - {Role.PROVIDER, Role.CARER, Role.SYSTEM}

CONFIGURATION = frozenset(
    {
        "accounts.authority",
        "fields.rulesetting",
        "places.zonemap",
        "places.zone",
        "places.urbancentre",
        "places.roadmap",
        "rates.ratecard",
        "rates.rateline",
        "rates.budget",
        "market.skill",
        "market.provider",
        "market.framework",
        "market.lot",
        "market.lotaward",
        "quality.qualityframework",
        "quality.qualitystandard",
    }
)
PEOPLE = frozenset({"care.person"})
PACKAGES = frozenset(
    {
        "care.carepackage",
        "care.visitpattern",
        "care.award",
        "care.allocationrun",
        "care.allocationproposal",
    }
)
ROUNDS = frozenset(
    {
        "rounds.carer",
        "rounds.shift",
        "rounds.visit",
        "rounds.visitpin",
        "rounds.planrun",
        "rounds.round",
        "rounds.stop",
        "rounds.unplacedvisit",
    }
)
# Whom a person wishes or refuses, and why a carer is away: not for everybody who sees rounds.
CONFIDENCES = frozenset({"rounds.carerpreference", "rounds.carerabsence"})
WORK = frozenset({"jobs.job", "jobs.importrun", "jobs.exportfile"})
TRAIL = frozenset({"audit.auditentry"})
SIGN_IN = frozenset({"accounts.user", "accounts.apikey", "market.providermembership"})
EVERYTHING = CONFIGURATION | PEOPLE | PACKAGES | ROUNDS | CONFIDENCES | WORK | TRAIL | SIGN_IN


@dataclass(frozen=True)
class Grants:
    """The models a role sees and the models it changes (changing implies seeing)."""

    view: frozenset[str] = frozenset()
    change: frozenset[str] = frozenset()

    def allows(self, *, action: str, model: str) -> bool:
        """Return whether `action` (view, add, change, delete, publish …) is granted on `model`."""
        if model in self.change:
            return True
        return action == "view" and model in self.view


GRANTS: Mapping[Role, Grants] = {
    Role.ADMINISTRATOR: Grants(view=EVERYTHING, change=CONFIGURATION | SIGN_IN | WORK),
    Role.COMMISSIONER: Grants(
        view=CONFIGURATION | PACKAGES | ROUNDS | WORK | TRAIL,
        change=frozenset(
            {
                "fields.rulesetting",
                "places.zonemap",
                "places.zone",
                "places.urbancentre",
                "places.roadmap",
                "rates.ratecard",
                "rates.rateline",
                "rates.budget",
                "market.framework",
                "market.lot",
                "market.lotaward",
                "market.skill",
                "jobs.importrun",
                "jobs.job",
            }
        ),
    ),
    Role.CONTRACT_MANAGER: Grants(
        view=CONFIGURATION | PACKAGES | WORK | TRAIL,
        change=frozenset(
            {
                "market.provider",
                "market.lotaward",
                "quality.qualityframework",
                "quality.qualitystandard",
                "jobs.importrun",
                "jobs.job",
            }
        ),
    ),
    Role.BROKER: Grants(
        view=CONFIGURATION | WORK | TRAIL | PEOPLE | PACKAGES,
        change=PEOPLE | PACKAGES | WORK,
    ),
    Role.COORDINATOR: Grants(
        view=CONFIGURATION | PEOPLE | PACKAGES | ROUNDS | WORK | TRAIL,
        change=ROUNDS | CONFIDENCES | WORK,
    ),
    Role.FINANCE: Grants(view=CONFIGURATION | PEOPLE | PACKAGES | ROUNDS | WORK | TRAIL),
    Role.AUDITOR: Grants(view=EVERYTHING),
    Role.PROVIDER: Grants(),
    Role.CARER: Grants(),
    Role.SYSTEM: Grants(view=EVERYTHING, change=EVERYTHING),
}


def role_allows(*, role: str, permission: str) -> bool:
    """Return whether a role holds a Django permission such as `rates.change_ratecard`."""
    if role not in GRANTS:
        return False
    if permission == "wagtailadmin.access_admin":
        return role in STAFF_ROLES
    app, _, codename = permission.partition(".")
    action, _, model = codename.partition("_")
    return GRANTS[Role(role)].allows(action=action, model=f"{app}.{model}")
