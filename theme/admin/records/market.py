"""Skills, providers, who acts for them, frameworks, lots and the places in them."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from cms_models.accounts.models import User
from cms_models.accounts.roles import Role
from cms_models.care.models import CarePackage
from cms_models.market.domain import cascade_words
from cms_models.market.models import (
    Framework,
    Lot,
    LotAward,
    Provider,
    ProviderMembership,
    Skill,
)
from cms_models.market.selectors import lot_overlap
from theme.admin import vocabularies
from theme.admin.base import RecordViewSet
from theme.admin.cells import Cell, Day, Hours, Number, Several, State, YesNo
from theme.admin.forms import CodesField, HoursField, RecordForm
from theme.admin.showing import Related

PACKAGES_SHOWN = 25


class SkillForm(RecordForm):
    """A word of the council's vocabulary."""

    class Meta(RecordForm.Meta):
        model = Skill
        fields: ClassVar = ["code", "name"]


class SkillViewSet(RecordViewSet):
    """Skills that visits may need and carers and providers may have."""

    model = Skill
    icon = "tag"
    record_form = SkillForm
    cells: Sequence[Cell] = (
        Cell("name", "Name", sort_key="name"),
        Cell("code", "Code", sort_key="code"),
    )
    search_fields = ["name", "code"]
    introduction = "Files name a skill by its code, such as medication+hoist."
    empty = "No skills yet. Add the first, then tick it on providers and carers."


class ProviderForm(RecordForm):
    """A provider and what it holds."""

    skills = CodesField(codes=vocabularies.skills, required=False)

    class Meta(RecordForm.Meta):
        model = Provider
        fields: ClassVar = [
            "name",
            "ref",
            "state",
            "in_house",
            "postcode",
            "skills",
            "cqc_provider_id",
            "cqc_location_id",
            "cqc_rating",
        ]


PLACE_CELLS: Sequence[Cell] = (
    Cell("provider", "Provider", sort_key="provider__name"),
    Cell("lot", "Lot", sort_key="lot__code"),
    Cell("tier", "Tier", sort_key="tier"),
    Number("rank", "Rank", sort_key="rank"),
    Hours("capacity_minutes_per_week", "Capacity a week", sort_key="capacity_minutes_per_week"),
    Day("starts_on", "From", sort_key="starts_on"),
    Day("ends_on", "Until (first day not in force)", sort_key="ends_on"),
)


def places(user: User, **narrowed: Any) -> list[LotAward]:
    """Return places in lots, with their lot and provider."""
    return list(
        LotAward.objects.visible_to(user).filter(**narrowed).select_related("lot", "provider")
    )


def packages_table(user: User, title: str, packages: QuerySet[CarePackage]) -> Related:
    """Return a table of packages, the first of them."""
    return Related(
        title,
        (
            Cell("package_ref", "Reference"),
            State("status", "Status"),
            Cell("zone", "Zone", "zone.name"),
            Hours("weekly_minutes", "Hours a week"),
        ),
        list(packages.select_related("zone")[:PACKAGES_SHOWN]),
        "No packages.",
        url=lambda row: reverse("carepackage:inspect", args=[row.pk]),
    )


class ProviderViewSet(RecordViewSet):
    """Providers, the council's own service among them."""

    model = Provider
    icon = "group"
    record_form = ProviderForm
    cells: Sequence[Cell] = (
        Cell("name", "Name", sort_key="name"),
        Cell("ref", "Organisation ref", sort_key="ref"),
        State("state", "State", sort_key="state"),
        YesNo("in_house", "In house", sort_key="in_house"),
        Cell("cqc_rating", "CQC rating", sort_key="cqc_rating"),
        Several("skills", "Skills"),
    )
    export_only_cells: Sequence[Cell] = (
        Cell("postcode", "Postcode"),
        Cell("cqc_provider_id", "CQC provider ID"),
        Cell("cqc_location_id", "CQC location ID"),
    )
    detail_cells: Sequence[Cell] = (*cells, *export_only_cells)
    list_filter = ["state", "in_house", "cqc_rating"]
    search_fields = ["name", "ref", "postcode"]
    empty = "No providers yet. Import them, or add the first by hand."

    def related(self, user: User, record: Provider) -> list[Related]:
        """Show the provider's places and packages."""
        delivered = CarePackage.objects.visible_to(user).filter(
            awards__provider=record, awards__current=True
        )
        return [
            Related(
                "Places in lots",
                PLACE_CELLS[1:],
                places(user, provider=record),
                "No places: this provider is not offered work.",
                url=lambda row: reverse("lotaward:inspect", args=[row.pk]),
            ),
            packages_table(user, "Packages it delivers", delivered),
        ]


class MembershipForm(RecordForm):
    """A sign-in that acts for a provider."""

    class Meta(RecordForm.Meta):
        model = ProviderMembership
        fields: ClassVar = ["user", "provider"]

    def offered(self, name: str, model: Any) -> QuerySet:
        """Offer provider sign-ins only."""
        rows = super().offered(name, model)
        return rows.filter(role=Role.PROVIDER) if name == "user" else rows


class MembershipViewSet(RecordViewSet):
    """Who acts for which provider."""

    model = ProviderMembership
    icon = "user"
    record_form = MembershipForm
    related_fields = ("user", "provider")
    cells: Sequence[Cell] = (
        Cell("user", "User", sort_key="user__username"),
        Cell("provider", "Provider", sort_key="provider__name"),
    )
    list_filter = ["provider"]
    search_fields = ["user__username", "provider__name"]
    empty = "Nobody acts for a provider yet. Add a user of the kind Provider first."


