"""The only writers of own fields, types of records, entries, attached files and saved views."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import PurePath, PureWindowsPath
from typing import Any
from uuid import uuid4

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.utils.text import slugify

from cms_models.accounts.models import Authority, TenantModel, User
from cms_models.accounts.roles import is_staff_role
from cms_models.audit.models import kind_of
from cms_models.audit.services import delete_record, save_record
from cms_models.fields.own import designing
from cms_models.fields.own.domain import (
    CONTROL,
    Cleaned,
    FieldDefinition,
    FieldKind,
    clean_values,
    editable,
)
from cms_models.fields.own.models import (
    ENTRY_PREFIX,
    SLUG_LONGEST,
    CustomField,
    Entry,
    RecordType,
    SavedView,
    StoredFile,
)
from cms_models.fields.own.selectors import (
    fields_of,
    link_refusals,
    model_of,
    staff_roles,
)

FIELDS_MOST = 200
VIEWS_MOST = 50
FILE_BYTES_MOST = 10 * 1024 * 1024
FILE_NAME_LONGEST = 120
FILE_ENDINGS = (
    ".pdf",
    ".doc",
    ".docx",
    ".odt",
    ".xls",
    ".xlsx",
    ".ods",
    ".csv",
    ".txt",
    ".eml",
    ".msg",
    ".jpg",
    ".jpeg",
    ".png",
)


def save_record_type(
    *, actor: User, record_type: RecordType, expected_version: int | None
) -> RecordType:
    """Save a type of record; its short name is made of its name once, and stays."""
    actor.must("change", RecordType)
    if expected_version is None:
        record_type.slug = _free_slug(actor, record_type.slug or record_type.name)
    _require_roles(actor, "see", record_type.see)
    _require_roles(actor, "change", record_type.change)
    if not record_type.change:
        raise ValidationError({"change": "Tick at least one role that adds and changes them."})
    record_type.full_clean(exclude=["authority"])
    stamp(record_type.authority)
    return save_record(actor=actor, record_=record_type, expected_version=expected_version)


def _free_slug(actor: User, text: str) -> str:
    slug = slugify(text)[:SLUG_LONGEST].strip("-")
    if not slug:
        raise ValidationError({"name": "The name needs letters."})
    if RecordType.objects.filter(authority=actor.authority, slug=slug).exists():
        raise ValidationError({"name": f"There are records called {slug} already: name it apart."})
    return slug


def _require_roles(actor: User, name: str, roles: list[str]) -> None:
    known = dict(staff_roles(actor.authority))
    strangers = [role for role in roles if role not in known]
    if strangers:
        raise ValidationError({name: f"There is no role {strangers[0]!r} among the staff."})


def retire_record_type(*, actor: User, record_type: RecordType) -> RecordType:
    """Take a type out of the menu: its entries stay readable, none is added."""
    return _switch(actor, record_type, retired=True)


def restore_record_type(*, actor: User, record_type: RecordType) -> RecordType:
    """Bring a retired type back into the menu."""
    return _switch(actor, record_type, retired=False)


def save_field(*, actor: User, field: CustomField, expected_version: int | None) -> CustomField:
    """Save a field's definition; a new one goes last. Keys, kinds and codes never change."""
    actor.must("change", CustomField)
    if model_of(field.record_type) is None or not _kind_exists(actor, field.record_type):
        raise ValidationError({"record_type": "There is no such kind of record."})
    with transaction.atomic():
        if expected_version is None:
            _place(actor, field)
        else:
            stored = CustomField.objects.select_for_update().get(pk=field.pk)
            _refuse(designing.change_refusals(stored.definition, field.definition))
        _refuse(designing.design_refusals(field.definition))
        _require_roles(actor, "see", field.see)
        _require_roles(actor, "edit", field.edit)
        if field.link_to and not _kind_exists(actor, field.link_to):
            raise ValidationError({"link_to": "There is no such kind of record to link to."})
        field.full_clean(exclude=["authority"])
        stamp(field.authority)
        return save_record(actor=actor, record_=field, expected_version=expected_version)


def _kind_exists(actor: User, label: str) -> bool:
    if label.startswith(ENTRY_PREFIX):
        slug = label.removeprefix(ENTRY_PREFIX)
        return RecordType.objects.filter(authority=actor.authority, slug=slug).exists()
    return model_of(label) is not None


