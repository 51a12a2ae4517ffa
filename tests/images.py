"""`make images`: draws the pictures of the README's section on the watch anew, in Chromium.

They are taken of the demo as a visitor finds it, on a day that stays the same.
"""

from __future__ import annotations

import base64
import struct
import sys
import tempfile
import time
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.demo import prepare, stage
from tools.core.clock import FixedClock
from tools.ledger.job_runs import JobRuns

FOLDER = Path(__file__).parent.parent / "deploy" / "images"
START = datetime(2026, 11, 21, 14, 20, tzinfo=UTC)
WIDTH, SCALE = 760, 1.4
MOST = 150_000  # bytes of a picture
_ARGUMENTS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--lang=en-GB")
# Only what is pictured stays, and the days it was said on, where there are several.
_SHOW = """
const [root, kept, width] = arguments, box = document.querySelector(root);
for (const away of document.querySelectorAll('#sidebar, #banner, #composer, #thread-composer'))
  away.style.display = 'none';
document.body.style.background = document.documentElement.style.background = 'white';
const isOf = (node) => kept.some((k) => node.contains(k) || k.contains(node));
const nodes = [...box.children], last = kept.at(-1);
for (const [place, node] of nodes.entries()) {
  const next = nodes.slice(place + 1).find((n) => !n.matches('.day') ? isOf(n) : n);
  const isDay = kept.length > 1 && root === '#list' && node.matches('.day')
    && next && !next.matches('.day');
  node.style.display = isDay || isOf(node) ? '' : 'none';
  if (isOf(node) && !last.contains(node) && !node.contains(last))
    for (const row of node.querySelectorAll('.actions')) row.style.display = 'none';
}
Object.assign(box.style, {width: width + 'px', flex: 'none', overflow: 'visible', padding: 0,
  position: 'fixed', left: 0, top: 0, zIndex: 9, background: 'white', height: 'auto'});
"""
_EDGES = """
const shown = [...document.querySelector(arguments[0]).children]
  .filter((n) => n.offsetHeight).map((n) => n.getBoundingClientRect());
return [shown[0].top, shown.at(-1).bottom];
"""
# The 256 colours that are there most, and for every pixel the nearest of them.
_COUNT = """
const [picture, done] = arguments, image = new Image();
image.onload = () => {
  const canvas = new OffscreenCanvas(image.width, image.height), draw = canvas.getContext('2d');
  draw.drawImage(image, 0, 0);
  const {data} = draw.getImageData(0, 0, image.width, image.height), counts = new Map();
  const at = (i) => data[i] << 16 | data[i + 1] << 8 | data[i + 2];
  for (let i = 0; i < data.length; i += 4) counts.set(at(i), (counts.get(at(i)) ?? 0) + 1);
  const most = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 256).map(([c]) => c);
  const parts = (c) => [c >> 16, c >> 8 & 255, c & 255];
  const far = (a, b) => parts(a).reduce((sum, part, i) => sum + (part - parts(b)[i]) ** 2, 0);
  const nearest = new Map(most.map((c, i) => [c, i]));
  for (const c of counts.keys()) if (!nearest.has(c))
    nearest.set(c, most.reduce((best, m, i) => far(m, c) < far(most[best], c) ? i : best, 0));
  const places = new Uint8Array(data.length / 4).map((_, i) => nearest.get(at(i * 4)));
  let text = '';
  for (let i = 0; i < places.length; i += 4096)
    text += String.fromCharCode(...places.subarray(i, i + 4096));
  done([image.width, image.height, most.flatMap(parts), btoa(text)]);
};
image.src = 'data:image/png;base64,' + picture;
"""


@dataclass
class Going:
    """The real pace, on that day."""

    began: float

    def now(self) -> datetime:
        return START + timedelta(seconds=time.monotonic() - self.began)


class Page:
    """What a visitor sees and presses."""

    def __init__(self, driver, workspace):
        self.driver, self.workspace = driver, workspace

    def open(self, channel, person="chloe"):
        id = self.workspace.store.person(person).id
        self.driver.get(self.workspace.address)
        self.driver.execute_script("sessionStorage.setItem('person', arguments[0])", id)
        self.driver.get(f"{self.workspace.base_url}#/{self.workspace.channel_id(channel)}")
        self.driver.refresh()
        time.sleep(2.5)

    def articles(self, says, root="#list"):
        def found():
            shown = self.driver.find_elements("css selector", f"{root} article")
            return [article for article in shown if says in article.text]

        return until(found, f"a message that says {says!r}", seconds=60)

    def thread(self, says):
        """Open the thread below a message, wide enough to be read."""
        head = self.articles(says)[-1]
        buttons = head.find_elements("css selector", "button")
        next(button for button in buttons if "repl" in button.text).click()
        time.sleep(1)

    def picture(self, name, articles, *, root="#list", width=WIDTH):
        """The articles below each other, each under its day, with the buttons of the last."""
        self.driver.execute_script(_SHOW, root, articles, width)
        time.sleep(0.5)
        first, last = self.driver.execute_script(_EDGES, root)
        clip = {"x": 0, "y": first - 6, "width": width, "height": last - first + 14}
        clip["scale"] = SCALE
        shot = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"clip": clip})
        data = small_png(self.driver, shot["data"])
        (FOLDER / f"{name}.png").write_bytes(data)
        print(f"{name}.png {len(data) // 1000} kB", "TOO LARGE" if len(data) > MOST else "")
        self.driver.refresh()
        time.sleep(1.5)


