"""How a tender is judged: price, quality, ranks, every sum in words.

Arithmetic is exact; what is shown is rounded half-up to four decimals, and totals are sums of what
is shown, so that every printed line can be added up by hand.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import groupby

PLACES = Decimal("0.0001")
HUNDRED = Decimal(100)


class PriceRule(StrEnum):
    """What a bid's price does to its mark."""

    PASS_FAIL = "pass_fail"
    LOWEST = "lowest"


class PriceBasis(StrEnum):
    """What a bid's price is the price of."""

    HOURLY = "hourly"
    TOTAL = "total"
    WHOLE_LIFE = "whole_life"


@dataclass(frozen=True)
class Criterion:
    """A question of quality: its weight of 100, and the least score that is not a failure."""

    code: str
    title: str
    weight: Decimal
    least_score: Decimal | None = None


@dataclass(frozen=True)
class TenderTerms:
    """The rules bidders were told: `ceiling_pence` is the highest price that passes."""

    price_rule: PriceRule
    quality_weight: Decimal
    most_score: Decimal
    criteria: tuple[Criterion, ...]
    ceiling_pence: int | None = None

    @property
    def price_weight(self) -> Decimal:
        """What is left for the price, of 100."""
        return HUNDRED - self.quality_weight


@dataclass(frozen=True)
class BidTerms:
    """A bid: its price in pence and its agreed scores by criterion."""

    bidder: str
    price_pence: int
    scores: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """A sum opened: what it is, how it is worked out, what comes out (None for a verdict)."""

    title: str
    working: str
    value: Decimal | None = None


@dataclass(frozen=True)
class Verdict:
    """What became of a bid; `rank` is None for one that was excluded, and says why."""

    bidder: str
    price_pence: int
    lines: tuple[Line, ...]
    price_score: Decimal = Decimal(0)
    quality_score: Decimal = Decimal(0)
    total: Decimal = Decimal(0)
    rank: int | None = None
    excluded: str = ""


@dataclass(frozen=True)
class Evaluation:
    """A tender's outcome: verdicts in order of rank, excluded ones last; ties are named."""

    verdicts: tuple[Verdict, ...]
    ties: tuple[str, ...]

    @property
    def ranked(self) -> tuple[Verdict, ...]:
        """The bids that were scored."""
        return tuple(one for one in self.verdicts if one.rank is not None)


def pounds(pence: int) -> str:
    """Return pence as pounds."""
    return f"£{Decimal(pence) / 100:,.2f}"


def rounded(value: Fraction) -> Decimal:
    """Return an exact number half-up to the four decimals that are shown."""
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(PLACES, rounding=ROUND_HALF_UP)


def whole_life_cost(*, one_off_pence: int, annual_pence: int, years: int) -> int:
    """Return what a bid costs over the contract: 11,050 + 5 × 24,456 = 133,330 (PR-03)."""
    return one_off_pence + years * annual_pence


def cap_refusal(*, bidder: str, price_pence: int, cap_pence: int | None) -> str | None:
    """Return why a bid cannot be awarded at its price, None when it can (PR-03)."""
    if cap_pence is None or price_pence <= cap_pence:
        return None
    over = pounds(price_pence - cap_pence)
    return (
        f"{bidder} costs {pounds(price_pence)}, {over} over the {pounds(cap_pence)} that may be "
        "awarded: get a higher approval, or decide without it."
    )


def price_refusal(price_pence: int, *, terms: TenderTerms) -> str | None:
    """Return why a price fails before anything is scored, None when it passes (RT-14, PR-01)."""
    if terms.ceiling_pence is None or price_pence <= terms.ceiling_pence:
        return None
    return f"{pounds(price_pence)} is above the ceiling of {pounds(terms.ceiling_pence)}."


