"""An allocation file as a report: the council's with everything, a provider's with its own part."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from importers.reports.document import NOTHING, Column, Kind, Report, ReportTable

LONDON = ZoneInfo("Europe/London")
Document = Mapping[str, Any]
HOW_TO_CHECK = (
    "Take the SHA-256 of the JSON file: it must be the digest above. Upload the JSON file under "
    "“Check a file” to have it compared with the council's audit chain."
)


@dataclass(frozen=True)
class Seal:
    """Where a file stands in the council's audit: what its page and its PDF print."""

    sha256: str
    audit_sequence: int
    audit_hash: str
    sealed_at: datetime


def clock_words(text: str | None) -> str:
    """Return a moment in ISO text as London's clocks showed it; a dash for none."""
    if not text:
        return NOTHING
    return f"{datetime.fromisoformat(text).astimezone(LONDON):%d/%m/%Y %H:%M:%S}"


def day_words(text: str | None) -> str:
    """Return a day in ISO text as people read it; a dash for none."""
    return f"{date.fromisoformat(text):%d/%m/%Y}" if text else NOTHING


def _named(row: Document | None) -> str:
    return f"{row['name']} ({row['ref']})" if row else NOTHING


def _coded(row: Document | None) -> str:
    return f"{row['code']} {row['name']}" if row else NOTHING


def _listed(values: Iterable[Any] | None) -> str:
    return "; ".join(str(one) for one in values or []) or NOTHING


def _money(pence: int | None) -> str:
    return NOTHING if pence is None else f"£{pence / 100:,.2f}"


