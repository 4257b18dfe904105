"""Debian's Chromium, which may speak to this machine and to no other."""

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect, sync_playwright

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)  # fmt: skip
PATIENCE = 90_000.0
"""Milliseconds that a person would wait for a page on a busy machine."""

expect.set_options(timeout=PATIENCE)


def violations(page: Page) -> list[str]:
    """What axe-core, the engine of accessibility checks, finds serious."""
    found = Axe().run(page).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found if v["impact"] in ("serious", "critical")]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).is_file():
        pytest.fail("no Chromium: run make browser")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@dataclass
class Visit:
    """A browser profile of its own, what it asked of other machines, and what went wrong in its pages."""

    context: BrowserContext
    strangers: list[str]
    troubles: list[str]


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """A fresh visitor; on leaving, nothing was asked of another machine and no page failed."""
    visitor = Visit(browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True), [], [])
    visitor.context.set_default_timeout(PATIENCE)

    def watch(route: Route) -> None:
        if urlsplit(route.request.url).hostname == "127.0.0.1":
            route.continue_()
        else:
            visitor.strangers.append(route.request.url)
            route.abort()

    visitor.context.route("**/*", watch)
    yield visitor
    visitor.context.close()
    assert visitor.strangers == []
    assert visitor.troubles == []


@pytest.fixture(scope="module")
def data(file) -> dict:
    """What a page of the laboratory holds."""
    text = file.read_text(encoding="utf-8")
    return json.loads(re.search(r'<script type="application/json" id="worlds">(.*?)</script>', text, re.DOTALL)[1])


@pytest.fixture
def server():
    """A server whose answers are recorded."""
    from tests.browser.recorded import Recorded, live_page

    return Recorded(*live_page())
