"""Settings are looked up live."""

from pathlib import Path

from pytest_django import Settings

from realtime.conf import Conf, conf, defaults


def test_default_holds_until_the_setting_is_given(settings: Settings) -> None:
    assert conf.MAX_QUEUE_SIZE == 100
    settings.REALTIME_MAX_QUEUE_SIZE = 7
    assert conf.MAX_QUEUE_SIZE == 7


def test_each_setting_is_explained_in_the_source() -> None:
    source = Path(__import__("realtime.conf", fromlist=["conf"]).__file__).read_text()
    for name in defaults():
        assert name in Conf.__annotations__
        assert f"    {name}: " in source
        assert source.partition(f"    {name}: ")[2].splitlines()[1].strip().startswith('"""')
