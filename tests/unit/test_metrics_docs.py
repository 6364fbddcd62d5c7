"""What docs/metrics.md, the dashboard and the alerts name, the code has, and the other way round."""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import promql_parser
import pytest
import yaml
from prometheus_client import Counter, Gauge, Histogram

from conversions import metrics as conversions
from convertsite import metrics as convertsite
from convertsite import readiness
from realtime import metrics as realtime
from tests.processes import ROOT

PARTS = {"histogram": ("_bucket", "_sum", "_count"), "counter": ("",), "gauge": ("",)}
OF_EACH = {"instance", "job"}  # labels that it adds
NAMED = re.compile(r"\b(?:realtime|conversions|convertsite)_\w+")


class Series(NamedTuple):
    kind: str
    labels: tuple[str, ...]


def kind_of(metric: Any) -> str:
    return next(kind.__name__.lower() for kind in (Counter, Gauge, Histogram) if isinstance(metric, kind))


def counted() -> dict[str, Series]:
    """Those that are series of prometheus_client's own."""
    found = {}
    for metric in (*realtime.ALL, *conversions.ALL):
        name = f"{metric._name}_total" if isinstance(metric, Counter) else metric._name
        found[name] = Series(kind_of(metric), metric._labelnames)
    return found


def asked() -> dict[str, Series]:
    """Those that a collector makes when somebody looks."""
    families = [*conversions.Rows().collect(), *convertsite.Site().collect()]
    return {family.name: Series(family.type, tuple(family._labelnames)) for family in families}


@pytest.fixture
def series(db: None, monkeypatch: pytest.MonkeyPatch) -> dict[str, Series]:
    monkeypatch.setattr(readiness, "CHECKS", {"database": readiness.check_database})
    return counted() | asked()


def documented() -> dict[str, Series]:
    page = (ROOT / "docs/metrics.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \|([^|]*)\| \S", page, re.MULTILINE)
    return {name: Series(kind, tuple(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows}


def expressions() -> Iterator[tuple[str, str]]:
    """Each expression of the alerts and of the dashboard, and where it stands."""
    groups = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())["groups"]
    for rule in (rule for group in groups for rule in group["rules"]):
        yield rule["alert"], rule["expr"]
    for panel in json.loads((ROOT / "deploy/grafana/convertsite.json").read_text())["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"]


EXPRESSIONS = list(expressions())


def test_every_series_is_documented_with_kind_and_labels_and_no_other(series: dict[str, Series]) -> None:
    assert documented() == series


def test_there_are_expressions_to_look_at() -> None:
    assert len(EXPRESSIONS) > 50


@pytest.mark.parametrize(("place", "expression"), EXPRESSIONS, ids=[place for place, _ in EXPRESSIONS])
def test_expression_is_promql_and_names_what_there_is(place: str, expression: str, series: dict[str, Series]) -> None:
    promql_parser.parse(expression.replace("$__rate_interval", "5m"))
    samples = {f"{name}{part}": each for name, each in series.items() for part in PARTS[each.kind]}
    named = set(NAMED.findall(expression))
    assert named <= samples.keys()
    assert named or expression.startswith("up{")
    used = set(re.findall(r"(\w+)\s*(?:=~|!=|=)\s*\"", expression))
    used |= {label for group in re.findall(r"\bby \(([^)]*)\)", expression) for label in group.split(", ")}
    known = {label for name in named for label in samples[name].labels} | OF_EACH
    if any(name.endswith("_bucket") for name in named):
        known.add("le")
    assert used <= known


def test_every_counter_and_state_is_on_the_dashboard(series: dict[str, Series]) -> None:
    shown = {name for _, expression in EXPRESSIONS for name in NAMED.findall(expression)}
    assert {
        name for name, each in series.items() if not any(f"{name}{part}" in shown for part in PARTS[each.kind])
    } == (set())


def test_alert_says_what_to_do() -> None:
    groups = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())["groups"]
    for rule in (rule for group in groups for rule in group["rules"]):
        assert rule["annotations"].keys() == {"summary", "what_to_do"}
        assert rule["labels"]["severity"] in {"page", "warn"}
