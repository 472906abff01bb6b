"""The allocation file of an award: its one byte form, its digest, and the version for a loser."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cms_models.audit.domain import canonical

COUNCILS_KIND = "homeward-allocation-file"
PROVIDERS_KIND = "homeward-allocation-file-for-a-provider"
FORMAT = 1
Document = Mapping[str, Any]

# What every provider asked could read of the package and of what is needed, and nothing else.
SHOWN_OF_PACKAGE = (
    *("reference", "district", "zone", "lot", "pathway", "weekly_minutes", "calls", "skills"),
    "starts_on",
)
SHOWN_OF_REQUIREMENT = (
    *("must_haves", "nice_to_haves", "needs", "outcomes", "urgency", "start_by"),
    "questions",
)
# How a winner was found, by the source of the award: all a loser is told of the reason.
CATEGORIES: Mapping[str, str] = {
    "proposal": "The council followed the proposal of its allocation engine.",
    "broker": "The council chose a provider directly.",
    "offer": "The council chose the offer that met the need best.",
    "spot": "The council bought the care outside its lots.",
    "off": "The council made the award outside Homeward.",
    "transfer": "The package went on from the provider that delivered it before.",
}
OUTCOMES: Mapping[str, str] = {
    "open": "asked",
    "offered": "offered",
    "declined": "declined",
    "lapsed": "did not answer in time",
    "closed": "had not answered when the package closed",
}


def file_bytes(document: Document) -> bytes:
    """Return the one byte form of a file: sorted keys, no spaces, UTF-8."""
    return canonical(document)


def digest(document: Document) -> str:
    """Return the SHA-256 of a file's byte form."""
    return hashlib.sha256(file_bytes(document)).hexdigest()


def shown_to_providers(package: Document, requirement: Document) -> dict[str, Any]:
    """Return what of a package and its requirement every provider asked could read."""
    shown = {key: package.get(key) for key in SHOWN_OF_PACKAGE}
    return {**shown, **{key: requirement.get(key) for key in SHOWN_OF_REQUIREMENT}}


def reading_times(invitation: Document, questions: Sequence[Document]) -> list[dict[str, Any]]:
    """Return what a provider could read and from when: the package, then each answer given.

    Moments are ISO text in UTC, so that the later of two is the greater text.
    """
    opened, ended = invitation["opened_at"], invitation["ended_at"]
    if opened is None:
        return []
    found = [{"what": "the package as shown to providers", "from": opened}]
    for number, question in enumerate(questions, start=1):
        answered = question["answered_at"]
        if answered is not None and (ended is None or answered <= ended):
            what = f"the answer to question {number}"
            found.append({"what": what, "from": max(opened, answered)})
    return found


def points_of(answers: Mapping[str, Mapping[str, Any]]) -> str | None:
    """Return the sum of an offer's points as text; None where nothing was scored."""
    points = [one.get("points") for one in answers.values()]
    scored = [Decimal(str(one)) for one in points if one is not None]
    return str(sum(scored, Decimal(0))) if scored else None


@dataclass(frozen=True)
class Standing:
    """A provider's own part of a file: how it was asked, what it offered, why it was left out."""

    ref: str
    invitation: Document | None
    offers: Sequence[Document]
    left_out: Document | None

    @property
    def offer(self) -> Document | None:
        """The offer that stood, if one did."""
        return next((one for one in self.offers if one["withdrawn_at"] is None), None)


def standing_of(document: Document, ref: str) -> Standing:
    """Return a provider's own part of a file."""
    return Standing(
        ref,
        next((one for one in document["invitations"] if one["provider"]["ref"] == ref), None),
        [one for one in document["offers"] if one["provider"]["ref"] == ref],
        next((one for one in document["left_out"] if one.get("provider") == ref), None),
    )


def letters(document: Document, *, but: str) -> dict[str, str]:
    """Return the other providers as Provider A, B …, in an order that tells nothing of them."""
    winner = document["award"]["provider"]["ref"]
    refs = {one["provider"]["ref"] for one in document["invitations"]} | {winner}
    secret = document["award"]["id"]
    mixed = sorted(
        refs - {but}, key=lambda ref: hashlib.sha256(f"{secret} {ref}".encode()).hexdigest()
    )
    return {ref: f"Provider {_letter(place)}" for place, ref in enumerate(mixed)}


def _letter(place: int) -> str:
    """Return A … Z, AA, AB … for a place counted from 0."""
    rest, last = divmod(place, 26)
    return (_letter(rest - 1) if rest else "") + chr(ord("A") + last)


def loser_version(document: Document, provider_ref: str) -> dict[str, Any]:
    """Return the file as a provider may read it: its own data whole, of the others nothing.

    Others are Provider A, B … without names, prices, scores or words. The person is not in it, nor
    where and when the care is given: a loser's access to that ended with the decision.
    """
    own, others = standing_of(document, provider_ref), letters(document, but=provider_ref)
    asked = [one for one in document["questions"] if one["provider"]["ref"] == provider_ref]
    return {
        "kind": PROVIDERS_KIND,
        "format": FORMAT,
        "made_from_sha256": digest(document),
        "council": document["council"],
        "award": {"id": document["award"]["id"], "decided_at": document["award"]["decided_at"]},
        "reference": document["package"]["reference"],
        "lot": document["package"]["lot"],
        "release": _release_shown(document["release"]),
        "you": {
            "provider": provider_ref,
            "invitation": own.invitation,
            "offers": list(own.offers),
            "left_out": own.left_out,
            "could_read": sorted(document["shown"] or {}) if own.invitation else [],
            "questions": [_question_shown(one) for one in asked],
        },
        "others": [
            {"provider": others[row["provider"]["ref"]], **_outcome(document, row)}
            for row in sorted(
                (row for row in document["invitations"] if row["provider"]["ref"] in others),
                key=lambda row: others[row["provider"]["ref"]],
            )
        ],
        "questions_of_others": len(document["questions"]) - len(asked),
        "decision": {
            "winner": others.get(document["award"]["provider"]["ref"], "You"),
            "category": CATEGORIES.get(document["award"]["source"], ""),
            "override": document["award"]["override"],
        },
        "would_have_changed": list(would_have_changed(document, provider_ref)),
        "rules": document["rules"],
        "configuration": document["configuration"],
    }


