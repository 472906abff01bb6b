"""What an award of a place in a care home settles: its price a week, and one free bed less."""

from django.db import transaction

from cms_models.accounts.models import User
from cms_models.audit.services import record
from cms_models.care.models import Award, CarePackage, Setting
from cms_models.market.homes import take_bed
from cms_models.market.models import Provider, Vacancy


def weekly_price(package: CarePackage, provider: Provider, agreed_pence: int | None) -> int | None:
    """Return what a placement costs a week: as agreed, or else as the home states it.

    Of several homes the cheapest with a free bed. Care at home keeps what was agreed.
    """
    if package.setting == Setting.HOME or agreed_pence is not None:
        return agreed_pence
    free = Vacancy.objects.filter(home__provider=provider, kind=package.setting, free__gt=0)
    return free.order_by("weekly_pence").values_list("weekly_pence", flat=True).first()


def settle_placement(*, actor: User, award: Award) -> None:
    """Count the bed as taken, and price the package where the award is in force already."""
    package = award.package
    if package.setting == Setting.HOME:
        return
    with transaction.atomic():
        take_bed(actor=actor, provider=award.provider, kind=package.setting)
        if award.current:
            price_placement(actor=actor, award=award)


def price_placement(*, actor: User, award: Award) -> None:
    """Give a placement the price its award agreed for a week."""
    package = CarePackage.objects.get(pk=award.package_id)
    pence = award.agreed_pence
    if package.setting == Setting.HOME or pence in (None, package.weekly_pence):
        return
    before = {"weekly_pence": package.weekly_pence}
    CarePackage.objects.filter(pk=package.pk).update(weekly_pence=pence, unpriced_reason="")
    record(
        actor=actor,
        action="price_placement",
        subject=package,
        before=before,
        after={"weekly_pence": pence},
    )
