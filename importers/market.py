"""Providers as a case system's list of organisations states them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

from cms_models.accounts.models import Authority, User
from cms_models.market.models import Provider
from cms_models.market.selectors import skill_codes
from cms_models.market.services import ProviderTerms, provider_terms, register_providers
from importers import cells
from importers.base import TableImporter
from importers.columns import Column

RATINGS = {
    word: word
    for word in (
        "Outstanding",
        "Good",
        "Requires improvement",
        "Inadequate",
        "Not yet rated",
    )
}
PROVIDER_COLUMNS = (
    Column("Organisation Ref", "provider_ref", "ref", cells.text_of(30), needed=True),
    Column("Name", "name", "name", cells.text_of(120), needed=True),
    Column(
        "CQC Provider ID", "cqc_provider_id", "cqc_provider_id", cells.text_of(20), required=False
    ),
    Column(
        "CQC Location ID", "cqc_location_id", "cqc_location_id", cells.text_of(20), required=False
    ),
    Column("CQC Rating", "cqc_rating", "cqc_rating", cells.choice_of(RATINGS), required=False),
    Column(
        "Skills",
        "skills",
        "skills",
        cells.read_skills,
        cells.write_skills,
        required=False,
        blank=(),
    ),
    Column("In House", "in_house", "in_house", cells.read_yes_no, cells.write_yes_no, needed=True),
    Column("Postcode", "postcode", "postcode", cells.read_postcode, required=False),
)


class ProviderImporter(TableImporter):
    """Providers by their organisation reference."""

    kind: ClassVar[str] = "providers"
    model = Provider
    columns: ClassVar[Sequence[Column]] = PROVIDER_COLUMNS
    unique: ClassVar[Sequence[tuple[str, ...]]] = (("provider_ref",),)

    def __init__(self, authority: Authority, *, on: date) -> None:
        super().__init__(authority, on=on)
        self.skills = skill_codes(authority)

    def terms(self, values: Mapping[str, Any]) -> ProviderTerms:
        """Return a row as a provider."""
        return ProviderTerms(**{column.field: values[column.name] for column in self.columns})

    def refusals(
        self, terms: ProviderTerms, values: Mapping[str, Any]
    ) -> Iterable[tuple[str, str]]:
        """Refuse a skill the council has no word for."""
        yield from unknown_skills(terms.skills, self.skills)

    def key(self, terms: ProviderTerms) -> str:
        """Return the organisation reference."""
        return terms.ref

    def stored(self, terms: Sequence[ProviderTerms]) -> Mapping[str, ProviderTerms]:
        """Return the providers already known."""
        rows = Provider.objects.filter(authority=self.authority)
        return {row.ref: provider_terms(row) for row in rows}

    def rows(self, terms: Sequence[ProviderTerms]) -> Mapping[str, Provider]:
        """Return the providers known by organisation reference."""
        return {row.ref: row for row in Provider.objects.filter(authority=self.authority)}

    def compared(
        self, terms: ProviderTerms, stored: ProviderTerms
    ) -> tuple[ProviderTerms, ProviderTerms]:
        """Return both sides with skills in one order."""
        ordered = {**stored.__dict__, "skills": tuple(sorted(stored.skills))}
        return ProviderTerms(**ordered), terms

    def register(self, terms: Sequence[ProviderTerms], *, actor: User) -> None:
        """Write through the market service."""
        register_providers(actor=actor, terms=terms)


def unknown_skills(skills: Iterable[str], vocabulary: frozenset[str]) -> Iterable[tuple[str, str]]:
    """Yield a refusal for every skill that is no word of the council's vocabulary."""
    for skill in skills:
        if skill not in vocabulary:
            known = ", ".join(sorted(vocabulary)) or "none yet"
            yield "skills", f"“{skill}” is not a skill of the council's vocabulary: {known}."
