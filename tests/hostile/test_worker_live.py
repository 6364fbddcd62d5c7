"""Hostile files sent to a running site by people: its worker goes on, and serves the next honest one."""

from pathlib import Path

import pytest

from tests.hostile.outside import Outside
from tests.hostile.sample import DONE, Sample
from tests.hostile.test_files import SAMPLES
from tests.integration.conversions.program import Program
from tests.integration.conversions.web import picture
from tests.stack import Site
from tests.waiting import wait_for

# With the names under which they are sent.
SENT = {
    "html elements readable to docx": "-i.html",
    "rst include http to html": "--help; touch x;.rst",
    "svg image http to png": "..\u202egnp.svg",
    "docx that names http to html": "$(id).docx",
    "xlsx of entities to csv": "a\tb.xlsx",
    "mkv that is long and says a second to mp4": "--.mkv",
    "zip of members that overlap to tar": "../../x.zip",
    "gif of 5,001 frames to webp": "\u202e.gif",
    "pdf of pages in a circle to txt": "|.pdf",
    "yaml of levels to json": "%00.yaml",
}


def _sample(name: str) -> Sample:
    """By its format, name and target, of which the first may be said twice."""
    (found,) = (each for each in SAMPLES if name in (str(each), f"{each.name} to {each.to}"))
    return found


@pytest.fixture(scope="module")
def program(site: Site) -> Program:
    return Program(site, "hostile")


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_worker_that_got_hostile_files_serves_the_next_honest_one(site: Site, program: Program) -> None:
    worker, told = site.child("worker").pid, len(site.log.read_text())
    before = set(files(site.data_dir / "work"))  # other tests kill workers, whose folders stay for hours
    with Outside(site.data_dir) as outside:
        for name, called in SENT.items():
            sample = _sample(name)
            ended = program.convert(outside.named_in(sample.content()), called, sample.to)
            code = ended["error"]["code"] if ended["error"] else DONE
            assert (ended["state"], code in sample.ends) == ("completed" if code == DONE else "failed", True), ended
            if code == DONE:
                status, content = program.ask("GET", ended["output"]["url"])
                assert (status, outside.is_in(content)) == (200, False)
        wait_for(lambda: set(files(site.data_dir / "work")) <= before, because="empty work folders")
        assert outside.dialled == []
        assert not outside.is_in(site.log.read_text()[told:].encode())
        assert outside.beside.read_text() == outside.secret
    assert program.convert(picture())["state"] == "completed"
    assert site.child("worker").pid == worker
