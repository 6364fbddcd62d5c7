"""The figures of all runs, and what they come to."""

import json
import math
import statistics
from collections import defaultdict
from pathlib import Path
from typing import Self

Figures = dict[str, float]
"""Of one run of one server in one scenario, by name and unit."""
OURS, PEER = "convertsite", "socketio"


def until_right(seconds: float, closed: int) -> float:
    """How long it took until all watchers were right, if the others were after so many seconds: who was closed is not,
    and never will be."""
    return math.inf if closed else seconds


class Results:
    """Figures by part (a rate, a scenario) and server, a run after another."""

    def __init__(self) -> None:
        self._runs: dict[str, dict[str, list[Figures]]] = defaultdict(lambda: defaultdict(list))
        self._scenarios: dict[str, str] = {}

    @classmethod
    def load(cls, path: Path) -> Self:
        """What `save` left there; nothing, if it left nothing."""
        results = cls()
        for scenario, part, server, runs in json.loads(path.read_text()) if path.exists() else []:
            for figures in runs:
                results.add(scenario, part, server, figures)
        return results

    def save(self, path: Path) -> None:
        """So that a scenario that is measured anew takes its place among the others."""
        rows = [
            (self._scenarios[part], part, server, runs)
            for part, servers in self._runs.items()
            for server, runs in servers.items()
        ]
        path.write_text(json.dumps(rows))

    def forget(self, scenario: str) -> None:
        """Drop what was measured in a scenario."""
        for part in [part for part, of in self._scenarios.items() if of == scenario]:
            del self._runs[part], self._scenarios[part]

    def add(self, scenario: str, part: str, server: str, figures: Figures) -> None:
        """Keep one run's figures."""
        self._scenarios[part] = scenario
        self._runs[part][server].append(figures)

    @property
    def parts(self) -> list[str]:
        """What was measured, in order."""
        return list(self._runs)

    def servers(self, part: str) -> list[str]:
        """Who took part."""
        return list(self._runs[part])

    def median(self, part: str, server: str, figure: str) -> float | None:
        """The median over the runs; no number at all in one of them is none in all. None: not measured."""
        values = sorted((run[figure] for run in self._of(part, server) if figure in run), key=no_number_last)
        if values and math.isnan(values[-1]):
            return math.nan
        return statistics.median(values) if values else None

    def worst(self, part: str, server: str, figure: str) -> float | None:
        """The highest of all runs; no number at all is worse than any."""
        values = [run[figure] for run in self._of(part, server)]
        return max(values, key=no_number_last, default=None)

    def ratio(self, part: str, server: str, figure: str, to: str = PEER) -> float | None:
        """The median of the ratios run by run: what the machine did in one spell weighs on both."""
        pairs = zip(self._of(part, server), self._of(part, to), strict=False)
        ratios = [one[figure] / other[figure] for one, other in pairs if other.get(figure)]
        return statistics.median(ratios) if ratios else None

    def runs(self) -> int:
        """Of the server with most of them."""
        return max(len(runs) for servers in self._runs.values() for runs in servers.values())

    def _of(self, part: str, server: str) -> list[Figures]:
        return self._runs[part].get(server, []) if part in self._runs else []


def no_number_last(value: float) -> tuple[bool, float]:
    """An order in which no number at all is worse than any."""
    return math.isnan(value), value
