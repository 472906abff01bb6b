"""Two or three zone maps beside each other: the same extent, and what differs in figures."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from cms_models.care.models import CarePackage
from cms_models.care.selectors import Load, running_spots
from cms_models.places.drawing import DrawnZone
from cms_models.places.models import ZoneMap
from cms_models.places.selectors import drawing_faults, drawing_of, zone_map_in_force, zone_maps_of
from cms_models.rates.domain import pounds
from cms_models.rates.models import Pathway
from theme.admin.pages import CouncilPage, rule_in_words, whole_number
from theme.admin.zone_map.editor import features_of
from theme.admin.zone_map.judging import Judgement, judge
from theme.admin.zone_map.tables import PROVIDERS_TRIED, ZoneRow, week_words
from theme.admin.zone_map.views import packages_for_map

MAPS_MOST = 3


@dataclass(frozen=True)
class Option:
    """A zone map of the comparison with what it does."""

    zone_map: ZoneMap
    zones: list[DrawnZone]
    judged: Judgement
    faults: int

    def row(self, code: str) -> ZoneRow | None:
        """Return the zone of a code, None where this map has none."""
        return next((row for row in self.judged.rows if row.zone.code == code), None)


@dataclass(frozen=True)
class Figure:
    """A figure of one option, and how it differs from the first option's, in words."""

    words: str
    difference: str = ""


@dataclass(frozen=True)
class ComparedRow:
    """A line of the comparison: what it counts, and its figure for every option."""

    label: str
    figures: tuple[Figure, ...]


