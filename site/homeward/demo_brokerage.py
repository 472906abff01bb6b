"""What the sample's brokers find: packages on offer in every state, and a portal to sign in to."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Q

from cms_models.accounts import services as accounts
from cms_models.accounts.models import Authority, User
from cms_models.accounts.roles import Role
from cms_models.brokerage.asking import choice_for
from cms_models.brokerage.models import DeclineReason, HandBackReason, ReleaseState, Route, Urgency
from cms_models.brokerage.models.life import SuspensionReason
from cms_models.brokerage.services import awards, hand_backs, life, offers, releases, talk
from cms_models.brokerage.services import requirements as asked_for
from cms_models.care.models import Award, CarePackage, PackageStatus, Setting
from cms_models.fields.selectors import rule_value
from cms_models.market.domain import Tier
from cms_models.market.models import Lot, LotAward, Provider
from cms_models.market.services import add_member
from homeward.demo_homes import papers_and_register, place_in_a_home, write_letters
from homeward.demo_scene import PAPER, Scene, asked, offer, require

PORTAL_USER, SECOND_BROKER = "portal", "broker2"
# How many packages of the provider's own lots have a part.
PARTS = 7


def busiest_lead(authority: Authority) -> Provider:
    """Return the lead of the lot in which most packages wait: the sample's own provider."""
    waiting = Q(packages__status=PackageStatus.REFERRED, packages__setting=Setting.HOME)
    lots = Lot.objects.filter(authority=authority, framework__state="published")
    ordered = lots.annotate(waiting=Count("packages", filter=waiting)).order_by("-waiting", "code")
    places = LotAward.objects.filter(lot__in=lots, provider__in_house=False)
    leads = {row.lot_id: row.provider for row in places.filter(tier=Tier.LEAD).order_by("-rank")}
    found = next((leads[lot.pk] for lot in ordered if lot.pk in leads), None)
    return found or places.order_by("lot__code", "tier", "rank").first().provider


def furnish_brokerage(
    authority: Authority, *, now: datetime, password: str
) -> Mapping[str, str] | None:
    """Put packages on offer, once; returns the sign-in to the portal, None without brokers."""
    brokers = User.objects.filter(authority=authority, role=Role.BROKER).order_by("pk")
    broker, lead = brokers.first(), busiest_lead(authority)
    known = User.objects.filter(authority=authority, username=PORTAL_USER).first()
    if broker is None:
        return None
    if known is None:
        with transaction.atomic():
            _play(authority, broker, lead, now=now, password=password)
    return {"username": PORTAL_USER, "who": lead.name}


def _play(
    authority: Authority, broker: User, lead: Provider, *, now: datetime, password: str
) -> None:
    system = accounts.system_actor(authority=authority)
    colleague = _user(authority, SECOND_BROKER, Role.BROKER, "Ben Demo", password)
    acting = _user(authority, PORTAL_USER, Role.PROVIDER, f"Pat Demo, {lead.name}", password)
    add_member(actor=system, user=acting, provider=lead)
    scene = Scene(broker, colleague, system, lead, acting, now)
    scene.waiting = _waiting(scene)
    for part in (
        *(nobody_took_it, the_lead_was_silent, an_offer_was_awarded, a_second_award),
        *(offers_to_compare, just_released, just_released, a_dear_one),
    ):
        part(scene)
    give_work_a_life(scene)
    place_in_a_home(scene)
    papers_and_register(scene)
    write_letters(scene)


def _user(authority: Authority, name: str, role: Role, words: str, password: str) -> User:
    return accounts.register_user(
        authority=authority, username=name, role=role, password=password, name=words
    )


