"""What `manage.py check` says of an https site, and that no request is redirected for ever."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

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
