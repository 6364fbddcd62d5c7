"""The layout of design.md, where import-linter does not look."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
IMPORT = re.compile(r"""^(?:import|export)\s+(?:[\w*\s{},]+\s+from\s+)?["']([^"']+)["'](;?)""", re.MULTILINE)
MODULES = sorted(path for path in (ROOT / "static").rglob("*.js") if "vendor" not in path.parts)


def imports(module: Path) -> list[tuple[Path, str]]:
    """Each module that this one imports, and the semicolon after it."""
    found = IMPORT.findall(module.read_text())
    return [((module.parent / name).resolve(), semicolon) for name, semicolon in found]


def test_there_are_modules_to_look_at() -> None:
    assert {path.parent.name for path in MODULES} == {"realtime", "conversions", "health"}
    assert any(imports(path) for path in MODULES)


@pytest.mark.parametrize("module", MODULES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_module_imports_existing_files_of_its_own_or_a_lower_room(module: Path) -> None:
    rooms = {"realtime": {"realtime"}, "conversions": {"realtime", "conversions"}, "health": {"realtime", "health"}}
    allowed = rooms[module.parent.name]
    for imported, semicolon in imports(module):
        assert imported.is_file()
        assert imported.parent.name in allowed
        assert semicolon, "hashed static files rewrite only imports that end with a semicolon"
