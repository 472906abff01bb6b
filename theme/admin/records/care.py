"""People, packages and awards."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Prefetch
from django.urls import reverse
from django.utils import timezone
from wagtail.admin.widgets import AdminDateInput

from cms_models.accounts.models import User
from cms_models.audit.services import StaleEdit, picture, save_record
from cms_models.brokerage.services.awards import award_package
from cms_models.brokerage.services.endings import end
from cms_models.care.models import (
    Award,
    CarePackage,
    PackageStatus,
    Person,
    Setting,
    VisitPattern,
)
from cms_models.care.patterns import BadPattern, parse_pattern, pattern_text
from cms_models.care.selectors import package_terms, whole
from cms_models.care.services.registration import register_packages
from cms_models.care.terms import PackageTerms
from cms_models.jobs.services import enqueue
from cms_models.market.models import Provider
from cms_models.places.domain import BadPlace, tidy_postcode
from cms_models.places.models import Postcode
from theme.admin import vocabularies
from theme.admin.actions import Action
from theme.admin.base import RecordViewSet
from theme.admin.cells import (
    Cell,
    Day,
    Hours,
    Moment,
    Number,
    Pounds,
    Sentences,
    Several,
    State,
    YesNo,
)
from theme.admin.forms import CodesField, PoundsField, RecordForm
from theme.admin.links import page_url
from theme.admin.records.rates import REPRICE
from theme.admin.records.reads import reads_shown
from theme.admin.scope import ScopedFilterSet
from theme.admin.showing import Related

ELEMENT_TYPES = {"O": "Home care O", "D": "Home care D", "M": "Home First M"}


def known_postcode(user: User, text: str) -> Postcode:
    """Return the council's postcode of a text; ValidationError says what to do about another."""
    try:
        code = tidy_postcode(text)
    except BadPlace as refusal:
        raise ValidationError(str(refusal)) from refusal
    found = Postcode.objects.filter(authority=user.authority_id, code=code).first()
    if found is None:
        raise ValidationError(
            f"Postcode {code} is not among the council's postcodes. Correct it, or load a newer "
            "postcodes file."
        )
    return found


class PersonForm(RecordForm):
    """A person, as the council knows them."""

    class Meta(RecordForm.Meta):
        model = Person
        fields: ClassVar = [
            "mosaic_person_id",
            "first_name",
            "last_name",
            "birth_date",
            "gender",
            "address",
            "postcode",
            "carer_gender",
        ]

    def clean_postcode(self) -> str:
        """Refuse a postcode that the council does not know."""
        return known_postcode(self.user, self.cleaned_data["postcode"]).code


PACKAGE_CELLS: Sequence[Cell] = (
    Cell("package_ref", "Reference", sort_key="package_ref"),
    State("status", "Status", sort_key="status"),
    Cell("pathway", "Pathway", "pathway", sort_key="pathway"),
    Cell("zone", "Zone", "zone.code", sort_key="zone__code"),
    Cell("area", "Area", sort_key="area"),
    Cell("lot", "Lot", "lot.code", sort_key="lot__code"),
    Hours("weekly_minutes", "Hours a week", sort_key="weekly_minutes"),
    Pounds("weekly_pence", "£ a week", sort_key="weekly_pence"),
    Cell("provider", "Provider", lambda row: provider_name(row)),
    Day("starts_on", "From", sort_key="starts_on"),
)


def provider_name(package: CarePackage) -> str:
    """Return who delivers a package now, from what was prefetched."""
    return next((str(award.provider) for award in package.awards.all()), "")


CURRENT_AWARDS = Prefetch("awards", Award.objects.filter(current=True).select_related("provider"))


