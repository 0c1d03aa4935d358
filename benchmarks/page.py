"""How quickly the page appears, how often its charts are drawn, and how soon a slider shows.

A real browser on the real server with its spawned, niced worker, all on this machine: `python benchmarks/page.py`. `REPEATS`
pages of each case; then one page trains for `HEAP_MINUTES` (10), for the slope of its heap.
"""

import os
import statistics
import sys
import tempfile
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parents[1]))

from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e import chromium
from tests.live_server import LiveServer

SECONDS = 10
REPEATS = int(os.environ.get("REPEATS", "3"))
HEAP_MINUTES = float(os.environ.get("HEAP_MINUTES", "10"))
CASES = {
    "depth 128, training": "depth=128&pace=training",
    "depth 128, slow motion": "depth=128&pace=slow&pace_speed=10",
    "default, training": "pace=training",
    "default, slow motion": "",
}
COUNT = """
seconds => new Promise(done => {
  const plots = [...document.querySelectorAll('.js-plotly-plot')];
  const draws = plots.map(() => 0);
  plots.forEach((plot, index) => plot.on('plotly_afterplot', () => { draws[index] += 1; }));
  const before = { frames: window.pcviz.frames, dropped: window.pcviz.dropped, learnStep: window.pcviz.learnStep };
  const began = performance.now();
  let animation = 0;
  const tick = now => {
    animation += 1;
    if (now - began < seconds * 1000) { requestAnimationFrame(tick); return; }
    const elapsed = (now - began) / 1000;
    done({
      draws: draws.map(count => count / elapsed),
      animation: animation / elapsed,
      frames: (window.pcviz.frames - before.frames) / elapsed,
      learning: (window.pcviz.learnStep - before.learnStep) / elapsed,
    });
  };
  requestAnimationFrame(tick);
})
"""


def first_paint(page: Page) -> float:
    """Milliseconds from navigation to the first contentful paint."""
    entry = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"
    page.wait_for_function(entry)
    return float(page.evaluate(entry))


def latencies(page: Page) -> list[float]:
    """Milliseconds from a key on the activity rate's slider to the first frame that knows of it."""
    slider = page.locator("[data-control=activity_lr] input[type=range]")
    found = []
    for index in range(20):
        before = page.evaluate("window.pcviz.values.activity_lr")
        slider.press("ArrowLeft" if index % 2 else "ArrowRight")
        applied = "before => window.pcviz.values.activity_lr !== before && window.pcviz.latency !== null"
        page.wait_for_function(applied, arg=before)
        page.wait_for_timeout(100)  # the latency shown is that of the newest change once its frame is there
        found.append(float(page.evaluate("window.pcviz.latency")))
    return found


def heap(browser: Browser, url: str) -> tuple[float, float, float]:
    """MiB of a page that trains: at the first sample after a minute, at the last, and the slope over all of them, in MiB/min.

    Each sample is what is left after a garbage collection.
    """
    page = browser.new_page(viewport={"width": 1440, "height": 900}, bypass_csp=True)
    page.goto(f"{url}/?pace=training")
    page.wait_for_function("document.documentElement.dataset.ready === 'true'", timeout=60_000)
    tools = page.context.new_cdp_session(page)
    page.wait_for_timeout(60_000)
    minutes, used = [], []
    began = perf_counter()
    while not minutes or minutes[-1] < HEAP_MINUTES:
        tools.send("HeapProfiler.collectGarbage")
        minutes.append((perf_counter() - began) / 60)
        used.append(tools.send("Runtime.getHeapUsage")["usedSize"] / 2**20)
        page.wait_for_timeout(15_000)
    page.close()
    return used[0], used[-1], statistics.linear_regression(minutes, used).slope


def main() -> None:
    """Measure every case on fresh pages and print a table."""
    folder = Path(tempfile.mkdtemp())
    rows, paints = {name: [] for name in CASES}, []
    with LiveServer(log=folder / "server.log", home=folder) as server, sync_playwright() as playwright:
        flags = ["--disable-dev-shm-usage", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        browser = playwright.chromium.launch(executable_path=chromium.ensure(), args=flags)
        for _ in range(REPEATS):
            for name, query in CASES.items():
                page = browser.new_page(viewport={"width": 1440, "height": 900}, bypass_csp=True)
                page.goto(f"{server.url}/?{query}")
                paints.append(first_paint(page))
                page.wait_for_function("document.documentElement.dataset.ready === 'true'", timeout=60_000)
                page.wait_for_timeout(2_000)  # let the start settle: the steady state is measured
                row = page.evaluate(COUNT, SECONDS)
                row["latency"] = latencies(page)
                rows[name].append(row)
                page.close()
        first, last, slope = heap(browser, server.url) if HEAP_MINUTES else (0.0, 0.0, 0.0)
        browser.close()
    print(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}; {REPEATS} times {SECONDS} s: median (least to most)\n")
    print(f"first contentful paint: {spread(paints)} ms\n")
    print("| case | slowest chart, draws/s | animation frames/s | frames/s | learning steps/s | slider to frame, ms: p50, p95 |")
    print("|---|---|---|---|---|---|")
    for name, found in rows.items():
        delays = sorted(delay for row in found for delay in row["latency"])
        cells = [
            spread([min(row["draws"]) for row in found]),
            spread([row["animation"] for row in found]),
            spread([row["frames"] for row in found]),
            spread([row["learning"] for row in found]),
            f"{statistics.median(delays):.0f}, {delays[int(0.95 * (len(delays) - 1))]:.0f}",
        ]
        print(f"| {name} | {' | '.join(cells)} |")
    if HEAP_MINUTES:
        print(f"\nHeap of a page that trains, after garbage collections, over {HEAP_MINUTES:g} minutes:")
        print(f"{first:.1f} MiB at first, {last:.1f} at last, {slope:+.3f} MiB a minute.")


def spread(values: list[float]) -> str:
    """Median, and the range in brackets."""
    return f"{statistics.median(values):.1f} ({min(values):.1f} to {max(values):.1f})"


if __name__ == "__main__":
    main()
