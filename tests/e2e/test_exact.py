"""One seed, one run: bit for bit, at either pace, in any tab."""

from tests.e2e.conftest import OpenPage
from tests.e2e.run_page import RunPage


def assert_repeats(run: RunPage, first: int, second: int, at_least: int, learning_steps: int = 0) -> None:
    """Every (k, t) and every finished learning step that both epochs showed has the same bits, and there are enough of them."""
    before, after = run.wire.energies(first), run.wire.energies(second)
    shared = before.keys() & after.keys()
    assert len(shared) >= at_least, "the two runs were not seen at the same moments"
    assert [clocks for clocks in sorted(shared) if before[clocks] != after[clocks]] == []
    learned, again = run.wire.learning(first), run.wire.learning(second)
    both = learned.keys() & again.keys()
    assert len(both) >= learning_steps, "the two runs were not seen at the same learning steps"
    assert [k for k in sorted(both) if learned[k] != again[k]] == []


def test_reset_repeats_every_energy_bit_for_bit_at_either_pace(open_page: OpenPage):
    """If this fails, "reset" shows another run, and nothing seen on the page can be shown twice."""
    run = open_page("pace_speed=60&n_inference_steps=16")
    first = run.epoch
    run.wait_for_clocks(3)
    run.set_pace("training")
    run.wait_for_clocks(200)

    run.press("r")  # this one runs in training from its first step
    run.wait_for_restart(first)
    second = run.epoch
    run.wait_for_clocks(200)
    assert_repeats(run, first, second, at_least=0, learning_steps=20)

    run.set_pace("slow")
    run.press("r")  # and this one in slow motion, where every (k, t) is shown
    run.wait_for_restart(second)
    third = run.epoch
    run.wait_for_clocks(3)
    assert_repeats(run, first, third, at_least=3 * 17, learning_steps=3)
    assert_repeats(run, second, third, at_least=1, learning_steps=1)


def test_a_chunk_of_steps_and_single_steps_agree(open_page: OpenPage):
    """The step buttons work in both paces and give the bits that playing gives."""
    run = open_page("n_inference_steps=8&pace_speed=60")
    first = run.epoch
    run.wait_for_clocks(2)
    run.press("Space")
    run.press("r")
    run.wait_for_restart(first)
    second = run.epoch
    for _ in range(4):
        run.step("inference step")
    run.wire.wait_until(lambda: run.now == (0, 4), "four inference steps should lead to t = 4")
    run.step("learning step")
    run.wire.wait_until(lambda: run.now[0] == 1, "a learning step should lead to k = 1")
    assert_repeats(run, first, second, at_least=6)


def test_the_address_in_a_second_tab_is_what_reset_gives_here(open_page: OpenPage):
    """If this fails, a shared link shows another run than the one its sender saw after a reset."""
    here = open_page("n_inference_steps=8&pace_speed=60&depth=8&seed=3")
    here.wait_for_clocks(1)
    here.type_value("activity_lr", "0.17")
    here.type_value("param_lr", "0.004")
    here.wire.wait_until(lambda: here.query.get("param_lr") == "0.004", "the address should hold the change")
    there = open_page(here.page.url.partition("?")[2], beside=here)
    there.wait_for_clocks(4)
    here.page.bring_to_front()
    before = here.epoch
    here.press("r")
    here.wait_for_restart(before)
    here.wait_for_clocks(4)
    mine, theirs = here.wire.energies(here.epoch), there.wire.energies(there.epoch)
    shared = mine.keys() & theirs.keys()
    assert len(shared) >= 4 * 9
    assert [clocks for clocks in sorted(shared) if mine[clocks] != theirs[clocks]] == []
    assert here.hello["session"] != there.hello["session"]


def test_a_new_seed_is_another_run_and_the_old_one_comes_back(open_page: OpenPage):
    """If this fails, the seed in the address does not hold the run."""
    run = open_page("n_inference_steps=8&pace_speed=60&seed=1")
    first = run.epoch
    run.wait_for_clocks(2)
    run.type_value("seed", "2")
    run.wait_for_restart(first)
    second = run.epoch
    run.wait_for_clocks(1)
    run.type_value("seed", "1")
    run.wait_for_restart(second)
    third = run.epoch
    run.wait_for_clocks(2)
    assert run.wire.energies(first)[0, 0] != run.wire.energies(second)[0, 0]
    assert_repeats(run, first, third, at_least=2 * 9)
