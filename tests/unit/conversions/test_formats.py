from conversions.catalog import formats


def test_extension_is_the_part_after_the_last_dot() -> None:
    assert formats.by_extension("Holiday.PNG.JPEG") is formats.by_id("jpeg")
    assert formats.by_extension("Holiday.xyz") is None
    assert formats.by_extension("") is None


def test_get_knows_only_the_table() -> None:
    assert formats.get("webp") is formats.by_id("webp")
    assert formats.get("doc") is None
