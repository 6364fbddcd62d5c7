"""What the self-test says of addresses where there is no site of ours."""

import datetime
import io
import ipaddress
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.core.management import call_command

from realtime.selftest import SiteError, Visit
from tests.processes import free_port


@contextmanager
def answering(status: int, body: bytes = b"", certificate: Path | None = None, **headers: str) -> Iterator[str]:
    """A server of one answer; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing of it is of interest."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign] # who trusts no certificate hangs up
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http{'s' if certificate else ''}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def refusal(url: str, **options: str) -> SiteError:
    with pytest.raises(SiteError) as error:
        await Visit(url, **options).arrive()  # type: ignore[arg-type]
    assert error.value.suggestion.endswith(".")
    return error.value


@pytest.fixture
def self_signed(tmp_path: Path) -> Path:
    """A key and a certificate for 127.0.0.1 that nobody else has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    today = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = tmp_path / "site.pem"
    path.write_bytes(secret + certificate.public_bytes(pem))
    return path


@pytest.mark.parametrize(
    "url", ["", "convert.example.org", "ftp://127.0.0.1", "http://", "http://host:port", "http://[::1"]
)
async def test_address_that_is_none(url: str) -> None:
    with pytest.raises(SiteError) as error:
        Visit(url)
    assert error.value.code == "url_wrong"


async def test_site_that_is_down() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    error = await refusal(url)
    assert (error.code, str(error)) == ("down", f"Nothing answers at {url}: Connection refused.")


async def test_host_that_does_not_exist() -> None:
    assert (await refusal("http://nowhere.invalid")).code == "unknown_host"


async def test_program_that_is_not_ours() -> None:
    with answering(200, b"<html>", **{"Content-Type": "text/html"}) as url:
        error = await refusal(url)
    assert (error.code, str(error)) == ("not_ours", f"{url} is another program: /healthz answers 200 text/html.")


async def test_proxy_without_a_site_behind() -> None:
    with answering(502) as url:
        assert (await refusal(url)).code == "site_failing"


async def test_redirect_names_where_it_leads() -> None:
    with answering(302, Location="https://convert.example.org/healthz") as url:
        error = await refusal(url)
    assert (error.code, str(error)) == ("redirected", f"{url} answers 302 and leads to https://convert.example.org.")


async def test_site_that_speaks_no_https() -> None:
    with answering(200, b"ok\n") as url:
        assert (await refusal(url.replace("http", "https"))).code == "no_tls"


async def test_self_signed_certificate_is_refused_unless_it_is_trusted(self_signed: Path) -> None:
    with answering(200, b"ok\n", self_signed) as url:
        error = await refusal(url)
        assert error.code == "certificate_refused"
        assert "--trust-certificate" in error.suggestion
        await Visit(url, trusted=str(self_signed)).arrive()


async def test_certificate_that_cannot_be_read(tmp_path: Path) -> None:
    for content in (None, b"nothing"):
        path = tmp_path / "missing.pem"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(SiteError) as error:
            Visit("https://127.0.0.1", trusted=str(path))
        assert error.value.code == "certificate_unreadable"


def test_command_says_it_in_two_lines_and_ends_with_2() -> None:
    told = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("realtime_check", url=f"http://127.0.0.1:{free_port()}", stderr=told)
    assert ended.value.code == 2
    reason, suggestion = told.getvalue().splitlines()
    assert reason.startswith("Nothing answers at")
    assert suggestion.startswith("Start the site")


def test_command_says_it_in_json() -> None:
    told = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("realtime_check", "--json", url="nowhere", stdout=told)
    document = json.loads(told.getvalue())
    assert (document["verdict"], document["exit_code"], document["checks"]) == ("UNHEALTHY", 2, [])
    assert document["error"]["code"] == "url_wrong"
