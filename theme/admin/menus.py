"""The menu by kind of user: a group is shown when the role sees anything in it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from wagtail.admin.menu import Menu, MenuItem, SubmenuMenuItem

from theme.admin.base import RecordViewSet
from theme.admin.records.accounts import ApiKeyViewSet, AuthorityViewSet, UserViewSet
from theme.admin.records.allocation import AllocationProposalViewSet, AllocationRunViewSet
from theme.admin.records.allocation_files import AllocationFileViewSet
from theme.admin.records.brokerage import (
    InvitationViewSet,
    MessageViewSet,
    OfferViewSet,
    QuestionViewSet,
    ReleaseViewSet,
)
from theme.admin.records.brokerage_life import (
    HandBackViewSet,
    ReviewTaskViewSet,
    SuspensionViewSet,
    TransferViewSet,
)
from theme.admin.records.by_choice import (
    CarerAbsenceViewSet,
    CarerPreferenceViewSet,
    VisitPinViewSet,
)
from theme.admin.records.care import AwardViewSet, CarePackageViewSet, PersonViewSet
from theme.admin.records.frameworks import FrameworkViewSet, LotAwardViewSet, LotViewSet
from theme.admin.records.homes import CareHomeViewSet, VacancyViewSet
from theme.admin.records.market import MembershipViewSet, ProviderViewSet, SkillViewSet
from theme.admin.records.notices import (
    DeliveryViewSet,
    OutboxEventViewSet,
    TrustedDocumentViewSet,
    WebhookViewSet,
)
from theme.admin.records.places import (
    ReferenceAreaViewSet,
    RoadMapViewSet,
    UrbanCentreViewSet,
    ZoneMapViewSet,
    ZoneViewSet,
)
from theme.admin.records.quality import QualityFrameworkViewSet, QualityStandardViewSet
from theme.admin.records.rates import (
    BankHolidayViewSet,
    BudgetViewSet,
    RateCardViewSet,
    RateLineViewSet,
)
from theme.admin.records.reads import PersonalReadViewSet
from theme.admin.records.roles import CouncilRoleViewSet
from theme.admin.records.rounds import (
    CarerViewSet,
    PlanRunViewSet,
    ShiftViewSet,
    VisitViewSet,
)
from theme.admin.records.rule_book import RuleBookEditionViewSet
from theme.admin.records.rules import RuleSettingViewSet
from theme.admin.records.stated import (
    CqcLocationViewSet,
    DeclaredCapacityViewSet,
    ProviderApplicationViewSet,
    ProviderDocumentViewSet,
)
from theme.admin.records.tenders import TenderViewSet
from theme.admin.records.work import (
    AuditEntryViewSet,
    ExportFileViewSet,
    ImportRunViewSet,
    JobViewSet,
)
from theme.admin.sandbox.saved import SavedReportViewSet, ScenarioViewSet

# Wagtail's own entries for websites: Homeward has no pages, images or snippets.
WAGTAIL_ITEMS = frozenset(
    {"explorer", "images", "documents", "snippets", "reports", "help", "settings", "workflows"}
)


@dataclass(frozen=True)
class Group:
    """A group of the menu; `hook` is where other screens hang their own items in it."""

    name: str
    label: str
    icon: str
    order: int
    viewsets: Sequence[type[RecordViewSet]]
    labels: dict[str, str] = field(default_factory=dict)

    @property
    def hook(self) -> str:
        """The Wagtail hook that adds an item to this group."""
        return f"register_{self.name}_menu_item"


GROUPS = (
    Group(
        "brokerage",
        "Brokerage",
        "tasks",
        50,
        (
            ReleaseViewSet,
            InvitationViewSet,
            OfferViewSet,
            HandBackViewSet,
            ReviewTaskViewSet,
            SuspensionViewSet,
            TransferViewSet,
            QuestionViewSet,
            MessageViewSet,
            AllocationFileViewSet,
        ),
        {"invitation": "Providers asked", "handback": "Hand-backs"},
    ),
    Group(
        "care",
        "Care",
        "form",
        100,
        (
            CarePackageViewSet,
            PersonViewSet,
            AllocationRunViewSet,
            AllocationProposalViewSet,
            AwardViewSet,
        ),
        {"carepackage": "Packages"},
    ),
    Group(
        "rounds",
        "Rounds",
        "calendar-alt",
        200,
        (
            PlanRunViewSet,
            VisitViewSet,
            CarerViewSet,
            ShiftViewSet,
            CarerAbsenceViewSet,
            CarerPreferenceViewSet,
            VisitPinViewSet,
        ),
        {
            "planrun": "Planned rounds",
            "carerabsence": "Absences",
            "carerpreference": "Carers by choice",
            "visitpin": "Pins",
        },
    ),
    Group(
        "market",
        "Market",
        "group",
        300,
        (
            ProviderViewSet,
            FrameworkViewSet,
            LotViewSet,
            LotAwardViewSet,
            ProviderApplicationViewSet,
            ProviderDocumentViewSet,
            DeclaredCapacityViewSet,
            CqcLocationViewSet,
            CareHomeViewSet,
            VacancyViewSet,
            TenderViewSet,
            SkillViewSet,
        ),
        {"lotaward": "Places in lots"},
    ),
    Group(
        "places",
        "Places",
        "site",
        400,
        (
            ZoneMapViewSet,
            ZoneViewSet,
            ReferenceAreaViewSet,
            UrbanCentreViewSet,
            RoadMapViewSet,
        ),
    ),
    Group(
        "rates",
        "Rates",
        "table",
        500,
        (RateCardViewSet, RateLineViewSet, BudgetViewSet, BankHolidayViewSet),
    ),
    Group(
        "planning",
        "Planning",
        "sliders",
        550,
        (ScenarioViewSet, SavedReportViewSet),
        {"scenario": "Saved scenarios", "savedreport": "Saved reports"},
    ),
    Group(
        "quality",
        "Quality",
        "clipboard-list",
        600,
        (QualityFrameworkViewSet, QualityStandardViewSet),
    ),
    Group(
        "work",
        "Files and jobs",
        "upload",
        700,
        (ImportRunViewSet, JobViewSet, ExportFileViewSet),
    ),
    Group(
        "notices",
        "Notices",
        "mail",
        650,
        (OutboxEventViewSet, DeliveryViewSet, WebhookViewSet, TrustedDocumentViewSet),
        {"outboxevent": "Events", "trusteddocument": "Registered documents"},
    ),
    Group(
        "trail",
        "Audit",
        "history",
        800,
        (AuditEntryViewSet, PersonalReadViewSet),
        {"auditentry": "Decisions", "personalread": "Reads of personal data"},
    ),
    Group(
        "council",
        "Settings",
        "cog",
        900,
        (
            RuleSettingViewSet,
            RuleBookEditionViewSet,
            AuthorityViewSet,
            UserViewSet,
            CouncilRoleViewSet,
            MembershipViewSet,
            ApiKeyViewSet,
        ),
        {
            "rulesetting": "Rules",
            "rulebookedition": "Rule book",
            "authority": "Council",
            "councilrole": "Roles",
        },
    ),
)


class RoleMenuItem(MenuItem):
    """A menu item for the roles that may view a kind of record."""

    def __init__(self, *args: object, model: type[models.Model], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.model = model

    def is_shown(self, request: HttpRequest) -> bool:
        """Show it to the roles that see such records."""
        return request.user.may_view(self.model)


def record_viewsets() -> list[RecordViewSet]:
    """Return every record's screens, once each."""
    return [viewset() for group in GROUPS for viewset in group.viewsets]


def group_item(group: Group) -> SubmenuMenuItem:
    """Return a group of the menu; one that holds a single list is that list."""
    items = []
    for order, viewset in enumerate(group.viewsets, start=1):
        meta = viewset.model._meta
        label = group.labels.get(meta.model_name) or str(meta.verbose_name_plural).capitalize()
        items.append(
            RoleMenuItem(
                label,
                reverse(f"{meta.model_name}:index"),
                name=meta.model_name,
                icon_name=viewset.icon,
                order=10 * order,
                model=viewset.model,
            )
        )
    if len(items) == 1:
        only = items[0]
        only.label, only.order, only.icon_name = group.label, group.order, group.icon
        return only
    menu = Menu(register_hook_name=group.hook, items=items)
    return SubmenuMenuItem(
        group.label, menu, name=group.name, icon_name=group.icon, order=group.order
    )