def terms_refusals(terms: TenderTerms) -> list[str]:
    """Return why a tender's rules cannot be told to bidders: weights, criteria, ceiling."""
    found = []
    if not terms.criteria:
        found.append("There is no criterion: say what quality is judged by.")
    total = sum((one.weight for one in terms.criteria), Decimal(0))
    if terms.criteria and total != HUNDRED:
        sum_ = " + ".join(f"{_short(one.weight)}" for one in terms.criteria)
        found.append(
            f"The criteria weigh {sum_} = {_short(total)}, not 100: "
            f"{'take away' if total > HUNDRED else 'add'} {_short(abs(HUNDRED - total))}."
        )
    if terms.price_rule == PriceRule.PASS_FAIL:
        if terms.ceiling_pence is None:
            found.append("Price is passed or failed at a ceiling: state the ceiling.")
        if terms.quality_weight != HUNDRED:
            found.append(
                "Where price is passed or failed quality weighs 100 %, "
                f"not {_short(terms.quality_weight)} %."
            )
    elif terms.quality_weight >= HUNDRED:
        found.append("A scored price needs a weight: quality must weigh less than 100 %.")
    return found


def lead_places_refusal(lead_places: int) -> str | None:
    """Return why a tender cannot give so many lead places, None when it can."""
    if lead_places <= 1:
        return None
    return f"A lot has one lead at a time, not {lead_places}: make the others additional providers."


def score_refusal(score: Decimal, *, terms: TenderTerms) -> str | None:
    """Return why a score cannot be given, None when it can."""
    if 0 <= score <= terms.most_score:
        return None
    return f"{_short(score)} is not between 0 and {_short(terms.most_score)}."


def mean(scores: Sequence[Decimal]) -> Decimal:
    """Return the evaluators' mean, half-up to two decimals."""
    exact = sum(scores, Decimal(0)) / len(scores)
    return exact.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def moderation_refusal(*, agreed: Decimal, scores: Sequence[Decimal], reason: str) -> str | None:
    """Return why an agreed score cannot be kept: another than the mean needs a reason."""
    average = mean(scores)
    if agreed == average or reason.strip():
        return None
    return (
        f"{_short(agreed)} is not the mean of {', '.join(_short(one) for one in scores)} "
        f"({_short(average)}): say why it was agreed."
    )


def evaluate(terms: TenderTerms, bids: Iterable[BidTerms]) -> Evaluation:
    """Judge bids: price fails are excluded before scoring, the others scored and ranked.

    Equal totals share a rank and are named: nothing breaks a tie silently.
    """
    judged = [_excluded_by_price(terms, bid) or bid for bid in bids]
    scored = [one for one in judged if isinstance(one, BidTerms)]
    out = [one for one in judged if isinstance(one, Verdict)]
    quality = {bid.bidder: _quality(terms, bid) for bid in scored}
    failed = [_failed(bid, *quality[bid.bidder]) for bid in scored if quality[bid.bidder][2]]
    kept = [bid for bid in scored if not quality[bid.bidder][2]]
    lowest = min((bid.price_pence for bid in kept), default=0)
    verdicts = [_scored(terms, bid, quality[bid.bidder], lowest=lowest) for bid in kept]
    ranked, ties = _ranked(verdicts)
    return Evaluation((*ranked, *failed, *out), tuple(ties))


QualityMark = tuple[Decimal, tuple[Line, ...], str]


def _excluded_by_price(terms: TenderTerms, bid: BidTerms) -> Verdict | None:
    refusal = price_refusal(bid.price_pence, terms=terms)
    if refusal is None:
        return None
    line = Line("Price", f"{refusal} It fails, and its quality is not scored.")
    return Verdict(bid.bidder, bid.price_pence, (line,), excluded=refusal)