class PersonViewSet(RecordViewSet):
    """People who need care."""

    model = Person
    person_of = "pk"
    icon = "user"
    record_form = PersonForm
    may_delete = False
    cells: Sequence[Cell] = (
        Cell("name", "Name", str, sort_key="last_name"),
        Cell("mosaic_person_id", "Mosaic person ID", sort_key="mosaic_person_id"),
        Day("birth_date", "Date of birth", sort_key="birth_date"),
        Cell("gender", "Gender", sort_key="gender"),
        Cell("postcode", "Postcode", sort_key="postcode"),
    )
    export_only_cells: Sequence[Cell] = (
        Cell("address", "Address"),
        Cell("carer_gender", "Wishes carers who are"),
    )
    detail_cells: Sequence[Cell] = (*cells, *export_only_cells)
    list_filter = ["gender"]
    search_fields = ["first_name", "last_name", "mosaic_person_id", "postcode"]
    empty = "No people yet. They come with the Mosaic extract: import one."

    def related(self, user: User, record: Person) -> list[Related]:
        """Show the person's packages, and to those who watch over reading, who was shown them."""
        packages = CarePackage.objects.visible_to(user).filter(person=record)
        return [
            *reads_shown(user, record),
            Related(
                "Packages",
                PACKAGE_CELLS,
                list(packages.select_related("zone", "lot").prefetch_related(CURRENT_AWARDS)),
                "No packages.",
                url=package_url,
            ),
        ]


def package_url(package: CarePackage) -> str:
    """Return a package's own page, or its details."""
    return page_url("package_page", package.pk) or reverse("carepackage:inspect", args=[package.pk])


class PackageFilters(ScopedFilterSet):
    """Filters of the package list."""

    class Meta:
        model = CarePackage
        fields: ClassVar = {
            "status": ["exact"],
            "setting": ["exact"],
            "pathway": ["exact"],
            "zone": ["exact"],
            "lot": ["exact"],
            "area": ["exact"],
            "starts_on": ["range"],
        }