class CompareZoneMaps(CouncilPage):
    """The maps named in the address (`?maps=1&maps=2`), else the one in force and the latest."""

    model = ZoneMap
    template_name = "theme/zone_map/compare.html"
    header_icon = "site"
    page_title = "Compare zone maps"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Return the way home, by the map in force."""
        page = {"url": reverse("zone_map_page"), "label": "Zone map"}
        return [*self.breadcrumbs_items, page, {"url": "", "label": self.page_title}]

    @cached_property
    def pathway(self) -> str:
        """The pathway asked for; ongoing care when none is, empty for all."""
        asked = self.request.GET.get("pathway", Pathway.ONGOING)
        return asked if asked in Pathway.values else ""

    def chosen(self, maps: list[ZoneMap]) -> list[ZoneMap]:
        """Return the maps to compare, at most three; one that is not the council's is not found."""
        asked = [whole_number(text) for text in self.request.GET.getlist("maps")]
        by_id = {row.pk: row for row in maps}
        if any(one not in by_id for one in asked):
            raise Http404("There is no such zone map.")
        if asked:
            return [by_id[one] for one in dict.fromkeys(asked)][:MAPS_MOST]
        user = self.request.user
        current = zone_map_in_force(user.authority, on=timezone.localdate())
        latest = [row for row in maps if current is None or row.pk != current.pk]
        return [*([by_id[current.pk]] if current else []), *latest][:MAPS_MOST]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Judge every chosen map, and put the figures beside each other."""
        user, today = self.request.user, timezone.localdate()
        maps = zone_maps_of(user)
        options = [self.option(row) for row in self.chosen(maps)]
        first = options[0] if options else None
        shows_packages = user.may_view(CarePackage)
        spots = running_spots(user, zone_map=first.zone_map, on=today) if first else []
        floor = float(first.judged.floor_hours) if first else 0.0
        return super().get_context_data(
            maps=maps,
            options=options,
            pathway=self.pathway,
            pathways=[*Pathway.choices, ("all", "All pathways")],
            rows=compared(options),
            zone_rows=compared_zones(options),
            floor=rule_in_words("market.viability_floor_hours", floor),
            today=today,
            map_data={
                "maps": [features_of(option.zones) for option in options],
                "packages": packages_for_map(spots) if shows_packages else [],
            },
            **kwargs,
        )

    def option(self, zone_map: ZoneMap) -> Option:
        """Return a map with what it does to the pathway."""
        zones, today = drawing_of(zone_map), timezone.localdate()
        judged = judge(self.request.user, zones, zone_map=zone_map, pathway=self.pathway, on=today)
        faults = drawing_faults(zone_map.authority, zones) if zones else []
        return Option(zone_map, zones, judged, len(faults))


def compared(options: list[Option]) -> list[ComparedRow]:
    """Return the figures of whole maps."""
    if not options:
        return []
    below = [option.judged.below_floor or (0,) * len(PROVIDERS_TRIED) for option in options]
    lines: list[tuple[str, list[int]]] = [
        ("Zones", [len(option.zones) for option in options]),
        ("People", [option.judged.total.people for option in options]),
        ("In no zone: people", [option.judged.outside.people for option in options]),
        ("Change zone against the map in force: people", [o.judged.moving.people for o in options]),
        *(
            (f"Zones below the floor with {count} provider{'s' if count > 1 else ''}",
             [row[place] for row in below])
            for place, count in enumerate(PROVIDERS_TRIED)
        ),
        ("Faults of the map", [option.faults for option in options]),
    ]  # fmt: skip
    return [
        *(ComparedRow(label, counted(values)) for label, values in lines),
        ComparedRow(
            "Change zone: hours a week",
            hours_of([option.judged.moving.weekly_minutes for option in options]),
        ),
        ComparedRow(
            "Hours a week in the largest zone for one in the smallest",
            tuple(Figure(spread_words(option.judged)) for option in options),
        ),
    ]


def compared_zones(options: list[Option]) -> list[tuple[str, list[ComparedRow]]]:
    """Return for each zone code its people, hours and pounds in every option."""
    codes = sorted({zone.code for option in options for zone in option.zones})
    return [(code, _zone_lines(code, options)) for code in codes]


def _zone_lines(code: str, options: list[Option]) -> list[ComparedRow]:
    rows = [option.row(code) for option in options]
    loads: list[Load | None] = [row.load if row else None for row in rows]
    return [
        ComparedRow("People", counted([load.people if load else None for load in loads])),
        ComparedRow(
            "Hours a week", hours_of([load.weekly_minutes if load else None for load in loads])
        ),
        ComparedRow("£ a week", pounds_of([load.weekly_pence if load else None for load in loads])),
        ComparedRow("Hours each with 1 / 2 / 3 providers", tuple(_viability(row) for row in rows)),
    ]


def _viability(row: ZoneRow | None) -> Figure:
    if row is None:
        return Figure("–")
    each = " / ".join(f"{one.hours_each:,.1f}" for one in row.viabilities)
    below = [str(one.providers) for one in row.viabilities if not one.viable]
    return Figure(each, f"below the floor with {', '.join(below)}" if below else "")


def counted(values: list[int | None] | list[int]) -> tuple[Figure, ...]:
    """Return whole numbers with what each differs from the first by."""
    return _figures(values, words=lambda value: f"{value:,}", change=lambda value: f"{value:+,}")


def hours_of(values: list[int | None] | list[int]) -> tuple[Figure, ...]:
    """Return minutes as hours with what each differs from the first by."""
    return _figures(
        values,
        words=week_words,
        change=lambda value: f"{'−' if value < 0 else '+'}{week_words(abs(value))}",
    )


def pounds_of(values: list[int | None]) -> tuple[Figure, ...]:
    """Return pence as pounds with what each differs from the first by."""
    return _figures(
        values,
        words=pounds,
        change=lambda value: f"{'−' if value < 0 else '+'}{pounds(abs(value))}",
    )


def _figures(values: Any, *, words: Any, change: Any) -> tuple[Figure, ...]:
    first = values[0]
    return tuple(
        Figure(
            "–" if value is None else words(value),
            change(value - first).replace("-", "−")
            if value is not None and first is not None and value != first
            else "",
        )
        for value in values
    )


def spread_words(judged: Judgement) -> str:
    """Return how many times the hours of the smallest zone the largest has."""
    minutes = [row.load.weekly_minutes for row in judged.rows]
    if not minutes or not min(minutes):
        return "–"
    return f"{(Decimal(max(minutes)) / min(minutes)).quantize(Decimal('0.01'))}"
