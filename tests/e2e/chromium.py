"""Find a Chromium for the browser tests, or bring one. Never skip.

In order: `PCVIZ_CHROMIUM`; Chromium or Chrome on the PATH; Debian's package, as root; Playwright's own download. Where none
works, fail with the command to type.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
ADVICE = (
    "The browser tests need Chromium and found none. Install it (Debian: `apt-get install chromium`; anywhere: "
    "`.venv/bin/python -m playwright install --with-deps chromium`), or set PCVIZ_CHROMIUM=/path/to/chromium."
)


class NoChromiumError(Exception):
    """No browser and no way to get one; the message says what to type."""


def from_environment() -> str | None:
    """The browser that `PCVIZ_CHROMIUM` names; an error if it names none."""
    named = os.environ.get("PCVIZ_CHROMIUM")
    if named and not os.access(named, os.X_OK):
        raise NoChromiumError(f"PCVIZ_CHROMIUM is {named!r}, which is not a program that can be run.")
    return named or None


def from_path() -> str | None:
    """Chromium or Chrome as this machine has it."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def from_playwright() -> str | None:
    """The browser that Playwright downloaded earlier."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def install_from_debian() -> str | None:
    """Debian's own package, where we may install it."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"]):
        if subprocess.run(command, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, check=False).returncode != 0:
            return None
    return from_path()


def install_from_playwright() -> str | None:
    """Playwright's download, with the system libraries where we may install them."""
    extra = ["--with-deps"] if os.geteuid() == 0 else []
    command = [sys.executable, "-m", "playwright", "install", *extra, "chromium"]
    return from_playwright() if subprocess.run(command, check=False).returncode == 0 else None


WAYS: tuple[Callable[[], str | None], ...] = (
    from_environment,
    from_path,
    from_playwright,
    install_from_debian,
    install_from_playwright,
)


def ensure() -> str:
    """The path of a Chromium that runs; installs one if it must."""
    for way in WAYS:
        if path := way():
            return path
    raise NoChromiumError(ADVICE)


if __name__ == "__main__":
    try:
        chromium = ensure()
    except NoChromiumError as error:
        sys.exit(str(error))
    version = subprocess.run([chromium, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    sys.stdout.write(f"{version or 'Chromium'} at {chromium}\n")
