"""Makes the pictures of docs/console.md anew: plays the demo and photographs its pages, light and dark."""

from __future__ import annotations

import os
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
RULES, THE_CLIENT = "rules/rule/", f"#result_list a:text-is('{CLIENT}')"
# What each picture shows: where it begins, and the links that lead on from there.
PAGES: Mapping[str, tuple[str, ...]] = {
    "dashboard": ("",),
    "needs-attention": ("attention/",),
    "client": ("connectors/store/", THE_CLIENT),
    "set-up": ("connectors/store/", THE_CLIENT, "a[href*='/set-up/'] >> visible=true"),
    "weekly-review": (
        "connectors/store/",
        THE_CLIENT,
        "a[href*='/set-up/'] >> visible=true",
        "[name=note]",  # which is further down
    ),
    "connection": ("", "a.chip:has-text('Klaviyo ✓')"),
    "rules": (RULES,),
    "rule": (RULES, "#result_list a:text-is('Chat about a return goes to the returns team')"),
    "try-out": (
        f"{RULES}?q=Win+back+carts",
        "#result_list tbody th a",
        "a[href*='/try/']",
        "button:text-is('Try')",
    ),
    "backtest": (
        f"{RULES}?q=Win+back+carts",
        "#result_list tbody th a",
        "a[href$='/backtests/']",
        "tbody th a",
    ),
    "enrolments": ("orchestrator/enrolment/?state=all",),
    "blueprint": ("orchestrator/blueprint/", "#result_list tbody th a"),
    "blueprint-push": (
        "orchestrator/blueprint/",
        "#result_list tbody th a",
        "a[href*='/push/']",
        "label:has-text('Harbor')",
        "button:text-is('Show what changes')",
    ),
    "customer": (f"customers/?q={PERSON}",),
    "suppressions": ("orchestrator/suppression/",),
    "reorders": ("orchestrator/reorderdraft/",),
    "run-log": ("orchestrator/runlogentry/",),
    "exports": ("orchestrator/exportjob/",),
    "operations": ("operations/",),
    "assessments": ("assessment/assessment/",),
    "second-factor": ("second-factor/",),
}
# What the demo has none of, asked for in the admin before the pictures are taken.
ASKED: Mapping[str, tuple[str, ...]] = {
    "blueprint": ("orchestrator/blueprint/add/?name=Outdoor+shops&source=1", "[name=_save]"),
    "backtest": (*PAGES["backtest"][:3], "button:text-is('Play it')"),
    "scenario": (f"{RULES}?q=return+goes+to", "#result_list tbody th a", "a[href*='/try/']", "#play-it"),
}
# … and what takes a long log or a client's owner.
MADE = """
from django.contrib.auth.models import User
from django.utils import timezone
from assessment import attempts
from assessment.sets import CURRENT
from connectors.models import Store
from orchestrator.record import exporting
now, store = timezone.now(), Store.objects.get(slug="north-ridge")
exporting.ask(asked_by=User.objects.get(), asked_at=now, told="all of it", conditions={}, until=now)
row = attempts.begin(store, now)
for page, group in enumerate(CURRENT.groups, start=2):
    answers = {each.slug: "yes" if at % 2 else "no" for at, each in enumerate(CURRENT.of(group.slug))}
    row = attempts.save_answers(row, answers, page, now)
attempts.finish(row, now)
"""


def main() -> None:
    playwright = import_module("playwright.sync_api")
    with demo() as password, playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        made: dict[str, str] = {}
        for mode in ("light", "dark"):
            page = browser.new_context(viewport=SIZE, color_scheme=mode).new_page()
            log_in(page, password)
            page.wait_for_selector(f"text={SETTLED}", timeout=PATIENCE)  # it refreshes itself
            made = made or ask(page)
            for name, way in {**PAGES, "scenario": (made["scenario"],)}.items():
                photograph(page, way, IMAGES / f"console-{name}-{mode}.png")
        browser.close()


def ask(page: Any) -> dict[str, str]:
    """The address that each led to, below that of the admin."""
    database = f"sqlite:///{ROOT}/var/demo-{PORT}/demo.sqlite3"
    subprocess.run(  # noqa: S603
        [sys.executable, "manage.py", "shell", "-c", MADE],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database, "CELERY_BROKER_URL": "filesystem://"},
        check=True,
    )
    found = {}
    for name, way in ASKED.items():
        go(page, way)
        found[name] = page.url.removeprefix(ADDRESS)
    go(page, (found["backtest"],))
    page.wait_for_selector("text=In numbers", timeout=PATIENCE)
    return found


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


def go(page: Any, way: tuple[str, ...]) -> None:
    begin, *links = way
    page.goto(ADDRESS + begin)
    for link in links:
        page.locator(link).first.click()
        page.wait_for_load_state()


def photograph(page: Any, way: tuple[str, ...], path: Path) -> None:
    go(page, way)
    page.screenshot(path=path)
    if find_spec("PIL"):  # Pillow, where it is installed: a page has few colours, so a palette says it all
        picture = import_module("PIL.Image").open(path).convert("RGB")
        picture.quantize(96).save(path, optimize=True)


if __name__ == "__main__":
    main()
