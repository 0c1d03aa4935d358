"""The names of a frame's columns. `docs/protocol.md` says what each holds."""

ROWS = (
    "layer_energy",
    "layer_error",
    "activity_rms",
    "layer_state",
    "layer_share",
    "imbalance",
    "imbalance_quality",
    "wave_end",
    "trajectory",
    "trajectory_band",
)
"""One row per inference step of the frame, in every frame."""

ROWS_ON_REQUEST = ("layer_error_mean", "activity_grad_rms", "layer_precision")
"""One row per inference step, only in frames of a session that a viewer asked with `show`."""

FIXED = (
    "trajectory_start",
    "trajectory_layer",
    "arrival_step",
    "arrival_expected",
    "plan",
    "weight_rms",
    "evaluation",
    "stability",
)
"""One value of each per frame: the newest."""

MEASURED = (
    "equilibrium_layer_energy",
    "equilibrium_now",
    "equilibrium",
    "saddle_origin_energy",
    "saddle_origin_energy_theory",
    "saddle_origin_loss",
    "saddle_origin_loss_theory",
    "saddle_origin",
    "saddle_zero_rank_energy",
    "saddle_zero_rank_energy_theory",
    "saddle_zero_rank_loss",
    "saddle_zero_rank_loss_theory",
    "saddle_zero_rank",
    "escape_chain_step",
    "escape_chain_pc",
    "escape_chain_equilibrium",
    "escape_chain_bp",
    "escape_chain",
    "escape_deep_step",
    "escape_deep_pc",
    "escape_deep_equilibrium",
    "escape_deep_bp",
    "escape_deep",
    "landscape_energy",
    "landscape_loss",
    "landscape_w1",
    "landscape_w2",
    "landscape_pc_w1",
    "landscape_pc_w2",
    "landscape_bp_w1",
    "landscape_bp_w2",
    *("agreement_cosine_pc", "agreement_cosine_fu", "agreement_cosine_equilibrium"),
    *("agreement_ratio_pc", "agreement_ratio_fu", "agreement_ratio_equilibrium", "agreement", "agreement_cosine_unsure"),
    *("rescaling_depth", "rescaling_expected", "rescaling_now", "rescaling"),
    *("repair_energy", "repair_backprop", "repair_noise", "repair_drift", "repair_cosine", "repair"),
    *("trust_moved", "trust_expected", "trust_backprop", "trust_added", "trust_cosine", "trust_region"),
    *("precision_path", "precision_path_backprop", "precision_path_clamped", "precision_path_energy", "precision_path_now"),
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
