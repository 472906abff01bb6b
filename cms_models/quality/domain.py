"""Rules of a quality framework: what it holds, and that its weights add up at each level."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Standard = tuple[str, Decimal]
WHOLE = Decimal(100)


@dataclass(frozen=True)
class CriterionTerms:
    """What an assessor looks at for a standard, its share of the standard, and what shows it."""

    text: str
    weight: Decimal = Decimal(0)
    evidence: str = ""


@dataclass(frozen=True)
class StandardTerms:
    """One standard under its domain (aim); its weight is a share of the whole framework."""

    domain: str
    code: str
    statement: str
    weight: Decimal = Decimal(0)
    evidence: str = ""
    criteria: tuple[CriterionTerms, ...] = ()


@dataclass(frozen=True)
class KpiTerms:
    """A key performance indicator: what is counted, in words, and what is aimed at."""

    code: str
    name: str
    unit: str
    sense: str
    target: Decimal
    formula: str


@dataclass(frozen=True)
class Contents:
    """All that a framework asks: standards in the order of their domains, and indicators."""

    introduction: str
    standards: tuple[StandardTerms, ...] = ()
    kpis: tuple[KpiTerms, ...] = ()

    @property
    def in_words(self) -> dict[str, str]:
        """Return each part as a label and a sentence, as the audit and a refused save show it."""
        found = {"Introduction": self.introduction}
        for one in self.standards:
            said = f"{one.domain}: {one.statement} ({_weight(one.weight)} %)"
            found[f"Standard {one.code}"] = f"{said} {one.evidence}".strip()
            for place, part in enumerate(one.criteria, start=1):
                said = f"{part.text} ({_weight(part.weight)} %) {part.evidence}".strip()
                found[f"Criterion {one.code}.{place}"] = said
        for kpi in self.kpis:
            target = f"{kpi.sense.replace('_', ' ')} {_weight(kpi.target)} {kpi.unit}"
            found[f"Indicator {kpi.code}"] = f"{kpi.name}, {target}: {kpi.formula}"
        return found


def weights_refusal(weights: Sequence[Decimal], *, whose: str = "standards") -> str | None:
    """Return why weights cannot be published, with their sum (QA-03), or None when they add up."""
    total = sum(weights, Decimal(0))
    if total == WHOLE:
        return None
    return f"The weights of the {whose} add up to {_weight(total)}, not 100."


def weights_refusals(standards: Sequence[StandardTerms]) -> list[str]:
    """Return every sum that is not 100: of all standards, and of each standard's criteria."""
    found = [weights_refusal([one.weight for one in standards])]
    found += [
        weights_refusal(
            [part.weight for part in one.criteria], whose=f"criteria of standard {one.code}"
        )
        for one in standards
        if one.criteria
    ]
    return [refusal for refusal in found if refusal]


def domain_weights(standards: Sequence[Any]) -> dict[str, Decimal]:
    """Return what each domain weighs, in order: the sum of its standards."""
    found: dict[str, Decimal] = {}
    for one in standards:
        found[one.domain] = found.get(one.domain, Decimal(0)) + one.weight
    return found


def contents_refusals(contents: Contents) -> list[str]:
    """Return what cannot be saved even as a draft: a code said twice, or a part without words."""
    codes = [one.code for one in contents.standards]
    kpis = [one.code for one in contents.kpis]
    found = [f"Standard {code} is there twice." for code in _doubled(codes)]
    found += [f"Indicator {code} is there twice." for code in _doubled(kpis)]
    for one in contents.standards:
        if not (one.domain and one.code and one.statement):
            named = one.code or one.statement[:40] or one.domain
            found.append(f"“{named}”: a standard needs its domain, a code and a statement.")
        found += [
            f"Standard {one.code}: criterion {place} needs its text."
            for place, part in enumerate(one.criteria, start=1)
            if not part.text
        ]
    found += [
        f"“{one.code or one.name}”: an indicator needs a code, a name, a unit and its formula."
        for one in contents.kpis
        if not (one.code and one.name and one.unit and one.formula)
    ]
    return found


def _doubled(codes: Sequence[str]) -> list[str]:
    return sorted({code for code in codes if code and codes.count(code) > 1})


def standard_changes(before: Mapping[str, Standard], after: Mapping[str, Standard]) -> list[str]:
    """Return what differs between two editions' standards (code → statement and weight)."""
    return [
        *(f"Standard {code} is no longer asked." for code in before if code not in after),
        *(
            f"Standard {code} is new, with weight {_weight(after[code][1])}."
            for code in after
            if code not in before
        ),
        *(
            f"Standard {code}: {', '.join(_differences(before[code], after[code]))}."
            for code in after
            if code in before and before[code] != after[code]
        ),
    ]


def part_changes(before: Contents | None, after: Contents) -> list[str]:
    """Return which criteria and indicators differ between two editions."""
    was = before.in_words if before else {}
    now = after.in_words
    return [
        f"{name} is {'new' if name not in was else 'otherwise' if name in now else 'gone'}."
        for name in {**was, **now}
        if was.get(name) != now.get(name) and name.startswith(("Criterion", "Indicator"))
    ]


def _differences(before: Standard, after: Standard) -> list[str]:
    weight = f"weight {_weight(before[1])} → {_weight(after[1])}"
    found = [weight] if before[1] != after[1] else []
    return [*found, *(["another wording"] if before[0] != after[0] else [])]


def _weight(weight: Decimal) -> str:
    return f"{weight.normalize():f}"
