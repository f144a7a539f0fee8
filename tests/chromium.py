"""Where Chromium is. Standard library only: run.py asks this before anything is installed."""

import glob
import os
import shutil
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PLACES = (
    "/usr/bin/chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
)
# As root in a container Chromium needs --no-sandbox; the rest keeps it from looking for the outside world.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_chromium() -> str | None:
    """The browser's path: LIUKE_CHROMIUM, else the first one known on this system, else None."""
    named = os.environ.get("LIUKE_CHROMIUM")
    candidates = [named] if named else [*(shutil.which(name) for name in NAMES), *PLACES]
    return next((path for path in candidates if path and Path(path).exists()), None)


def has_chinese_font() -> bool:
    """Debian's minimal systems have no font with Han characters; other systems ship one."""
    return not shutil.which("apt-get") or bool(glob.glob("/usr/share/fonts/**/*CJK*", recursive=True))
