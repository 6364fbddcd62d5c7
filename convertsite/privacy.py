"""Finds in a text what a log should not keep. Pure."""

import re
from ipaddress import ip_address

HIDDEN = "…"
_ADDRESS = re.compile(
    r"(?<![\w.:])(?:(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\w)"
    r"|(?:[0-9A-Fa-f]{0,4}:){2,7}(?:(?:\d{1,3}\.){3}\d{1,3}|[0-9A-Fa-f]{0,4})(?![\w:]))"
)
_NAMED = re.compile(r"(?i)\b((?:sessionid|csrftoken)(?:_\d+)?|token|password)=[^\s&;,'\"]+")
_SECRETS = (
    re.compile(r"(?<=://)[^\s/@]*(?=@)"),  # user and password of an address
    re.compile(r"\bcs_[\w-]{20,}"),  # a token of the API
    re.compile(r"(?i)(?<=\bbearer )\s*[^\s'\"]+"),
)


def scrubbed(text: str) -> str:
    """The text without network addresses but this machine's own, tokens, cookies and passwords."""
    for secret in _SECRETS:
        text = secret.sub(HIDDEN, text)
    text = _NAMED.sub(rf"\1={HIDDEN}", text)
    return _ADDRESS.sub(_hidden_address, text)


def _hidden_address(found: re.Match[str]) -> str:
    try:
        address = ip_address(found[0])
    except ValueError:  # a time of day, a version
        return found[0]
    return found[0] if address.is_loopback or address.is_unspecified else HIDDEN
