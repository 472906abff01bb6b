"""The commands: a council's folder in, packages and awards out."""

from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command

from cms_models.accounts.models import Authority
from cms_models.accounts.roles import Role
from cms_models.audit.selectors import chain_faults
from cms_models.care.models import CarePackage, Person
from cms_models.care.services.awards import award
from cms_models.jobs.models import ExportFile, Job, JobState
from cms_models.jobs.services import enqueue
from cms_models.rounds.models import Carer, Shift
from importers.sample.council import write_sample
from tests.council import Council
from tests.importers.extracts import package_row, packages_csv, persons_csv

DAY = "2026-11-23"


def said(*words: object, **options: object) -> list[str]:
    """What a command prints."""
    out = StringIO()
    call_command(*map(str, words), stdout=out, **options)
    return out.getvalue().splitlines()


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the small sample council."""
    out = tmp_path_factory.mktemp("sample")
    write_sample(out, 1, date.fromisoformat(DAY))
    return out / "nottinghamshire"


@pytest.mark.django_db
def test_a_whole_council_comes_in_from_its_folder_and_twice_is_once(sample: Path, tmp_path: Path):
    first = said("import_council", sample, "--date", DAY)

    again = said("import_council", sample, "--date", DAY)

    assert [line.split(":")[0] for line in first] == [
        "council.json",
        "providers.csv",
        "framework.json",
        "persons.csv",
        "packages.csv",
        "carers.csv",
        "shifts.csv",
        "preferences.csv",
    ]
    assert first[4] == "packages.csv: 24 read, 24 new, 0 updated, 0 unchanged, 0 rejected"
    assert all(" 0 new, 0 updated, " in line for line in again)
    authority = Authority.objects.get()
    assert authority.name == "Nottinghamshire County Council"
    assert not list(chain_faults(authority))
    assert CarePackage.objects.count() == Person.objects.count() == 24
    assert CarePackage.objects.filter(weekly_pence=None).count() == 0
    assert Carer.objects.count() == 3
    assert Shift.objects.count() == 18
    assert set(Job.objects.values_list("state", flat=True)) == {"done"}


def test_a_dry_run_prints_rejects_by_row_and_column_and_imports_nothing(
    council: Council, tmp_path: Path
):
    (tmp_path / "persons.csv").write_bytes(persons_csv(2))
    (tmp_path / "packages.csv").write_bytes(packages_csv(2, skills="juggling"))
    said("import_persons", tmp_path / "persons.csv", "--accept")

    lines = said("import_packages", tmp_path / "packages.csv", "--profile", "mosaic")

    words = "“juggling” is not a skill of the council's vocabulary: medication, peg."
    assert lines == [
        "packages.csv (checked): 2 read, 0 new, 0 updated, 0 unchanged, 2 rejected",
        f"  row 2 (E000001) rejected, Skills: {words}",
        f"  row 3 (E000002) rejected, Skills: {words}",
        "  Nothing was changed: a dry run. Add --accept to import.",
    ]
    assert Person.objects.count() == 2
    assert not CarePackage.objects.exists()


def test_exports_write_what_the_importers_read(council: Council, tmp_path: Path):
    for name, content in (("persons", persons_csv(3)), ("packages", packages_csv(3))):
        (tmp_path / f"{name}.csv").write_bytes(content)
        said(f"import_{name}", tmp_path / f"{name}.csv", "--accept", "--as", "broker")

    lines = said("export_packages", "--out", tmp_path / "out.xlsx", "--authority", "testshire")

    assert lines == [f"{tmp_path / 'out.xlsx'}: 3 rows"]
    again = said("import_packages", tmp_path / "out.xlsx")
    assert again[0] == "out.xlsx (checked): 3 read, 0 new, 0 updated, 3 unchanged, 0 rejected"
    assert said("export_awards", "--out", tmp_path / "awards.csv")[-1].endswith(": 0 rows")
    heading = (tmp_path / "awards.csv").read_text().splitlines()[0]
    assert heading.startswith("Person ID,Package Ref,Element ID,Organisation Ref,Organisation,")


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("import_persons", "nowhere.csv"), "nowhere.csv: No such file"),
        (("import_persons", "FILE", "--as", "nobody"), "has no user called nobody"),
        (("import_persons", "FILE", "--as", "commissioner"), "may not import “People”"),
        (("import_persons", "FILE", "--authority", "elsewhere"), "there are: testshire"),
        (("import_persons", "FILE", "--map", "Person ID"), "write HEADING=COLUMN"),
        (("import_persons", "FILE", "--map", "Person ID=shoe"), "no column called shoe"),
        (("import_packages", "FILE"), "lacks “Package Ref”"),
        (("export_packages", "--out", "x.pdf"), "ending in .csv or .xlsx"),
    ],
)
def test_a_command_that_cannot_says_why(council: Council, tmp_path: Path, words, named: str):
    file = tmp_path / "persons.csv"
    file.write_bytes(persons_csv(1))

    with pytest.raises(CommandError, match=named):
        said(*(str(file) if word == "FILE" else word for word in words))


def test_headings_can_be_mapped_by_command(council: Council, tmp_path: Path):
    file = tmp_path / "people.csv"
    file.write_bytes(persons_csv(2).replace(b"Person ID", b"PERID", 1))

    lines = said("import_persons", file, "--map", "PERID=person_id", "--accept")

    assert lines == ["people.csv (accepted): 2 read, 2 new, 0 updated, 0 unchanged, 0 rejected"]
    assert package_row(1)["Person ID"] == Person.objects.order_by("pk").first().mosaic_person_id


def test_awards_are_exported_by_a_job_that_keeps_the_file(council: Council, tmp_path: Path):
    package = council.package(1)
    award(
        actor=council[Role.BROKER],
        package=package,
        provider=council.providers["P1"],
        lot=package.lot,
        reason="=nearest",
    )
    out = tmp_path / "awards.csv"

    call_command("export_awards", out=out)

    file = ExportFile.objects.get()
    assert bytes(file.content) == out.read_bytes()
    assert (file.rows, file.made_by) == (1, council.system)
    assert Job.objects.get(kind="export_awards").state == JobState.DONE
    text = out.read_text(encoding="utf-8-sig")
    assert "HC-000001" in text
    assert "'=nearest" in text  # no formula reaches a spreadsheet
    assert list(ExportFile.objects.visible_to(council[Role.BROKER])) == [file]
    # A commissioner sees no people, and the file names them by number.
    assert not ExportFile.objects.visible_to(council[Role.COMMISSIONER]).exists()
    with pytest.raises(PermissionDenied):
        enqueue(actor=council[Role.FINANCE], kind="export_awards", params={})
