"""The council a council.json is for, registered when it is new."""

from pathlib import Path

from django.core.management.base import CommandError
from django.core.validators import validate_slug

from cms_models.accounts.models import Authority
from cms_models.accounts.services import register_authority
from importers.bundles import MAIN, bundle, unbundled
from importers.configuration_format import AUTHORITY, FORMAT
from importers.faults import BadFile
from importers.json_files import document, read_object


def bundled(path: Path) -> bytes:
    """Return a council.json with the files it names, or a zip of them as it is."""
    try:
        return path.read_bytes() if path.suffix == ".zip" else bundle(path)
    except OSError as broken:
        raise CommandError(f"{path}: {broken.strerror}.") from broken
    except BadFile as refusal:
        raise CommandError(str(refusal)) from refusal


def council_of_bundle(content: bytes) -> Authority:
    """Return the council a bundle is for; a new one is registered, so that it can hold imports."""
    try:
        top = document(unbundled(content)[MAIN], format_name=FORMAT)
        stated = read_object(top.get("authority"), where="authority", keys=AUTHORITY)
    except BadFile as refusal:
        raise CommandError(f"{MAIN}: {refusal}") from refusal
    known = Authority.objects.filter(code=stated["code"]).first()
    if known is not None:
        return known
    validate_slug(stated["code"])
    return register_authority(code=stated["code"], name=stated["name"])
