"""Packages the provider delivers: who the person is, the week, giving it back, reviews."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property

from cms_models.audit.services import record_reads
from cms_models.brokerage.models import HandBack, HandBackReason, HandBackState, ReviewTask
from cms_models.brokerage.services import hand_backs, reviews
from cms_models.care.models import Award, CarePackage, PackageStatus, Person
from cms_models.care.provider_selectors import calls_of
from theme.portal.base import REFUSED, FormPage, PortalForm, PortalPage, words_field
from theme.portal.organisation import ACCEPTED, MOST_BYTES
from theme.portal.showing import week_rows, week_words

PACKAGES_SHOWN = 500


class AwardedPackages(PortalPage):
    """The packages delivered now, by reference, and the reviews that wait."""

    section = "awarded"
    page_title = "Awarded packages"
    template_name = "theme/portal/awarded.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the packages without a name: who somebody is stands on the package's page."""
        awards = Award.objects.visible_to(self.user).filter(provider=self.acting, current=True)
        rows = awards.select_related("package__zone", "package__lot")
        tasks = own_reviews(self).filter(done_at=None)
        return super().get_context_data(
            rows=[
                {"award": row, "package": row.package, "hours": hours_of(row.package)}
                for row in rows.order_by("package__package_ref")[:PACKAGES_SHOWN]
            ],
            tasks=tasks.select_related("package"),
            **kwargs,
        )


def own_reviews(page: PortalPage) -> QuerySet[ReviewTask]:
    """Return the reviews the provider is asked for, of packages it still delivers."""
    delivered = CarePackage.objects.visible_to(page.user)
    rows = ReviewTask.objects.visible_to(page.user)
    return rows.filter(provider=page.acting, package__in=delivered)


def hours_of(package: CarePackage) -> str:
    """Return a package's weekly hours in words."""
    return week_words(package.weekly_minutes)


class AwardedPackage(PortalPage):
    """One package the provider delivers, with the person; every look is logged."""

    section = "awarded"
    template_name = "theme/portal/awarded_package.html"

    @cached_property
    def award(self) -> Award:
        """The current award of the package asked for; another provider's is not found."""
        rows = Award.objects.visible_to(self.user).filter(provider=self.acting, current=True)
        rows = rows.select_related("package__zone", "package__lot", "package__person")
        return get_object_or_404(rows, package__public_id=self.kwargs["pk"])

    @property
    def package(self) -> CarePackage:
        """The package asked for."""
        return self.award.package

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the person (logged), the week, hand-backs and reviews."""
        package = self.package
        person = get_object_or_404(Person.objects.visible_to(self.user), pk=package.person_id)
        where = f"Portal: {package.package_ref}"
        record_reads(reader=self.user, people=[person.pk], where=where, now=self.now)
        own = {"package": package, "provider": self.acting}
        kwargs.setdefault("page_title", f"Package {package.package_ref}")
        return super().get_context_data(
            package=package,
            award=self.award,
            person=person,
            hours=hours_of(package),
            week=week_rows(calls_of([package.pk]).get(package.pk, [])),
            hand_backs=HandBack.objects.visible_to(self.user).filter(**own),
            waits=HandBack.objects.filter(award=self.award, state=HandBackState.SUBMITTED).exists(),
            tasks=own_reviews(self).filter(package=package),
            ended=package.status == PackageStatus.ENDED,
            back=reverse("portal:awarded"),
            **kwargs,
        )


class HandBackForm(PortalForm):
    """Why a package is given back, with evidence."""

    reason = forms.ChoiceField(
        label="Why do you give it back?",
        choices=HandBackReason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose why you give the package back"},
        help_text="The contract allows some reasons only. With any other you go on delivering the "
        "care and the council is told.",
    )
    words = words_field("What happened?", missing="Say what happened")
    evidence = forms.FileField(
        label="Evidence",
        required=False,
        help_text="PDF, PNG, JPEG or Word (.docx), at most 5 MB.",
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(ACCEPTED)}),
    )

    def clean_evidence(self) -> Any:
        """Refuse a file too large before it is read."""
        sent = self.cleaned_data["evidence"]
        if sent and sent.size > MOST_BYTES:
            raise forms.ValidationError(f"{sent.name} is larger than 5 MB: send a smaller one.")
        return sent


class GiveBack(FormPage):
    """Asks the council to take a package back."""

    section = "awarded"
    page_title = "Hand back a package"
    form_class = HandBackForm
    submit_label = "Send to the council"

    @cached_property
    def award(self) -> Award:
        """The current award of the package asked for; another provider's is not found."""
        rows = Award.objects.visible_to(self.user).filter(provider=self.acting, current=True)
        return get_object_or_404(
            rows.select_related("package"), package__public_id=self.kwargs["pk"]
        )

    def act(self, form: PortalForm) -> HttpResponse:
        """Hand it back, and say at once when the reason is not an allowed one."""
        data = form.cleaned_data
        sent = data["evidence"]
        made = hand_backs.hand_back(
            actor=self.user,
            package=self.award.package,
            reason=data["reason"],
            words=data["words"],
            evidence=(sent.name, sent.read()) if sent else None,
            now=self.now,
        )
        words = (
            "This reason is not one the contract allows: you go on delivering the care. The "
            "council is told."
            if made.state == HandBackState.REFUSED_AT_ONCE
            else "The council decides on it. Until then you go on delivering the care."
        )
        return self.done(words, "portal:awarded_package", self.award.package.public_id)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Name the package."""
        package = self.award.package
        return super().get_context_data(
            lead=f"Package {package.package_ref}.",
            back=reverse("portal:awarded_package", args=[package.public_id]),
            **kwargs,
        )


class TakeBackHandBack(GiveBack):
    """Withdraws the hand-back that waits."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Withdraw it; where none waits the form says so."""
        waiting = HandBack.objects.visible_to(self.user).filter(
            award=self.award, state=HandBackState.SUBMITTED
        )
        row = waiting.first()
        try:
            if row is None:
                raise ValidationError("No hand-back of this package waits for a decision.")
            hand_backs.withdraw_hand_back(actor=self.user, hand_back=row, now=self.now)
        except ValidationError as refusal:
            form = self.make_form({})
            form.errors.clear()
            form.refuse(refusal)
            return self.render_to_response(self.get_context_data(form=form), status=REFUSED)
        return self.done(
            "The hand-back is withdrawn.", "portal:awarded_package", self.award.package.public_id
        )


class ReviewForm(PortalForm):
    """What came of a review."""

    outcome = words_field("What came of it?", missing="Say what came of it")


class CompleteReview(FormPage):
    """Answers a review the provider was asked for."""

    section = "awarded"
    form_class = ReviewForm
    submit_label = "Send the outcome"

    @cached_property
    def task(self) -> ReviewTask:
        """The task asked for; another provider's is not found."""
        rows = own_reviews(self).select_related("package")
        return get_object_or_404(rows, public_id=self.kwargs["pk"])

    def act(self, form: PortalForm) -> HttpResponse:
        """Complete it."""
        reviews.complete_review(
            actor=self.user, task=self.task, outcome=form.cleaned_data["outcome"], now=self.now
        )
        return self.done("The outcome is sent.", "portal:awarded")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say what is asked, about which package, by when."""
        task = self.task
        return super().get_context_data(
            page_title=task.get_kind_display(),
            lead=f"Package {task.package.package_ref}, due by {task.due_on:%-d %B %Y}.",
            sentences=[task.words] if task.words else [],
            back=reverse("portal:awarded"),
            **kwargs,
        )