def _texts(title: str, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> ReportTable:
    told = [[NOTHING if cell in (None, "") else str(cell) for cell in row] for row in rows]
    return ReportTable(title, [Column(heading) for heading in headings], told)


def council_report(document: Document, seal: Seal, *, edition: str = "") -> Report:
    """Return the council's file as a report; `edition` names the rule book's edition."""
    award = document["award"]
    facts = [
        ("Package", f"{document['package']['reference']}, person {_person(document)}"),
        ("Awarded to", _named(award["provider"])),
        ("Lot", _coded(award["lot"])),
        ("Decided", f"{clock_words(award['decided_at'])} by {award['decided_by']}"),
        ("How", award["source_words"] + (", an override" if award["override"] else "")),
        ("Reason", award["reason"]),
        *_sealed(seal),
    ]
    if edition:
        facts.append(("Rule book", edition))
    return Report(
        title=f"Allocation file of {document['package']['reference']}",
        council=document["council"]["name"],
        day=f"sealed {seal.sealed_at.astimezone(LONDON):%d/%m/%Y %H:%M}",
        facts=facts,
        sentences=[HOW_TO_CHECK],
        tables=[table for make in PARTS for table in make(document) if table.rows],
    )


def _person(document: Document) -> str:
    return str(document["person"]["mosaic_person_id"])


def _sealed(seal: Seal) -> list[tuple[str, str]]:
    return [
        ("Digest (SHA-256)", seal.sha256),
        ("Audit entry", f"{seal.audit_sequence}"),
        ("Hash of the entry", seal.audit_hash),
    ]


def _package(document: Document) -> list[ReportTable]:
    package, wanted = document["package"], document["requirement"]
    rows = [
        ("Calls", package["calls"]),
        ("Hours a week", f"{package['weekly_minutes'] / 60:,.2f}"),
        ("From", day_words(package["starts_on"])),
        ("Zone", _coded(package["zone"])),
        ("Postcode district", package["district"]),
        ("Pathway", package["pathway"]),
        ("Skills", _listed(package["skills"])),
        ("Cost a week as priced", _money(package["weekly_pence"])),
        ("Funder", f"{package['funder']} ({package['funder_share_percent']} %)"),
        ("For an individual decision", _listed(package["decisions_needed"])),
        ("Must have", _listed(wanted.get("must_haves"))),
        ("Nice to have", _listed(wanted.get("nice_to_haves"))),
        ("Needs", _listed(wanted.get("needs"))),
        ("Outcomes", _listed(wanted.get("outcomes"))),
        ("Urgency", wanted.get("urgency")),
        ("Start by", day_words(wanted.get("start_by"))),
        ("Cost approved", _approval(wanted)),
        ("Individual decision", _own_decision(wanted)),
    ]
    return [_texts("The package as it stood", ("What", "Said"), rows)]


def _approval(wanted: Document) -> str:
    if wanted.get("approved_pence") is None:
        return NOTHING
    by = f"{wanted['approved_by']}, {clock_words(wanted['approved_at'])}"
    return f"{_money(wanted['approved_pence'])} a week by {by}: {wanted['approval_reason']}"


def _own_decision(wanted: Document) -> str:
    if not wanted.get("own_decision"):
        return NOTHING
    reason = wanted["own_decision_reason"]
    return f"{wanted['own_decision']} by {wanted['own_decision_by']}: {reason}"


def _release(document: Document) -> list[ReportTable]:
    release = document["release"]
    if release is None:
        return []
    head = [
        ("Way", release["route_words"]),
        ("Released", f"{clock_words(release['released_at'])} by {release['released_by']}"),
        ("Reason", release["reason"]),
        ("Ended", f"{clock_words(release['ended_at'])} {release['ended_because']}".strip()),
    ]
    return [_texts("The release", ("What", "Said"), head), _steps(release)]


def _steps(release: Document) -> ReportTable:
    return _texts(
        "Steps and their clocks",
        ("Step", "Tier", "Opened", "Clock ran to", "Ended", "Because"),
        (
            (
                step["number"],
                step["tier"],
                clock_words(step["opens_at"]),
                clock_words(step["closes_at"]),
                clock_words(step["ended_at"]),
                step.get("ended_because"),
            )
            for step in release["steps"]
        ),
    )


def _asked(document: Document) -> list[ReportTable]:
    return [
        _texts(
            "Who was asked",
            ("Provider", "Step", "Sent", "Opened", "Answered", "Lapsed", "Reason to decline"),
            (_invitation(_named(row["provider"]), row) for row in document["invitations"]),
        ),
        _texts(
            "Who was not asked, and why",
            ("Provider", "Why"),
            ((f"{row['name']} ({row['provider']})", row["why"]) for row in document["left_out"]),
        ),
        _texts(
            "What each could read, and from when",
            ("Provider", "What", "From"),
            (
                (_named(row["provider"]), one["what"], clock_words(one["from"]))
                for row in document["invitations"]
                for one in row["could_read"]
            ),
        ),
    ]


def _invitation(name: str, row: Document) -> tuple[Any, ...]:
    moments = (row[key] for key in ("sent_at", "opened_at", "answered_at", "lapsed_at"))
    why = ": ".join(filter(None, (row["decline_reason"], row["decline_words"])))
    return name, row["step"], *(clock_words(moment) for moment in moments), why


def _questions(document: Document) -> list[ReportTable]:
    return [
        _texts(
            "Questions and answers",
            ("Provider", "Asked", "Question", "Answered", "Answer"),
            (
                (
                    _named(row["provider"]),
                    clock_words(row["asked_at"]),
                    row["text"],
                    clock_words(row["answered_at"]),
                    row["answer"],
                )
                for row in document["questions"]
            ),
        )
    ]


OFFER_COLUMNS = (
    Column("Provider"),
    Column("Made"),
    Column("Starts"),
    Column("Hours a week", Kind.HOURS),
    Column("Price", Kind.POUNDS),
    Column("Points"),
    Column("Conditions"),
    Column("Withdrawn"),
)


def _offer(name: str, row: Document) -> list[Any]:
    return [
        name,
        clock_words(row["made_at"]),
        day_words(row["starts_on"]),
        row["weekly_minutes"],
        row["price_pence"],
        row["points"] or NOTHING,
        row["conditions"] or NOTHING,
        ": ".join(filter(None, (clock_words(row["withdrawn_at"]), row["withdrawn_because"]))),
    ]


def _offers(document: Document) -> list[ReportTable]:
    rows = [_offer(_named(row["provider"]), row) for row in document["offers"]]
    answers = [
        (_named(row["provider"]), one["question"], one["answer"], one["points"])
        for row in document["offers"]
        for one in row["answers"].values()
    ]
    return [
        ReportTable("Offers", OFFER_COLUMNS, rows),
        _texts("Answers and their points", ("Provider", "Question", "Answer", "Points"), answers),
    ]


def _earlier(document: Document) -> list[ReportTable]:
    """Return the releases before the last one, each with its day behind its tables' titles."""
    return [
        replace(
            table, title=f"{table.title}, released {clock_words(one['release']['released_at'])}"
        )
        for one in document["earlier_releases"]
        for make in (_release, _asked, _questions, _offers)
        for table in make(one)
    ]


def _proposal(document: Document) -> list[ReportTable]:
    found = document["proposal"]
    if found is None:
        return []
    rows = [
        ("Proposed", _named(found["provider"])),
        ("Followed", "yes" if found["followed"] else "no"),
        ("Engine", f"{found['engine']}, seed {found['seed']}, of {day_words(found['on'])}"),
        *((f"Factor {number}", text) for number, text in enumerate(found["factors"], start=1)),
        ("What would have changed it", found["would_have_changed"]),
        ("Not placed because", found["unplaced_reason"]),
        ("Smallest relaxation", found["relaxation"]),
    ]
    told = [row for row in rows if row[1]]
    return [_texts("The engine's proposal", ("What", "Said"), told)]


def _rules(document: Document) -> list[ReportTable]:
    found = document["configuration"]
    versions = [
        *(("Rate card", one) for one in found["rate_cards"]),
        ("Zone map", found["zone_map"]),
        ("Framework", found["framework"]),
    ]
    return [
        _texts(
            "Versions in force",
            ("What", "Name", "Version", "From", "Until", "Approved"),
            (
                (
                    kind,
                    one["name"],
                    one["version"],
                    day_words(one["from"]),
                    day_words(one["until"]),
                    clock_words(one["approved_at"]),
                )
                for kind, one in versions
                if one
            ),
        ),
        _texts(
            "Rules",
            ("Rule", "At the decision", "At the release"),
            ((row["title"], row["value"], row["at_release"]) for row in document["rules"]),
        ),
    ]


def _in_groups(hash_: str) -> str:
    """Return a hash in groups of sixteen signs, so that a narrow column can break it."""
    return " ".join(hash_[start : start + 16] for start in range(0, len(hash_), 16))


def _trail(document: Document) -> list[ReportTable]:
    return [
        _texts(
            "The audit's entries about it",
            ("Entry", "When", "Who", "What", "Reason", "Hash"),
            (
                (
                    row["sequence"],
                    clock_words(row["at"]),
                    row["actor"],
                    row["action"].replace("_", " "),
                    row["reason"],
                    _in_groups(row["hash"]),
                )
                for row in document["trail"]
            ),
        )
    ]


PARTS: Sequence[Callable[[Document], list[ReportTable]]] = (
    *(_package, _release, _asked, _questions, _offers, _earlier, _proposal, _rules, _trail),
)


def provider_report(document: Document, *, day: str) -> Report:
    """Return a provider's version as a report."""
    own, decision = document["you"], document["decision"]
    release = document["release"]
    facts = [
        ("Package", document["reference"]),
        ("Lot", _coded(document["lot"])),
        ("Decided", clock_words(document["award"]["decided_at"])),
        ("Awarded to", decision["winner"]),
        ("How", decision["category"]),
        ("Made from the file (SHA-256)", document["made_from_sha256"]),
    ]
    invited = [_invitation("You", own["invitation"])] if own["invitation"] else []
    tables = [
        *([_steps(release)] if release else []),
        _texts(
            "How you were asked",
            ("", "Step", "Sent", "Opened", "Answered", "Lapsed", "Reason to decline"),
            invited,
        ),
        ReportTable("Your offers", OFFER_COLUMNS, [_offer("You", row) for row in own["offers"]]),
        _texts(
            "Your answers and their points",
            ("Question", "Answer", "Points"),
            (
                (one["question"], one["answer"], one["points"])
                for row in own["offers"]
                for one in row["answers"].values()
            ),
        ),
        _texts(
            "Your questions",
            ("Question", "Answer"),
            ((row["text"], row["answer"]) for row in own["questions"]),
        ),
        _texts(
            "The others",
            ("Provider", "Step", "Outcome"),
            ((row["provider"], row["step"], row["outcome"]) for row in document["others"]),
        ),
        *_rules(document),
    ]
    return Report(
        title=f"Your part of the allocation of {document['reference']}",
        council=document["council"]["name"],
        day=day,
        facts=facts,
        sentences=[*document["would_have_changed"], "Others are shown without their data."],
        tables=[table for table in tables if table.rows],
    )