def _quality(terms: TenderTerms, bid: BidTerms) -> QualityMark:
    """Return a bid's quality of 100, its lines, and why it fails on quality (or nothing)."""
    lines, total, failed = [], Decimal(0), ""
    for one in terms.criteria:
        score = bid.scores[one.code]
        mark = rounded(Fraction(score) * Fraction(one.weight) / Fraction(terms.most_score))
        working = f"{_short(score)} of {_short(terms.most_score)} × {_short(one.weight)} = {mark}"
        lines.append(Line(one.title, working, mark))
        total += mark
        if one.least_score is not None and score < one.least_score:
            failed = (
                f"{one.title}: {_short(score)} is below the least score of "
                f"{_short(one.least_score)}."
            )
    lines.append(Line("Quality", f"{' + '.join(str(one.value) for one in lines)} = {total}", total))
    return total, tuple(lines), failed


def _failed(bid: BidTerms, _total: Decimal, lines: tuple[Line, ...], failed: str) -> Verdict:
    return Verdict(bid.bidder, bid.price_pence, (*lines, Line("Quality", failed)), excluded=failed)


def _scored(terms: TenderTerms, bid: BidTerms, mark: QualityMark, *, lowest: int) -> Verdict:
    quality, lines, _ = mark
    weighted = rounded(Fraction(quality) * Fraction(terms.quality_weight) / 100)
    weighing = f"{quality} × {_short(terms.quality_weight)} / 100 = {weighted}"
    price, price_line = _price(terms, bid, lowest=lowest)
    total = price + weighted
    return Verdict(
        bid.bidder,
        bid.price_pence,
        (
            price_line,
            *lines,
            Line("Quality, weighted", weighing, weighted),
            Line("Total", f"{price} + {weighted} = {total}", total),
        ),
        price,
        weighted,
        total,
    )


def _price(terms: TenderTerms, bid: BidTerms, *, lowest: int) -> tuple[Decimal, Line]:
    said = pounds(bid.price_pence)
    if terms.price_rule == PriceRule.PASS_FAIL:
        ceiling = pounds(terms.ceiling_pence or 0)
        return Decimal(0), Line("Price", f"{said} passes at the ceiling of {ceiling}.")
    weight = terms.price_weight
    score = (
        rounded(Fraction(lowest, bid.price_pence) * Fraction(weight))
        if bid.price_pence
        else rounded(Fraction(weight))
    )
    working = f"lowest {pounds(lowest)} / {said} × {_short(weight)} = {score}"
    return score, Line("Price", working, score)


def _ranked(verdicts: Sequence[Verdict]) -> tuple[list[Verdict], list[str]]:
    """Return verdicts with their ranks (1, 2, 2, 4), and a sentence for each tie."""
    ordered = sorted(verdicts, key=lambda one: (-one.total, one.bidder))
    ranked: list[Verdict] = []
    ties = []
    for total, group in groupby(ordered, key=lambda one: one.total):
        equal = list(group)
        rank = len(ranked) + 1
        ranked += [Verdict(**{**one.__dict__, "rank": rank}) for one in equal]
        if len(equal) > 1:
            names = " and ".join(one.bidder for one in equal)
            ties.append(f"{names} tie at {total} for rank {rank}: a person decides, with a reason.")
    return ranked, ties


def order_of_award(
    ranked: Sequence[Verdict], *, places: int, settled: Mapping[str, int]
) -> tuple[list[Verdict], list[str]]:
    """Return who wins so many places, best first, and the ties somebody has to settle before.

    `settled` is the order a person gave to equal bids, by bidder.
    """
    ordered: list[Verdict] = []
    refusals = []
    for rank, group in groupby(ranked, key=lambda one: one.rank):
        if len(ordered) >= places:
            break
        equal = sorted(group, key=lambda one: settled.get(one.bidder, 0))
        orders = {settled.get(one.bidder) for one in equal}
        if len(equal) > 1 and (None in orders or len(orders) < len(equal)):
            names = " and ".join(one.bidder for one in equal)
            refusals.append(f"{names} tie for rank {rank}: give them an order, with the reason.")
        ordered += equal
    return ordered[:places], refusals


def _short(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
