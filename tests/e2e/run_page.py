"""The page as a person has it: controls by their names, keys, the two clocks. Every selector of the tests is here."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import FloatRect, Locator, Page

from tests.e2e.wire import Clocks, Wire


class RunPage:
    """One page and its wire."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.wire = Wire(page)

    # What the run is --------------------------------------------------------------------------------------------------

    @property
    def hello(self) -> dict[str, Any]:
        """The newest greeting."""
        return self.wire.messages("hello")[-1]

    @property
    def epoch(self) -> int:
        """The run that the page was last told of."""
        told = [item for op in ("hello", "restarted") for item in self.wire.messages(op)]
        return max(message["epoch"] for message in told)

    @property
    def now(self) -> Clocks:
        """The clocks k and t of the newest frame."""
        return self.wire.newest.now

    @property
    def query(self) -> dict[str, str]:
        """What the page's address says."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.page.url).query).items()}

    # Waiting ----------------------------------------------------------------------------------------------------------

    def wait_for_frames(self, more: int, epoch: int | None = None) -> None:
        """Until this many further frames have arrived, of one epoch if given."""

        def count() -> int:
            return len(self.wire.frames if epoch is None else self.wire.frames_of(epoch))

        target = count() + more
        self.wire.wait_until(lambda: count() >= target, f"{more} more frames should come", 60)

    def wait_until_drawn(self) -> None:
        """Until every chart on the page shows something: from then on the page keeps up with the run."""

        def are_drawn() -> bool:
            shown = [slot for slot in range(4) if self.slot(slot).is_visible()]
            return bool(shown) and all(self.is_drawn(slot) or self.says_why_not(slot) for slot in shown)

        self.wire.wait_until(are_drawn, "every chart should be drawn")

    def wait_for_clocks(self, learn_step: int, infer_step: int = 0, within_s: float = 60) -> None:
        """Until the run has come at least this far."""
        goal = (learn_step, infer_step)
        self.wire.wait_until(lambda: self.now >= goal, f"the run should reach k, t = {goal}; it is at {self.now}", within_s)

    def wait_for_restart(self, after: int, within_s: float = 60) -> dict[str, Any]:
        """Until a run newer than that epoch streams; its `restarted` is returned."""
        self.wire.wait_until(
            lambda: self.wire.frames and self.wire.newest.epoch > after, f"a run after epoch {after} should stream", within_s
        )
        return self.wire.messages("restarted")[-1]

    def wait_for_limit(self) -> float:
        """The largest stable activity rate, once measured and drawn as the tick of its slider."""
        self.wire.wait_until(lambda: self.wire.newest.columns["stability"][0] > 0, "the limit should be measured", 60)
        self.control("activity_lr").locator(".rail-limit").wait_for()
        return float(self.wire.newest.columns["stability"][0])

    def last_seq(self) -> int:
        """The `seq` of the last change that the page sent."""
        return max(message["seq"] for message in self.wire.sent if message["op"] == "change")

    def wait_until_still(self) -> None:
        """Until the run is paused and its last frame has been drawn."""

        def is_still() -> bool:
            status = self.wire.messages("status")[-1]
            stopped = status["state"] == "paused" and self.now == (status["learn_step"], status["infer_step"])
            return stopped and self.shown_clocks() == self.now

        self.wire.wait_until(is_still, "the run should pause and the page show where")

    # What the page shows ----------------------------------------------------------------------------------------------

    def shown_clocks(self) -> Clocks:
        """The two large numbers, k and t."""
        k, t = (int(self.page.locator(f'[data-clock="{clock}"] b').inner_text()) for clock in "kt")
        return k, t

    def status(self) -> Locator:
        """The top line: state of run and connection, rate, latency, device."""
        return self.page.locator("output.status")

    def banner(self) -> Locator:
        """What stands above the charts after a divergence."""
        return self.page.locator('[data-banner="diverged"]')

    def events(self) -> Locator:
        """The entries of the event log, newest first."""
        return self.page.locator(".event-list > li")

    def slot(self, number: int) -> Locator:
        """A chart's place on the page, 0 to 3."""
        return self.page.locator(f'[data-slot="{number}"]')

    def plot(self, number: int) -> Locator:
        """The Plotly element in a slot; `evaluate` gets it as `gd`."""
        return self.slot(number).locator(".js-plotly-plot")

    def is_drawn(self, number: int) -> bool:
        """Whether the slot's chart has something in it."""
        plot = self.plot(number)
        return plot.count() == 1 and plot.evaluate("gd => (gd.data?.length ?? 0) > 0")

    def says_why_not(self, number: int) -> bool:
        """Whether a sentence stands in the place of the slot's chart."""
        return self.slot(number).locator(".chart-sentence").is_visible()

    def chart_boxes(self) -> list[FloatRect]:
        """Where each visible chart is."""
        boxes = [slot.bounding_box() for slot in self.page.locator("[data-slot]").all()]
        return [box for box in boxes if box]

    def shown_layers(self) -> int:
        """Layers in the heatmap of the first slot."""
        return self.plot(0).evaluate("gd => gd.data.find(trace => trace.type === 'heatmap')?.z.length ?? 0")

    def panels(self) -> dict[str, str]:
        """Titles by id of every panel that a slot offers."""
        options = self.slot(0).get_by_role("combobox").locator("option").all()
        return {str(option.get_attribute("value")): option.inner_text() for option in options}

    # What a person does -----------------------------------------------------------------------------------------------

    def control(self, name: str) -> Locator:
        """Everything that belongs to one control: label, widget, badge, note, complaint."""
        return self.page.locator(f'[data-control="{name}"]').first

    def box(self, name: str) -> Locator:
        """The control's number box."""
        return self.control(name).get_by_role("textbox")

    def slider(self, name: str) -> Locator:
        """The control's slider, under its drawn knob."""
        return self.control(name).get_by_role("slider")

    def choose(self, name: str, value: str) -> None:
        """Choose one of a control's values, from segments or from a list."""
        segment = self.control(name).locator(f'input[type="radio"][value="{value}"]')
        if segment.count():
            segment.check(force=True)  # the radio itself is drawn by its label
        else:
            self.control(name).get_by_role("combobox").select_option(value)

    def type_value(self, name: str, text: str) -> None:
        """Type into a number box and press Enter; the change is on its way when this returns."""
        before = len(self.changes())
        self.box(name).fill(text)
        self.box(name).press("Enter")
        self.wire.wait_until(lambda: len(self.changes()) > before, f"{name} = {text} should be sent")

    def changes(self) -> list[dict[str, Any]]:
        """Every change that the page sent."""
        return [message for message in self.wire.sent if message["op"] == "change"]

    def show_panel(self, slot: int, panel: str) -> None:
        """Choose another chart at a slot's title."""
        self.slot(slot).get_by_role("combobox").select_option(panel)

    def set_pace(self, pace: str) -> None:
        """Choose slow motion ("slow") or "training"."""
        before = len(self.changes())
        self.page.get_by_label("Pace").select_option(pace)
        self.wire.wait_until(lambda: len(self.changes()) > before, "the pace should be sent")

    def reset(self) -> int:
        """Press `r`; the new run's epoch, once it streams."""
        before = self.epoch
        self.press("r")
        self.wait_for_restart(before)
        return self.epoch

    def step(self, clock: str) -> None:
        """One "inference step" or "learning step", by its button."""
        self.page.get_by_role("button", name=f"one {clock}").click()

    def press(self, key: str) -> None:
        """Press a key with no field in focus."""
        self.page.evaluate("document.activeElement?.blur()")
        self.page.keyboard.press(key)
