"""The end of a package: the care's own ending, and everybody who must hear of it."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from cms_models.accounts.models import User
from cms_models.brokerage.models import Release, ReleaseState
from cms_models.brokerage.services.due import set_status
from cms_models.brokerage.services.releases import hold_open_release, withdraw_release
from cms_models.brokerage.services.transfers import (
    award_in_force,
    cancel_transfer,
    transfer_waiting,
)
from cms_models.care.models import Award, CarePackage, PackageStatus
from cms_models.care.services.awards import end_package
from cms_models.notices.models import EventKind
from cms_models.notices.services import tell


@transaction.atomic
def end(
    *,
    actor: User,
    package: CarePackage,
    notice_on: date,
    died_on: date | None,
    reason: str,
    now: datetime | None = None,
) -> CarePackage:
    """End a package with the council's notice or at death, and tell who delivers it (AL-10, 11).

    A release still open is withdrawn and a transfer that would begin after the last day is called
    off; where the last day has gone by, the package is ended at once.
    """
    moment = now or timezone.now()
    hold_open_release(package)
    ended = end_package(
        actor=actor, package=package, notice_on=notice_on, died_on=died_on, reason=reason
    )
    why = f"{ended} ends: {reason}"[:300]
    for release in Release.objects.filter(package=ended, state=ReleaseState.OPEN):
        withdraw_release(actor=actor, release=release, reason=why, now=moment)
    waiting = transfer_waiting(ended)
    if waiting is not None and ended.ends_on is not None and waiting.on >= ended.ends_on:
        cancel_transfer(actor=actor, waiting=waiting, reason=why, now=moment)
    elif waiting is not None:
        Award.objects.filter(pk=waiting.to_award_id).update(ends_on=ended.ends_on)
    _tell_of_end(actor, ended)
    if ended.ends_on is not None and ended.ends_on <= timezone.localdate(moment):
        Award.objects.filter(package=ended, current=True).update(current=False)
        ended.refresh_from_db()
        set_status(actor, ended, str(PackageStatus.ENDED), action="care_ended")
    return ended


def _tell_of_end(actor: User, package: CarePackage) -> None:
    award = award_in_force(package)
    if award is None or package.ends_on is None:
        return
    payload = {"ends_on": package.ends_on.isoformat()}
    tell(
        actor=actor,
        provider=award.provider,
        kind=EventKind(EventKind.PACKAGE_ENDED),
        package=package,
        payload=payload,
    )
