"""The packages a provider may name: those it was asked about, and those it delivers."""

from django.db.models import Q, QuerySet

from cms_models.accounts.models import User
from cms_models.brokerage.models import Invitation
from cms_models.care.models import CarePackage


def packages_talked_of(user: User) -> QuerySet[CarePackage]:
    """Return the packages a provider may write about."""
    asked = Invitation.objects.visible_to(user).values("release__package_id")
    own = CarePackage.objects.visible_to(user).values("pk")
    return CarePackage.objects.filter(Q(pk__in=asked) | Q(pk__in=own))