def small_png(driver, picture: str) -> bytes:
    """A picture in 256 colours, which text and bars do not need more of."""
    driver.set_script_timeout(60)
    width, height, colours, places = driver.execute_async_script(_COUNT, picture)
    pixels = base64.b64decode(places)
    rows = (pixels[y * width : (y + 1) * width] for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    chunks = ((b"IHDR", header), (b"PLTE", bytes(colours)), (b"IDAT", body), (b"IEND", b""))
    made = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(made)


@contextmanager
def chromium():
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for argument in (*_ARGUMENTS, "--window-size=1400,6000"):
        options.add_argument(argument)
    driver = webdriver.Chrome(options, webdriver.ChromeService("/usr/bin/chromedriver"))
    yield driver
    driver.quit()


def until(claim, what, seconds=240.0):
    """The claim's value, once it has one."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := claim():
            return value
        time.sleep(0.5)
    raise SystemExit(f"not within {seconds} s: {what}")


def digest_thresholds_and_anomaly(page):
    page.open("#finops")
    page.picture("digest", page.articles("on Wed, Nov 11")[:1])
    told = page.articles("for team=search a month:")
    page.picture("thresholds", [one for one in told if "is spent" in one.text])
    page.picture("anomaly", page.articles("Severe: ")[:1])


def incident(page, running):
    """Machines run away; somebody takes it on, asks, has them stopped, and resolves it."""
    workspace = running.workspace
    next(iter(workspace.plays.values()))()

    def head():
        found = [m for m in workspace.messages("#incidents") if "ml-research burns" in m.text]
        return next((m for m in found if not m.thread_ts), None)

    def said(words):
        in_thread = workspace.replies(head())
        return next((m for m in reversed(in_thread) if words in f"{m.text} {m.blocks}"), None)

    until(head, "an incident")
    workspace.press("ada", head(), "purser.incident.acknowledge")
    until(lambda: "Acknowledged by" in str(head().blocks), "acknowledged")
    workspace.post_as("ada", "#incidents", "@Purser by service", thread_ts=head().ts)
    until(lambda: said("Amazon"), "an answer")
    sweep = [one.address.name for one in running.purser.fleet.inventory().resources
             if one.name.startswith("sweep-")]  # fmt: skip
    stop = f"@Purser stop {' '.join(sweep)} because the sweep has no limit"
    workspace.post_as("ada", "#incidents", stop, thread_ts=head().ts)
    card = until(lambda: said("purser.gate.approve"), "a card")
    workspace.press("chloe", card, "purser.gate.approve")
    card = until(lambda: said("one more must"), "half an approval")
    workspace.press("marcus", card, "purser.gate.approve")
    until(lambda: said("All 8 stopped"), "stopped")
    until(lambda: "10 machines" in str(head().blocks), "a lower burn")
    workspace.press("ada", head(), "purser.incident.resolve")
    until(lambda: workspace.modal("ada"), "a modal")
    told = ("A sweep without a limit launched eight machines.", "All stopped; two at most now.")
    values = {k: {"value": {"value": v}} for k, v in zip(("summary", "actions"), told, strict=True)}
    workspace.submit("ada", values)
    until(lambda: said("Resolved after"), "resolved")
    page.open("#incidents", "ada")
    page.thread("ml-research burns")
    long = ("Effective cost", "proposed by", "@Purser")
    told = [a for a in page.articles("", "#answers") if not any(words in a.text for words in long)]
    page.picture("incident", told, root="#answers")


def main(only) -> int:
    """Draw them all, or `incident` alone."""
    with tempfile.TemporaryDirectory() as home, chromium() as driver:
        config = prepare(Path(home), clock=FixedClock(START))
        config = replace(config, clock=Going(time.monotonic()))
        with stage(config, runs_jobs=True) as running:
            runs = JobRuns(running.purser.ledger)
            until(lambda: "accrual" in runs.newest(), "the days until now")
            page = Page(driver, running.workspace)
            if "incident" not in only:
                digest_thresholds_and_anomaly(page)
            incident(page, running)
            driver.get("about:blank")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