def _place(actor: User, field: CustomField) -> None:
    others = CustomField.objects.filter(authority=actor.authority, record_type=field.record_type)
    field.key = field.key or designing.key_from(field.label)
    taken = others.filter(key=field.key).first()
    if taken is not None:
        past = "was" if taken.retired else "is"
        raise ValidationError(
            {"key": f"The key {field.key} {past} that of {taken.label}: choose another."}
        )
    if others.count() >= FIELDS_MOST:
        raise ValidationError(f"A kind of record has at most {FIELDS_MOST} own fields.")
    field.order = 1 + (others.aggregate(last=models.Max("order"))["last"] or 0)


def _refuse(refusals: Any) -> None:
    found: dict[str, list[str]] = {}
    for name, sentence in refusals:
        found.setdefault(name, []).append(sentence)
    if found:
        raise ValidationError(found)


def retire_field(*, actor: User, field: CustomField) -> CustomField:
    """Take a field out of forms and lists: its values stay, and history goes on reading them."""
    return _switch(actor, field, retired=True)


def restore_field(*, actor: User, field: CustomField) -> CustomField:
    """Bring a retired field back, with the values it had."""
    return _switch(actor, field, retired=False)


def _switch(actor: User, row: Any, *, retired: bool) -> Any:
    actor.must("change", type(row))
    row.retired = retired
    stamp(row.authority)
    return save_record(actor=actor, record_=row, expected_version=row.version)


def stamp(authority: Authority) -> None:
    """Say that a council's own fields are others than before, to whoever keeps them made up."""
    Authority.objects.filter(pk=authority.pk).update(own_fields_stamp=uuid4().hex)


def move_field(*, actor: User, field: CustomField, by: int) -> None:
    """Move a field before or after its neighbour in the order of its kind of record."""
    actor.must("change", CustomField)
    with transaction.atomic():
        rows = list(
            CustomField.objects.select_for_update().filter(
                authority=actor.authority, record_type=field.record_type, retired=False
            )
        )
        at = next((place for place, row in enumerate(rows) if row.pk == field.pk), None)
        if at is None or not 0 <= at + by < len(rows):
            return
        rows.insert(at + by, rows.pop(at))
        for order, row in enumerate(rows, start=1):
            if row.order != order:
                row.order = order
                save_record(actor=actor, record_=row, expected_version=row.version)


def own_values(
    *, actor: User, record: TenantModel, values: Mapping[str, Any], new: bool = False
) -> Cleaned:
    """Return a record's own values with the actor's put in, or refusals by key: nothing is saved.

    Fields the actor's role may not change are refused, links must lead to records the actor sees,
    files must have been kept for this very field.
    """
    fields = editable(fields_of(record.authority, kind_of(record)), actor.role)
    cleaned = clean_values(fields, values, stored=None if new else record.custom)
    stated = {
        key: value
        for key, value in cleaned.values.items()
        if key in values and value != record.custom.get(key)
    }
    refusals = {
        **cleaned.refusals,
        **link_refusals(actor, fields, stated),
        **_file_refusals(actor, fields, stated),
    }
    return Cleaned(cleaned.values, refusals)


def _file_refusals(
    actor: User, fields: list[FieldDefinition], values: Mapping[str, Any]
) -> dict[str, str]:
    found = {}
    for one in fields:
        if one.kind != FieldKind.FILE or one.key not in values:
            continue
        kept = StoredFile.objects.filter(
            authority=actor.authority,
            pk=values[one.key]["file"],
            record_type=one.record_type,
            key=one.key,
            sent_by=actor,
        ).first()
        if kept is None or file_value(kept) != values[one.key]:
            found[one.key] = f"{one.label}: there is no such file."
    return found


def put_own_values(
    *, actor: User, record: TenantModel, values: Mapping[str, Any], reason: str = ""
) -> TenantModel:
    """Save values of a stored record's own fields through the audit; ValidationError by field."""
    actor.must("change", type(record))
    _require_type(actor, record)
    cleaned = own_values(actor=actor, record=record, values=values)
    if cleaned.refusals:
        raise ValidationError(list(cleaned.refusals.values()))
    record.custom = dict(cleaned.values)
    return save_record(actor=actor, record_=record, expected_version=record.version, reason=reason)


def _require_type(actor: User, record: models.Model) -> None:
    if isinstance(record, Entry) and not record.record_type.changed_by(actor):
        kind = record.record_type.plural
        raise PermissionDenied(f"{actor} ({actor.get_role_display()}) may not change {kind}.")


def save_entry(*, actor: User, entry: Entry, expected_version: int | None) -> Entry:
    """Save a record of a type the council made; its own values are on it."""
    _require_type(actor, entry)
    if expected_version is None and entry.record_type.retired:
        raise ValidationError(f"{entry.record_type.plural} are retired: none is added any more.")
    return save_record(actor=actor, record_=entry, expected_version=expected_version)


