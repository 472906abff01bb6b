"""An example of every question and every mutation, shown on the pages and run by the tests.

A value in braces is filled in by who tries it: `{invitation}` is the id of an invitation of theirs.
"""

import json
from dataclasses import dataclass, field
from typing import Any

PROBLEMS = "problems { code field message }"


@dataclass(frozen=True)
class Example:
    """A document that asks one field, and its variables."""

    query: str
    variables: dict[str, Any] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        """The variables as JSON, empty where there are none."""
        return json.dumps(self.variables, indent=2, ensure_ascii=False) if self.variables else ""


def _asks(text: str) -> Example:
    return Example(f"{{\n  {text}\n}}")


def _does(name: str, takes: str, gives: str, variables: dict[str, Any]) -> Example:
    """Return the example of a mutation: `takes` are its arguments with their types."""
    pairs = [one.split(": ") for one in f"idempotencyKey: String!, {takes}".split(", ") if one]
    declared = ", ".join(f"${argument}: {kind}" for argument, kind in pairs)
    passed = ", ".join(f"{argument}: ${argument}" for argument, _ in pairs)
    return Example(
        f"mutation ({declared}) {{\n  {name}({passed}) {{\n    {gives}\n    {PROBLEMS}\n  }}\n}}",
        {"idempotencyKey": f"{name}-1", **variables},
    )


