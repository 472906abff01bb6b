"""What providers state of themselves, judged purely: documents, postcodes and names compared."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

DOCUMENT_BYTES_MOST = 5 * 1024 * 1024
# How files of each type begin, by the endings their names may have.
BEGINNINGS: dict[tuple[str, ...], bytes] = {
    ("pdf",): b"%PDF-",
    ("png",): b"\x89PNG\r\n\x1a\n",
    ("jpg", "jpeg"): b"\xff\xd8\xff",
    ("docx",): b"PK\x03\x04",
}
NAME_CHARACTERS_MOST = 120
CARER_MINUTES_MOST = 100_000 * 60
# How many days before a document ends its provider is told, and once more on the day itself.
TOLD_BEFORE_DAYS = (30, 7, 0)
COMPANY_WORDS = frozenset({"ltd", "limited", "llp", "plc", "the", "and", "care", "services"})


def document_refusal(*, name: str, content: bytes) -> str | None:
    """Return why a file cannot be kept as a document, None when it can."""
    if not content:
        return "The file is empty: choose another."
    if len(content) > DOCUMENT_BYTES_MOST:
        return f"{name} is larger than 5 MB: send a smaller scan of it."
    ending = name.rpartition(".")[2].casefold()
    if not any(ending in ends for ends in BEGINNINGS):
        return (
            f"{name} is of no kind that is kept: send a PDF, a Word document (.docx), PNG or JPG."
        )
    return pretence_refusal(name=name, content=content)


def pretence_refusal(*, name: str, content: bytes) -> str | None:
    """Return why a file is not what its name says, None when it is or when nobody can tell."""
    ending = name.rpartition(".")[2].casefold()
    beginning = next((mark for ends, mark in BEGINNINGS.items() if ending in ends), b"")
    if content.startswith(beginning):
        return None
    return f"{name} is no {ending.upper()} file, whatever its name says: save it as one again."


def kept_name(name: str) -> str:
    """Return a file's name without folders and without characters that a browser would mistake."""
    last = re.split(r"[\\/]", name)[-1]
    plain = "".join(one if one.isprintable() and one not in '"<>:|?*' else "_" for one in last)
    stem, dot, ending = plain.strip(" .").rpartition(".")
    room = NAME_CHARACTERS_MOST - len(dot) - len(ending)
    return f"{stem[:room]}{dot}{ending}" if dot else plain.strip(" .")[:NAME_CHARACTERS_MOST]


def stage_due(days_left: int) -> int | None:
    """Return which notice of a document's end is due: 30, 7 or 0 days before; None for none yet."""
    return min((days for days in TOLD_BEFORE_DAYS if days_left <= days), default=None)


@dataclass(frozen=True)
class Registered:
    """A location of the register as it is compared with what somebody states."""

    key: int
    name: str
    provider_name: str
    postcode: str


def words_of(name: str) -> frozenset[str]:
    """Return the words that tell one organisation's name from another's."""
    words = re.findall(r"[a-z0-9]+", name.casefold().replace("'", ""))
    return frozenset(words) - COMPANY_WORDS


def likeness(one: Registered, *, name: str, postcode: str) -> float:
    """Return how alike a location is to a stated name and postcode: 0 for not at all, at most 2."""
    wanted = words_of(name)
    found = words_of(one.name) | words_of(one.provider_name)
    shared = len(wanted & found) / len(wanted | words_of(one.name)) if wanted else 0.0
    return shared + (1.0 if postcode and one.postcode == postcode else 0.0)


def likeliest(
    locations: Iterable[Registered], *, name: str, postcode: str, most: int = 5
) -> Sequence[int]:
    """Return the keys of the locations most alike, best first; none without anything in common."""
    scored = [(likeness(one, name=name, postcode=postcode), one) for one in locations]
    alike = sorted((-score, one.name, one.key) for score, one in scored if score > 0)
    return [key for _, _, key in alike[:most]]
