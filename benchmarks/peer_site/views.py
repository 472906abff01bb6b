"""What a developer would write by hand for the one list: same key, same rows, same fields.

`by_objects` is the usual way (model objects, select_related, prefetch_related); `by_values` the
careful one, on the same selectors as the GraphQL door. Neither counts the key's requests.
"""

from django.db.models import Prefetch
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from cms_models.accounts.models import User
from cms_models.accounts.services import user_of_key
from cms_models.brokerage.models import Invitation
from cms_models.brokerage.provider_selectors import open_invitations, open_package_rows
from cms_models.care.models import CarePackage, VisitPattern
from cms_models.care.patterns import clock
from cms_models.care.provider_selectors import WEEKDAYS, calls_of
from cms_models.fields.selectors import rule_value
from cms_models.places.domain import postcode_district, postcode_sector

ROWS = 20
ORDER = ("release__package__starts_on", "release__package__public_id")


def _user(request: HttpRequest) -> User:
    user = user_of_key(request.headers["Authorization"].removeprefix("Bearer "))
    if user is None:
        raise PermissionError("The benchmark's key is not known.")
    return user


@csrf_exempt
def by_objects(request: HttpRequest) -> JsonResponse:
    """Return the first open packages from model objects."""
    user = _user(request)
    now = timezone.now()
    sector = rule_value(user.authority, "care.open_location") == "sector"
    coarse = postcode_sector if sector else postcode_district
    patterns = Prefetch(
        "release__package__patterns", VisitPattern.objects.filter(valid_to=None), to_attr="now"
    )
    invitations: list[Invitation] = list(
        open_invitations(user, now)
        .select_related("release__package__zone", "release__package__lot")
        .prefetch_related(patterns)
        .order_by(*ORDER)[: ROWS + 1]
    )
    packages = [one.release.package for one in invitations]
    rows = [_as_json(package, coarse(package.postcode)) for package in packages]
    return JsonResponse({"nodes": rows[:ROWS], "hasNextPage": len(rows) > ROWS})


def _as_json(package: CarePackage, place: str) -> dict:
    return {
        "reference": package.package_ref,
        "pathway": package.pathway,
        "zone": {"code": package.zone.code, "name": package.zone.name},
        "lot": {"code": package.lot.code},
        "postcodeDistrict": place,
        "startsOn": package.starts_on.isoformat(),
        "weeklyMinutes": package.weekly_minutes,
        "calls": [
            {
                "days": [WEEKDAYS[day] for day in row.weekdays],
                "earliest": clock(row.earliest_minutes),
                "latest": clock(row.latest_minutes),
                "minutes": row.minutes,
                "carers": row.carers,
            }
            for row in package.now
        ],
    }


@csrf_exempt
def by_values(request: HttpRequest) -> JsonResponse:
    """Return the first open packages from the door's own selectors, without GraphQL."""
    user = _user(request)
    now = timezone.now()
    invitations = open_invitations(user, now).order_by(*ORDER)[: ROWS + 1]
    found = open_package_rows(invitations, user, now)
    calls = calls_of(row["pk"] for row in found)
    rows = [
        {
            "reference": row["reference"],
            "pathway": row["pathway"],
            "zone": row["zone"],
            "lot": {"code": row["lot"]["code"]},
            "postcodeDistrict": row["postcode_district"],
            "startsOn": row["starts_on"].isoformat(),
            "weeklyMinutes": row["weekly_minutes"],
            "calls": [
                {name: call[name] for name in ("days", "earliest", "latest", "minutes", "carers")}
                for call in calls[row["pk"]]
            ],
        }
        for row in found
    ]
    return JsonResponse({"nodes": rows[:ROWS], "hasNextPage": len(rows) > ROWS})
