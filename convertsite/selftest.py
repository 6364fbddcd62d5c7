"""The site's own checks of the self-test: its parts, as `/readyz` sees them."""

from convertsite.liveness import PARTS
from convertsite.readiness import CONSEQUENCES, OK
from realtime import selftest
from realtime.selftest import Failed, Skipped, Visit


async def look(visit: Visit, part: str) -> str:
    """What `/readyz` says of a part."""
    answer = await visit.get("/readyz")
    checks = answer.json().get("checks", {}) if answer.status in (200, 503) else {}
    if part not in checks:
        raise Skipped(f"/readyz tells nothing of it ({answer.problem()}).")  # a proxy may keep it to itself
    if checks[part] != OK:
        raise Failed(checks[part])
    return "It answers." if part not in PARTS else "It gives signs of life."


def _register(part: str, vital: bool, advice: str) -> None:
    needs = [selftest.VALKEY] if part in PARTS else []  # which keeps their signs of life

    @selftest.check(part, f"Part: {part}", vital=vital, needs=needs, patience=20.0, advice=advice)
    async def check(visit: Visit) -> str:
        return await look(visit, part)


for _part, (_vital, _advice) in CONSEQUENCES.items():
    _register(_part, _vital, _advice)
