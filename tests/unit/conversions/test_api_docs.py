"""docs/api.md tells of everything there is."""

from pathlib import Path

import pytest

import conversions.api.errors  # noqa: F401 (so that the catalogue knows them)
from conversions.errors import catalogue
from convertsite.api import api

TEXT = (Path(__file__).resolve().parents[3] / "docs" / "api.md").read_text()
OPERATIONS = [(method, path) for path, methods in api.get_openapi_schema()["paths"].items() for method in methods]


@pytest.mark.parametrize("code", sorted(catalogue()))
def test_error_is_documented(code: str) -> None:
    assert f"`{code}`" in TEXT


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_operation_is_documented(method: str, path: str) -> None:
    short = path.removeprefix("/api/v1").replace("conversion_id", "id").replace("format_id", "id")
    assert f"`{method.upper()} {short}`" in TEXT