class PackageForm(RecordForm):
    """A package as Mosaic would state it: its place and price follow from it."""

    pattern = forms.CharField(
        label="Visits of the week",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Such as Mon-Sun 08:00-09:00 30m; Sat,Sun 12:00-13:00 45m x2 medication; empty "
        "for a placement in a care home",
    )
    skills = CodesField(codes=vocabularies.skills, required=False)
    contribution_most_pence = PoundsField(
        label="Most the person contributes a week",
        required=False,
        help_text="£, from the financial assessment; empty: the actual cost",
    )

    class Meta(RecordForm.Meta):
        model = CarePackage
        fields: ClassVar = [
            "person",
            "package_ref",
            "element_id",
            "setting",
            "pathway",
            "starts_on",
            "ends_on",
            "postcode",
            "pattern",
            "skills",
            "funder",
            "funder_share_percent",
            "contribution",
            "contribution_most_pence",
            "housing_with_care",
            "visit_priority",
            "least_gap_minutes",
            "most_gap_minutes",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            for name in ("person", "package_ref", "element_id"):
                self.fields[name].disabled = True
            rows = VisitPattern.objects.filter(package=self.instance, valid_to=None)
            self.initial["pattern"] = pattern_text(row.clause for row in rows)

    def clean_postcode(self) -> str:
        """Refuse a postcode that the council does not know."""
        return known_postcode(self.user, self.cleaned_data["postcode"]).code

    def clean_pattern(self) -> str:
        """Refuse a pattern that cannot be read, naming the clause."""
        if not self.cleaned_data["pattern"].strip():
            return ""
        try:
            return pattern_text(parse_pattern(self.cleaned_data["pattern"]))
        except BadPattern as refusal:
            raise ValidationError(str(refusal)) from refusal

    def clean(self) -> dict[str, Any]:
        """Refuse gaps that contradict each other, and visits where there are none."""
        data = super().clean()
        at_home = data.get("setting") == Setting.HOME
        if at_home and "pattern" not in self.errors and not data.get("pattern"):
            self.add_error("pattern", "Care at home needs its visits.")
        if not at_home and data.get("pattern"):
            self.add_error("pattern", "A placement in a care home has no visits: leave it empty.")
        most = data.get("most_gap_minutes")
        if most is not None and most < (data.get("least_gap_minutes") or 0):
            raise ValidationError("The most gap between visits is shorter than the least.")
        return data

    def save_as(self, *, actor: User) -> models.Model:
        """Register the package as now stated: resolved, priced and audited as an import is."""
        expected = self.expected_version()
        with transaction.atomic():
            if expected is None:
                terms = self._new_terms()
            else:
                stored = whole(CarePackage.objects.select_for_update()).get(pk=self.instance.pk)
                if stored.version != expected:
                    raise StaleEdit(record=stored, theirs=picture(stored))
                terms = package_terms(stored)
            register_packages(actor=actor, terms=[self._stated(terms)], on=timezone.localdate())
            row = CarePackage.objects.visible_to(actor).get(element_id=terms.element_id)
            # No case system states it, so no extract may take it back.
            row.contribution_most_pence = self.cleaned_data["contribution_most_pence"]
            return save_record(actor=actor, record_=row, expected_version=row.version)

    def _new_terms(self) -> PackageTerms:
        data = self.cleaned_data
        return PackageTerms(
            person_id=data["person"].mosaic_person_id,
            package_ref=data["package_ref"],
            element_id=data["element_id"],
            element_type="",
            service_type="Home care",
            pathway=data["pathway"],
            organisation_ref="",
            starts_on=data["starts_on"],
            ends_on=data["ends_on"],
            funder=data["funder"],
            funder_share_percent=data["funder_share_percent"],
            contribution=data["contribution"],
            zone_hint="",
            postcode=data["postcode"],
            pattern=(),
            skills=(),
            housing_with_care=data["housing_with_care"],
            status=PackageStatus.REFERRED.value,  # type: ignore[attr-defined]
            reason_ended="",
            last_changed=None,
        )

    def _stated(self, terms: PackageTerms) -> PackageTerms:
        data = self.cleaned_data
        same = (
            *("starts_on", "ends_on", "postcode", "funder", "funder_share_percent"),
            *("visit_priority", "least_gap_minutes", "most_gap_minutes"),
        )
        return replace(
            terms,
            **{name: data[name] for name in same},
            pathway=data["pathway"],
            setting=data["setting"],
            element_type=(
                ELEMENT_TYPES[data["pathway"]]
                if data["setting"] == Setting.HOME
                else data["setting"].capitalize()
            ),
            contribution=data["contribution"],
            housing_with_care=data["housing_with_care"],
            skills=tuple(sorted(data["skills"])),
            pattern=parse_pattern(data["pattern"]) if data["pattern"] else (),
        )


class EndForm(forms.Form):
    """When notice was given, or the person died, and why the package ends."""

    notice_on = forms.DateField(label="Notice given on", widget=AdminDateInput)
    died_on = forms.DateField(label="Died on (if so)", required=False, widget=AdminDateInput)
    reason = forms.CharField(max_length=120)


class AwardForm(forms.Form):
    """Which provider, and why."""

    provider = forms.ModelChoiceField(Provider.objects.none())
    reason = forms.CharField(max_length=500)


def _end(user: User, record: CarePackage, data: dict[str, Any]) -> str:
    ended = end(actor=user, package=record, **data)
    return f"{ended} ends: {ended.ends_on:%d/%m/%Y} is the first day without care."


def _award(user: User, record: CarePackage, data: dict[str, Any]) -> str:
    made = award_package(
        actor=user,
        package=record,
        provider=data["provider"],
        lot=record.lot,
        reason=data["reason"],
        now=timezone.now(),
    )
    return f"{record} is {made.provider}'s."


class CarePackageViewSet(RecordViewSet):
    """Packages: where they fall, what they cost, who delivers them."""

    model = CarePackage
    icon = "form"
    record_form = PackageForm
    may_delete = False
    related_fields = ("zone", "lot")
    prefetched = (CURRENT_AWARDS,)
    cells = PACKAGE_CELLS
    export_only_cells: Sequence[Cell] = (
        Day("ends_on", "First day without care"),
        Cell("postcode", "Postcode"),
        Cell("funder", "Funder"),
        Several("skills", "Skills"),
        Sentences("decisions_needed", "Individual decision needed"),
        Cell("unpriced_reason", "Why there is no price"),
    )
    detail_cells: Sequence[Cell] = (
        *cells,
        *export_only_cells,
        Cell("area_sentence", "Why urban or rural"),
        YesNo("housing_with_care", "Housing with care"),
        Cell("visit_priority", "Priority of its visits"),
        Number("least_gap_minutes", "Least gap between visits, min"),
        Number("most_gap_minutes", "Most gap between visits, min"),
        Pounds("contribution_most_pence", "Most the person contributes a week"),
    )
    filterset_class = PackageFilters
    search_fields = ["package_ref", "element_id", "postcode"]
    introduction = "Zone, lot and price follow from the postcode, the pathway and the visits."
    empty = "No packages yet. Import the Mosaic extract to see them here."
    list_actions = (REPRICE,)
    actions = (
        Action(
            "award",
            "Award to a provider",
            _award,
            model=Award,
            form_class=AwardForm,
            shown=lambda record: record.status == PackageStatus.REFERRED,
            explanation="One provider wins; the reason is kept with the award.",
        ),
        Action(
            "end",
            "End this package",
            _end,
            form_class=EndForm,
            shown=lambda record: record.status != PackageStatus.ENDED,
            explanation="The last paid day follows the notice rule, or is the day of death.",
            serious=True,
        ),
    )

    def record_url(self, user: User, record: CarePackage) -> str | None:
        """Lead to the package's own page."""
        return page_url("package_page", record.pk)

    def related(self, user: User, record: CarePackage) -> list[Related]:
        """Show the week's visits, the person where the role sees people, and the awards."""
        week = Related(
            "Visits of the week",
            (
                Cell("pattern", "Visit", str),
                Cell("visit_kind", "Kind"),
                Day("valid_from", "From"),
                Day("valid_to", "Until"),
            ),
            list(VisitPattern.objects.filter(package=record)),
            "No visits.",
        )
        people = Person.objects.visible_to(user).filter(pk=record.person_id)
        person = Related(
            "Person",
            PersonViewSet.cells,
            list(people),
            "Your role does not see who this is.",
            url=lambda row: reverse("person:inspect", args=[row.pk]),
        )
        given = Related(
            "Awards",
            AWARD_CELLS[1:],
            list(
                Award.objects.visible_to(user)
                .filter(package=record)
                .select_related("provider", "lot", "decided_by")
            ),
            "No award yet.",
            url=lambda row: reverse("award:inspect", args=[row.pk]),
        )
        return [week, person, given]


AWARD_CELLS: Sequence[Cell] = (
    Cell("package", "Package", sort_key="package__package_ref"),
    Cell("provider", "Provider", sort_key="provider__name"),
    Cell("lot", "Lot", "lot.code", sort_key="lot__code"),
    YesNo("current", "In force", sort_key="current"),
    Cell("source", "How", sort_key="source"),
    Day("starts_on", "From", sort_key="starts_on"),
    Cell("reason", "Reason"),
    Cell("decided_by", "Decided by"),
    Moment("decided_at", "Decided", sort_key="decided_at"),
)


def export_awards(user: User, record: Any, data: dict[str, Any]) -> str:
    """Queue the job that writes the awards made in Homeward for Mosaic."""
    job = enqueue(actor=user, kind="export_awards", params={})
    return f"{job} is waiting for the worker; the file will be under Files and jobs, Exports."


EXPORT_AWARDS = Action("export_awards", "Export awards for Mosaic", export_awards, model=Award)


class AwardViewSet(RecordViewSet):
    """Awards: each a person's decision."""

    model = Award
    icon = "pick"
    related_fields = ("package", "provider", "lot", "decided_by")
    cells = AWARD_CELLS
    list_filter = ["provider", "lot", "source", "current"]
    search_fields = ["package__package_ref", "provider__name"]
    introduction = "The machine proposes, a person awards. Each award keeps its reason."
    empty = "No awards yet. Propose allocations, then award what you agree with."
    list_actions = (EXPORT_AWARDS,)
