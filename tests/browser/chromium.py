"""Find the Chromium that browser tests drive; run as a module, see that there is one.

Playwright's own comes first, since it is the one its version was tested with; then the distribution's.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
# Headless as root, and without a look at the network of its own.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def find() -> str | None:
    """The path of a Chromium on this machine, or None."""
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else next(filter(None, map(shutil.which, NAMES)), None)


def install() -> None:
    """Bring Playwright's Chromium, else the distribution's package; either may be refused."""
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    if find() or not shutil.which("apt-get"):
        return
    root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    subprocess.run([*root, "apt-get", "update", "-qq"], check=False)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run([*root, "apt-get", "install", "-y", "-qq", "chromium"], check=False, env=quiet)


def main() -> None:
    if not find():
        install()
    if not find():
        sys.exit("Browser tests need Chromium: install the package `chromium` and run this again.")


if __name__ == "__main__":
    main()
