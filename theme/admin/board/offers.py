"""Offers side by side: one column an offer, one row a thing to compare."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cms_models.brokerage.board_package_selectors import Nearness
from cms_models.brokerage.domain import passes_over
from cms_models.brokerage.models import Offer, OfferState, Release
from cms_models.brokerage.selectors import OfferRow, most_points_of, standings
from cms_models.care.domain import hours_words
from cms_models.care.models import Setting
from cms_models.rates.domain import pounds
from theme.admin.board.package_forms import points_text


@dataclass(frozen=True)
class Answer:
    """An offer's answer to one question, with the points given where it is scored."""

    key: str
    question: str
    text: str
    points: str
    most: str


@dataclass(frozen=True)
class Column:
    """An offer as the comparison shows it."""

    offer: Offer
    facts: Sequence[str]
    answers: Sequence[Answer]
    scored: bool
    open: bool
    overrides: bool

    @property
    def offer_key(self) -> str:
        """The offer as a form sends it."""
        return str(self.offer.pk)


@dataclass(frozen=True)
class Beside:
    """The comparison: labels down the side, offers across."""

    labels: Sequence[str]
    questions: Sequence[str]
    columns: Sequence[Column]

    @property
    def fact_rows(self) -> list[tuple[str, list[str]]]:
        """Each label with every offer's fact."""
        return [
            (label, [column.facts[place] for column in self.columns])
            for place, label in enumerate(self.labels)
        ]

    @property
    def answer_rows(self) -> list[tuple[str, list[tuple[Column, Answer | None]]]]:
        """Each question with every offer's answer."""
        return [
            (
                question,
                [
                    (column, next((a for a in column.answers if a.question == question), None))
                    for column in self.columns
                ],
            )
            for question in self.questions
        ]


LABELS = (
    "State",
    "Tier",
    "Score",
    "Can start",
    "Capacity offered",
    "Price",
    "Travel density",
    "Conditions",
)


def offers_beside(
    release: Release,
    *,
    rows: Sequence[OfferRow],
    near: Mapping[int, Nearness],
    typed: Mapping[str, str],
) -> Beside:
    """Return a release's offers side by side, in the order the rules rank them.

    `typed` are points that were refused: they stay in their boxes.
    """
    package = release.package
    most = {key: points_text(points) for key, points in most_points_of(package).items()}
    open_ones = standings(rows)
    columns = [
        Column(
            offer=row.offer,
            facts=_facts(row, near, release),
            answers=_answers(
                row.offer.answers, most, typed if typed.get("offer") == str(row.offer.pk) else {}
            ),
            scored=bool(most),
            open=row.offer.state == OfferState.OPEN,
            overrides=passes_over(row.standing, open_ones),
        )
        for row in rows
    ]
    questions = dict.fromkeys(a.question for column in columns for a in column.answers)
    return Beside(LABELS, tuple(questions), columns)


def _facts(row: OfferRow, near: Mapping[int, Nearness], release: Release) -> list[str]:
    offer, place = row.offer, near.get(row.offer.provider_id)
    return [
        offer.get_state_display(),
        row.tier.words.capitalize() if row.tier else release.get_route_display(),
        _score(row),
        f"{offer.starts_on:%d/%m/%Y}" + ("" if row.in_time else ", after the day care must begin"),
        hours_words(offer.weekly_minutes)
        + " a week"
        + ("" if row.covers else ", less than is needed"),
        _price(row, by_week=release.package.setting != Setting.HOME),
        place.words if place else "delivers nothing yet",
        offer.conditions or "none",
    ]


def _score(row: OfferRow) -> str:
    score = row.score
    if score.percent is None:
        return "nothing is scored"
    told = f"{score.points:f} of {score.most_points:f} points, {score.percent:f} %"
    return told if score.complete else f"{told} (not all answers scored yet)"


def _price(row: OfferRow, *, by_week: bool) -> str:
    week = "no price yet" if row.weekly_pence is None else f"{pounds(row.weekly_pence)} a week"
    if row.offer.price_pence is None:
        return f"{week} by the rate card" if row.weekly_pence is not None else week
    if by_week:
        return week
    return f"{pounds(row.offer.price_pence)} an hour, {week}"


def _answers(
    kept: Mapping[str, Mapping[str, Any]], most: Mapping[str, str], typed: Mapping[str, str]
) -> list[Answer]:
    return [
        Answer(
            key=key,
            question=str(one.get("question", "")),
            text=str(one.get("answer", "")),
            points=typed.get(f"points-{key}", "" if one.get("points") is None else one["points"]),
            most=most.get(key, ""),
        )
        for key, one in kept.items()
    ]
