"""What a foreign page can do, and how the token of the terminal opens a server that others reach."""

import pytest

from tests.browser.conftest import Visit
from tests.laboratory.served import Server

pytestmark = pytest.mark.browser


def test_a_foreign_page_cannot_use_the_laboratory(server: Server, visit: Visit) -> None:
    page = visit.context.new_page()
    page.goto("data:text/html,<p>a foreign page</p>")
    seen = page.evaluate(
        """async (address) => {
          const stream = new EventSource(address + "api/answers/no-law");
          const opened = await new Promise((done) => {
            stream.onopen = () => done(true);
            stream.onerror = () => done(false);
          });
          stream.close();
          const read = await fetch(address).then(() => true, () => false);
          const sent = await fetch(address + "api/ask", { method: "POST", body: "{}" }).then(() => true, () => false);
          return { opened, read, sent };
        }""",
        server.address,
    )
    assert seen == {"opened": False, "read": False, "sent": False}
    visit.troubles.clear()
