"""What is painted at one moment is one moment of the run: the clocks, the texts and every chart."""

from tests.e2e.conftest import OpenPage

SAMPLE = """count => new Promise(resolve => {
  const seen = [];
  const text = selector => document.querySelector(selector)?.textContent ?? "";
  const numberIn = (words, sign) => Number(new RegExp(sign + " = (\\\\d+)").exec(words)?.[1] ?? NaN);
  // A message posted before a frame is painted is delivered after it: what is read then is what was painted.
  const channel = new MessageChannel();
  channel.port1.onmessage = () => {
    const shapes = [...document.querySelectorAll(".js-plotly-plot")].map(plot => plot.layout.shapes ?? []);
    seen.push({
      clock: numberIn(text("g.clock-open .clock-now"), "t"),
      number: Number(text('[data-clock="t"] b')),
      bars: numberIn(text('[data-panel="energy_now"] .chart-title'), "t"),
      inspector: numberIn(text(".inspector h2"), "t"),
      summary: Number(/inference step (\\d+)/.exec(text(".summary-line"))?.[1] ?? NaN),
      activity: Math.round(shapes[2]?.at(-1)?.x0 ?? NaN),
    });
    if (seen.length === count) resolve(seen);
    else requestAnimationFrame(ask);
  };
  const ask = () => channel.port2.postMessage(0);
  requestAnimationFrame(ask);
})"""


def test_every_painted_frame_speaks_of_one_inference_step(open_page: OpenPage):
    """If this fails, "Energy at t = 12" stands beside a clock that says 13, and a student writes down a wrong pair."""
    run = open_page("n_inference_steps=64&pace_speed=60&depth=8")
    run.wait_for_clocks(0, 5)
    seen = run.page.evaluate(SAMPLE, 200)
    assert len({frame["clock"] for frame in seen}) > 10, "the run should move while it is watched"
    mixed = [frame for frame in seen if len(set(frame.values())) > 1]
    assert mixed == []
