"""Slow measurements: theory beside the run that it is about. One row each in `MEASUREMENTS`."""

from pcviz_core.algorithms import ALGORITHMS
from pcviz_core.measurements.agreement import AGREEMENT
from pcviz_core.measurements.conditioning import CONDITIONING
from pcviz_core.measurements.equilibrium import EQUILIBRIUM
from pcviz_core.measurements.measurement import Measurement, Memory, Moment, Snapshot
from pcviz_core.measurements.repair import REPAIR
from pcviz_core.measurements.rescaling import RESCALING
from pcviz_core.measurements.saddles import ESCAPE_CHAIN, ESCAPE_DEEP, LANDSCAPE, SADDLES
from pcviz_core.measurements.trust_region import PRECISION_PATH, TRUST_REGION
from pcviz_core.measurements.wavefront import WAVEFRONT
from pcviz_core.panels import PANELS
from pcviz_core.spec import ExperimentSpec

MEASUREMENTS: dict[str, Measurement] = {
    "equilibrium": EQUILIBRIUM,
    "saddles": SADDLES,
    "escape_chain": ESCAPE_CHAIN,
    "escape_deep": ESCAPE_DEEP,
    "landscape": LANDSCAPE,
    "agreement": AGREEMENT,
    "rescaling": RESCALING,
    "repair": REPAIR,
    "trust_region": TRUST_REGION,
    "precision_path": PRECISION_PATH,
    "conditioning": CONDITIONING,
    "wavefront": WAVEFRONT,
}


def measurements_of(columns: frozenset[str]) -> list[str]:
    """The measurements that give any of these columns."""
    return [name for name, row in MEASUREMENTS.items() if columns.intersection(row.columns)]


def panel_notes(spec: ExperimentSpec, failures: dict[str, str]) -> dict[str, str]:
    """For each panel that has nothing to show, why. `failures` are sentences of measurements that were tried."""
    sentences = {name: row.complaint(spec) or failures.get(name) for name, row in MEASUREMENTS.items()}
    of_panel = {
        panel.id: next((s for name in measurements_of(frozenset(panel.columns)) if (s := sentences[name])), None)
        for panel in PANELS
    }
    algorithm = ALGORITHMS[spec.algorithm]
    still = {} if algorithm.infers else {panel.id: algorithm.course for panel in PANELS if panel.of_inference}
    return {id: sentence for id, sentence in of_panel.items() if sentence is not None} | still


__all__ = ["MEASUREMENTS", "Measurement", "Memory", "Moment", "Snapshot", "measurements_of", "panel_notes"]
