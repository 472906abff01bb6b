"""What a rule is: a number or choice of a council's, within bounds, in a group of the list."""

from dataclasses import dataclass
from typing import Any

# The first start that a rule's key begins with names its group; the list keeps this order.
GROUPS: tuple[tuple[str, str], ...] = (
    ("places.", "Places"),
    ("rates.", "Rates"),
    ("care.", "Care"),
    ("market.", "Market"),
    ("brokerage.", "Brokerage"),
    ("allocation.", "Allocation"),
    ("rounds.weight.", "Rounds: what is worth what, in minutes of travel"),
    ("rounds.", "Rounds"),
    ("accounts.", "Signing in"),
)


@dataclass(frozen=True)
class Rule:
    """A number or choice a council may change, with the sentence shown where it acts."""

    key: str
    title: str
    sentence: str
    default: Any
    unit: str = ""
    least: float | None = None
    most: float | None = None
    choices: tuple[tuple[str, str], ...] = ()

    def refusal(self, value: Any) -> str | None:
        """Return why `value` cannot be this rule's, or None when it can."""
        if self.choices:
            return self._choice_refusal(value)
        if isinstance(self.default, bool):
            return None if isinstance(value, bool) else f"{self.title}: yes or no is needed."
        counts = isinstance(value, int | float) and not isinstance(value, bool)
        if not counts or value != value or value in (float("inf"), float("-inf")):
            return f"{self.title}: a number is needed, not {value!r}."
        if isinstance(self.default, int) and value != int(value):
            return f"{self.title}: a whole number is needed, not {value}."
        if self.least is not None and value < self.least:
            return f"{self.title}: at least {self.least} {self.unit} is needed, not {value}."
        if self.most is not None and value > self.most:
            return f"{self.title}: at most {self.most} {self.unit} is possible, not {value}."
        return None

    def _choice_refusal(self, value: Any) -> str | None:
        codes = [code for code, _ in self.choices]
        if value in codes:
            return None
        return f"{self.title}: {value!r} is not one of {', '.join(codes)}."

    def say(self, value: Any) -> str:
        """Return a value as people read it."""
        if self.choices:
            return dict(self.choices).get(value, str(value))
        if isinstance(value, bool):
            return "yes" if value else "no"
        if self.unit == "pence":
            return f"£{value / 100:,.2f}"
        return f"{value} {self.unit}".strip()

    @property
    def reviewed(self) -> bool:
        """Whether a second person approves another value: what prices, places and offers go by."""
        return not self.key.startswith(("rounds.", "allocation."))

    @property
    def group(self) -> str:
        """What the rule is about, as the list of rules is divided."""
        return next(title for start, title in GROUPS if self.key.startswith(start))
