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

NOT_STAFF = frozenset({Role.PROVIDER, Role.CARER, Role.SYSTEM})
STAFF_ROLES = frozenset(Role) - NOT_STAFF

CONFIGURATION = frozenset(
    {
        "accounts.authority",
        "fields.rulesetting",
        "places.zonemap",
        "places.zone",
        "places.referencearea",
        "places.urbancentre",
        "places.roadmap",
        "rates.ratecard",
        "rates.rateline",
        "rates.budget",
        "rates.bankholiday",
        "market.skill",
        "market.provider",
        "market.framework",
        "market.lot",
        "market.lotaward",
        "quality.qualityframework",
        "quality.qualitystandard",
        "quality.qualitycriterion",
        "quality.kpidefinition",
        "rulebook.rulebookedition",
        "planning.scenario",
        "planning.savedreport",
    }
)
# What bidders asked and evaluators gave: for those who buy and those who check, never providers.
TENDERS = frozenset(
    {
        "tenders.tender",
        "tenders.criterion",
        "tenders.bid",
        "tenders.score",
        "tenders.moderatedscore",
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
BROKERAGE = frozenset(
    {
        "brokerage.requirement",
        "brokerage.offerquestion",
        "brokerage.release",
        "brokerage.releasestep",
        "brokerage.invitation",
        "brokerage.offer",
        "brokerage.question",
        "brokerage.message",
        "brokerage.suspension",
        "brokerage.handback",
        "brokerage.transfer",
        "brokerage.reviewtask",
        "brokerage.allocationfile",
    }
)
# What providers state of themselves, and the register they are matched with.
STATED = frozenset(
    {
        "market.cqclocation",
        "market.providerapplication",
        "market.providerdocument",
        "market.declaredcapacity",
        "market.carehome",
        "market.vacancy",
    }
)
# What was sent to providers, and their own settings for it.
NOTICES = frozenset(
    {"notices.outboxevent", "notices.delivery", "notices.webhook", "notices.trusteddocument"}
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
# What a council makes itself: own fields and types of records. Who sees and changes the records of
# a type is said by the type; "fields.entry" only lets a role be named there.
LOW_CODE = frozenset({"fields.customfield", "fields.recordtype"})
RECORDS = frozenset({"fields.entry"})
WORK = frozenset({"jobs.job", "jobs.importrun", "jobs.exportfile"})
TRAIL = frozenset({"audit.auditentry"})
# Who was shown whose personal data.
READS = frozenset({"audit.personalread"})
SIGN_IN = frozenset(
    {
        "accounts.user",
        "accounts.councilrole",
        "accounts.apikey",
        "market.providermembership",
    }
)
EVERYTHING = (
    CONFIGURATION
    | TENDERS
    | PEOPLE
    | PACKAGES
    | BROKERAGE
    | STATED
    | NOTICES
    | READS
    | ROUNDS
    | CONFIDENCES
    | LOW_CODE
    | RECORDS
    | WORK
    | TRAIL
    | SIGN_IN
)


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
    Role.ADMINISTRATOR: Grants(
        view=EVERYTHING,
        change=CONFIGURATION | SIGN_IN | WORK | LOW_CODE | RECORDS | STATED | NOTICES,
    ),
    Role.COMMISSIONER: Grants(
        view=CONFIGURATION | TENDERS | PACKAGES | BROKERAGE | STATED | ROUNDS | WORK | TRAIL,
        change=TENDERS
        | LOW_CODE
        | RECORDS
        | frozenset(
            {
                "fields.rulesetting",
                "places.zonemap",
                "places.zone",
                "places.referencearea",
                "places.urbancentre",
                "places.roadmap",
                "rates.ratecard",
                "rates.rateline",
                "rates.budget",
                "rates.bankholiday",
                "market.framework",
                "market.lot",
                "market.lotaward",
                "market.skill",
                "planning.scenario",
                "planning.savedreport",
                "jobs.importrun",
                "jobs.job",
            }
        ),
    ),
    Role.CONTRACT_MANAGER: Grants(
        view=CONFIGURATION | TENDERS | PACKAGES | BROKERAGE | STATED | NOTICES | WORK | TRAIL,
        change=TENDERS
        | RECORDS
        | STATED
        | frozenset(
            {
                "market.provider",
                "market.lotaward",
                "quality.qualityframework",
                "quality.qualitystandard",
                "quality.qualitycriterion",
                "quality.kpidefinition",
                "brokerage.handback",
                "brokerage.message",
                "brokerage.reviewtask",
                "planning.scenario",
                "planning.savedreport",
                "jobs.importrun",
                "jobs.job",
            }
        ),
    ),
    Role.BROKER: Grants(
        view=CONFIGURATION | WORK | TRAIL | PEOPLE | PACKAGES | BROKERAGE | STATED | NOTICES,
        change=PEOPLE
        | PACKAGES
        | (BROKERAGE - {"brokerage.allocationfile"})
        | WORK
        | RECORDS
        | {"market.vacancy", "market.carehome"},
    ),
    Role.COORDINATOR: Grants(
        view=CONFIGURATION | PEOPLE | PACKAGES | ROUNDS | WORK | TRAIL,
        change=ROUNDS | CONFIDENCES | WORK | RECORDS,
    ),
    Role.FINANCE: Grants(
        view=CONFIGURATION | TENDERS | PEOPLE | PACKAGES | BROKERAGE | ROUNDS | WORK | TRAIL,
        change=RECORDS,
    ),
    Role.AUDITOR: Grants(view=EVERYTHING),
    Role.PROVIDER: Grants(),
    Role.CARER: Grants(),
    Role.SYSTEM: Grants(view=EVERYTHING, change=EVERYTHING),
}


# Only ever read: nobody writes the trail by hand.
NEVER_CHANGED = TRAIL | READS
# Without these an administrator could lock everybody out, for good.
NEVER_TAKEN_FROM_ADMINISTRATORS = frozenset({"accounts.user", "accounts.councilrole"})


def is_staff_role(code: str) -> bool:
    """Return whether a role works in the admin: every one but outsiders' and the machine's."""
    return bool(code) and code not in NOT_STAFF


def grants_refusal(*, code: str, grants: Grants) -> str | None:
    """Return why a role cannot be granted this, None when it can."""
    unknown = (grants.view | grants.change) - EVERYTHING
    if unknown:
        return f"There is no kind of record called {min(unknown)}."
    if grants.change & NEVER_CHANGED:
        return "The audit is only ever read: nobody may change it."
    missing = NEVER_TAKEN_FROM_ADMINISTRATORS - grants.change
    if code == Role.ADMINISTRATOR and missing:
        return (
            "Administrators keep the right to change users and roles: "
            "without it nobody could give it back."
        )
    return None


def grants_allow(grants: Grants, *, permission: str) -> bool:
    """Return whether grants hold a Django permission such as `rates.change_ratecard`."""
    app, _, codename = permission.partition(".")
    action, _, model = codename.partition("_")
    return grants.allows(action=action, model=f"{app}.{model}")
