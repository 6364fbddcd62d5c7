"""docs/deployment.md and deploy/ say what the code does, and the commands that need no other machine are run."""

import configparser
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import redis
import yaml

from convertsite import alive
from convertsite.liveness import announce
from convertsite.parts import site_parts
from tests.processes import ROOT, environment
from tests.unit.convertsite.test_environment import documented

DEPLOY = ROOT / "deploy"
PAGES = ("docs/deployment.md", "docs/troubleshooting.md")
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "container/compose.yaml").read_text())
OURS = ("prepare", "web", "worker", "long", "housekeeping", "beat")
BLOCK = re.compile(r"(^[^\n]*\n)?\n *```sh\n(.*?)\n *```", re.DOTALL | re.MULTILINE)
NOT_RUN = "Not run by a test"


def blocks(page: str) -> list[tuple[str, bool]]:
    """Each block of commands of a page, and whether it is to be run here."""
    text = (ROOT / page).read_text()
    return [(found[2], NOT_RUN not in (found[1] or "")) for found in BLOCK.finditer(text)]


def options(command: list[str]) -> list[str]:
    """Of a part's command, without the interpreter and what belongs to a machine: where it listens, its cores."""
    return [word for word in command[1:] if not re.fullmatch(r"[\d.]+|%i|--patience|--concurrency", word)]


def commands() -> dict[str, list[str]]:
    parts = site_parts("127.0.0.1", 8000, "http://127.0.0.1:8000")
    return {part.name: options(list(part.command)) for part in parts}


def unit(path: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # its names have capitals
    parser.read(path)
    return parser


def test_pages_have_commands_to_run_and_others() -> None:
    runs = [run for page in PAGES for _, run in blocks(page)]
    assert runs.count(True) >= 6
    assert runs.count(False) >= 5
    text = "".join((ROOT / page).read_text() for page in PAGES)
    assert len(runs) == text.count("```sh")


def test_the_commands_of_the_pages_do_what_is_said(tmp_path: Path, valkey: redis.Redis) -> None:
    """In their order, in a folder of their own: a site that is brought up, backed up, and restored elsewhere."""
    data, moved = tmp_path / "var", tmp_path / "moved"
    for name in (".venv", "manage.py", "convertsite", "realtime", "conversions", "templates", "static"):
        (tmp_path / name).symlink_to(ROOT / name)
    announce("beat", 300)
    shared = {"SITE_URL": "https://convert.example.org", "TRUSTED_PROXIES": "127.0.0.1,::1"}
    shared |= {"DATA_DIR": str(data), "NEW_DATA_DIR": str(moved), "REQUEST_ID": "0123456789ab"}
    shared |= {"REDIS_URL": "unix://" + str(valkey.connection_pool.connection_kwargs["path"])}
    (tmp_path / "site.log").write_text("INFO web: request request_id=0123456789ab\n")
    for page in PAGES:
        for script, run in blocks(page):
            if run:
                (data / "media").mkdir(mode=0o700, parents=True, exist_ok=True)
                done = subprocess.run(
                    ["/bin/bash", "-euo", "pipefail", "-c", script],
                    cwd=tmp_path,
                    env=environment(**shared),
                    capture_output=True,
                    text=True,
                    check=False,
                )
                assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
    assert (moved / "secret_key").read_text() == (data / "secret_key").read_text()
    assert (moved / "db.sqlite3").stat().st_size > 0
    assert (data / "static" / "staticfiles.json").exists()


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_a_unit_runs_what_up_runs_as_nobody_special(path: Path) -> None:
    service = unit(path)["Service"]
    program, *rest = service["ExecStart"].replace("%%", "%").split()
    assert program == "/opt/convertsite/.venv/bin/python"
    part = path.stem.removeprefix("convertsite").strip("-@")
    expected = {"": ["manage.py", "up", "--host", "--port"]} | commands()
    assert options([program, *rest]) == expected[part]
    assert service["User"] == "convertsite"
    for name in ("NoNewPrivileges", "PrivateTmp", "PrivateDevices", "ProtectHome"):
        assert service[name] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert (service["StateDirectory"], service["StateDirectoryMode"]) == ("convertsite", "0700")


@pytest.mark.parametrize("name", ["worker", "long", "housekeeping"])
def test_a_worker_that_is_stopped_hands_back_its_work(name: str) -> None:
    assert "REMAP_SIGTERM=SIGQUIT" in unit(DEPLOY / f"systemd/convertsite-{name}.service")["Service"]["Environment"]
    assert COMPOSE["services"][name]["environment"]["REMAP_SIGTERM"] == "SIGQUIT"


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_a_container_is_nobody_special_and_writes_to_volumes_alone(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["user"] not in ("0", "root")
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "healthcheck" in service or name == "prepare"


@pytest.mark.parametrize("name", OURS)
def test_a_container_runs_what_up_runs_with_settings_that_exist(name: str) -> None:
    service = COMPOSE["services"][name]
    assert set(service["environment"]) - {"REMAP_SIGTERM"} <= set(documented())
    if name in commands() and name != "web":
        assert options(service["command"]) == commands()[name]
        assert service["healthcheck"]["test"][-1] == name


def test_the_image_has_all_folders_of_the_site() -> None:
    copied = re.findall(r"^COPY (\S+) /app/", (DEPLOY / "container/Containerfile").read_text(), re.MULTILINE)
    assert set(copied) == {"manage.py", "convertsite", "realtime", "conversions", "templates", "static"}
    assert "\nUSER 10001\n" in (DEPLOY / "container/Containerfile").read_text()


def test_proxies_pass_sockets_on_and_say_who_comes() -> None:
    nginx, caddy = (DEPLOY / "nginx/convertsite.conf").read_text(), (DEPLOY / "caddy/Caddyfile").read_text()
    for line in (
        "proxy_set_header Upgrade $http_upgrade;",
        "proxy_set_header Connection $connection_upgrade;",
        "proxy_set_header X-Forwarded-For $remote_addr;",
        "proxy_set_header X-Forwarded-Proto $scheme;",
        "proxy_buffering off;",
        "proxy_http_version 1.1;",
        "client_max_body_size 64m;",
    ):
        assert line in nginx
    idle = re.search(r"proxy_read_timeout (\d+)s;", nginx)
    assert idle is not None
    assert int(idle[1]) > 60
    assert "location = /metrics" in nginx
    assert "respond /metrics 404" in caddy
    assert "flush_interval -1" in caddy
    assert "max_size 64MiB" in caddy


def test_alive_says_by_its_code_whether_a_part_is(valkey: redis.Redis, capsys: pytest.CaptureFixture[str]) -> None:
    assert alive.main(["worker"]) == 1
    announce("worker")
    assert alive.main(["worker"]) == 0
    assert alive.main(["web"]) == 2
    assert alive.main([]) == 2
    assert "worker, housekeeping, long, beat" in capsys.readouterr().err