def _waiting(scene: Scene) -> list[CarePackage]:
    """Return packages in the lots of the sample's own provider that can be released."""
    limit = int(rule_value(scene.system.authority, "brokerage.budget_limit_pence"))
    rows = CarePackage.objects.filter(
        authority=scene.system.authority,
        status=PackageStatus.REFERRED,
        setting=Setting.HOME,
        housing_with_care=False,
        weekly_pence__lte=limit,
        decisions_needed=[],
        lot__in=LotAward.objects.filter(provider=scene.provider, tier=Tier.LEAD).values("lot_id"),
    )
    found: list[CarePackage] = []
    for row in rows.select_related("lot__framework", "person").order_by("package_ref"):
        able = {one.key for one in choice_for(row, route=str(Route.TIERS), on=scene.today).asked}
        if scene.provider.pk in able and len(able) > 1:
            found.append(row)
        if len(found) == PARTS:
            break
    return found


def nobody_took_it(scene: Scene) -> None:
    """Everybody declines, tier by tier: the package is unplaced, and the reasons are kept."""
    package = scene.next_package()
    if package is None:
        return
    require(scene, package)
    at = scene.ago(49)
    row = releases.release(actor=scene.broker, package=package, route=str(Route.TIERS), now=at)
    reasons = (DeclineReason.CAPACITY, DeclineReason.DISTANCE, DeclineReason.SKILLS)
    number = 0
    while row.state == ReleaseState.OPEN and asked(row):
        for invitation in asked(row):
            at += timedelta(minutes=20)
            offers.decline(
                actor=scene.broker,
                invitation=invitation,
                reason=str(reasons[number % len(reasons)]),
                words="As told on the telephone.",
                now=at,
            )
            number += 1
        row.refresh_from_db()


def the_lead_was_silent(scene: Scene) -> None:
    """The lead's clock ran out an hour ago: the next tier is asked."""
    package = scene.next_package()
    if package is None:
        return
    require(scene, package)
    releases.release(actor=scene.broker, package=package, route=str(Route.TIERS), now=scene.ago(5))
    releases.turn_clocks(authority=package.authority, now=scene.ago(0.9))


def an_offer_was_awarded(scene: Scene) -> None:
    """The sample's own provider offered and was awarded yesterday: its file is sealed."""
    package = scene.next_package()
    if package is None:
        return
    require(scene, package, str(Urgency.SOON))
    row = releases.release(
        actor=scene.broker, package=package, route=str(Route.TIERS), now=scene.ago(26)
    )
    invitation = asked(row)[0]
    own = invitation.provider_id == scene.provider.pk
    actor = scene.provider_user if own else scene.broker
    offers.open_invitation(actor=actor, invitation=invitation, now=scene.ago(25.5))
    made = offer(scene, invitation, actor=actor, at=scene.ago(25))
    awards.award_offer(
        actor=scene.broker,
        offer=made,
        reason="The lead offers all of the week, from the day asked for.",
        now=scene.ago(22),
    )


def a_second_award(scene: Scene) -> None:
    """An award made by telephone is recorded as such."""
    package = scene.next_package()
    if package is None:
        return
    able = choice_for(package, route=str(Route.TIERS), on=scene.today).asked
    awards.award_off_platform(
        actor=scene.colleague,
        package=package,
        provider=Provider.objects.get(pk=able[-1].key),
        reason="Agreed on the telephone on a Sunday; care had to begin the next morning.",
        now=scene.ago(70),
    )


def offers_to_compare(scene: Scene) -> None:
    """Released to all: two offers to score and one that declined."""
    package = scene.next_package()
    if package is None:
        return
    require(scene, package)
    row = releases.release(
        actor=scene.broker,
        package=package,
        route=str(Route.ALL),
        reason="Care is to begin this week and the lead has told of a full fortnight.",
        now=scene.ago(6),
    )
    invited = sorted(asked(row), key=lambda one: one.provider_id != scene.provider.pk)
    for number, invitation in enumerate(invited[:3]):
        own = invitation.provider_id == scene.provider.pk
        actor = scene.provider_user if own else scene.broker
        at = scene.ago(5 - number)
        offers.open_invitation(actor=actor, invitation=invitation, now=at)
        if number < 2:
            offer(scene, invitation, actor=actor, at=at, days=number)
        else:
            offers.decline(
                actor=actor,
                invitation=invitation,
                reason=str(DeclineReason.CAPACITY),
                words="",
                now=at,
            )