class FrameworkForm(RecordForm):
    """A framework agreement's dates."""

    class Meta(RecordForm.Meta):
        model = Framework
        fields: ClassVar = ["name", "starts_on", "ends_on", "latest_end_on", "standstill_ends_on"]


LOT_CELLS: Sequence[Cell] = (
    Cell("code", "Code", sort_key="code"),
    Cell("name", "Name", sort_key="name"),
    Several("pathways", "Pathways"),
    Several("zones", "Zones"),
    Cell("cascade", "How work is offered", lambda row: cascade_today(row)),
)


def cascade_today(lot: Lot) -> str:
    """Return how a lot offers work today, such as "no lead: starts at additional" (PR-07)."""
    return cascade_words([row.terms for row in lot.awards.all()], on=timezone.localdate())


def lots(user: User, **narrowed: Any) -> QuerySet[Lot]:
    """Return lots with what their cascade is told from."""
    return (
        Lot.objects.visible_to(user)
        .filter(**narrowed)
        .select_related("framework")
        .prefetch_related("awards__provider")
    )


class FrameworkViewSet(RecordViewSet):
    """Framework agreements."""

    model = Framework
    icon = "folder-open-inverse"
    record_form = FrameworkForm
    cells: Sequence[Cell] = (
        Cell("name", "Name", sort_key="name"),
        Day("starts_on", "From", sort_key="starts_on"),
        Day("ends_on", "Until (first day not covered)", sort_key="ends_on"),
        Day("latest_end_on", "Longest extension", sort_key="latest_end_on"),
        Day("standstill_ends_on", "Standstill ends", sort_key="standstill_ends_on"),
    )
    search_fields = ["name"]
    empty = "No framework yet. Add one, then its lots."

    def related(self, user: User, record: Framework) -> list[Related]:
        """Show the framework's lots."""
        return [
            Related(
                "Lots",
                LOT_CELLS,
                list(lots(user, framework=record)),
                "No lots yet.",
                url=lambda row: reverse("lot:inspect", args=[row.pk]),
                add_url=reverse("lot:add") if user.may("add", Lot) else "",
            )
        ]


class LotForm(RecordForm):
    """A lot: pathways in zones, each pair in one lot of a framework only."""

    pathways = CodesField(codes=vocabularies.pathways)
    zones = CodesField(codes=vocabularies.zones)

    class Meta(RecordForm.Meta):
        model = Lot
        fields: ClassVar = ["framework", "code", "name", "pathways", "zones"]

    def clean(self) -> dict[str, Any]:
        """Refuse a pathway and zone that another lot of the framework already covers."""
        data = super().clean()
        if not {"framework", "code", "pathways", "zones"} <= set(data):
            return data
        refusal = lot_overlap(
            data["framework"],
            code=data["code"],
            pathways=data["pathways"],
            zones=data["zones"],
            apart_from=self.instance.pk,
        )
        if refusal:
            raise ValidationError(refusal)
        return data


class LotViewSet(RecordViewSet):
    """Lots and how each offers work."""

    model = Lot
    icon = "snippet"
    record_form = LotForm
    related_fields = ("framework",)
    cells: Sequence[Cell] = (*LOT_CELLS, Cell("framework", "Framework"))
    list_filter = ["framework"]
    search_fields = ["code", "name"]
    introduction = "A lot without a lead starts at its additional providers, and says so."
    empty = "No lots yet. Add a framework first, then its lots."
    prefetched = ("awards__provider",)

    def related(self, user: User, record: Lot) -> list[Related]:
        """Show the lot's places in order of offer, and its open packages."""
        waiting = CarePackage.objects.visible_to(user).filter(lot=record, status="referred")
        return [
            Related(
                "Places, in order of offer",
                (PLACE_CELLS[0], *PLACE_CELLS[2:]),
                sorted(places(user, lot=record), key=lambda row: (row.tier, row.rank)),
                "No provider has a place: work cannot be offered.",
                url=lambda row: reverse("lotaward:inspect", args=[row.pk]),
                add_url=reverse("lotaward:add") if user.may("add", LotAward) else "",
            ),
            packages_table(user, "Packages that need a provider", waiting),
        ]


class LotAwardForm(RecordForm):
    """A provider's place in a lot, with its capacity in hours."""

    capacity_minutes_per_week = HoursField(
        label="Capacity in hours a week",
        required=False,
        help_text="Empty where no limit is agreed.",
    )

    class Meta(RecordForm.Meta):
        model = LotAward
        fields: ClassVar = [
            "lot",
            "provider",
            "tier",
            "rank",
            "capacity_minutes_per_week",
            "starts_on",
            "ends_on",
        ]
        widgets: ClassVar = {"tier": forms.RadioSelect}


class LotAwardViewSet(RecordViewSet):
    """Places in lots: lead, additional, DPS."""

    model = LotAward
    icon = "pick"
    record_form = LotAwardForm
    related_fields = ("lot", "provider")
    cells = PLACE_CELLS
    list_filter = ["lot", "provider", "tier"]
    search_fields = ["provider__name", "lot__code", "lot__name"]
    empty = "No places yet. Add a lot first, then give providers their places."
