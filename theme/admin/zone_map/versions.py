"""Versions of the zone map: copying one as a draft, and what was done to each."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from cms_models.accounts.models import User
from cms_models.audit.models import AuditEntry
from cms_models.places.models import Zone, ZoneMap
from cms_models.places.selectors import zone_map_changes, zone_maps_of
from cms_models.places.services import copy_zone_map
from theme.admin.pages import CouncilPage
from theme.admin.review.words import version_words

OPTIONS = "ABC"
TRAIL_SHOWN = 100


class CopyForm(forms.Form):
    """What the copy is called, which option it is, and from when it would be in force."""

    name = forms.CharField(max_length=120)
    option = forms.CharField(
        max_length=20,
        required=False,
        help_text="A short label to tell options apart, such as A; empty for none.",
    )
    valid_from = forms.DateField(
        label="First day in force",
        input_formats=["%Y-%m-%d", "%d/%m/%Y"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class MapPage(CouncilPage):
    """A page about one zone map of the council."""

    model = ZoneMap
    header_icon = "site"
    title = ""

    @cached_property
    def zone_map(self) -> ZoneMap:
        """The map; another council's is not found."""
        maps = ZoneMap.objects.visible_to(self.request.user).select_related("authority")
        found: ZoneMap = get_object_or_404(maps, pk=self.kwargs["pk"])
        return found

    def get_page_title(self) -> str:
        """Name the page and the map."""
        return f"{self.title}: {self.zone_map}"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Return the way home, by the map's page."""
        page = reverse("zone_map_page", args=[self.zone_map.pk])
        return [
            *self.breadcrumbs_items,
            {"url": page, "label": f"Zone map: {self.zone_map}"},
            {"url": "", "label": self.get_page_title()},
        ]


class CopyZoneMap(MapPage):
    """Copy a map as a draft: an option beside it, or an old version restored."""

    action = "add"
    template_name = "theme/zone_map/copy.html"
    title = "Copy as a draft"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Offer the name, the next free option and a day to come."""
        kwargs.setdefault("form", CopyForm(initial=self.offered()))
        return super().get_context_data(zone_map=self.zone_map, **kwargs)

    def offered(self) -> dict[str, Any]:
        """Return what the form begins with."""
        used = {row.option for row in zone_maps_of(self.request.user)}
        restored = "restore" in self.request.GET
        tomorrow = timezone.localdate() + timedelta(days=1)
        return {
            "name": f"{self.zone_map.name}, restored" if restored else self.zone_map.name,
            "option": "" if restored else next((one for one in OPTIONS if one not in used), ""),
            "valid_from": max(self.zone_map.valid_from, first_of_next_month(tomorrow)),
        }

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make the copy and open it in the editor, or say why not."""
        zone_map, form = self.zone_map, CopyForm(request.POST)
        if not form.is_valid():
            return self.render_page(form=form, status=422)
        try:
            copy = copy_zone_map(actor=request.user, zone_map=zone_map, **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal)
            return self.render_page(form=form, status=422)
        messages.success(request, f"{copy} is a draft: draw it, compare it, ask for approval.")
        return redirect("zone_map_edit", pk=copy.pk)


def first_of_next_month(day: date) -> date:
    """Return the first day of the month after a day."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


class ZoneMapHistory(MapPage):
    """Every version of the council's zone map, and what was done to this one."""

    template_name = "theme/zone_map/history.html"
    title = "History"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """List the versions with where they stand, and the trail of this one."""
        user, zone_map, today = self.request.user, self.zone_map, timezone.localdate()
        trail = trail_of(zone_map, user=user)
        return super().get_context_data(
            zone_map=zone_map,
            versions=[version_words(row, on=today) for row in zone_maps_of(user)],
            changes=zone_map_changes(zone_map),
            trail=trail[:TRAIL_SHOWN],
            trail_in_all=trail.count(),
            trail_shown=TRAIL_SHOWN,
            may_add=user.may("add", ZoneMap),
            may_change=user.may("change", ZoneMap),
            **kwargs,
        )


def trail_of(zone_map: ZoneMap, *, user: User) -> QuerySet[AuditEntry]:
    """Return what was done to a map and to its zones, deleted ones too, newest first."""
    trail = AuditEntry.objects.visible_to(user)
    of_zones = trail.filter(subject_type=Zone._meta.label_lower)
    # Its creation or deletion names a zone's map; a later edit names only what was changed.
    named = Q(after__zone_map_id=zone_map.pk) | Q(before__zone_map_id=zone_map.pk)
    zones = of_zones.filter(named).order_by().values_list("subject_id", flat=True)
    of_map = Q(subject_type=ZoneMap._meta.label_lower, subject_id=str(zone_map.pk))
    of_its_zones = Q(subject_type=Zone._meta.label_lower, subject_id__in=set(zones))
    return trail.filter(of_map | of_its_zones).select_related("actor")
