"""The sheet of random packages is, to the penny, that of a plain loop over model instances."""

from decimal import Decimal

import pytest

from benchmarks.sandbox_county import ON, make_market, make_packages
from benchmarks.sandbox_loop import loop, whole
from cms_models.accounts import services as accounts
from cms_models.accounts.roles import Role
from cms_models.care.models import CarePackage, VisitPattern
from cms_models.planning.options import option_in_force, with_drafts
from cms_models.planning.packages import running_on
from cms_models.planning.selectors import sheet_of, terms_of
from cms_models.rates.domain import half_up

DAYS = ({}, {"O": Decimal("-5"), "D": Decimal("3.33")})


@pytest.fixture
def commissioner(db):
    """A commissioner of a generated county; some packages lack a rate."""
    authority = accounts.register_authority(code="countyshire", name="Countyshire")
    system = accounts.system_actor(authority=authority)
    make_market(system)
    make_packages(system, count=300, seed=7)
    lost = VisitPattern.objects.filter(visit_kind="hourly").order_by("id")[:1].get()
    VisitPattern.objects.filter(pk=lost.pk).update(visit_kind="waking")
    CarePackage.objects.filter(package_ref="HC-0000008").update(status="ended", ends_on=None)
    return accounts.register_user(
        authority=authority,
        username="commissioner",
        role=Role.COMMISSIONER,
        password="a long enough pass phrase",
        name="Connie",
    )


@pytest.mark.parametrize("rounding", ["per_line", "weekly_minutes"])
@pytest.mark.parametrize("hours_percent", DAYS)
def test_every_row_is_the_loops(commissioner, rounding, hours_percent):
    option = with_drafts(
        option_in_force(commissioner, ON),
        rules={"rates.rounding": rounding},
        hours_percent=hours_percent,
    )

    sheet = sheet_of(option, user=commissioner)
    packages = running_on(CarePackage.objects.visible_to(commissioner), on=ON)
    found = loop(whole(packages), terms_of(option))

    assert sheet.total.packages == 299
    assert sheet.total.unpriced == 1
    for table in sheet.tables.values():
        held = {row.key: row for row in table.rows if row.packages}
        assert set(held) == {key for name, key in found if name == table.key}
        for key, row in held.items():
            sums = found[table.key, key]
            assert sums.cells == (
                row.clients,
                row.packages,
                row.weekly_minutes,
                row.weekly_pence,
                row.unpriced,
            )
            assert abs(row.weekly_contribution_pence - half_up(sums.contribution)) <= 1
            assert abs(row.weekly_nhs_pence - half_up(sums.nhs)) <= 1
            assert abs(row.weekly_self_funded_pence - half_up(sums.self_funded)) <= 1
            if not hours_percent:
                assert row.weekly_contribution_pence == sums.contribution
                assert row.weekly_nhs_pence == sums.nhs
                assert row.weekly_self_funded_pence == sums.self_funded
