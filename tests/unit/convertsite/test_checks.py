"""What `manage.py check` says of the site's settings, and that no request is redirected for ever."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_django import Settings

from convertsite.checks import check_site
from tests.processes import ROOT

ASK = "from django.conf import settings; print(settings.SECURE_SSL_REDIRECT)"


def manage(data: Path, proxies: str, *command: str) -> "subprocess.CompletedProcess[str]":
    env = {**os.environ, "DATA_DIR": str(data), "ENV_FILE": os.devnull, "SITE_URL": "https://convert.example"}
    env |= {"TRUSTED_PROXIES": proxies, "DJANGO_SETTINGS_MODULE": "convertsite.settings"}
    return subprocess.run([sys.executable, *command], cwd=ROOT, env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("proxies", "redirects"), [("", "False"), ("10.0.0.1", "True")])
def test_redirects_to_https_only_when_a_proxy_is_believed(tmp_path: Path, proxies: str, redirects: str) -> None:
    assert manage(tmp_path, proxies, "-c", ASK).stdout.strip() == redirects


@pytest.mark.parametrize(("proxies", "told"), [("", True), ("10.0.0.1", False)])
def test_check_is_clean_and_tells_that_no_proxy_is_believed(tmp_path: Path, proxies: str, told: bool) -> None:
    done = manage(tmp_path, proxies, "manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0
    assert ("convertsite.I001" in done.stderr) is told


RISKY = [
    ("TRUSTED_PROXIES", ["10.0.0.1", "proxy"], "E007"),
    ("DEBUG", True, "E008"),
    ("SECRET_KEY", "short", "E009"),
    ("SITE_URL", "http://convert.example", "W001"),
    ("MAX_MULTIPART_BYTES", 2 * 1024**3, "W002"),
    ("RETENTION_HOURS", 721.0, "W003"),
    ("REDIS_URL", "redis://valkey.example:6379/0", "W004"),
    ("DATABASES", {"default": {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": 60}}, "W005"),
    ("METRICS_TOKEN", "short", "W006"),
    ("ALERT_EMAILS", ["ada@example.org", "grace"], "E012"),
    ("ALERT_WEBHOOK", "ftp://chat.example/hook", "E013"),
    ("ALERT_WEBHOOK", "https://ada:secret@chat.example/hook", "E013"),
    ("TRUSTED_PROXIES", [], "I001"),
    ("REDIS_URL", "redis://:secret@valkey.example:6379/0", "I002"),
    ("LOG_PRIVATE", True, "I003"),
]
SOUND = {"SITE_URL": "https://convert.example", "TRUSTED_PROXIES": ["10.0.0.1", "::1"], "DEBUG": False}


@pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")
@pytest.mark.parametrize(("name", "value", "number"), RISKY, ids=lambda given: str(given)[:20])
def test_what_is_wrong_or_risky_together_has_an_id(settings: Settings, name: str, value: object, number: str) -> None:
    for sound, right in SOUND.items():
        setattr(settings, sound, right)
    assert check_site(None) == []
    setattr(settings, name, value)
    told = {problem.id for problem in check_site(None)}
    assert f"convertsite.{number}" in told
    assert told <= {f"convertsite.{number}", "convertsite.I002"}  # a far Valkey beside SQLite is both


def test_every_id_is_documented_and_no_other() -> None:
    sources = ("convertsite/checks.py", "convertsite/environment.py", "realtime/checks.py")
    given = set()
    for source in sources:
        app, text = source.partition("/")[0], (ROOT / source).read_text()
        given |= {f"{app}.{number}" for number in re.findall(r'"(?:\w+\.)?([EWI]\d{3})"', text)}
    documented = re.findall(
        r"^\| `((?:convertsite|realtime)\.\w+)` \|", (ROOT / "docs/settings.md").read_text(), re.MULTILINE
    )
    assert len(documented) == len(set(documented))
    assert set(documented) == given
