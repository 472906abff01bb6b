from cms_models.accounts.roles import Role
from cms_models.care.models import CarePackage
from tests.council import Council


def test_a_registered_package_is_resolved_priced_and_scoped(council: Council):
    package = council.package()

    # seven half hours at £15.80: 7 × £7.90
    assert (package.lot.code, package.area, package.weekly_pence) == ("O-A", "urban", 7 * 790)
    packages = CarePackage.objects
    assert packages.visible_to(council[Role.BROKER]).count() == 1
    assert packages.visible_to(council.provider_users["P1"]).count() == 0
