"""The page as a person has it: controls by their names, keys, the two clocks. Every selector of the tests is here."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page

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

    def press(self, key: str) -> None:
        """Press a key with no field in focus."""
        self.page.evaluate("document.activeElement?.blur()")
        self.page.keyboard.press(key)
