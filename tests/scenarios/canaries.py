"""A package under way with a canary in every field that a provider must not read.

P1 and P2 are asked and offer; P2 is the reader. Whatever is P1's, the council's or the person's
carries words that stand nowhere else, so that one found anywhere is a leak and names its field.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone

from cms_models.accounts.models import User
from cms_models.accounts.roles import Role
from cms_models.accounts.services import issue_key
from cms_models.brokerage.domain import OfferTerms, QuestionTerms
from cms_models.brokerage.models import Invitation, Offer, Release, Requirement
from cms_models.brokerage.services import (
    awards,
    hand_backs,
    offers,
    releases,
    requirements,
    reviews,
    talk,
)
from cms_models.care.models import AllocationProposal, AllocationRun, CarePackage, Person
from cms_models.fields.own import services as own
from cms_models.fields.own.models import CustomField
from cms_models.jobs.models import Job
from cms_models.market.models import Lot, Provider
from cms_models.notices import services as notices
from cms_models.notices.models import EventKind, Webhook
from tests.council import TODAY, Council

# Never for a provider that does not deliver the package: by the field that holds it.
HIDDEN = {
    "first name": ["Canaryfirst1"],
    "last name": ["Canarylast1"],
    "address": ["Canary Street"],
    "Mosaic number": ["9000001"],
    "element": ["E000001"],
    "birth date": ["1931-05-17", "17/05/1931", "17 May 1931"],
    "postcode": ["HR1 1AA", "HR11AA"],
    "own field": ["Canaryown"],
    "own field given to providers": ["Canarygiven"],
    "reason of the approval": ["Canaryapproval"],
    "reason of the own decision": ["Canarydecision"],
    "reason of the release": ["Canaryroute"],
    "why a release was withdrawn": ["Canarywithdrawn"],
    "who was left out": ["Canaryleftout"],
    "why the engine proposes": ["Canaryfactor"],
    "another's conditions": ["Canaryconditions"],
    "another's answer": ["Canaryanswer"],
    "another's price": ["87.63", ":8763", ": 8763"],
    "another's points": ["91.75"],
    "another's name": ["Canaryprovider"],
    "another's ref": ["CANARYREF"],
    "who asked": ["Canaryasker"],
    "another's sign-in": ["canarysignin"],
    "another's decline": ["Canarydecline"],
    "another's hand-back": ["Canaryhandback"],
    "another's evidence": ["canaryevidence"],
    "another's message": ["Canarymessage"],
    "another's webhook": ["canaryhook"],
    "words of a review": ["Canaryreview"],
    "name of a broker": ["Canarybroker"],
    "sign-in of a broker": ["canaryuser"],
    "e-mail of a broker": ["canarymail"],
    "secret of a webhook": ["Canarysecret"],
}
AWARD_REASON = {"reason of the award": ["Canaryaward"]}
# Read while the package was open, and no longer once it is another's.
ENDED = {
    "needs": ["Canaryneeds"],
    "must haves": ["Canarymust"],
    "nice to haves": ["Canarynice"],
    "outcomes": ["Canaryoutcome"],
    "question of another": ["Canaryquestion"],
    "answer to another": ["Canaryreply"],
    "calls": ["06:35"],
}


@dataclass
class Planted:
    """The package, and how its reader was asked."""

    council: Council
    package: CarePackage
    release: Release
    mine: Invitation
    theirs: Offer
    reader: User
    digest: str


def plant(council: Council) -> Planted:
    """Release a package to P1 and P2 with a canary in every field."""
    now = timezone.now()
    _name_the_people(council)
    package = _package(council)
    _hand_back(council)
    release = releases.release(
        actor=council[Role.BROKER], package=package, route="all", reason="Canaryroute", now=now
    )
    mine = release.invitations.select_related("provider").get(provider__ref="P2")
    theirs = _of_the_other(council, release)
    _the_readers_own(council, mine)
    reader = council.provider_users["P2"]
    _proposed(council, package)
    key = issue_key(user=reader, name="reader", now=now, days=5)
    return Planted(council, package, release, mine, theirs, reader, key.row.digest)


def _name_the_people(council: Council) -> None:
    Provider.objects.filter(ref="P1").update(name="Canaryprovider Ltd", ref="CANARYREF")
    Provider.objects.filter(ref="HF").update(name="Canaryleftout")
    User.objects.filter(pk=council.provider_users["P1"].pk).update(
        username="canarysignin", first_name="Canaryasker", email="canarysignin@other.example"
    )
    User.objects.filter(pk=council[Role.BROKER].pk).update(
        username="canaryuser", first_name="Canarybroker", email="canarymail@council.example"
    )
    User.objects.filter(pk=council.provider_users["P2"].pk).update(email="reader@two.example")
    for people in (council.users.values(), council.provider_users.values()):
        for user in people:
            user.refresh_from_db()
    for provider in council.providers.values():
        provider.refresh_from_db()


def _package(council: Council) -> CarePackage:
    for label, given in (("Canary one", False), ("Canary two", True)):
        own.save_field(
            actor=council[Role.ADMINISTRATOR],
            field=CustomField(
                authority=council.authority,
                record_type="care.carepackage",
                label=label,
                kind="text",
                to_providers=given,
            ),
            expected_version=None,
        )
    package = council.package(1, pattern="Mon-Sun 06:35-07:40 30m")
    Person.objects.filter(pk=package.person_id).update(birth_date=date(1931, 5, 17))
    own_values = {"canary_one": "Canaryown", "canary_two": "Canarygiven"}
    CarePackage.objects.filter(pk=package.pk).update(custom=own_values)
    Lot.objects.filter(pk=council.lots["O-A"].pk).update(offers_name_price=True)
    row = requirements.set_requirement(
        actor=council[Role.BROKER],
        package=package,
        values={
            "needs": ["Canaryneeds"],
            "must_haves": ["Canarymust"],
            "nice_to_haves": ["Canarynice"],
            "outcomes": ["Canaryoutcome"],
        },
        expected_version=None,
    )
    asks = [QuestionTerms("How soon?", scored=True, most_points=Decimal(97))]
    requirements.set_offer_questions(actor=council[Role.BROKER], requirement=row, questions=asks)
    requirements.approve_budget(
        actor=council[Role.BROKER], package=package, reason="Canaryapproval"
    )
    Requirement.objects.filter(pk=row.pk).update(own_decision_reason="Canarydecision")
    reviews.add_review(
        actor=council[Role.BROKER],
        package=package,
        kind="review",
        due_on=TODAY,
        words="Canaryreview",
        assigned_to=council[Role.BROKER],
    )
    return CarePackage.objects.get(pk=package.pk)


def _hand_back(council: Council) -> None:
    """Let P1 hand back another package, and decline a third, with words of its own."""
    user, now = council.provider_users["P1"], timezone.now()
    delivered = council.package(6)
    awards.award_package(
        actor=council[Role.BROKER],
        package=delivered,
        provider=council.providers["P1"],
        lot=delivered.lot,
        reason="Canaryaward of another",
        now=now,
    )
    hand_backs.hand_back(
        actor=user,
        package=delivered,
        reason="needs_changed",
        words="Canaryhandback",
        evidence=("canaryevidence.pdf", b"%PDF-1.4"),
        now=now,
    )
    taken_back = council.released(8)
    releases.withdraw_release(
        actor=council[Role.BROKER], release=taken_back, reason="Canarywithdrawn", now=now
    )
    other = council.released(7).invitations.get(provider=council.providers["P1"])
    offers.decline(actor=user, invitation=other, reason="other", words="Canarydecline", now=now)


def _terms(release: Release, *, words: str, answer: str, pence: int) -> OfferTerms:
    asks = release.package.requirement.offer_questions.all()
    return OfferTerms(
        starts_on=TODAY + timedelta(days=2),
        weekly_minutes=210,
        conditions=words,
        price_pence=pence,
        answers={str(one.public_id): answer for one in asks},
    )


def _of_the_other(council: Council, release: Release) -> Offer:
    user, now = council.provider_users["P1"], timezone.now()
    invitation = release.invitations.get(provider=council.providers["P1"])
    question = talk.ask(actor=user, invitation=invitation, text="Canaryquestion?", now=now)
    talk.answer(actor=council[Role.BROKER], question=question, text="Canaryreply", now=now)
    terms = _terms(release, words="Canaryconditions", answer="Canaryanswer", pence=8763)
    offer = offers.make_offer(actor=user, invitation=invitation, terms=terms, now=now)
    points = dict.fromkeys(terms.answers, "91.75")
    offers.score_offer(actor=council[Role.BROKER], offer=offer, points=points, now=now)
    talk.send_message(
        actor=council[Role.BROKER],
        provider=council.providers["P1"],
        package=release.package,
        text="Canarymessage",
        now=now,
    )
    hook = notices.set_webhook(
        actor=user, provider=council.providers["P1"], url="https://canaryhook.example/in"
    )
    Webhook.objects.filter(pk=hook.pk).update(secret="Canarysecret-of-one")
    return offer


def _the_readers_own(council: Council, mine: Invitation) -> None:
    """Let P2 offer, ask, write and be told of everything."""
    user, now = council.provider_users["P2"], timezone.now()
    kinds = [kind for kind in EventKind.values if kind != EventKind.TEST]
    notices.set_notice_wish(actor=user, kinds=kinds)
    hook = notices.set_webhook(
        actor=user, provider=council.providers["P2"], url="https://two.example/in"
    )
    Webhook.objects.filter(pk=hook.pk).update(secret="Canarysecret-of-two")
    talk.ask(actor=user, invitation=mine, text="Is there parking?", now=now)
    terms = _terms(mine.release, words="", answer="At once", pence=1700)
    offers.make_offer(actor=user, invitation=mine, terms=terms, now=now)
    requirements.set_requirement(
        actor=council[Role.BROKER],
        package=mine.release.package,
        values={"urgency": "urgent"},
        expected_version=Requirement.objects.get(package=mine.release.package).version,
    )


def _proposed(council: Council, package: CarePackage) -> None:
    own_ = {"authority": council.authority}
    job = Job.objects.create(**own_, kind="allocate", started_by=council[Role.BROKER])
    run = AllocationRun.objects.create(**own_, on=TODAY, job=job, engine="test")
    AllocationProposal.objects.create(
        **own_,
        run=run,
        package=package,
        provider=council.providers["P1"],
        lot=council.lots["O-A"],
        tier=1,
        state="proposed",
        factors=["Canaryfactor"],
    )


def award_to_the_other(planted: Planted) -> None:
    """Award the package to P1 with a reason of the broker's."""
    awards.award_offer(
        actor=planted.council[Role.BROKER],
        offer=planted.theirs,
        reason="Canaryaward",
        now=timezone.now(),
    )
