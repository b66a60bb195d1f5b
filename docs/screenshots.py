"""Makes the pictures of docs/console.md anew: plays the demo and photographs its pages, light and dark."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
PORT = 8180
ADDRESS = f"http://127.0.0.1:{PORT}/admin/"
SETTLED = "Rules whose messages nobody gets yet"  # on the front page, once the demo has looked at flows
PATIENCE = 300_000  # milliseconds
SIZE = {"width": 1200, "height": 780}
CLIENT, PERSON = "North Ridge Outfitters", "ana@shop.test"
# What each picture shows: where it begins, and the links that lead on from there.
PAGES: Mapping[str, tuple[str, ...]] = {
    "dashboard": ("",),
    "needs-attention": ("attention/",),
    "client": ("connectors/store/", f"#result_list a:text-is('{CLIENT}')"),
    "set-up": (
        "connectors/store/",
        f"#result_list a:text-is('{CLIENT}')",
        "a[href*='/set-up/'] >> visible=true",
    ),
    "connection": ("", "a.chip:has-text('Klaviyo ✓')"),
    "rules": ("rules/rule/",),
    "customer": (f"customers/?q={PERSON}",),
    "suppressions": ("orchestrator/suppression/",),
    "run-log": ("orchestrator/runlogentry/",),
    "operations": ("operations/",),
}


def main() -> None:
    playwright = import_module("playwright.sync_api")
    with demo() as password, playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for mode in ("light", "dark"):
            page = browser.new_context(viewport=SIZE, color_scheme=mode).new_page()
            log_in(page, password)
            page.wait_for_selector(f"text={SETTLED}", timeout=PATIENCE)  # it refreshes itself
            for name, way in PAGES.items():
                photograph(page, way, IMAGES / f"console-{name}-{mode}.png")
        browser.close()


@contextmanager
def demo() -> Iterator[str]:
    """The demo with its story played; its password."""
    command = [sys.executable, "manage.py", "demo", "--port", str(PORT)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:  # noqa: S603
        try:
            yield password_of(running)
        finally:
            running.send_signal(signal.SIGINT)


def password_of(running: subprocess.Popen[str]) -> str:
    assert running.stdout is not None
    for line in running.stdout:
        if found := re.search(r"Password\s+(\S+)", line):
            return found[1]
    raise SystemExit("The demo ended before it was ready; what it printed says why.")


def log_in(page: Any, password: str) -> None:
    page.goto(f"{ADDRESS}login/")
    page.fill("#id_username", "admin")
    page.fill("#id_password", password)
    page.click("[type=submit]")
    page.wait_for_load_state()


def photograph(page: Any, way: tuple[str, ...], path: Path) -> None:
    begin, *links = way
    page.goto(ADDRESS + begin)
    for link in links:
        page.click(link)
        page.wait_for_load_state()
    page.screenshot(path=path)
    if find_spec("PIL"):  # Pillow, where it is installed: a page has few colours, so a palette says it all
        picture = import_module("PIL.Image").open(path).convert("RGB")
        picture.quantize(96).save(path, optimize=True)


if __name__ == "__main__":
    main()
