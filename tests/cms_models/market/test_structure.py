"""Lots as a table of zones × pathways: gaps, overlaps, and what no lot can be."""

from datetime import date

import pytest

from cms_models.market.domain import LotTerms
from cms_models.market.structure import (
    BadStructure,
    Structure,
    gap_sentences,
    lots_from_cells,
    overlap_sentences,
    shared_sentences,
)


def lot(code: str, pathways: str, zones: str, *, since: int = 2017, key: int = 0) -> LotTerms:
    return LotTerms(code, code, frozenset(pathways), frozenset(zones), date(since, 7, 1), key)


def test_a_pathway_that_is_bought_is_missed_where_no_lot_has_it():
    structure = Structure((lot("1", "O", "A"), lot("2", "D", "AB")), ("O", "D", "M"), ("A", "B"))

    assert structure.gaps() == [("O", "B")]  # M is bought nowhere: no gap of this framework
    assert gap_sentences(structure) == [
        "Pathway O has no lot in zone B: such work cannot be offered there."
    ]


def test_a_cell_in_two_lots_is_named_with_both():
    structure = Structure((lot("1", "O", "AB"), lot("2", "OD", "B")), ("O", "D"), ("A", "B"))

    assert overlap_sentences(structure) == [
        "Pathway O in zone B is in lots 1 and 2: take it out of all but one."
    ]


def test_zn_03_cells_become_lots_with_their_pathways_and_zones():
    cells = {("O", "A"): "1", ("O", "B"): "2", ("D", "A"): "AB", ("D", "B"): "AB", ("M", "A"): ""}

    assert lots_from_cells(cells) == {
        "1": (["O"], ["A"]),
        "2": (["O"], ["B"]),
        "AB": (["D"], ["A", "B"]),
    }


def test_a_lot_is_all_its_pathways_in_all_its_zones():
    with pytest.raises(BadStructure, match="Lot X would have to cover D in zone A and O in zone B"):
        lots_from_cells({("O", "A"): "X", ("D", "B"): "X"})


def test_of_two_frameworks_in_force_the_newest_takes_new_referrals_whoever_asks():
    old, new = lot("1", "O", "AB", since=2014), lot("7", "O", "A", since=2018)
    said = (
        "While both run, new referrals of lot 1 of Core go to lot 7 of Lead; Core keeps the "
        "packages it has."
    )

    assert shared_sentences([new], [old], names=("Lead", "Core")) == [said]
    assert shared_sentences([old], [new], names=("Core", "Lead")) == [said]
    assert shared_sentences([lot("8", "D", "A")], [old], names=("Lead", "Core")) == []
