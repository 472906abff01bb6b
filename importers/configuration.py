"""council.json: a council's vocabulary, rules, places, rates, budgets and quality frameworks."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, ClassVar

from django.core.exceptions import ValidationError

from cms_models.accounts.models import Authority, User
from cms_models.audit.services import save_record
from cms_models.fields.services import set_rule_at_first
from cms_models.market.services import set_skill
from cms_models.places.models import ZoneMap
from cms_models.places.selectors import postcode_points
from cms_models.places.services import (
    draft_zone_map,
    load_postcodes,
    set_urban_centre,
)
from cms_models.planning.services import keep_report
from cms_models.quality.models import QualityFramework
from cms_models.quality.services import draft_framework
from cms_models.rates.domain import Line
from cms_models.rates.models import BankHoliday, RateCard
from cms_models.rates.services import (
    draft_card,
    fill_bank_holidays,
    set_budget,
)
from importers.bundles import MAIN, unbundled
from importers.configuration_format import CouncilFile, read_council
from importers.faults import BadFile
from importers.going_live import GoingLive
from importers.rehearsal import Item, RehearsedImporter


@dataclass(frozen=True)
class Stated:
    """A stored record beside what a file states of it; they must agree or the file is refused."""

    name: str
    stored: Any
    stated: Any
    way_out: str

    def require_same(self) -> None:
        """Refuse a file that would rewrite what is published."""
        if self.stored != self.stated:
            raise ValidationError(f"{self.name} is on file with other contents. {self.way_out}")


class ConfigurationImporter(RehearsedImporter):
    """A council's configuration; published cards, maps and frameworks are never rewritten."""

    kind: ClassVar[str] = "configuration"

    def read(self, content: bytes, mapping: Mapping[str, str]) -> CouncilFile:
        """Read and check council.json and the files it names."""
        council = read_council(unbundled(content))
        if council.code != self.authority.code:
            raise BadFile(
                f"{MAIN} is for {council.code}; you are working for {self.authority.code}. "
                "A council is only ever configured by its own people."
            )
        return council

    def items(self, source: CouncilFile, *, actor: User) -> Sequence[Item]:
        """Return what the file states, each thing after what it rests on."""
        self.going_live = GoingLive(self.authority)
        rest = [
            *(Item(f"Skill {one['code']}", partial(set_skill, actor=actor, **one))
              for one in source.skills),
            *(Item(f"Rule {key}", partial(set_rule_at_first, actor=actor, key=key, value=value))
              for key, value in source.rules.items()),
            *(Item(f"Urban centre {one['name']}", partial(set_urban_centre, actor=actor, **one))
              for one in source.urban_centres),
            *([Item("Postcodes", partial(self._postcodes, actor, source.points))]
              if source.points else []),
            *([Item(f"Zone map {source.zone_map['name']}",
                    partial(self._zone_map, actor, source.zone_map))] if source.zone_map else []),
            *(Item(f"Rate card {one['name']}", partial(self._card, actor, one))
              for one in sorted(source.rate_cards, key=_begins)),
            *([Item("Bank holidays of England and Wales",
                    partial(fill_bank_holidays, actor=actor))] if self._has_no_holidays() else []),
            *(Item(f"Budget {one['name']}", partial(set_budget, actor=actor, **one))
              for one in source.budgets),
            *(Item(f"{one['title']} {one['version']}", partial(self._quality, actor, one))
              for one in source.quality_frameworks),
            *(Item(one["name"], partial(keep_report, actor=actor, **one))
              for one in source.printed_tables),
        ]  # fmt: skip
        return [Item("Authority", partial(self._authority, actor, source.name)), *rest]

    def _has_no_holidays(self) -> bool:
        return not BankHoliday.objects.filter(authority=self.authority).exists()

    def notes(self) -> Sequence[str]:
        """Say what waits for a second person."""
        return self.going_live.notes

    def _authority(self, actor: User, name: str) -> None:
        row = Authority.objects.get(pk=self.authority.pk)
        row.name = name
        row.full_clean()
        save_record(actor=actor, record_=row, expected_version=row.version)

    def _postcodes(self, actor: User, points: Mapping[str, tuple[float, float]]) -> None:
        known = postcode_points(self.authority)
        moved = {code: point for code, point in points.items() if known.get(code) != point}
        if moved:
            load_postcodes(actor=actor, points=moved)

    def _zone_map(self, actor: User, stated: Mapping[str, Any]) -> None:
        terms = {name: stated[name] for name in ("name", "valid_from", "attribution", "features")}
        row = ZoneMap.objects.filter(
            authority=self.authority, name=stated["name"], valid_from=stated["valid_from"]
        ).first()
        if row is None:
            row = draft_zone_map(actor=actor, **terms)
        zones = {
            one["properties"]["code"]: (one["properties"].get("name"), one["geometry"])
            for one in stated["features"]
        }
        stored = {zone.code: (zone.name, zone.boundary) for zone in row.zones.all()}
        Stated(
            str(row),
            (stored, row.attribution),
            (zones, stated["attribution"]),
            "Give the new map a name and a first day of its own: the old one stays for its time.",
        ).require_same()
        self.going_live.settle(actor=actor, version=row)

    def _card(self, actor: User, stated: Mapping[str, Any]) -> None:
        row = RateCard.objects.filter(authority=self.authority, name=stated["name"]).first()
        lines = [_line(one) for one in stated["lines"]]
        if row is None:
            row = draft_card(
                actor=actor,
                name=stated["name"],
                valid_from=stated["valid_from"],
                valid_to=stated["valid_to"],
                lines=lines,
            )
        kept = {line.terms for line in row.lines.all()}
        # A card open in the file may have been ended since by the card after it.
        ends = row.valid_to if stated["valid_to"] is None else stated["valid_to"]
        Stated(
            str(row),
            (row.valid_from, row.valid_to, kept),
            (stated["valid_from"], ends, set(lines)),
            "Rates are never rewritten: give the new card a name and a first day of its own.",
        ).require_same()
        self.going_live.settle(actor=actor, version=row)

    def _quality(self, actor: User, stated: Mapping[str, Any]) -> None:
        standards, kpis = _standards(stated), [_weighed(one, "target") for one in stated["kpis"]]
        row = QualityFramework.objects.filter(
            authority=self.authority, title=stated["title"], edition=stated["version"]
        ).first()
        if row is None:
            row = draft_framework(
                actor=actor,
                title=stated["title"],
                edition=stated["version"],
                introduction=stated["introduction"],
                standards=standards,
                kpis=kpis,
            )
        kept = row.contents
        Stated(
            str(row),
            (
                kept.introduction,
                [asdict(one) for one in kept.standards],
                [asdict(one) for one in kept.kpis],
            ),
            (stated["introduction"], standards, kpis),
            "Give the new text the next version number.",
        ).require_same()
        self.going_live.settle(actor=actor, version=row)


def _standards(stated: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "domain": aim["title"],
            **_weighed(one, "weight"),
            "criteria": tuple(_weighed(part, "weight") for part in one["criteria"]),
        }
        for aim in stated["domains"]
        for one in aim["standards"]
    ]


def _weighed(stated: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return what is stated with one number as the decimal it was written as."""
    return {**stated, name: Decimal(str(stated[name]))}


def _line(stated: Mapping[str, Any]) -> Line:
    return Line(
        stated["pathway"],
        stated["area"],
        stated["visit_kind"],
        stated["pence_per_hour"],
        stated["day_type"],
        stated["starts_from"],
        stated["starts_before"],
        stated["least_minutes"],
        stated["most_minutes"],
    )


def _begins(card: Mapping[str, Any]) -> date:
    day: date = card["valid_from"]
    return day
