"""What a developer would write by hand for the one list: same key, same rows, same fields.

`by_objects` is the usual way (model objects, select_related, prefetch_related); `by_values` the
careful one, on the same selectors as the GraphQL door.
"""

from django.db.models import Prefetch
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from cms_models.accounts.models import User
from cms_models.accounts.services import user_of_key
from cms_models.care.models import CarePackage, VisitPattern
from cms_models.care.patterns import clock
from cms_models.care.provider_selectors import (
    WEEKDAYS,
    PackageFilters,
    calls_of,
    open_packages,
    open_rows,
)
from cms_models.fields.selectors import rule_value
from cms_models.places.domain import postcode_district, postcode_sector

ROWS = 20


def _user(request: HttpRequest) -> User:
    user = user_of_key(request.headers["Authorization"].removeprefix("Bearer "))
    if user is None:
        raise PermissionError("The benchmark's key is not known.")
    return user


@csrf_exempt
def by_objects(request: HttpRequest) -> JsonResponse:
    """Return the first open packages from model objects."""
    user = _user(request)
    sector = rule_value(user.authority, "care.open_location") == "sector"
    coarse = postcode_sector if sector else postcode_district
    packages = (
        CarePackage.objects.open_to(user, on=timezone.localdate())
        .select_related("zone", "lot")
        .prefetch_related(
            Prefetch("patterns", VisitPattern.objects.filter(valid_to=None), to_attr="now")
        )
        .order_by("starts_on", "public_id")[: ROWS + 1]
    )
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
    packages = open_packages(user=user, on=timezone.localdate(), filters=PackageFilters())
    found = open_rows(packages.order_by("starts_on", "public_id")[: ROWS + 1], user=user)
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
