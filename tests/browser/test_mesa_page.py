"""Mesa's own page runs on the model as it is: the snippet of docs/laboratory.md, step by step."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit

pytestmark = pytest.mark.browser

SETTINGS = {
    "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False",  # calls home otherwise
    "SOLARA_ASSETS_PROXY": "True",  # scripts and fonts from our own address
    "SOLARA_ASSETS_CDN": "http://127.0.0.1:9/",  # nothing listens there: a missing file is missing, not fetched
    "SOLARA_ASSETS_FONTAWESOME_ENABLED": "False",
    "SOLARA_THEME_SHOW_BANNER": "False",
}
"""Settings with which Solara needs no network."""
DOCUMENT = Path(__file__).parents[2] / "docs" / "laboratory.md"


def test_solara_viz_runs_the_model_unmodified(visit: Visit, tmp_path: Path) -> None:
    snippet = re.search(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    assert snippet is not None
    file = tmp_path / "mesa_page.py"
    file.write_text(snippet[1])
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "solara", "run", str(file), "--production", "--no-open", "--port", str(port)]
    server = subprocess.Popen(
        [*command, "--host", "127.0.0.1"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env=os.environ | SETTINGS,
    )  # fmt: skip
    try:
        assert server.stdout is not None
        assert any("Solara server is starting" in line for line in server.stdout)
        page = visit.context.new_page()
        while True:
            try:
                page.goto(f"http://127.0.0.1:{port}/")
                break
            except Exception:
                assert server.poll() is None
        expect(page.locator("body")).to_contain_text("Hong Kong 2020")
        page.get_by_role("button", name="Step").click()
        expect(page.locator("body")).to_contain_text("Time: 1.0")
        expect(page.locator("img")).to_have_count(2)
        page.get_by_role("button", name="Reset").click()
        expect(page.locator("body")).to_contain_text("Time: 0.0")
        page.get_by_role("button", name="Step").click()
        expect(page.locator("body")).to_contain_text("Time: 1.0")
    finally:
        server.terminate()
        server.wait(30)
        server.stdout.close()
