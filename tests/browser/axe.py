"""axe-core, which looks for what people with disabilities would stumble over."""

from playwright.sync_api import Page

from tests.processes import ROOT

SCRIPT = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RUN = """async () => (await axe.run(document, { resultTypes: ["violations"] })).violations.map(
    ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(" ").slice(0, 300)}`)"""


def violations(page: Page) -> list[str]:
    """What it finds on the page as it is, a line each."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(SCRIPT.read_text())
    return list(page.evaluate(RUN))