def just_released(scene: Scene) -> None:
    """Open with its clock running, read by the lead, with a question and its answer."""
    package = scene.next_package()
    if package is None:
        return
    require(scene, package)
    row = releases.release(
        actor=scene.broker, package=package, route=str(Route.TIERS), now=scene.ago(0.8)
    )
    invitation = next((one for one in asked(row) if one.provider_id == scene.provider.pk), None)
    if invitation is None:
        return
    user = scene.provider_user
    offers.open_invitation(actor=user, invitation=invitation, now=scene.ago(0.7))
    question = talk.ask(
        actor=user,
        invitation=invitation,
        text="Is there a key safe, and where can a car be left?",
        now=scene.ago(0.6),
    )
    talk.answer(
        actor=scene.broker,
        question=question,
        text="There is a key safe, and room for one car on the drive.",
        now=scene.ago(0.4),
    )
    talk.ask(
        actor=user,
        invitation=invitation,
        text="Could the evening visit begin half an hour earlier?",
        now=scene.ago(0.2),
    )


def a_dear_one(scene: Scene) -> None:
    """Above the limit: approved by a second broker, and offered to two selected providers."""
    limit = int(rule_value(scene.system.authority, "brokerage.budget_limit_pence"))
    rows = CarePackage.objects.filter(
        authority=scene.system.authority, status=PackageStatus.REFERRED, weekly_pence__gt=limit
    )
    for package in rows.filter(decisions_needed=[]).exclude(lot=None).order_by("package_ref"):
        able = choice_for(package, route=str(Route.TIERS), on=scene.today).asked
        if len(able) < 2:
            continue
        require(scene, package, str(Urgency.URGENT))
        asked_for.approve_budget(
            actor=scene.colleague, package=package, reason="Needed after the stay in hospital."
        )
        releases.release(
            actor=scene.broker,
            package=package,
            route=str(Route.SELECTED),
            providers=list(Provider.objects.filter(pk__in=[one.key for one in able[:2]])),
            reason="Only these two have night staff in the zone.",
            now=scene.ago(1),
        )
        return


def give_work_a_life(scene: Scene) -> None:
    """Of packages the provider delivers: one amended, one suspended, one to be handed back."""
    delivered = Award.objects.filter(provider=scene.provider, current=True, ends_on=None)
    rows = CarePackage.objects.filter(
        pk__in=delivered.values("package_id"),
        status=PackageStatus.ACTIVE,
        starts_on__lt=scene.today - timedelta(days=30),
    )
    packages = list(rows.prefetch_related("patterns").order_by("package_ref")[:3])
    if len(packages) < 3:
        return
    amended, suspended, given_back = packages
    week = sorted(row.clause for row in amended.patterns.all() if row.valid_to is None)
    life.amend_package(
        actor=scene.broker,
        package=amended,
        pattern=[replace(week[0], minutes=week[0].minutes + 15), *week[1:]],
        skills=amended.skills,
        from_day=scene.today + timedelta(days=7),
        reason="The review found that mornings take longer.",
        expected_version=amended.version,
        today=scene.today,
    )
    life.suspend(
        actor=scene.broker,
        package=suspended,
        starts_on=scene.today - timedelta(days=2),
        reason=SuspensionReason.HOSPITAL,
        words="Taken in on a Friday; the ward expects a week.",
        today=scene.today,
    )
    hand_backs.hand_back(
        actor=scene.provider_user,
        package=given_back,
        reason=HandBackReason.CANNOT_WORK,
        words="Two carers have asked not to go back; a meeting with the family changed nothing.",
        evidence=("meeting.pdf", PAPER),
        now=scene.ago(3),
    )
