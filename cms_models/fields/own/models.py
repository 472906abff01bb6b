"""What a council makes itself: fields on records, types of records, their entries, saved views."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models

from cms_models.accounts.models import TenantModel, TenantQuerySet, User
from cms_models.accounts.roles import Role, is_staff_role
from cms_models.fields.own.domain import KIND_LABELS, Choice, FieldDefinition, FieldKind

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

ENTRY_PREFIX = "entry."
# `entry.<slug>` names the type in the audit and in imports, thirty characters in all.
SLUG_LONGEST = 24
ICONS = (
    ("clipboard-list", "List"),
    ("warning", "Warning"),
    ("calendar-alt", "Calendar"),
    ("folder-open-inverse", "Folder"),
    ("group", "People"),
    ("home", "House"),
    ("key", "Key"),
    ("mail", "Letter"),
    ("pick", "Pick"),
    ("site", "Place"),
    ("tag", "Tag"),
    ("comment", "Comment"),
)


class RecordType(TenantModel):
    """A kind of record the council made itself, such as safeguarding alerts.

    `see` and `change` are roles: nobody else sees or changes its entries.
    """

    slug = models.SlugField("short name", max_length=SLUG_LONGEST)
    name = models.CharField(max_length=60, help_text="One of them: “Safeguarding alert”.")
    plural = models.CharField(max_length=60, help_text="Several: “Safeguarding alerts”.")
    description = models.CharField(max_length=300, blank=True)
    icon = models.CharField(max_length=30, choices=ICONS, default="clipboard-list")
    title_label = models.CharField(
        "what the title is called",
        max_length=60,
        default="Title",
        help_text="Every record has a title, by which lists and links name it.",
    )
    see = models.JSONField("seen by", default=list, blank=True)
    change = models.JSONField("changed by", default=list, blank=True)
    to_providers = models.BooleanField(
        "given to every provider over the API",
        default=False,
        help_text="Only the fields that are given to providers too.",
    )
    retired = models.BooleanField(default=False, editable=False)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["plural", "id"]
        constraints = [
            models.UniqueConstraint(fields=["authority", "slug"], name="one_record_type_a_slug")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """How fields, audit and imports name this kind of record."""
        return f"{ENTRY_PREFIX}{self.slug}"

    def seen_by(self, user: User) -> bool:
        """Return whether a user's role sees its entries."""
        return user.authority_id == self.authority_id and user.role in {
            *self.see,
            *self.change,
            Role.SYSTEM,
        }

    def changed_by(self, user: User) -> bool:
        """Return whether a user's role may add and change its entries."""
        return user.authority_id == self.authority_id and user.role in {
            *self.change,
            Role.SYSTEM,
        }


class CustomField(TenantModel):
    """A field the council added to a kind of record; its key is never given again."""

    record_type = models.CharField("kind of record", max_length=60, db_index=True)
    key = models.CharField(
        max_length=40,
        blank=True,
        help_text="Kept for ever, for files and the API. Left empty, it is made of the label.",
    )
    label = models.CharField(max_length=80)
    kind = models.CharField(
        max_length=12, choices=[(kind.value, label) for kind, label in KIND_LABELS.items()]
    )
    help = models.CharField(max_length=300, blank=True)
    group = models.CharField(
        "group heading", max_length=60, blank=True, help_text="Fields of one group stand together."
    )
    order = models.PositiveIntegerField(default=0, editable=False)
    required = models.BooleanField(default=False)
    default = models.JSONField(null=True, blank=True)
    choices = models.JSONField(default=list, blank=True)
    unit = models.CharField(max_length=20, blank=True)
    least = models.FloatField(null=True, blank=True)
    most = models.FloatField(null=True, blank=True)
    decimals = models.PositiveSmallIntegerField(default=0)
    link_to = models.CharField("links to", max_length=60, blank=True)
    see = models.JSONField("seen by", default=list, blank=True)
    edit = models.JSONField("changed by", default=list, blank=True)
    in_list = models.BooleanField("a column of the list", default=True)
    in_filter = models.BooleanField("a filter of the list", default=True)
    in_search = models.BooleanField("found by the search", default=True)
    in_export = models.BooleanField("in exports", default=True)
    to_providers = models.BooleanField(
        "given to providers over the API",
        default=False,
        help_text="With the record, once a provider may read that whole: never before an award.",
    )
    retired = models.BooleanField(default=False, editable=False)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["record_type", "order", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["authority", "record_type", "key"], name="one_custom_field_a_key"
            )
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def definition(self) -> FieldDefinition:
        """The field as the rules take it."""
        return FieldDefinition(
            key=self.key,
            label=self.label,
            kind=FieldKind(self.kind),
            record_type=self.record_type,
            help=self.help,
            group=self.group,
            required=self.required,
            default=self.default,
            choices=tuple(
                Choice(one["code"], one["label"], retired=one.get("retired", False))
                for one in self.choices
            ),
            unit=self.unit,
            least=self.least,
            most=self.most,
            decimals=self.decimals,
            link_to=self.link_to,
            see=frozenset(self.see),
            edit=frozenset(self.edit),
            in_list=self.in_list,
            in_filter=self.in_filter,
            in_search=self.in_search,
            in_export=self.in_export,
            to_providers=self.to_providers,
            retired=self.retired,
        )


class EntryQuerySet(TenantQuerySet):
    """Entries, each seen by the roles its type names."""

    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Return the entries of the types this user's role sees; to a provider, those given it."""
        if isinstance(user, User) and user.is_active and user.role == Role.PROVIDER:
            given = {"record_type__to_providers": True, "record_type__retired": False}
            return self.filter(authority_id=user.authority_id, **given)
        rows = super().visible_to(user)
        if not isinstance(user, User) or user.authority_id is None:
            return rows
        types = RecordType.objects.filter(authority_id=user.authority_id)
        return rows.filter(record_type__in=[one.pk for one in types if one.seen_by(user)])


class Entry(TenantModel):
    """One record of a type the council made; its values are in `custom`."""

    record_type = models.ForeignKey(
        RecordType, on_delete=models.PROTECT, related_name="entries", editable=False
    )
    title = models.CharField(max_length=160)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "entries"
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["record_type", "title"])]

    def __str__(self) -> str:
        return self.title

    @property
    def kind_label(self) -> str:
        """How fields, audit and imports name this kind of record."""
        return self.record_type.label


class StoredFile(TenantModel):
    """A file attached to a record by a field: reached through that record only.

    The bytes are in the database, as imports and exports are: one back-up holds everything.
    """

    record_type = models.CharField(max_length=60)
    key = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    size_bytes = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    objects = TenantQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class SavedViewQuerySet(TenantQuerySet):
    """Views of lists: one's own, and those shared with the council."""

    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Return the views this user may open."""
        if not isinstance(user, User) or not user.is_active or user.authority_id is None:
            return self.none()
        if not is_staff_role(user.role):
            return self.none()
        own_or_shared = models.Q(owner=user) | models.Q(shared=True)
        return self.filter(own_or_shared, authority_id=user.authority_id)


class SavedView(TenantModel):
    """Filters, search and order of a list, kept under a name; it shows nobody more than before."""

    record_type = models.CharField(max_length=60, db_index=True)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=2000, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    shared = models.BooleanField("shared with the council", default=False)
    opens_first = models.BooleanField("opened first", default=False)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "record_type", "name"], name="one_saved_view_a_name"
            ),
            models.UniqueConstraint(
                fields=["owner", "record_type"],
                condition=models.Q(opens_first=True),
                name="one_saved_view_opens_first",
            ),
        ]

    def __str__(self) -> str:
        return self.name
