"""framework.json: frameworks, their lots, and the providers' places in them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, ClassVar

from cms_models.accounts.models import User
from cms_models.market.domain import TIER_CODES, LeadPromise, Tier
from cms_models.market.models import Framework, Lot, Provider
from cms_models.market.services import set_framework, set_lot, set_lot_award
from cms_models.places.models import Zone
from cms_models.rates.models import Pathway
from importers.faults import BadCell, BadFile
from importers.going_live import GoingLive
from importers.json_files import (
    Key,
    a_day,
    a_number,
    a_text,
    a_whole_number,
    as_is,
    document,
    one_of,
    or_null,
    read_list,
    read_object,
    texts,
)
from importers.rehearsal import Item, RehearsedImporter

FORMAT = "homeward-framework/1"


def pathways(value: Any) -> list[str]:
    """Check a list of pathway codes."""
    return [one_of(Pathway.values)(code) for code in texts(value)]


def _tier(value: Any) -> int:
    return int(TIER_CODES[one_of(list(TIER_CODES))(value)])


def _capacity(value: Any) -> int:
    minutes = a_number(value) * 60
    if minutes != int(minutes) or minutes < 0:
        raise BadCell(f"{value} hours is not a whole number of minutes.")
    return int(minutes)


def _lead_share(value: Any) -> dict[str, Any]:
    """Check what a lead was promised: "majority", a percentage, or null for nothing."""
    if value is None:
        return {"lead_promise": LeadPromise.NONE.value, "lead_promise_percent": None}
    if value == LeadPromise.MAJORITY.value:
        return {"lead_promise": value, "lead_promise_percent": None}
    percent = Decimal(str(a_number(value)))
    if not 0 <= percent <= 100 or percent != round(percent, 2):
        raise BadCell(f'{value} is neither "majority" nor a percentage with two decimals.')
    return {"lead_promise": LeadPromise.PERCENT.value, "lead_promise_percent": percent}


def _yes_or_no(value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadCell(f"{value!r} is neither true nor false.")
    return value


TOP = {"format": Key(a_text), "frameworks": Key(as_is)}
FRAMEWORK = {
    "name": Key(a_text),
    "starts_on": Key(a_day),
    "ends_on": Key(a_day),
    "latest_end_on": Key(or_null(a_day), required=False),
    "standstill_ends_on": Key(or_null(a_day), required=False),
    "has_break_clause": Key(_yes_or_no, required=False, default=False),
    "lots": Key(as_is),
}
LOT = {
    "code": Key(a_text),
    "name": Key(a_text),
    "pathways": Key(pathways),
    "zones": Key(texts),
    "least_providers": Key(a_whole_number, required=False),
    "providers_wanted": Key(a_whole_number, required=False),
    "lead_share": Key(_lead_share, required=False),
    "awards": Key(as_is),
}
AWARD = {
    "provider": Key(a_text),
    "tier": Key(_tier),
    "rank": Key(a_whole_number),
    "capacity_hours_per_week": Key(or_null(_capacity)),
    "starts_on": Key(a_day),
    "ends_on": Key(or_null(a_day), required=False),
}


class FrameworkImporter(RehearsedImporter):
    """Frameworks by name, lots by code, places by provider and first day.

    What the file does not name stays as it is: nothing is ended by being left out.
    """

    kind: ClassVar[str] = "framework"

    def read(self, content: bytes, mapping: Mapping[str, str]) -> list[dict[str, Any]]:
        """Read and check the whole file."""
        top = read_object(document(content, format_name=FORMAT), where="The file", keys=TOP)
        found = read_list(top["frameworks"], where="frameworks", keys=FRAMEWORK)
        for framework in found:
            named = f"{framework['name']}, lots"
            framework["lots"] = read_list(framework["lots"], where=named, keys=LOT)
            for lot in framework["lots"]:
                named = f"lot {lot['code']}, awards"
                lot["awards"] = read_list(lot["awards"], where=named, keys=AWARD)
        return found

    def items(self, source: list[dict[str, Any]], *, actor: User) -> Sequence[Item]:
        """Return each framework, then each of its lots, then the places in that lot."""
        self.going_live = GoingLive(self.authority)
        found = []
        for framework in source:
            terms = {name: value for name, value in framework.items() if name != "lots"}
            found.append(Item(framework["name"], partial(set_framework, actor=actor, **terms)))
            for lot in framework["lots"]:
                found.append(
                    Item(f"Lot {lot['code']}", partial(self._lot, actor, framework["name"], lot))
                )
                found += [
                    Item(
                        f"{award['provider']} in {lot['code']} from {award['starts_on']:%d/%m/%Y}",
                        partial(self._award, actor, framework["name"], lot["code"], award),
                    )
                    for award in sorted(lot["awards"], key=_leads_on)
                ]
            found.append(
                Item(f"{framework['name']}, in force", partial(self._publish, actor, framework))
            )
        return found

    def notes(self) -> Sequence[str]:
        """Say what waits for a second person."""
        return self.going_live.notes

    def _publish(self, actor: User, stated: Mapping[str, Any]) -> None:
        row = Framework.objects.get(authority=self.authority, name=stated["name"])
        self.going_live.settle(actor=actor, version=row)

    def _lot(self, actor: User, framework: str, lot: Mapping[str, Any]) -> None:
        zones = Zone.objects.filter(authority=self.authority, code__in=lot["zones"])
        missing = set(lot["zones"]) - set(zones.values_list("code", flat=True))
        if missing:
            raise BadFile(f"there is no zone {min(missing)}: import the zone map first.")
        set_lot(
            actor=actor,
            framework=Framework.objects.get(authority=self.authority, name=framework),
            code=lot["code"],
            name=lot["name"],
            pathways=lot["pathways"],
            zones=lot["zones"],
            **_stated(lot),
        )

    def _award(self, actor: User, framework: str, lot: str, award: Mapping[str, Any]) -> None:
        provider = Provider.objects.filter(authority=self.authority, ref=award["provider"]).first()
        if provider is None:
            raise BadFile("no provider is known by that reference: import providers first.")
        row = Lot.objects.filter(
            authority=self.authority, framework__name=framework, code=lot
        ).first()
        if row is None:
            raise BadFile(f"lot {lot} was refused.")
        set_lot_award(
            actor=actor,
            lot=row,
            provider=provider,
            tier=award["tier"],
            rank=award["rank"],
            capacity_minutes_per_week=award["capacity_hours_per_week"],
            starts_on=award["starts_on"],
            ends_on=award["ends_on"],
        )


def _leads_on(award: Mapping[str, Any]) -> bool:
    """Return whether a place leads without an end: it is written after the lead it follows."""
    return award["tier"] == Tier.LEAD and award["ends_on"] is None


def _stated(lot: Mapping[str, Any]) -> dict[str, Any]:
    """Return a lot's further terms, as far as the file names them."""
    counts = {name: lot[name] for name in ("least_providers", "providers_wanted")}
    return {name: count for name, count in counts.items() if count is not None} | (
        lot["lead_share"] or {}
    )
