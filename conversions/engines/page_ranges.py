"""Which pages are meant by words such as "1-3,7"."""

from conversions.errors import NoSuchPage

ALL = "all"
_PART = "[1-9][0-9]{0,5}(?:-(?:[1-9][0-9]{0,5})?)?"
PATTERN = f"^(?:{ALL}|{_PART}(?: ?, ?{_PART}){{0,99}})?$"
EXPECTED = "pages such as 1-3,7 or 5- (from the fifth on)"


def chosen(words: str, pages: int) -> list[int]:
    """The places, from 0, of what is meant of so many pages: as the words have them in order, each once. Nothing means
    all. Raises `NoSuchPage`."""
    if words in ("", ALL):
        return list(range(pages))
    found: dict[int, None] = {}
    for part in words.split(","):
        first, dash, last = part.strip().partition("-")
        begin = int(first)
        end = int(last) if last else pages if dash else begin
        if max(begin, end) > pages:
            raise NoSuchPage(page=max(begin, end), pages=pages)
        step = 1 if begin <= end else -1
        found.update(dict.fromkeys(range(begin - 1, end - 1 + step, step)))
    return list(found)
