"""The reports there are of the brokerage: their names, what each answers, and how it is found."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cms_models.brokerage.report_answers import declined, ledger, never_offered
from cms_models.brokerage.report_demand import demand
from cms_models.brokerage.report_domain import Findings
from cms_models.brokerage.report_spend import hand_backs, off_platform, spot
from cms_models.brokerage.report_times import time_to_place


@dataclass(frozen=True)
class ReportKind:
    """A report: its short name in addresses, its title, and what it answers."""

    key: str
    title: str
    question: str
    find: Callable[..., Findings]


REPORTS: Mapping[str, ReportKind] = {
    kind.key: kind
    for kind in (
        ReportKind(
            "demand",
            "Demand and supply",
            "Where and when is care wanted, delivered, and agreed?",
            demand,
        ),
        ReportKind(
            "time-to-place",
            "Time to place",
            "How long does it take to find a provider, and who still waits?",
            time_to_place,
        ),
        ReportKind(
            "declined", "Declined and why", "What do providers decline, and for what?", declined
        ),
        ReportKind(
            "promises",
            "Promise ledger",
            "Does each lead get the share it was promised, and take what it is offered?",
            ledger,
        ),
        ReportKind(
            "hand-backs",
            "Hand-backs",
            "Which packages are given back, by whom and why?",
            hand_backs,
        ),
        ReportKind("spot", "Spot spend", "What is bought outside the lots, and what for?", spot),
        ReportKind(
            "off-platform", "Off the platform", "Which awards were made elsewhere?", off_platform
        ),
        ReportKind(
            "never-offered",
            "Never offered",
            "Which providers with a place were asked about nothing?",
            never_offered,
        ),
    )
}
