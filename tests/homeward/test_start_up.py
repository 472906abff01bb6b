"""Starting and stopping: the key, leftovers, and what is said to a newcomer."""

import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError

from cms_models.accounts.models import User
from cms_models.accounts.roles import Role
from homeward.demo import SampleCouncil, greeting, next_working_day
from homeward.management.commands.serve import port_is_free
from homeward.processes import MARK, AlreadyServed, end_leftovers, hold_alone, leftovers
from homeward.settings.secret import read_or_make_secret_key


def test_the_secret_key_is_made_once_into_a_file_only_its_owner_reads(tmp_path):
    path = tmp_path / "data" / "secret_key"

    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: read_or_make_secret_key(path), range(8)))

    assert len(keys) == 1
    assert len(keys.pop()) >= 50
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [item.name for item in path.parent.iterdir()] == ["secret_key"]


def test_what_a_killed_supervisor_left_behind_is_ended_and_nothing_else(tmp_path):
    mark = str(tmp_path)
    sleeper = [sys.executable, "-c", "import time; time.sleep(60)"]
    ours = subprocess.Popen(sleeper, env={**os.environ, MARK: mark}, start_new_session=True)
    stranger = subprocess.Popen(sleeper)
    try:
        while not leftovers(mark):  # the child's environment is readable once it runs
            assert ours.poll() is None

        assert end_leftovers(mark) == 1

        assert leftovers(mark) == []
        assert stranger.poll() is None
        assert end_leftovers(mark) == 0
    finally:
        stranger.kill()
        ours.kill()


def test_one_data_folder_is_served_by_one_supervisor_even_after_it_was_killed(tmp_path):
    path = tmp_path / "serve.lock"
    holds = (
        "import sys, time; from pathlib import Path; from homeward.processes import hold_alone\n"
        f"kept = hold_alone(Path({str(path)!r})); print('held', flush=True); time.sleep(60)"
    )
    environment = {**os.environ, "PYTHONPATH": str(settings.ROOT / "site")}
    first = subprocess.Popen(
        [sys.executable, "-c", holds], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert first.stdout.readline() == "held\n"

    with pytest.raises(AlreadyServed):
        hold_alone(path)
    first.kill()
    first.communicate()
    hold_alone(path).close()


def test_a_taken_port_is_noticed(live_server):
    assert not port_is_free(live_server.thread.port)


@pytest.mark.parametrize(
    ("today", "planned"),
    [
        (date(2026, 11, 22), date(2026, 11, 23)),  # Sunday
        (date(2026, 11, 23), date(2026, 11, 24)),
        (date(2026, 11, 27), date(2026, 11, 30)),  # Friday
    ],
)
def test_the_sample_plans_the_next_working_day(today, planned):
    assert next_working_day(today) == planned


def test_the_greeting_gives_addresses_sign_ins_and_a_call_to_paste():
    state = {
        "password": "secret-word",
        "sign_ins": [{"username": "broker", "who": "Broker, Herefordshire"}],
        "api_key": "hw_key",
        "ready": True,
    }

    text = greeting(state, base_url="http://127.0.0.1:8000")

    for words in (
        "/admin/",
        "broker  Broker",
        "secret-word",
        "Bearer hw_key",
        "curl -s",
        "http://127.0.0.1:8000/rule-book/herefordshire/",
        "http://127.0.0.1:8000/admin/sandbox/",
        "as administrator, approve it: http://127.0.0.1:8000/admin/review/",
        "/graphql",
    ):
        assert words in text


def test_the_sample_is_built_in_an_empty_database_only(council, tmp_path):
    sample = SampleCouncil(tmp_path, say=print)
    assert not sample.is_wanted  # there is a council already

    (tmp_path / "sample.json").write_text('{"password": "x"}')
    assert sample.is_wanted  # a build that was interrupted is taken up again
    (tmp_path / "sample.json").write_text('{"password": "x", "ready": true}')
    assert not sample.is_wanted


def test_settings_are_safe_by_default():
    assert settings.DEBUG is False
    assert settings.WAGTAIL_ENABLE_UPDATE_CHECK is False
    assert settings.WAGTAIL_GRAVATAR_PROVIDER_URL is None
    csp = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    assert "'unsafe-inline'" not in csp["script-src"]


@pytest.mark.django_db(transaction=True)
def test_a_backup_is_a_whole_copy_and_overwrites_nothing(tmp_path):
    copy = tmp_path / "copy.sqlite3"
    if settings.DATABASES["default"]["ENGINE"] != "django.db.backends.sqlite3":
        with pytest.raises(CommandError, match="pg_dump"):
            call_command("backup", str(copy))
        return

    call_command("backup", str(copy))

    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert copy.stat().st_size > 0
    with pytest.raises(CommandError, match="is there already"):
        call_command("backup", str(copy))


def test_the_first_user_of_a_council_is_added_with_a_sound_password(council, monkeypatch):
    class Answer:
        def __init__(self, text):
            self.text = text

        def isatty(self):
            return False

        def readline(self):
            return self.text

    monkeypatch.setattr(sys, "stdin", Answer("12345678\n"))
    with pytest.raises(CommandError, match="too common"):
        call_command("add_user", "testshire", "new-broker", "broker")
    assert not User.objects.filter(username="new-broker").exists()

    monkeypatch.setattr(sys, "stdin", Answer("a much longer phrase\n"))
    call_command("add_user", "testshire", "new-broker", "broker")
    assert User.objects.get(username="new-broker").role == Role.BROKER
    with pytest.raises(CommandError, match="there are: testshire"):
        call_command("add_user", "nowhere", "x", "broker")