EXAMPLES = {
    "me": _asks("me { authority { code name } provider { ref name } providers { ref } }"),
    "lots": _asks("lots { code name cascade places { tier rank capacityMinutesPerWeek } }"),
    "openPackages": _asks(
        "openPackages(first: 20) {\n    totalCount\n    pageInfo { hasNextPage endCursor }\n"
        "    nodes {\n      id reference invitation state closesAt postcodeDistrict coarsened "
        "startsOn startBy\n      urgency weeklyMinutes needs mustHaves niceToHaves outcomes\n"
        "      offerQuestions { id text scored mostPoints }\n"
        "      questions { text answer own }\n      myOffer { id state startsOn }\n"
        "      calls { days earliest latest minutes carers }\n    }\n  }"
    ),
    "packages": _asks(
        "packages(first: 10, status: ACTIVE) {\n    nodes { id reference startsOn "
        "weeklyPence person { firstName lastName } }\n  }"
    ),
    "package": Example(
        "query ($id: ID) {\n  package(id: $id) { reference status person { lastName } }\n}",
        {"id": "{package}"},
    ),
    "invitations": _asks(
        "invitations(first: 10) { nodes { id reference state sentAt openedAt closesAt outcome } }"
    ),
    "myOffers": _asks(
        "myOffers(first: 10) { nodes { id reference state startsOn answers { question answer } } }"
    ),
    "allocationFile": Example(
        "query ($invitation: ID!) {\n  allocationFile(invitation: $invitation) "
        "{ reference document }\n}",
        {"invitation": "{decided}"},
    ),
    "messages": _asks(
        "messages(first: 10, unread: true) { nodes { id reference text fromProvider sentAt } }"
    ),
    "reviewTasks": _asks(
        "reviewTasks(first: 10, done: false) { nodes { id reference kind words dueOn } }"
    ),
    "handBacks": _asks(
        "handBacks(first: 10) { nodes { id reference reason state decisionWords endsOn } }"
    ),
    "documents": _asks("documents { id kind name sizeBytes sha256 expiresOn }"),
    "declaredCapacities": _asks("declaredCapacities { lot { code } minutesPerWeek fromDay }"),
    "homes": _asks("homes { id name postcode beds vacancies { kind free weeklyPence asAt } }"),
    "packagesChangedSince": Example(
        "query ($cursor: String) {\n  packagesChangedSince(cursor: $cursor, first: 50) {\n"
        "    nodes { id kind packageId reference at }\n    cursor hasMore\n  }\n}",
        {"cursor": None},
    ),
    "webhooks": _asks("webhooks { id url kinds active pausedBecause }"),
    "apiKeys": _asks("apiKeys { prefix name scopes expiresAt lastUsedAt revokedAt own }"),
    "noticeWishes": _asks("noticeWishes"),
    "rates": _asks(
        'rates(asOf: "2018-04-01", pathway: O) { card validFrom lines { visitKind poundsPerHour } }'
    ),
    "zones": _asks("zones { name validFrom zones { code name } }"),
    "ruleBook": _asks("ruleBook { edition validFrom chapters { title sentences } }"),
    "qualityFramework": _asks("qualityFramework { title edition domains { title } }"),
    "makeOffer": _does(
        "makeOffer",
        "invitation: ID!, startsOn: Date!, weeklyMinutes: Int!, conditions: String",
        "offer { id state madeAt }",
        {
            "invitation": "{invitation}",
            "startsOn": "{day}",
            "weeklyMinutes": 210,
            "conditions": "Mornings only in the first week.",
        },
    ),
    "withdrawOffer": _does(
        "withdrawOffer",
        "offer: ID!, reason: String!",
        "offer { id state withdrawnAt }",
        {"offer": "{offer}", "reason": "Two carers left."},
    ),
    "declinePackage": _does(
        "declinePackage",
        "invitation: ID!, reason: DeclineReason!, words: String",
        "invitation { id state answeredAt }",
        {"invitation": "{invitation}", "reason": "CAPACITY", "words": "Full until January."},
    ),
    "markOpened": _does(
        "markOpened",
        "invitation: ID!",
        "invitation { id openedAt }",
        {"invitation": "{invitation}"},
    ),
    "askQuestion": _does(
        "askQuestion",
        "invitation: ID!, text: String!",
        "question { id text }",
        {"invitation": "{invitation}", "text": "Is there a key safe?"},
    ),
    "sendMessage": _does(
        "sendMessage",
        "text: String!, package: ID",
        "message { id sentAt }",
        {"text": "The first visit went well.", "package": "{package}"},
    ),
    "markMessagesRead": Example(
        "mutation ($idempotencyKey: String!) {\n  markMessagesRead(idempotencyKey: "
        f"$idempotencyKey) {{\n    unread\n    {PROBLEMS}\n  }}\n}}",
        {"idempotencyKey": "markMessagesRead-1"},
    ),
    "handBackPackage": _does(
        "handBackPackage",
        "package: ID!, reason: HandBackReason!, words: String!, evidence: EvidenceInput",
        "handBack { id state decisionWords }",
        {
            "package": "{package}",
            "reason": "NEEDS_CHANGED",
            "words": "Two carers are needed at every visit now.",
            "evidence": {"name": "log.pdf", "base64": "JVBERi0xLjQKJSVFT0YK"},
        },
    ),
    "withdrawHandBack": _does(
        "withdrawHandBack",
        "handBack: ID!",
        "handBack { id state }",
        {"handBack": "{handBack}"},
    ),
    "completeReviewTask": _does(
        "completeReviewTask",
        "reviewTask: ID!, outcome: String!",
        "reviewTask { id doneAt }",
        {"reviewTask": "{reviewTask}", "outcome": "The plan fits; look again in six weeks."},
    ),
    "declareCapacity": _does(
        "declareCapacity",
        "lot: String!, minutesPerWeek: Int!, fromDay: Date!",
        "capacity { lot { code } minutesPerWeek fromDay }",
        {"lot": "{lot}", "minutesPerWeek": 3000, "fromDay": "{day}"},
    ),
    "setVacancy": _does(
        "setVacancy",
        "home: ID!, kind: HomeKind!, free: Int!, weeklyPence: Int!",
        "home { name vacancies { kind free weeklyPence } }",
        {"home": "{home}", "kind": "RESIDENTIAL", "free": 2, "weeklyPence": 85000},
    ),
    "setWebhook": _does(
        "setWebhook",
        "url: String!, kinds: [EventKind!]",
        "webhook { id url kinds }\n    secret",
        {"url": "https://care.example.org/homeward", "kinds": ["PACKAGE_OPENED"]},
    ),
    "rotateWebhookSecret": _does(
        "rotateWebhookSecret",
        "webhook: ID!",
        "webhook { id }\n    secret",
        {"webhook": "{webhook}"},
    ),
    "removeWebhook": _does("removeWebhook", "webhook: ID!", "removed", {"webhook": "{webhook}"}),
    "rotateApiKey": Example(
        "mutation ($idempotencyKey: String!) {\n  rotateApiKey(idempotencyKey: $idempotencyKey) "
        f"{{\n    apiKey {{ prefix expiresAt }}\n    text\n    {PROBLEMS}\n  }}\n}}",
        {"idempotencyKey": "rotateApiKey-1"},
    ),
    "registerDocument": _does(
        "registerDocument", "text: String!", "documentId", {"text": "{ me { provider { ref } } }"}
    ),
    "setNoticeWishes": _does(
        "setNoticeWishes",
        "kinds: [EventKind!]!",
        "kinds",
        {"kinds": ["PACKAGE_OPENED", "MESSAGE_SENT"]},
    ),
}


def as_json() -> dict[str, dict[str, str]]:
    """Return the examples as the explorer's page reads them."""
    return {name: {"query": one.query, "variables": one.shown} for name, one in EXAMPLES.items()}
