"""Rules of signing in and of keys: what a key may do, in words."""

from collections.abc import Mapping

# Scope → what it lets a key do. A key without scopes may do everything its user may.
SCOPES: Mapping[str, str] = {
    "packages:read": "read open and awarded packages",
    "offers:write": "offer, withdraw and decline",
    "care:write": "hand back, declare capacity, answer review tasks",
    "talk:write": "ask questions and send messages",
    "settings:write": "change webhooks and registered documents",
}