def _release_shown(release: Document | None) -> dict[str, Any] | None:
    if release is None:
        return None
    steps = [
        {key: step[key] for key in ("number", "tier", "opens_at", "closes_at", "ended_at")}
        for step in release["steps"]
    ]
    return {"route": release["route"], "released_at": release["released_at"], "steps": steps}


def _outcome(document: Document, row: Document) -> dict[str, Any]:
    ref = row["provider"]["ref"]
    if ref == document["award"]["provider"]["ref"]:
        outcome = "awarded"
    elif standing_of(document, ref).offer is not None:
        outcome = "offered, not chosen"
    else:
        outcome = OUTCOMES[row["state"]]
    return {"step": row["step"], "outcome": outcome}


def _question_shown(question: Document) -> dict[str, Any]:
    return {key: question[key] for key in ("text", "asked_at", "answer", "answered_at")}


def would_have_changed(document: Document, ref: str) -> Iterator[str]:
    """Yield what would have changed the result for a provider, in sentences about itself only."""
    own = standing_of(document, ref)
    if document["award"]["provider"]["ref"] == ref:
        return
    if own.invitation is None:
        why = str(own.left_out.get("why", "")) if own.left_out else ""
        yield f"You were not asked. {why}".strip()
    elif own.invitation["state"] == "declined":
        yield "You declined; an offer would have been considered."
    elif not own.offers:
        yield "You made no offer before the package closed; one would have been considered."
    elif own.offer is None:
        yield "You withdrew your offer; one that stands would have been considered."
    else:
        yield from _of_the_offer(document, own.offer)


def _of_the_offer(document: Document, offer: Document) -> Iterator[str]:
    won = standing_of(document, document["award"]["provider"]["ref"]).offer
    if won is None:
        yield "The award did not go by an offer, so another offer would not have changed it."
        return
    if _less(offer["points"], won["points"]):
        yield "Your answers were given fewer points than those of the winning offer."
    if _less(won["price_pence"], offer["price_pence"]):
        yield "Your price was higher than that of the winning offer."
    if offer["weekly_minutes"] < won["weekly_minutes"]:
        yield "You offered less capacity a week than the winning offer."
    if offer["starts_on"] > won["starts_on"]:
        yield "Your care would have begun later than that of the winning offer."
    if offer["conditions"] and not won["conditions"]:
        yield "Your offer had conditions; the winning offer had none."


def _less(one: Any, other: Any) -> bool:
    return one is not None and other is not None and Decimal(str(one)) < Decimal(str(other))


def differing_parts(sealed: Document, other: Document) -> list[str]:
    """Return the parts of a file that were altered, as words such as `offers`."""
    keys = sorted({*sealed, *other})
    return [key.replace("_", " ") for key in keys if sealed.get(key) != other.get(key)]


def row_faults(sealed: Document, stored: Document, *, sealed_at: str) -> Iterator[str]:
    """Yield a sentence for each stored row of the trail that is not as the file holds it.

    A moment the file left open may have come since the file was sealed.
    """
    for part, noun in (
        ("invitations", "invitation"),
        ("offers", "offer"),
        ("questions", "question"),
        ("release", "release"),
        ("steps", "step"),
        ("award", "award"),
    ):
        kept, found = _by_id(sealed, part), _by_id(stored, part)
        for key, row in kept.items():
            name = f"The stored {noun} {row.get('called') or key}"
            if key not in found:
                yield f"{name} is gone; the file holds it."
                continue
            changed = list(_changed(row, found[key], sealed_at))
            if changed:
                yield f"{name} is not as it was sealed: {', '.join(changed)}."


def _by_id(document: Document, part: str) -> dict[str, Document]:
    return {str(row["id"]): row for row in _rows(document, part)}


def _rows(document: Document, part: str) -> Iterable[Document]:
    if part == "award":
        return [document["award"]]
    rounds = [document, *document.get("earlier_releases", [])]
    return [row for one in rounds for row in _rows_of(one, part)]


def _rows_of(document: Document, part: str) -> Iterable[Document]:
    """Return the rows of one kind in one release."""
    release = document["release"]
    if part == "steps":
        return release["steps"] if release else []
    if part == "release":
        return [{**release, "left_out": document["left_out"], "steps": None}] if release else []
    rows: Iterable[Document] = document[part]
    return rows


# What goes on after an award without anything having been tampered with.
MAY_CHANGE = frozenset({"called", "ended_at", "ended_because", "ends_on", "could_read"})
UNDECIDED = frozenset({"open", "offered"})


def _changed(kept: Document, found: Document, sealed_at: str) -> Iterator[str]:
    for name, value in kept.items():
        now = found.get(name)
        if name == "provider":  # it may have another name since, never another reference
            value, now = value["ref"], now["ref"] if now else None
        if now == value or name in MAY_CHANGE or (name == "state" and value in UNDECIDED):
            continue
        came_since = value is None and name.endswith("_at") and str(now) >= sealed_at
        if not came_since:
            yield f"{name.replace('_', ' ')} {_said(value)} → {_said(now)}"


def _said(value: Any) -> str:
    return "nothing" if value is None or value == "" else str(value)[:80]
