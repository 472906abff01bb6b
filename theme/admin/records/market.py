"""Skills, providers, who acts for them and what they hold."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.urls import reverse

from cms_models.accounts.models import User
from cms_models.accounts.roles import Role
from cms_models.care.models import CarePackage
from cms_models.market.models import (
    LotAward,
    Provider,
    ProviderMembership,
    Skill,
)
from theme.admin import vocabularies
from theme.admin.base import RecordViewSet
from theme.admin.cells import Cell, Day, Hours, Number, Several, State, YesNo
from theme.admin.forms import CodesField, RecordForm
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
            "trusted_documents_only",
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
