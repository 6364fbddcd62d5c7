"""What a log should not keep is found in any text, and what it may keep stays."""

import pytest

from convertsite.privacy import scrubbed


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Error 111 connecting to 10.0.0.5:6379.", "Error 111 connecting to …:6379."),
        ("from 203.0.113.7", "from …"),
        ("from 203.0.113.7.", "from …."),
        ("from 2001:db8::17, port 5", "from …, port 5"),
        ("from [fe80::1]:443", "from […]:443"),
        ("from ::ffff:203.0.113.7", "from …"),
        ("at 127.0.0.1:8000 and [::1]:8000", "at 127.0.0.1:8000 and [::1]:8000"),
        ("at 12:34:56, on 2026-11-28 12:34", "at 12:34:56, on 2026-11-28 12:34"),
        ("Python 3.11.7, Twisted 26.10.0", "Python 3.11.7, Twisted 26.10.0"),
        ("std::string and host:80", "std::string and host:80"),
        ("redis://:hush@db.example/0", "redis://…@db.example/0"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer …"),
        ("cs_" + "a" * 43, "…"),
        ("sessionid_8000=abc; csrftoken=def", "sessionid_8000=…; csrftoken=…"),
        ("?token=abc&page=2 password=x", "?token=…&page=2 password=…"),
    ],
)
def test_addresses_and_secrets_go_and_all_else_stays(said: str, kept: str) -> None:
    assert scrubbed(said) == kept
