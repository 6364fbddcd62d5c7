"""Every environment variable is in `.env.example` and explained in docs/settings.md, and nothing else is."""

import ast
import re
from typing import Any

import pytest

from convertsite.settings import number_or_text
from realtime.conf import defaults
from tests.processes import ROOT

SET_BY_THE_SITE = {"REALTIME_URL", "REALTIME_OWNER", "REALTIME_RECHECK", "REALTIME_CLIENT_VERSION"}
LAYER = {f"REALTIME_{name}": value for name, value in defaults().items()}
LAYER = {name: value for name, value in LAYER.items() if name not in SET_BY_THE_SITE}


def read_by_settings() -> set[str]:
    """The variables that `convertsite/settings.py` asks `env` for by name."""
    tree = ast.parse((ROOT / "convertsite/settings.py").read_text())
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {argument.value for call in calls if is_env(call.func) for argument in call.args[:1] if is_text(argument)}


def is_env(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == "env"


def is_text(argument: ast.expr) -> bool:
    return isinstance(argument, ast.Constant) and isinstance(argument.value, str)


def example() -> dict[str, str]:
    return dict(re.findall(r"^# ([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))


def documented() -> dict[str, str]:
    rows = re.findall(r"^\| `([A-Z_]+)` \| ([^|]*) \|", (ROOT / "docs/settings.md").read_text(), re.MULTILINE)
    return {name: value.strip() for name, value in rows}


def test_the_reader_of_settings_finds_variables() -> None:
    assert {"SITE_URL", "DATA_DIR", "DATABASE_URL", "REDIS_URL"} <= read_by_settings()


def test_the_example_lists_every_variable_and_no_other() -> None:
    assert set(example()) == read_by_settings() | set(LAYER)


def test_the_documentation_explains_every_variable_and_no_other() -> None:
    assert set(documented()) == read_by_settings() | set(LAYER)


@pytest.mark.parametrize(("name", "default"), LAYER.items())
def test_the_defaults_of_the_layer_are_told_as_they_are(name: str, default: float) -> None:
    assert example()[name] == str(default)
    assert documented()[name] == f"`{default}`"


def test_no_other_module_reads_the_environment() -> None:
    # `up` passes the environment on, and the converter process gets two variables of it.
    allowed = {"convertsite/settings.py", "convertsite/processes.py", "conversions/sandbox/process.py"}
    modules = (path for app in ("convertsite", "realtime", "conversions") for path in (ROOT / app).rglob("*.py"))
    readers = {
        str(path.relative_to(ROOT))
        for path in modules
        if re.search(r"environ(\.get\(|\[| if |\.items)|getenv|\*\*os\.environ|in os\.environ", path.read_text())
    }
    assert readers <= allowed


@pytest.mark.parametrize(("text", "value"), [("30", 30), ("0.5", 0.5), ("", ""), ("soon", "soon"), ("true", "true")])
def test_a_number_is_one_and_all_else_stays_for_the_checks(text: str, value: Any) -> None:
    assert number_or_text(text) == value
    assert type(number_or_text(text)) is type(value)
