"""TB-01, TB-02 as a council would ask: the printed table as a file, the faults as sentences."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

HEADINGS = "Name,Weekly Hours,Annual Hours,Annual Cost\n"
TABLE_12_1 = 'A & B,1355,70460,956302\n"C, D, E",975,50700,694590\nTotal,2330,121160,1659892\n'


def reconcile(path: Path, content: str, rate: str = "13.70") -> list[str]:
    """Return what the command prints."""
    path.write_text(content)
    out = StringIO()
    call_command("reconcile_table", str(path), "--rate", rate, stdout=out)
    return out.getvalue().splitlines()


def test_tb_01_table_12_1_as_printed(tmp_path):
    assert reconcile(tmp_path / "12.1.csv", HEADINGS + TABLE_12_1) == [
        "A & B, annual cost: printed 956,302, expected 965,302.00, difference -9,000.00",
        # printed 1,659,892; the rows add to 956,302 + 694,590 = 1,650,892
        "Total, annual pounds: printed 1,659,892, expected 1,650,892, difference +9,000",
        "2 figure(s) of 12.1.csv do not reproduce.",
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("Name,Weekly Hours\nA,1\nTotal,1\n", "lacks Annual Hours, Annual Cost"),
        (HEADINGS + "Total,1,52,1\n", "needs a row and a total"),
        (HEADINGS + "A,many,52,1\nTotal,1,52,1\n", "A: "),
    ],
)
def test_a_table_that_cannot_be_read_says_why(tmp_path, content, words):
    with pytest.raises(CommandError, match=words):
        reconcile(tmp_path / "table.csv", content)
