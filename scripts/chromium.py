"""Where Chromium is and how it is started, for the browser tests. Standard library only."""

import os
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# No sandbox because CI runs as root; the rest keeps the browser from talking to anyone but the shop.
OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_browser() -> str:
    """Return the path of a Chromium (CHROMIUM when set), or ""."""
    named = os.environ.get("CHROMIUM")
    return named or next((path for name in BROWSERS if (path := shutil.which(name))), "")


def start_browser(playwright: "Playwright") -> "Browser":
    """Start the machine's own Chromium without a window. Raises FileNotFoundError when there is none."""
    path = find_browser()
    if not path:
        raise FileNotFoundError("No chromium found; on Debian: apt install chromium fonts-noto-cjk")
    return playwright.chromium.launch(executable_path=path, args=list(OPTIONS))
