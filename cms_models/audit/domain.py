"""The chain: each entry's hash covers its content and the hash before it."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

GENESIS = "0" * 64


@dataclass(frozen=True)
class Link:
    """One stored entry as the verifier reads it: position, content, and the two hashes kept."""

    sequence: int
    content: Mapping[str, Any]
    previous_hash: str
    hash: str


def canonical(content: Mapping[str, Any]) -> bytes:
    """Return the one byte form of an entry: sorted keys, no spaces, UTF-8."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def link_hash(*, previous_hash: str, sequence: int, content: Mapping[str, Any]) -> str:
    """Return sha256 over the previous hash, the position and the canonical content."""
    digest = hashlib.sha256(previous_hash.encode())
    digest.update(str(sequence).encode())
    digest.update(canonical(content))
    return digest.hexdigest()


def broken_links(links: Iterable[Link], *, head_sequence: int, head_hash: str) -> Iterator[str]:
    """Yield a sentence for every place where the chain was edited, cut, reordered or extended.

    `links` come in order of sequence; the head is kept apart from the entries, so that entries
    taken off the end are noticed too.
    """
    expected, previous = 1, GENESIS
    for link in links:
        if link.sequence != expected:
            yield f"entry {expected} is missing (found {link.sequence})"
        if link.previous_hash != previous:
            yield f"entry {link.sequence} does not follow the entry before it"
        if link.hash != link_hash(
            previous_hash=link.previous_hash, sequence=link.sequence, content=link.content
        ):
            yield f"entry {link.sequence} was changed after it was written"
        expected, previous = link.sequence + 1, link.hash
    if expected - 1 != head_sequence or previous != head_hash:
        yield f"the chain ends at entry {expected - 1}; its head says {head_sequence}"


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict, dict]:
    """Return only what differs, as (before, after): a field of one side only shows None."""
    keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    return {key: before.get(key) for key in keys}, {key: after.get(key) for key in keys}
