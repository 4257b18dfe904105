"""How smoothly the stage plays and is scrubbed: ``python -m tests.browser.frames [PAGE]``, on a machine at rest.

Times between frames, as the browser tells them, while a page of the laboratory plays from its first day to its last and
while a pointer drags along the axis and back, on a desktop and on a telephone whose processor is slowed four times. Of
three series that with the least 95th percentile counts, for the machine may be shared. Writes ``frames.csv``.
"""

import csv
import os
import statistics
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS
from tests.test_house import ROOT

KEPT = ROOT / "results" / "laboratory" / "hong-kong-2020.html"
TABLE = Path(__file__).with_suffix(".csv")
SCREENS = ((1280, 800, 1), (390, 844, 4))
"""Pixels, and how many times slower the processor is made."""
SERIES, STEPS = 3, 90
WATCH = """() => {
  const frames = [];
  let before = performance.now();
  const look = now => { frames.push(now - before); before = now; window.watch = requestAnimationFrame(look); };
  window.watch = requestAnimationFrame(look);
  window.frames_ = frames;
}"""
TELL = "() => { cancelAnimationFrame(window.watch); return window.frames_.slice(2); }"


def play(page: Page) -> None:
    """From the first day to the last."""
    last = page.locator("#day").get_attribute("max")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function(f"() => document.getElementById('day').value === '{last}'", timeout=120_000)


def scrub(page: Page) -> None:
    """A drag from the left end of the axis to the right, and back."""
    box = page.locator("#day").bounding_box()
    assert box is not None
    y, left, right = box["y"] + box["height"] / 2, box["x"] + 12, box["x"] + box["width"] - 12
    page.mouse.move(left, y)
    page.mouse.down()
    for step in [*range(STEPS), *range(STEPS, 0, -1)]:
        page.mouse.move(left + (right - left) * step / STEPS, y)
    page.mouse.up()


def measured(file: Path) -> list[dict[str, object]]:
    """A row for each screen and what is done: frames; median, 95th percentile and longest time between two, in ms."""
    rows: list[dict[str, object]] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for width, height, slow in SCREENS:
            page = browser.new_page(viewport={"width": width, "height": height})
            page.goto(file.as_uri())
            page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slow})
            for act in (play, scrub):
                series = []
                for _ in range(SERIES):
                    page.locator("#day").fill("0")
                    page.evaluate(WATCH)
                    act(page)
                    frames = sorted(page.evaluate(TELL))
                    series.append((frames[int(0.95 * len(frames))], statistics.median(frames), frames[-1], len(frames)))
                p95, median, longest, count = min(series)
                rows.append(
                    {"screen": f"{width} x {height}", "slowed": slow, "done": act.__name__, "frames": count,
                     "median_ms": round(median, 1), "p95_ms": round(p95, 1), "longest_ms": round(longest, 1),
                     "load": round(os.getloadavg()[0], 1)}
                )  # fmt: skip
            page.close()
        browser.close()
    return rows


if __name__ == "__main__":
    found = measured(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else KEPT)
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(found[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(found)
    print(TABLE.read_text(encoding="utf-8"))
