"""Is an allocation file what was sealed? Its digest, its place in the chain, the rows behind it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cms_models.accounts.models import User
from cms_models.audit.models import AuditEntry, kind_of
from cms_models.audit.selectors import chain_faults
from cms_models.brokerage import file_domain
from cms_models.brokerage.file_selectors import document_of, moment
from cms_models.brokerage.models import AllocationFile

LARGEST_BYTES = 4_000_000
FAULTS_NAMED = 20


def verify_file(file: AllocationFile, *, chain: Sequence[str] | None = None) -> list[str]:
    """Return what is wrong with a stored file in sentences; nothing when it is as it was sealed.

    `chain` are the faults of the council's audit, where somebody has read it from its beginning.
    """
    broken = list(chain_faults(file.authority)) if chain is None else chain
    return [*_own_faults(file), *_chain_faults(file, broken), *_row_faults(file)]


def _own_faults(file: AllocationFile) -> Iterator[str]:
    if file_domain.digest(file.document) != file.sha256:
        yield "The file was changed after it was sealed: its content has another digest."
    entry = AuditEntry.objects.filter(
        authority_id=file.authority_id, sequence=file.audit_sequence
    ).first()
    if entry is None:
        yield f"The audit has no entry {file.audit_sequence}, where the file was sealed."
        return
    about = (entry.action, entry.subject_type, entry.subject_id)
    if about != ("seal_file", kind_of(file), str(file.pk)):
        yield f"Entry {file.audit_sequence} of the audit does not seal this file."
    elif entry.after.get("sha256") != file.sha256:
        yield f"Entry {file.audit_sequence} of the audit holds another digest than the file."
    if entry.hash != file.audit_hash:
        yield f"Entry {file.audit_sequence} of the audit has another hash than the file says."


def _chain_faults(file: AllocationFile, broken: Sequence[str]) -> Iterator[str]:
    for fault in broken[:FAULTS_NAMED]:
        yield f"The audit chain: {fault}."
    if len(broken) > FAULTS_NAMED:
        yield f"The audit chain has {len(broken) - FAULTS_NAMED} more faults."
    kept = {row["sequence"]: row["hash"] for row in file.document.get("trail", [])}
    found = AuditEntry.objects.filter(authority_id=file.authority_id, sequence__in=list(kept))
    hashes = dict(found.values_list("sequence", "hash"))
    for sequence, hash_ in kept.items():
        if hashes.get(sequence) != hash_:
            yield f"Entry {sequence} of the audit is not the one the file was sealed with."


def _row_faults(file: AllocationFile) -> Iterator[str]:
    stored = document_of(file.award, release=file.release)
    yield from file_domain.row_faults(file.document, stored, sealed_at=moment(file.sealed_at) or "")


@dataclass(frozen=True)
class FileCheck:
    """What is said of a file somebody was sent: genuine or not, why, and which file it is."""

    genuine: bool
    sentence: str
    faults: Sequence[str] = ()
    file: AllocationFile | None = None


def check_copy(user: User, content: bytes) -> FileCheck:
    """Say whether a copy of a file (the council's or a provider's) is genuine and unaltered.

    For everybody of the council: who holds a copy learns nothing from the answer.
    """
    document = _read(content)
    if document is None:
        return FileCheck(False, "This is not an allocation file: it cannot be read as one.")
    file = _file_of(user, document)
    if file is None:
        return FileCheck(False, "This council sealed no file of such an award.")
    expected = _expected(file, document)
    if expected is None:
        return FileCheck(False, "This is not a kind of file Homeward makes.", file=file)
    if file_domain.file_bytes(expected) != _bytes(document):
        parts = file_domain.differing_parts(expected, document)
        where = f" Altered: {', '.join(parts)}." if parts else ""
        return FileCheck(False, f"This copy was altered after it was made.{where}", file=file)
    faults = verify_file(file)
    if faults:
        sentence = "The copy is as stored, but what is stored was tampered with."
        return FileCheck(False, sentence, faults, file)
    return FileCheck(True, "This copy is genuine and unaltered.", file=file)


def _read(content: bytes) -> Mapping[str, Any] | None:
    if len(content) > LARGEST_BYTES:
        return None
    try:
        document = json.loads(
            content, object_pairs_hook=_once_each, parse_constant=_refuse, parse_float=_refuse
        )
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or _bytes(document) is None:
        return None
    return document


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key given twice: readers differ in which of the two they show."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("A key stands twice.")
    return found


def _refuse(text: str) -> Any:
    raise ValueError(f"{text} is no number of an allocation file.")


def _bytes(document: Mapping[str, Any]) -> bytes | None:
    try:
        return file_domain.file_bytes(document)
    except (UnicodeEncodeError, RecursionError):
        return None


def _file_of(user: User, document: Mapping[str, Any]) -> AllocationFile | None:
    award = document.get("award")
    try:
        key = UUID(str(award["id"])) if isinstance(award, dict) and "id" in award else None
    except ValueError:
        return None
    files = AllocationFile.objects.filter(authority_id=user.authority_id)
    files = files.select_related("award__package", "award__provider", "release", "authority")
    return files.filter(award__public_id=key).first() if key else None


def _expected(file: AllocationFile, document: Mapping[str, Any]) -> Mapping[str, Any] | None:
    kind, own = document.get("kind"), document.get("you")
    if kind == file_domain.COUNCILS_KIND:
        sealed: Mapping[str, Any] = file.document
        return sealed
    if kind != file_domain.PROVIDERS_KIND or not isinstance(own, dict):
        return None
    return file_domain.loser_version(file.document, str(own.get("provider")))
