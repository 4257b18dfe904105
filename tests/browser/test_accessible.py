"""axe-core, the engine of accessibility checks, finds nothing serious on the page of the server."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import Visit
from tests.laboratory.served import Server

pytestmark = pytest.mark.browser

SERIOUS = ("serious", "critical")


def violations(page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found if v["impact"] in SERIOUS]


@pytest.mark.parametrize("width", [1280, 390])
def test_no_serious_violation(server: Server, visit: Visit, width: int) -> None:
    page = visit.open(server.address)
    page.set_viewport_size({"width": width, "height": 844})
    assert violations(page) == []
