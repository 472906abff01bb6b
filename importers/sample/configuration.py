"""The sample's council.json and framework.json."""

from datetime import date
from typing import Any

from importers.sample import vocabulary
from importers.sample.market import LotResult
from importers.sample.plans import CouncilPlan
from importers.sample.published import PRINTED_TABLES, RATE_CARDS
from importers.sample.quality import QUALITY_FRAMEWORKS

BUDGET_PENCE = 909_400_000  # the 2016 plan's £9,094,000 for O and D
ATTRIBUTION = (
    "Contains Ordnance Survey data © Crown copyright and database right 2024. "
    "Contains Royal Mail data © Royal Mail copyright and database right 2024. "
    "Open Government Licence v3.0 (Code-Point Open)."
)
ZONE_ATTRIBUTION = (
    "Zones drawn for this sample around Code-Point Open postcodes; not the council's own map. "
    + ATTRIBUTION
)


def council_json(plan: CouncilPlan, *, as_at: date) -> dict[str, Any]:
    """The council's configuration in the `homeward-council/1` format."""
    return {
        "format": "homeward-council/1",
        "authority": {"code": plan.code, "name": plan.name},
        "skills": [{"code": c, "name": n} for c, n in vocabulary.SKILLS.items()],
        "rules": {
            "rates.rounding": "per_line",
            "places.urban_radius_miles": 4,
            "care.notice_days": 28,
            "care.individual_decision_hours": 28,
            "care.individual_decision_operator": "more_than",
            # The sample is tried at once, with the passwords it prints; a council leaves this out.
            "accounts.staff_need_second_factor": False,
        },
        "urban_centres": [
            {"name": t.name, "latitude": t.latitude, "longitude": t.longitude} for t in plan.towns
        ],
        "postcodes": {"file": "postcodes.csv", "attribution": ATTRIBUTION},
        "zone_map": {
            "name": plan.zone_map,
            "valid_from": plan.zone_map_from.isoformat(),
            "file": "zones.geojson",
            "attribution": ZONE_ATTRIBUTION,
        },
        "rate_cards": RATE_CARDS[plan.code],
        "budgets": _budgets(plan, as_at),
        "quality_frameworks": QUALITY_FRAMEWORKS[plan.code],
        "printed_tables": PRINTED_TABLES[plan.code],
    }


def _budgets(plan: CouncilPlan, as_at: date) -> list[dict[str, Any]]:
    if not plan.homes_d:
        return []
    year = as_at.year if as_at >= date(as_at.year, 4, 1) else as_at.year - 1
    return [
        {
            "name": plan.framework,
            "starts_on": date(year, 4, 1).isoformat(),
            "ends_on": date(year + 1, 4, 1).isoformat(),
            "pathways": ["O", "D"],
            "amount_pence": BUDGET_PENCE,
        }
    ]


def framework_json(plan: CouncilPlan, lots: list[LotResult], *, as_at: date) -> dict[str, Any]:
    """The council's framework, lots and awards in the `homeward-framework/1` format."""
    ends = plan.framework_ends.isoformat()
    standstill = plan.standstill_ends
    return {
        "format": "homeward-framework/1",
        "frameworks": [
            {
                "name": plan.framework,
                "starts_on": plan.framework_starts.isoformat(),
                "ends_on": ends,
                "latest_end_on": ends,
                "standstill_ends_on": standstill.isoformat() if standstill else None,
                "lots": [_lot_json(plan, lot, as_at) for lot in lots],
            }
        ],
    }


def _lot_json(plan: CouncilPlan, result: LotResult, as_at: date) -> dict[str, Any]:
    lot = result.plan
    ranks: dict[str, int] = {}
    awards = []
    for award in lot.awards:
        ranks[award.tier] = ranks.get(award.tier, 0) + 1
        starts = plan.framework_starts
        if award.starts_after_days is not None:
            starts = date.fromordinal(as_at.toordinal() + award.starts_after_days)
        awards.append(
            {
                "provider": award.provider,
                "tier": award.tier,
                "rank": ranks[award.tier],
                "capacity_hours_per_week": result.capacity[award.provider],
                "starts_on": starts.isoformat(),
                "ends_on": None,
            }
        )
    return {
        "code": lot.code,
        "name": lot.name,
        "pathways": [lot.pathway],
        "zones": list(lot.zones),
        "least_providers": 1,
        "lead_share": lot.lead_share,
        "awards": awards,
    }
