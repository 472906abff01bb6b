"""What a key needs to ask each field at the top: an empty list of scopes lets it ask all."""

from collections.abc import Callable, Mapping
from typing import Any

from graphql import GraphQLResolveInfo, GraphQLSchema

from cms_models.accounts.domain import SCOPES
from homeward_api.errors import Code, Refusal

READ, OFFERS, CARE, TALK, SETTINGS = (
    "packages:read",
    "offers:write",
    "care:write",
    "talk:write",
    "settings:write",
)
# Who asks, what is open and what is awarded needs the reading scope; a key that only writes gets
# the answer to what it wrote. The council's published configuration is everybody's.
SCOPE_OF: Mapping[str, str | None] = {
    "me": None,
    "lots": None,
    "rates": None,
    "zones": None,
    "ruleBook": None,
    "qualityFramework": None,
    "openPackages": READ,
    "packages": READ,
    "package": READ,
    "invitations": READ,
    "myOffers": READ,
    "packagesChangedSince": READ,
    "allocationFile": READ,
    "messages": READ,
    "reviewTasks": READ,
    "handBacks": READ,
    "documents": READ,
    "declaredCapacities": READ,
    "homes": READ,
    "webhooks": SETTINGS,
    "apiKeys": SETTINGS,
    "noticeWishes": SETTINGS,
    "makeOffer": OFFERS,
    "withdrawOffer": OFFERS,
    "declinePackage": OFFERS,
    "markOpened": OFFERS,
    "askQuestion": TALK,
    "sendMessage": TALK,
    "markMessagesRead": TALK,
    "handBackPackage": CARE,
    "withdrawHandBack": CARE,
    "completeReviewTask": CARE,
    "declareCapacity": CARE,
    "setVacancy": CARE,
    "setWebhook": SETTINGS,
    "rotateWebhookSecret": SETTINGS,
    "removeWebhook": SETTINGS,
    "rotateApiKey": None,
    "registerDocument": SETTINGS,
    "setNoticeWishes": SETTINGS,
}


def guard(schema: GraphQLSchema) -> None:
    """Put every field at the top behind its scope; one without an entry is a mistake of ours."""
    for root in (schema.query_type, schema.mutation_type):
        for name, field in (root.fields if root else {}).items():
            scope = SCOPE_OF[name]
            if scope is not None:
                field.resolve = guarded(name, scope, field.resolve)


def guarded(name: str, scope: str, resolve: Any) -> Callable[..., Any]:
    """Return a resolver that answers keys with a scope, or with none at all, only."""

    def answered(root: Any, info: GraphQLResolveInfo, **values: Any) -> Any:
        key = info.context.key
        if key is not None and key.scopes and scope not in key.scopes:
            raise Refusal(
                Code.FORBIDDEN,
                f"{name}: this key may not {SCOPES[scope]}; ask with one that has {scope}.",
            )
        return resolve(root, info, **values)

    return answered