def register_entries(
    *, actor: User, record_type: RecordType, rows: Sequence[tuple[str, Mapping[str, Any]]]
) -> None:
    """Save entries by their title as (title, values) state them; links were read by name before."""
    fields = editable(fields_of(record_type.authority, record_type.label), actor.role)
    wanted = {title for title, _ in rows}
    known = Entry.objects.filter(record_type=record_type).select_related("record_type")
    stored = {row.title: row for row in known if row.title in wanted}
    with transaction.atomic():
        for title, values in rows:
            entry = stored.get(title)
            new = entry is None
            entry = entry or Entry(
                authority=record_type.authority, record_type=record_type, title=title
            )
            cleaned = clean_values(fields, values, stored=None if new else entry.custom)
            if cleaned.refusals:
                raise ValidationError([f"{title}: {why}" for why in cleaned.refusals.values()])
            entry.custom = dict(cleaned.values)
            save_entry(actor=actor, entry=entry, expected_version=None if new else entry.version)


def delete_entry(*, actor: User, entry: Entry) -> None:
    """Delete an entry; the audit keeps its last picture."""
    _require_type(actor, entry)
    delete_record(actor=actor, record_=entry)


def file_refusal(name: str, size: int) -> str | None:
    """Return why a file cannot be attached, or None when it can."""
    if not name.casefold().endswith(FILE_ENDINGS):
        return f"{name[:80]} is of none of the kinds that are kept: {', '.join(FILE_ENDINGS)}."
    if size > FILE_BYTES_MOST:
        return (
            f"{name[:80]} is {size / 2**20:.1f} MB; at most {FILE_BYTES_MOST // 2**20} MB are kept."
        )
    return f"{name[:80]} is empty." if size == 0 else None


def bare_name(name: str) -> str:
    """Return a file's name without folders and control characters, its ending kept."""
    bare = CONTROL.sub("", PurePath(PureWindowsPath(name).name).name).strip(" .") or "file"
    stem, dot, ending = bare.rpartition(".")
    room = FILE_NAME_LONGEST - len(dot) - len(ending)
    return f"{stem[:room]}{dot}{ending}" if dot else bare[:FILE_NAME_LONGEST]


def keep_file(
    *, actor: User, definition: FieldDefinition, name: str, content: bytes
) -> dict[str, Any]:
    """Keep a file for a field and return the field's value, in the caller's transaction."""
    bare = bare_name(name)
    refusal = file_refusal(bare, len(content))
    if refusal:
        raise ValidationError(refusal)
    row = StoredFile.objects.create(
        authority=actor.authority,
        record_type=definition.record_type,
        key=definition.key,
        name=bare,
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        sent_by=actor,
    )
    return file_value(row)


def file_value(row: StoredFile) -> dict[str, Any]:
    """Return what a record keeps of an attached file."""
    return {"file": row.pk, "name": row.name, "size": row.size_bytes, "sha256": row.sha256}


def save_view(*, actor: User, view: SavedView) -> SavedView:
    """Keep a list's filters, search and order under a name; the same name again replaces them."""
    if not is_staff_role(actor.role):
        raise PermissionDenied(f"{actor} keeps no views.")
    mine = SavedView.objects.filter(owner=actor, record_type=view.record_type)
    stored = mine.filter(name=view.name).first()
    if stored is None and mine.count() >= VIEWS_MOST:
        raise ValidationError(f"You keep {VIEWS_MOST} views of this list: delete one first.")
    row = stored or SavedView(
        authority=actor.authority, owner=actor, record_type=view.record_type, name=view.name
    )
    row.query, row.shared = view.query, view.shared
    row.full_clean(exclude=["authority"])
    return save_record(actor=actor, record_=row, expected_version=row.version if stored else None)


def open_first(*, actor: User, view: SavedView | None, record_type: str) -> None:
    """Let a view of one's own open first on a list; None opens the whole list again."""
    mine = SavedView.objects.filter(owner=actor, record_type=record_type)
    if view is not None and view.owner_id != actor.pk:
        raise PermissionDenied("Only a view of your own can open first: save it under a name.")
    with transaction.atomic():
        for row in mine.filter(opens_first=True).exclude(pk=view.pk if view else None):
            row.opens_first = False
            save_record(actor=actor, record_=row, expected_version=row.version)
        if view is not None:
            view.opens_first = True
            save_record(actor=actor, record_=view, expected_version=view.version)


def delete_view(*, actor: User, view: SavedView) -> None:
    """Delete a view: one's own, or a shared one by who designs the council's records."""
    if view.owner_id != actor.pk and not actor.may("change", CustomField):
        raise PermissionDenied(f"{view} is {view.owner}'s view: only they delete it.")
    delete_record(actor=actor, record_=view)
