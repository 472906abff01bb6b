"""A council with packages enough to tell rows apart, checked by hand."""

from decimal import Decimal

import pytest

from tests.council import Council


@pytest.fixture
def county(council: Council) -> Council:
    """Seven packages of six people: two zones, three pathways, every funder, one suspended."""
    week = "Mon-Sun 08:00-09:00 60m"
    council.package(1, pattern=week, organisation_ref="P1", status="active", contribution=True)
    council.package(
        2, pattern="Mon-Sun 08:00 120m", funder="Shared", funder_share_percent=Decimal(70)
    )
    council.package(3, postcode="HR3 3CC", funder="CHC", status="active", organisation_ref="P2")
    council.package(4, postcode="HR3 3CC", funder="Self-funder", status="suspended")
    council.package(
        5,
        pathway="D",
        element_type="Home care D",
        pattern="Mon-Sun 22:00 600m sleep_in",
        status="active",
    )
    council.package(6, pathway="M", element_type="Home First M", pattern="Mon-Fri 09:00 20m x2")
    council.package(7, person_id="9000001", postcode="HR2 2BB", pattern="Sat,Sun 10:00 45m")
    return council
