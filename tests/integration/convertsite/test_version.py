"""The version of the static files, on a site as it is served."""

import json
import re
from urllib.request import urlopen

from websockets.sync.client import connect

from tests.stack import Site


def test_page_and_socket_name_the_same_version(site: Site) -> None:
    with urlopen(site.url) as page:
        found = re.search(r'<script id="config" type="application/json">(.*?)</script>', page.read().decode())
    assert found
    made_with = json.loads(found[1])["clientVersion"]
    assert made_with
    with connect(f"{site.url.replace('http', 'ws', 1)}/ws/events/") as socket:
        assert json.loads(socket.recv(timeout=10))["client_version"] == made_with
