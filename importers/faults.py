"""How the importers refuse."""

from collections.abc import Sequence


class BadFile(ValueError):  # noqa: N818 - it reads as the refusal
    """Raised for a file that cannot be read as a whole; names the place and the way out.

    `headings` are the file's, where it was read as far as them: its columns can then be mapped.
    """

    def __init__(self, message: str, *, headings: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.headings = tuple(headings)


class BadCell(ValueError):  # noqa: N818 - it reads as the refusal
    """Raised for a cell that cannot be read; says what is read instead."""


class OtherwiseNow(ValueError):  # noqa: N818 - it reads as what happened
    """Raised when accepting would do something else than the dry run showed."""
