"""Rules of signing in and of keys: what a key may do, in words."""

from collections.abc import Collection, Mapping

# Scope → what it lets a key do. A key without scopes may do everything its user may.
SCOPES: Mapping[str, str] = {
    "packages:read": "read open and awarded packages",
    "offers:write": "offer, withdraw and decline",
    "care:write": "hand back, declare capacity, answer review tasks",
    "talk:write": "ask questions and send messages",
    "settings:write": "change webhooks and registered documents",
}

MOST_LIVE_KEYS = 5


def scopes_refusal(scopes: Collection[str]) -> str | None:
    """Return why a key cannot be given these scopes, None when it can."""
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown:
        return f"There is no scope called {unknown[0]!r}; there are {', '.join(sorted(SCOPES))}."
    return None


def allows(scopes: Collection[str], scope: str) -> bool:
    """Return whether a key's scopes allow one thing; a key without scopes may do everything."""
    return not scopes or scope in scopes
