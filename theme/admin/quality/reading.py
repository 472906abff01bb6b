"""A quality framework as somebody typed it: read, kept as typed where it is refused."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from django.core.exceptions import ValidationError

from cms_models.quality.domain import Contents, CriterionTerms, KpiTerms, StandardTerms
from cms_models.quality.models import KpiSense

NUMBERED = re.compile(r"(?P<name>[a-z-]+)(?P<places>(\.\d{1,4}){1,3})")
Places = tuple[int, ...]


@dataclass(frozen=True)
class TypedCriterion:
    """One criterion's row."""

    text: str = ""
    weight: str = ""
    evidence: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed: such a row is left out."""
        return not (self.text or self.weight or self.evidence)


@dataclass(frozen=True)
class TypedStandard:
    """One standard with the rows of its criteria."""

    code: str = ""
    statement: str = ""
    weight: str = ""
    evidence: str = ""
    criteria: tuple[TypedCriterion, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed."""
        return not (self.code or self.statement or self.weight or self.evidence or self.criteria)


@dataclass(frozen=True)
class TypedDomain:
    """One domain with its standards."""

    title: str = ""
    standards: tuple[TypedStandard, ...] = ()


@dataclass(frozen=True)
class TypedKpi:
    """One indicator's row."""

    code: str = ""
    name: str = ""
    unit: str = ""
    sense: str = "at_least"
    target: str = ""
    formula: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed."""
        return not (self.code or self.name or self.unit or self.target or self.formula)


@dataclass(frozen=True)
class Typed:
    """The whole page as typed."""

    introduction: str
    domains: tuple[TypedDomain, ...]
    kpis: tuple[TypedKpi, ...]

    @property
    def contents(self) -> Contents:
        """What was typed as the rules want it; ValidationError names every number that is none."""
        problems = [
            f"Domain “{one.title}” has no standard: add one, or clear its title."
            for one in self.domains
            if not one.standards
        ]
        standards = tuple(
            _standard(domain.title, one, problems)
            for domain in self.domains
            for one in domain.standards
        )
        kpis = tuple(_kpi(one, problems) for one in self.kpis)
        if problems:
            raise ValidationError(problems)
        return Contents(self.introduction, standards, kpis)

    @property
    def with_room(self) -> "Typed":
        """The same with an empty row at the end of every list, to go on writing in."""
        return replace(
            self,
            domains=tuple(
                replace(domain, standards=tuple(map(_roomy, domain.standards)))
                for domain in self.domains or (TypedDomain(standards=(TypedStandard(),)),)
            ),
            kpis=(*self.kpis, TypedKpi()),
        )


def _roomy(standard: TypedStandard) -> TypedStandard:
    return replace(standard, criteria=(*standard.criteria, TypedCriterion()))


def typed_of(contents: Contents) -> Typed:
    """Return stored contents as the page's fields hold them."""
    domains: dict[str, list[TypedStandard]] = {}
    for one in contents.standards:
        criteria = tuple(
            TypedCriterion(part.text, number_text(part.weight), part.evidence)
            for part in one.criteria
        )
        domains.setdefault(one.domain, []).append(
            TypedStandard(one.code, one.statement, number_text(one.weight), one.evidence, criteria)
        )
    return Typed(
        contents.introduction,
        tuple(TypedDomain(title, tuple(rows)) for title, rows in domains.items()),
        tuple(
            TypedKpi(one.code, one.name, one.unit, one.sense, number_text(one.target), one.formula)
            for one in contents.kpis
        ),
    )


def typed_in(post: Mapping[str, str]) -> Typed:
    """Read a form whose fields are numbered by place: `code.0.2` is the third of the first."""
    fields: dict[tuple[str, Places], str] = {}
    for key, value in post.items():
        found = NUMBERED.fullmatch(key)
        if found:
            places = tuple(int(part) for part in found["places"][1:].split("."))
            fields[found["name"], places] = value.strip()
    read = _Fields(fields)
    domains = tuple(read.domain(place) for place in read.under((), "title"))
    kpis = tuple(read.kpi(place) for place in read.under((), "kpi-code"))
    return Typed(
        post.get("introduction", "").strip(),
        tuple(one for one in domains if one.title or one.standards),
        tuple(one for one in kpis if not one.is_empty),
    )


@dataclass(frozen=True)
class _Fields:
    """The numbered fields of a form, found again by name and place."""

    fields: Mapping[tuple[str, Places], str]

    def under(self, place: Places, name: str) -> Iterable[Places]:
        """Return the places of a field right under another, in order."""
        depth = len(place) + 1
        return sorted(
            at
            for known, at in self.fields
            if known == name and at[:-1] == place and len(at) == depth
        )

    def text(self, name: str, place: Places) -> str:
        """Return what was typed into a field."""
        return self.fields.get((name, place), "")

    def domain(self, place: Places) -> TypedDomain:
        """Return a domain with its standards."""
        rows = tuple(self.standard(at) for at in self.under(place, "code"))
        return TypedDomain(
            self.text("title", place), tuple(one for one in rows if not one.is_empty)
        )

    def standard(self, place: Places) -> TypedStandard:
        """Return a standard with its criteria."""
        rows = [
            TypedCriterion(*(self.text(name, at) for name in ("criterion", "share", "shown")))
            for at in self.under(place, "criterion")
        ]
        names = ("code", "statement", "weight", "evidence")
        code, statement, weight, evidence = (self.text(name, place) for name in names)
        criteria = tuple(one for one in rows if not one.is_empty)
        return TypedStandard(code, statement, weight, evidence, criteria)

    def kpi(self, place: Places) -> TypedKpi:
        """Return an indicator."""
        names = ("kpi-code", "kpi-name", "kpi-unit", "kpi-sense", "kpi-target", "kpi-formula")
        return TypedKpi(*(self.text(name, place) for name in names))


def _standard(domain: str, one: TypedStandard, problems: list[str]) -> StandardTerms:
    said = f"Standard {one.code or one.statement[:30]}"
    return StandardTerms(
        domain,
        one.code,
        one.statement,
        _number(one.weight, f"{said}, weight", problems),
        one.evidence,
        tuple(
            CriterionTerms(
                part.text,
                _number(part.weight, f"{said}, weight of criterion {place}", problems),
                part.evidence,
            )
            for place, part in enumerate(one.criteria, start=1)
        ),
    )


def _kpi(one: TypedKpi, problems: list[str]) -> KpiTerms:
    said = f"Indicator {one.code or one.name[:30]}"
    if one.sense not in KpiSense.values:
        problems.append(f"{said}: choose at least or at most.")
    target = _number(one.target, f"{said}, target", problems, most=Decimal(1_000_000))
    return KpiTerms(one.code, one.name, one.unit, one.sense, target, one.formula)


def _number(text: str, named: str, problems: list[str], *, most: Decimal = Decimal(100)) -> Decimal:
    """Return a typed number, 0 for an empty field; what is none is named among the problems."""
    try:
        number = Decimal(text or "0")
        known = number.is_finite() and 0 <= number <= most and number == round(number, 2)
    except InvalidOperation:
        known = False
    if not known:
        problems.append(
            f"{named}: “{text[:20]}” is not a number from 0 to {most:,} with two decimals at most."
        )
        return Decimal(0)
    return number


def number_text(number: Decimal) -> str:
    """Return a number without needless zeros, as it goes into a field."""
    return f"{number.normalize():f}"
