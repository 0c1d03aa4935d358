"""A link of docs/claims.md in a browser: what `contracts/test_live_claims.py` holds of every run, seen from outside a page."""

from benchmarks.claims.catalogue import claim
from tests.e2e.conftest import OpenPage


def test_the_link_of_the_regimes_shows_the_loss_falling_within_a_minute(open_page: OpenPage):
    """Its rate was not scaled with γ² N, and a reader who followed the link saw a flat line."""
    run = open_page(claim("regimes").link.partition("?")[2])

    def losses() -> list[float]:
        return [float(loss) for frame in run.wire.frames for loss in frame.columns["learning_loss"]]

    run.wire.wait_until(lambda: len(losses()) > 1 and min(losses()) < 0.8 * losses()[0], "the loss should fall by a fifth", 60)
    run.wait_until_drawn()
