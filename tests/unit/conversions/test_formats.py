from conversions.catalog import formats


def test_extension_is_the_part_after_the_last_dot() -> None:
    assert formats.by_extension("Holiday.PNG.JPEG") is formats.by_id("jpeg")
    assert formats.by_extension("Holiday.xyz") is None
    assert formats.by_extension("") is None


def test_get_knows_only_the_table() -> None:
    assert formats.get("webp") is formats.by_id("webp")
    assert formats.get("docs") is None


def test_extension_is_of_two_parts_where_there_is_such_a_format() -> None:
    assert formats.by_extension("backup.TAR.gz") is formats.by_id("tar.gz")
    assert formats.by_extension("backup.tgz") is formats.by_id("tar.gz")
    assert formats.by_extension("notes.txt.gz") is formats.by_id("gz")
    assert formats.by_extension(".tar.gz") is formats.by_id("gz")
    assert formats.ending("backup.TAR.gz") == "TAR.gz"
    assert formats.ending("Holiday 1.2.jpg") == "jpg"
    assert formats.ending("no ending") == ""


def test_names_can_be_told_apart_in_a_list() -> None:
    names = [format.name for format in formats.FORMATS]
    assert len(set(names)) == len(names)
    assert not [name for name in names if "," in name]
