"""The names of a frame's columns. `docs/protocol.md` says what each holds."""

ROWS = (
    "layer_energy",
    "layer_error",
    "activity_rms",
    "layer_state",
    "layer_share",
    "imbalance",
    "trajectory",
    "trajectory_band",
)
"""One row per inference step of the frame, in every frame."""

ROWS_ON_REQUEST = ("layer_error_mean", "activity_grad_rms")
"""One row per inference step, only in frames of a session that a viewer asked with `show`."""

FIXED = ("trajectory_start", "trajectory_layer", "arrival_step", "weight_rms", "evaluation", "stability")
"""One value of each per frame: the newest."""

MEASURED = (
    "equilibrium_layer_energy",
    "equilibrium_now",
    "equilibrium",
    "progress_step",
    "progress_left",
    "spectrum_index",
    "spectrum_activity",
    "spectrum_negative",
    "spectrum_error",
    "spectrum_allowed",
    "conditioning",
    "wavefront_arrival",
    "wavefront_expected",
    "first_gradient",
    "first_gradient_expected",
    "first_gradient_cosine",
    "wavefront",
)
"""One value of each per frame, as last measured; once there is one, in frames of a session that a viewer asked with `show`."""

LEARNING = (
    "learning_step",
    "learning_loss",
    "learning_total",
    "learning_output",
    "learning_hidden",
    "learning_imbalance",
)
"""One row per learning step completed since the viewer's last frame."""

ON_REQUEST = frozenset((*ROWS_ON_REQUEST, *MEASURED))
ALL = frozenset((*ROWS, *FIXED, *LEARNING)) | ON_REQUEST
