"""What archives hold, and what of it is safe to hand on. Nothing is ever unpacked under a name of an archive's."""

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import IO

from conversions.engines import limits
from conversions.errors import ExpandsTooMuch, TooManyMembers, UnsafeArchive

MAX_MEMBERS, MAX_UNPACKED, MAX_RATIO = limits.MEMBERS.most, limits.UNPACKED.most, limits.RATIO.most
NO_BOMB = 100 * 1024**2
"""Bytes that an archive of any size may hold: what repeats itself packs well without being a bomb."""
_DRIVE = re.compile(r"[A-Za-z]:")


class Kind(StrEnum):
    """What a member is."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "link"


@dataclass(frozen=True)
class Owner:
    """Whose a member is, by numbers and names."""

    uid: int
    gid: int
    user: str
    group: str


@dataclass(frozen=True)
class Member:
    """A member. `modified` is in Unix seconds, `mode` the rights alone, `leads_to` where a link leads. `open` gives
    a file's content."""

    name: str
    kind: Kind
    open: Callable[[], IO[bytes]]
    size: int = 0
    modified: float | None = None
    mode: int | None = None
    leads_to: str = ""
    owner: Owner | None = None

    @property
    def rights(self) -> int:
        """Those that it has, or those that its like has; its owner may always read and write."""
        if self.kind is Kind.LINK:
            return 0o777
        usual, least = (0o755, 0o700) if self.kind is Kind.FOLDER else (0o644, 0o600)
        return usual if self.mode is None else self.mode & 0o777 | least


def allowed(packed: int) -> int:
    """How many bytes a file of that size may unpack to."""
    return min(MAX_UNPACKED, max(NO_BOMB, MAX_RATIO * packed))


def checked(members: Iterable[Member], packed: int) -> list[Member]:
    """The members under names that are safe and there once. Raises `UnsafeArchive`, `TooManyMembers` or
    `ExpandsTooMuch`, of what can be told without unpacking anything."""
    names, size = _Names(), 0
    found: list[Member] = []
    for number, member in enumerate(members, 1):
        if number > MAX_MEMBERS:
            raise TooManyMembers(members=number, limit=MAX_MEMBERS)
        size += member.size
        if size > allowed(packed):
            raise ExpandsTooMuch(size=size, limit=allowed(packed))
        found += names.placed(member)
    return found


class _Names:
    """The names so far. Folders may come again; other names get a number then."""

    def __init__(self) -> None:
        self._folders: set[str] = set()
        self._others: set[str] = set()

    def placed(self, member: Member) -> Iterator[Member]:
        """The member with a name of its own; nothing if it is a folder that is there already."""
        name = _safe(member.name)
        above = list(_above(name))
        if not self._others.isdisjoint(above):
            raise UnsafeArchive(member=shown(name), what="lies inside of what is no folder")
        self._folders.update(above)
        if member.kind is Kind.FOLDER and (not name or name in self._folders):
            return
        name = self._own(name)
        if member.kind is Kind.LINK:
            _check_link(name, member.leads_to)
        (self._folders if member.kind is Kind.FOLDER else self._others).add(name)
        yield replace(member, name=name, modified=_sensible(member.modified))

    def _own(self, name: str) -> str:
        stem, extension = posixpath.splitext(name)
        candidate, number = name, 1
        while candidate in self._others or candidate in self._folders:
            number += 1
            candidate = f"{stem} ({number}){extension}"
        return candidate


def _sensible(modified: float | None) -> float | None:
    """A time that every system can show."""
    return modified if modified is not None and 0 <= modified < 2**32 else None


def _safe(name: str) -> str:
    """Without what says nothing. Raises `UnsafeArchive` if it leads out of the folder, on any system."""
    parts = re.split(r"[/\\]", name)
    if not parts[0] or _DRIVE.match(name):
        raise UnsafeArchive(member=shown(name), what="names a place outside of it")
    if ".." in parts:
        raise UnsafeArchive(member=shown(name), what="leads out of its folder")
    return "/".join(part for part in name.split("/") if part not in ("", "."))


def _above(name: str) -> Iterator[str]:
    """The folders that it lies in."""
    while name := posixpath.dirname(name):
        yield name


def _check_link(name: str, leads_to: str) -> None:
    """Down only, or first up and then down, and never out: behind another link the way up would be another."""
    parts = [part for part in leads_to.split("/") if part != "."]
    ups = next((place for place, part in enumerate(parts) if part != ".."), len(parts))
    outside = not leads_to or leads_to.startswith("/") or "\\" in leads_to or _DRIVE.match(leads_to)
    if outside or ".." in parts[ups:] or ups > name.count("/"):
        raise UnsafeArchive(member=shown(name), what="is a link that leads out of it")


def shown(name: str) -> str:
    """A name as messages can show it."""
    return "".join(character if character.isprintable() else "�" for character in name)[:100]
