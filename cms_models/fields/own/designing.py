"""Rules for making and changing a field: keys and codes are for ever, words may change."""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from cms_models.fields.own.domain import (
    CHOICE_LABEL_LONGEST,
    CHOICES_MOST,
    CODE,
    CODE_LONGEST,
    DECIMALS_MOST,
    KEY,
    KEY_LONGEST,
    NUMBER_MOST,
    WITH_CHOICES,
    Choice,
    FieldDefinition,
    FieldKind,
    Refused,
    clean_value,
    is_empty,
)

RETIRED_SUFFIX = "(retired)"


def key_from(label: str) -> str:
    """Return a key made of a label's words, such as `dspt_status`; empty when none can be."""
    ascii_ = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().casefold()
    key = re.sub(r"[^a-z0-9]+", "_", ascii_).strip("_").lstrip("0123456789_")
    return key[:KEY_LONGEST].strip("_")


def code_from(label: str) -> str:
    """Return a code made of a choice's words, such as `standards-met`."""
    return key_from(label).replace("_", "-") or re.sub(r"[^0-9]+", "-", label).strip("-")


def key_refusal(key: str) -> str | None:
    """Return why a text cannot be a key, or None when it can."""
    if len(key) > KEY_LONGEST:
        return f"A key has at most {KEY_LONGEST} characters."
    if not KEY.fullmatch(key):
        return (
            f"{key[:40]!r} cannot be a key: small letters, digits and single underscores only, "
            "beginning with a letter, such as dspt_status."
        )
    return None


def read_choices(text: str, *, before: Sequence[Choice] = ()) -> tuple[Choice, ...]:
    """Return the choices written one a line, `words` or `code | words`; Refused names the line.

    A choice there was before that is not written any more is retired, never forgotten: records
    that hold its code stay readable.
    """
    by_label = {one.label.casefold(): one.code for one in before}
    written: list[Choice] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        code, bar, label = (part.strip() for part in line.rpartition("|"))
        if not bar:
            code = by_label.get(label.casefold()) or code_from(label)
        written.append(Choice(code, label))
    _require_choices(written)
    codes = {one.code.casefold() for one in written}
    gone = [
        Choice(one.code, one.label, retired=True)
        for one in before
        if one.code.casefold() not in codes
    ]
    return (*written, *gone)


def _require_choices(written: Sequence[Choice]) -> None:
    if len(written) > CHOICES_MOST:
        raise Refused(
            f"{len(written):,} choices are too many for one field (at most {CHOICES_MOST}): make "
            "them a record type, and this field a link to it."
        )
    seen: set[str] = set()
    for one in written:
        if not CODE.fullmatch(one.code) or len(one.code) > CODE_LONGEST:
            raise Refused(
                f"“{one.label[:60]}” needs a code of letters, digits, - and _ before it, such as "
                f"met | {one.label[:60] or 'Standards met'}."
            )
        if not one.label or len(one.label) > CHOICE_LABEL_LONGEST:
            raise Refused(
                f"The words of choice {one.code} must have 1 to {CHOICE_LABEL_LONGEST} characters."
            )
        if one.code.casefold() in seen:
            raise Refused(f"The code {one.code} stands twice: give one of them another code.")
        seen.add(one.code.casefold())


def write_choices(choices: Sequence[Choice]) -> str:
    """Return the open choices as they are typed, one a line."""
    return "\n".join(f"{one.code} | {one.label}" for one in choices if not one.retired)


def design_refusals(one: FieldDefinition) -> Iterator[tuple[str, str]]:
    """Yield (name of the setting, sentence) for everything that makes a field unusable."""
    refusal = key_refusal(one.key)
    if refusal:
        yield "key", refusal
    if one.kind in WITH_CHOICES and not one.open_choices:
        yield "choices", "Write at least one choice, one a line."
    if one.kind == FieldKind.LINK and not one.link_to:
        yield "link_to", "Choose the kind of record the link leads to."
    if not 0 <= one.decimals <= DECIMALS_MOST:
        yield "decimals", f"0 to {DECIMALS_MOST} decimals are possible."
    for name in ("least", "most"):
        bound = getattr(one, name)
        if bound is not None and not abs(bound) <= NUMBER_MOST:
            yield name, "The bound is too large a number."
    if one.least is not None and one.most is not None and one.least > one.most:
        yield "most", "The most is less than the least."
    if one.edit and one.see and not one.edit <= one.see:
        yield "edit", "Who may change the field must also see it."
    if not is_empty(one.default):
        try:
            clean_value(one, one.default)
        except Refused as refused:
            yield "default", str(refused)


def change_refusals(before: FieldDefinition, after: FieldDefinition) -> Iterator[tuple[str, str]]:
    """Yield why a field cannot be changed so: its key and kind are for ever, so are codes."""
    fixed = {"key": "key", "kind": "kind", "record_type": "kind of record", "link_to": "target"}
    for name, words in fixed.items():
        if getattr(before, name) != getattr(after, name):
            yield (
                name,
                f"The {words} of {before.label} cannot change: values are kept by it. Retire the "
                "field and add another.",
            )
    codes = {one.code for one in after.choices}
    lost = [one.code for one in before.choices if one.code not in codes]
    if lost:
        yield "choices", f"The choice {lost[0]} is kept by records: retire it instead."
    if after.decimals < before.decimals:
        yield "decimals", "Fewer decimals would not fit the values that are kept."
