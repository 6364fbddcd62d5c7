"""The network between a page and the site, as tests make it: slow, cut, gone."""

from playwright.sync_api import CDPSession, Page, WebSocketRoute, expect

from tests.browser.rows import SECONDS, expect_live

SOCKET = "**/ws/events/"
LIST = "**/api/v1/conversions?limit=200"
OFFLINE = {"offline": True, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
SLOW_UPLOAD = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 1_000_000}
FREE = {**OFFLINE, "offline": False}


def devtools(page: Page) -> CDPSession:
    """The page's developer tools, which know how to emulate a network."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    return session


def signed_out(page_side: WebSocketRoute) -> None:
    """A server that serves only those who sign in."""
    page_side.close(code=4401)


def cut(page: Page, *, until: str, chance: float) -> None:
    """The first connection is cut and none comes again, until the light says so. `chance` stands for the page's."""
    opened: list[WebSocketRoute] = []

    def answer(socket: WebSocketRoute) -> None:
        if opened:
            socket.close(code=1011)
        else:
            socket.connect_to_server()
        opened.append(socket)

    page.route_web_socket(SOCKET, answer)
    page.route("**/healthz", lambda route: route.abort())
    page.add_init_script(f"Math.random = () => {chance}")
    page.reload()
    expect_live(page)
    opened[0].close(code=1011)
    expect(page.locator("#light")).to_contain_text(until, timeout=30 * SECONDS)
