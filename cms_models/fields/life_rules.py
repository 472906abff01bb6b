"""Rules of a package's life: what a suspension pays, tasks, and handing packages back."""

from collections.abc import Iterator, Mapping

from cms_models.fields.rule import Rule

# Which reasons a provider may hand a package back for at first (AL-12, AL-13).
HAND_BACK_REASONS: Mapping[str, tuple[str, bool]] = {
    "cannot_work": ("cannot work with this person", True),
    "needs_changed": ("the needs have changed beyond the agreed care", True),
    "safety": ("carers are not safe there", True),
    "staff": ("not enough staff", False),
    "price": ("the price does not cover the cost", False),
}


def life_rules() -> Iterator[Rule]:
    """Yield the rules of a package's life."""
    yield Rule(
        "brokerage.suspension_paid_days",
        "Days paid after care is suspended",
        "A provider is paid for the planned visits of this many days from the first day of a "
        "suspension; from then on nothing is paid until care resumes.",
        0,
        "days",
        0,
        28,
    )
    yield Rule(
        "brokerage.review_days",
        "Time to look at what needs a decision",
        "A task that follows from an amendment over the limit, or from a hand-back that is not "
        "allowed, is due after this many days.",
        5,
        "days",
        0,
        90,
    )
    yield from hand_back_rules()


def hand_back_rules() -> Iterator[Rule]:
    """Yield the rules of handing packages back: notice, evidence, one for each reason."""
    yield Rule(
        "brokerage.hand_back_notice_days",
        "Notice when a package is handed back",
        "A provider whose hand-back is accepted goes on delivering for this many days, counted "
        "from the day after it was accepted, unless another provider begins earlier.",
        28,
        "days",
        0,
        365,
    )
    yield Rule(
        "brokerage.hand_back_evidence",
        "A hand-back needs evidence",
        "A provider that hands a package back for an allowed reason attaches a document that "
        "shows it.",
        True,
    )
    for code, (words, allowed) in HAND_BACK_REASONS.items():
        yield Rule(
            f"brokerage.hand_back_{code}",
            f"Hand-back allowed: {words}",
            "No refuses such a hand-back at once: the provider goes on delivering and the "
            "contract managers are told.",
            allowed,
        )
