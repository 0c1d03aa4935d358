"""A predictive coding network: embedding, one stack of hidden blocks, readout; its predictions, errors and energies.

Depth is a batch axis. The hidden activities z_1..z_{L-1} are one array (rows, batch, width) and the hidden weights
W_2..W_{L-1} another, so that one batched product predicts every layer at once. A stack may hold more rows than the network
has layers: then the real ones are the last (`first` is the row of z_1), and the rows before have multiplier and skip 0, so
that they stay at rest and send nothing. Depth is therefore data, not shape.

Conventions are those of docs/notation.md: rows of x and z are samples, error = activity − prediction, energies are sums over
units and means over the batch, and gradients by activities are per sample (they do not shrink with the batch).
"""

from collections.abc import Sequence
from typing import Any, Self

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.core import Tracer
from jaxtyping import Array, Float, Int

from pcviz_core import arguments
from pcviz_core.activations import ACTIVATIONS
from pcviz_core.errors import SpecError
from pcviz_core.parameterisations import Exponents, parameterisation_of

Rows = Float[Array, "rows batch width"]
Outputs = Float[Array, "batch outputs"]
PerLayer = Float[Array, " layers"]


class Kind(eqx.Module):
    """What the compiled step depends on: the activation, where it acts, and the output energy."""

    activation: str = eqx.field(static=True, default="linear")
    activation_position: str = eqx.field(static=True, default="before")
    loss: str = eqx.field(static=True, default="mse")

    def phi(self, z: Array) -> Array:
        """The activation function."""
        return ACTIVATIONS[self.activation].function(z)


class Biases(eqx.Module):
    """One vector per layer: b_1, the stack b_2..b_{L-1}, b_L."""

    embed: Float[Array, " width"]
    blocks: Float[Array, "blocks width"]
    readout: Float[Array, " outputs"]


class Weights(eqx.Module):
    """All trainable arrays: W_1, the stack W_2..W_{L-1}, W_L, each (out, in), and biases where the network has them."""

    embed: Float[Array, "width inputs"]
    blocks: Float[Array, "blocks width width"]
    readout: Float[Array, "outputs width"]
    biases: Biases | None = None


class View(eqx.Module):
    """Everything about one moment of a relaxation, computed once.

    `errors` are z_l − p_l (not weighted), `output_error` is y − p_L (ce: y − (Σy) softmax p_L), `gradient` is the derivative of
    one sample's energy by its activities, and `layer_energies` has the last rows' layers and then the output.
    """

    activities: Rows
    lowest_error: Float[Array, "batch width"]
    block_errors: Float[Array, "blocks batch width"]
    output_error: Outputs
    gradient: Rows
    layer_energies: PerLayer

    @property
    def errors(self) -> Rows:
        """ε of every row."""
        return jnp.concatenate([self.lowest_error[None], self.block_errors])


class Network(eqx.Module):
    """Weights with their multipliers. Build one with `from_weights`; the engine builds padded ones from a spec."""

    weights: Weights
    embed_scale: Float[Array, ""]
    block_scale: Float[Array, " blocks"]
    readout_scale: Float[Array, ""]
    block_skip: Float[Array, " blocks"]
    first: Int[Array, ""]
    output_precision: Float[Array, ""]
    kind: Kind

    @classmethod
    def from_weights(
        cls,
        weights: Sequence[Any],
        *,
        activation: str = "linear",
        activation_position: str = "before",
        parameterisation: str = "sp",
        skip: bool = False,
        loss: str = "mse",
        gamma: float = 1.0,
        output_precision: float = 1.0,
        biases: Sequence[Any] | None = None,
        exponents: Exponents | None = None,
    ) -> Self:
        """A network of given weights [W_1..W_L], each (out, in), under a parameterisation's multipliers.

        Weights are taken as they are, whatever law they were drawn from; the widest of their floats is the dtype, and whole
        numbers become floats. `biases` [b_1..b_L], if given, are inside the multipliers: a_l (W_l h + b_l). `gamma` and
        `output_precision` are above 0. `exponents` belong to the parameterisation "custom", and only to it.

        Raises:
            SpecError: for matrices that do not go together, numbers that are not finite, or a name that is not known.
        """
        matrices = arguments.matrices(weights)
        _check_choice("activation", activation, ACTIVATIONS)
        _check_choice("activation_position", activation_position, ("before", "after"))
        _check_choice("loss", loss, ("mse", "ce"))
        if arguments.plain_number(skip) not in (False, True):
            raise SpecError(f"`skip` is true or false; {skip!r} is neither.")
        gamma = arguments.number("gamma", gamma, above=0)
        output_precision = arguments.number("output_precision", output_precision, above=0)
        depth, (width, n_inputs), dtype = len(matrices), matrices[0].shape, matrices[0].dtype
        scaling = parameterisation_of(parameterisation, exponents)
        embed, block, readout = scaling.multipliers(n_inputs, width, depth, skip, gamma)
        blocks = jnp.stack(matrices[1:-1]) if depth > 2 else jnp.zeros((0, width, width), dtype)
        return cls(
            weights=Weights(matrices[0], blocks, matrices[-1], _biases(biases, matrices)),
            embed_scale=jnp.asarray(embed, dtype),
            block_scale=jnp.full((depth - 2,), block, dtype),
            readout_scale=jnp.asarray(readout, dtype),
            block_skip=jnp.full((depth - 2,), float(skip), dtype),
            first=jnp.asarray(0, jnp.int32),
            output_precision=jnp.asarray(output_precision, dtype),
            kind=Kind(activation, activation_position, loss),
        )

    # Shape and names -----------------------------------------------------------------------------------------------------

    @property
    def rows(self) -> int:
        """Rows of the hidden activities, padding included."""
        return self.weights.blocks.shape[0] + 1

    @property
    def depth(self) -> int:
        """L, the number of weight matrices (only outside compiled code)."""
        return self.rows - int(self.first) + 1

    @property
    def width(self) -> int:
        """N, units in a hidden layer."""
        return self.weights.embed.shape[0]

    @property
    def skip(self) -> bool:
        """Whether hidden blocks add their input (L = 2 has none)."""
        return self.depth > 2 and bool(self.block_skip[-1] > 0)

    @property
    def dtype(self) -> Any:
        """The dtype of weights and activities."""
        return self.weights.embed.dtype

    @property
    def activation_name(self) -> str:
        """Which φ."""
        return self.kind.activation

    @property
    def activation_position(self) -> str:
        """Whether φ acts "before" or "after" the weights."""
        return self.kind.activation_position

    @property
    def loss_name(self) -> str:
        """The output energy, "mse" or "ce"."""
        return self.kind.loss

    @property
    def forward_multipliers(self) -> PerLayer:
        """a_l, γ included, for l = 1..L."""
        blocks = self.block_scale[int(self.first) :]
        return jnp.concatenate([self.embed_scale[None], blocks, self.readout_scale[None]])

    def by_layer(self, weights: Weights) -> list[Array]:
        """[W_1..W_L] (or anything of their shape) as a list, layer 1 first, without padding."""
        return [weights.embed, *weights.blocks[int(self.first) :], weights.readout]

    def biases_by_layer(self) -> list[Array]:
        """[b_1..b_L], or nothing where the network has no biases."""
        biases = self.weights.biases
        return [] if biases is None else [biases.embed, *biases.blocks[int(self.first) :], biases.readout]

    # Predictions ---------------------------------------------------------------------------------------------------------

    def predict_first(self, x: Float[Array, "batch inputs"]) -> Float[Array, "batch width"]:
        """p_1 = a_1 W_1 x (after: φ(a_1 W_1 x)). It does not change while activities relax."""
        p = self.embed_scale * _biased(x @ self.weights.embed.T, self.weights.biases and self.weights.biases.embed)
        return p if self.kind.activation_position == "before" else self.kind.phi(p)

    def predict_blocks(self, below: Rows) -> Rows:
        """p_l from z_{l−1} for all hidden l > 1 at once: a_l W_l φ(z) + skip·z (after: φ(a_l W_l z) + skip·z)."""
        scale, skip = self.block_scale[:, None, None], self.block_skip[:, None, None]
        biases = self.weights.biases
        bias = None if biases is None else scale * biases.blocks[:, None]
        # The multiplier goes in before the product: there both it and its gradient cost no pass of their own over the rows.
        if self.kind.activation_position == "before":
            return _biased(_each(scale * self.kind.phi(below), self.weights.blocks), bias) + skip * below
        return self.kind.phi(_biased(_each(scale * below, self.weights.blocks), bias)) + skip * below

    def predict_output(self, last: Float[Array, "batch width"]) -> Outputs:
        """p_L = a_L W_L φ(z_{L−1}) (after: linear, a_L W_L z_{L−1})."""
        hidden = self.kind.phi(last) if self.kind.activation_position == "before" else last
        bias = self.weights.biases and self.weights.biases.readout
        return self.readout_scale * _biased(hidden @ self.weights.readout.T, bias)

    @eqx.filter_jit
    def feedforward_rows(self, x: Float[Array, "batch inputs"]) -> Rows:
        """Every hidden activity at its prediction."""
        return self.sweep(self.predict_first(x))

    def sweep(self, first_prediction: Float[Array, "batch width"], errors: Rows | None = None) -> Rows:
        """The activities that have these errors (none: 0), z_l = p_l(z_{l−1}) + ε_l, from layer 1 up.

        Padding costs nothing: the sweep starts at the first real row.
        """
        rows = jnp.zeros((self.rows, *first_prediction.shape), self.dtype) if errors is None else errors
        at_first = jax.lax.dynamic_index_in_dim(rows, self.first, 0, keepdims=False)
        rows = jax.lax.dynamic_update_index_in_dim(rows, at_first + first_prediction, self.first, 0)

        def up(row: Array, rows: Array) -> Array:
            below, error = (jax.lax.dynamic_slice_in_dim(rows, at, 1) for at in (row, row + 1))
            activities = self._block(row).predict_blocks(below) + error
            return jax.lax.dynamic_update_slice_in_dim(rows, activities, row + 1, 0)

        return jax.lax.fori_loop(self.first, self.rows - 1, up, rows) if self.rows > 1 else rows

    # Errors, energies and their gradients ----------------------------------------------------------------------------------

    @eqx.filter_jit
    def view(
        self,
        activities: Rows,
        first_prediction: Float[Array, "batch width"],
        y: Outputs,
        precision: Float[Array, " layers"] | None = None,
        reached: Float[Array, " rows"] | None = None,
        activity_decay: Array | float = 0.0,
    ) -> View:
        r"""Predictions, errors, energies and activity gradients of every layer at once.

        The gradient of one sample's energy is $g_l = \pi_l ε_l − J_{l+1}^T π_{l+1} ε_{l+1}$, docs/theory.md (0.4). `precision` is
        a schedule's π for these rows and then the output, and enters only the gradient; `reached` is 0 for rows that the error
        cannot have reached, whose errors are then exactly 0 instead of rounding noise.
        """
        blocks, pull_blocks = jax.vjp(self.predict_blocks, activities[:-1])
        p_output, pull_output = jax.vjp(self.predict_output, activities[-1])
        at_first = (jnp.arange(len(activities), dtype=self.first.dtype) == self.first)[:, None, None]
        # Two arrays, layers with a block below and the one without: joined, they would be copied at every inference step.
        lowest = activities[0] - jnp.where(at_first[0], first_prediction, 0.0)
        errors = activities[1:] - jnp.where(at_first[1:], first_prediction, blocks)
        if reached is not None:
            lowest, errors = lowest * reached[0], errors * reached[1:, None, None]
        output_error = self.output_error(p_output, y)

        gradient = self._gradient(
            activities, lowest, errors, output_error, (pull_blocks, pull_output), precision, activity_decay
        )
        squares = jnp.concatenate([jnp.vdot(lowest, lowest)[None], jnp.einsum("lbn,lbn->l", errors, errors)])
        energies = jnp.concatenate([0.5 * squares / len(y), self.output_energy(p_output, y)[None]])
        return View(activities, lowest, errors, output_error, gradient, energies)

    def feedforward_view(
        self, activities: Rows, y: Outputs, precision: Float[Array, " layers"], activity_decay: Array | float
    ) -> View:
        """The view of a feedforward pass: hidden errors are exactly 0, and only the layer below the output is pulled at."""
        p_output, pull_output = jax.vjp(self.predict_output, activities[-1])
        output_error = self.output_error(p_output, y)
        (from_output,) = pull_output(self.output_precision * output_error)
        gradient = activity_decay * activities
        gradient = gradient.at[-1].add(-precision[-1] * from_output)
        none = jnp.zeros_like(activities)
        energies = jnp.zeros((len(activities) + 1,), self.dtype).at[-1].set(self.output_energy(p_output, y))
        return View(activities, none[0], none[1:], output_error, gradient, energies)

    def reweighted(self, view: View, y: Outputs, precision: Float[Array, " layers"], activity_decay: Array | float) -> View:
        """The same errors under other precisions, another λ or another decay: half the work of a new view."""
        _, pull_blocks = jax.vjp(self.predict_blocks, view.activities[:-1])
        p_output, pull_output = jax.vjp(self.predict_output, view.activities[-1])
        errors, pulls = (view.lowest_error, view.block_errors, view.output_error), (pull_blocks, pull_output)
        gradient = self._gradient(view.activities, *errors, pulls, precision, activity_decay)
        energies = view.layer_energies.at[-1].set(self.output_energy(p_output, y))
        return eqx.tree_at(lambda v: (v.gradient, v.layer_energies), view, (gradient, energies))

    def repulled(
        self, view: View, y: Outputs, precision: Float[Array, " layers"], activity_decay: Array, decay_change: Array
    ) -> View:
        """The same errors under another λ or another decay: a small part of the work of `reweighted`.

        λ is felt by the layer below the output alone; a decay that grew by `decay_change` pulls every layer that much more.
        """
        last, last_error = view.activities[-1], view.errors[-1]
        p_output, pull_output = jax.vjp(self.predict_output, last)
        (from_output,) = pull_output(self.output_precision * view.output_error)
        gradient = view.gradient + decay_change * view.activities
        below_output = precision[-2] * last_error - precision[-1] * from_output + activity_decay * last
        energies = view.layer_energies.at[-1].set(self.output_energy(p_output, y))
        return eqx.tree_at(lambda v: (v.gradient, v.layer_energies), view, (gradient.at[-1].set(below_output), energies))

    def _gradient(
        self,
        activities: Rows,
        lowest: Float[Array, "batch width"],
        errors: Float[Array, "blocks batch width"],
        output_error: Outputs,
        pulls: tuple[Any, Any],
        precision: Float[Array, " layers"] | None,
        activity_decay: Array | float,
    ) -> Rows:
        """The gradient of (0.4): each row's own error, less what the layer above pulls back, π on both; and the decay."""
        pull_blocks, pull_output = pulls
        (from_blocks,) = pull_blocks(errors)
        (from_output,) = pull_output(self.output_precision * output_error)
        own = jnp.concatenate([lowest[None], errors])
        if precision is not None:
            own = precision[:-1, None, None] * own
            from_blocks, from_output = precision[1:-1, None, None] * from_blocks, precision[-1] * from_output
        gradient = own - jnp.concatenate([from_blocks, from_output[None]])
        if not isinstance(activity_decay, float) or activity_decay:
            gradient = gradient + activity_decay * activities
        return gradient

    def output_error(self, prediction: Outputs, y: Outputs) -> Outputs:
        """Minus the gradient of the output energy by p_L, without λ: y − p_L; under cross-entropy y − (Σy) softmax(p_L)."""
        if self.kind.loss == "mse":
            return y - prediction
        return y - jnp.sum(y, axis=-1, keepdims=True) * jax.nn.softmax(prediction)

    def output_energy(self, prediction: Outputs, y: Outputs) -> Float[Array, ""]:
        """F_L, batch mean: (λ/2)‖y − p_L‖², or −λ Σ y log softmax(p_L). The factor ½ belongs to the square alone."""
        if self.kind.loss == "mse":
            per_sample = 0.5 * jnp.sum((y - prediction) ** 2, axis=-1)
        else:
            per_sample = -jnp.sum(y * jax.nn.log_softmax(prediction), axis=-1)
        return self.output_precision * jnp.mean(per_sample)

    @eqx.filter_jit
    def weight_gradient(
        self, x: Float[Array, "batch inputs"], activities: Rows, errors: Rows, output_error: Outputs
    ) -> Weights:
        """dF/dW_l = −(a_l c_l / B) ε_lᵀ h_{l−1} (docs/theory.md (0.5)): local, from these errors and presynaptic activities."""

        def predict(weights: Weights) -> tuple[Array, Rows, Outputs]:
            net = eqx.tree_at(lambda n: n.weights, self, weights)
            return net.predict_first(x), net.predict_blocks(activities[:-1]), net.predict_output(activities[-1])

        batch = x.shape[0]
        at_first = jax.lax.dynamic_index_in_dim(errors, self.first, 0, keepdims=False)
        _, pull = jax.vjp(predict, self.weights)
        (gradient,) = pull((-at_first / batch, -errors[1:] / batch, -self.output_precision * output_error / batch))
        return gradient

    @eqx.filter_jit
    def backprop_errors(self, feedforward: Rows, output_error: Outputs, sources: Rows | None = None) -> Rows:
        """δ_l = J_{l+1}ᵀ δ_{l+1} from δ_L = λ · output error: put in the place of ε, they give the backprop gradient.

        `sources`, if given, are added on the way: δ_l = J_{l+1}ᵀ δ_{l+1} + source_l.
        """
        _, pull_output = jax.vjp(self.predict_output, feedforward[-1])
        (last,) = pull_output(self.output_precision * output_error)
        deltas = jnp.zeros_like(feedforward) if sources is None else sources
        last = last if sources is None else last + sources[-1]
        deltas = jax.lax.dynamic_update_index_in_dim(deltas, last, self.rows - 1, 0)

        def sweep(step: Array, deltas: Rows) -> Rows:
            row = self.rows - 2 - step
            below = jax.lax.dynamic_slice_in_dim(feedforward, row, 1)
            _, pull = jax.vjp(self._block(row).predict_blocks, below)
            (delta,) = pull(jax.lax.dynamic_slice_in_dim(deltas, row + 1, 1))
            if sources is not None:
                delta = delta + jax.lax.dynamic_slice_in_dim(sources, row, 1)
            return jax.lax.dynamic_update_slice_in_dim(deltas, delta, row, 0)

        return jax.lax.fori_loop(0, self.rows - 1 - self.first, sweep, deltas) if self.rows > 1 else deltas

    # The surface for notebooks: lists by layer ------------------------------------------------------------------------------

    @property
    def n_inputs(self) -> int:
        """D, the number of inputs."""
        return self.weights.embed.shape[1]

    @property
    def n_outputs(self) -> int:
        """K, the number of outputs."""
        return self.weights.readout.shape[0]

    def samples(self, x: Any, y: Any) -> tuple[Array, Array]:
        """The batch (x, y) as this network takes it: (batch, inputs) and (batch, outputs), of its dtype.

        One sample may be a row of its own. Under cross-entropy whole class labels (batch,) become one-hot rows; rows that do not
        sum to 1 count by what they sum to. Inside `jit`, `grad` and `vmap` shapes and dtypes alone are checked.

        Raises:
            PcvizError: with both shapes, or the value that is not finite, no label or below 0 under cross-entropy.
        """
        x = self.inputs(x)
        return x, arguments.targets(y, x.shape, self.n_outputs, self.kind.loss, self.dtype)

    def inputs(self, x: Any) -> Array:
        """X as this network takes it, (batch, inputs); errors as those of `samples`."""
        return arguments.inputs(x, self.n_inputs, self.dtype)

    def feedforward(self, x: Any) -> tuple[list[Array], Array]:
        """([z_1..z_{L−1}], prediction) of the feedforward pass."""
        rows = self.feedforward_rows(self.inputs(x))
        return self.unstack(rows), self.predict_output(rows[-1])

    def layer_energies(self, activities: Sequence[Any], x: Any, y: Any) -> PerLayer:
        """F_1..F_L at these activities: batch means, output precision included."""
        return self._view_at(activities, *self.samples(x, y)).layer_energies[int(self.first) :]

    def activity_gradients(self, activities: Sequence[Any], x: Any, y: Any) -> list[Array]:
        """dF/dz_l of the batch-mean energy: 1/B of the per-sample gradient that inference follows."""
        view = self._view_at(activities, *self.samples(x, y))
        return [gradient / gradient.shape[0] for gradient in self.unstack(view.gradient)]

    def weight_gradients(self, activities: Sequence[Any], x: Any, y: Any) -> list[Array]:
        """dF/dW_l of the batch-mean energy at these activities."""
        x, y = self.samples(x, y)
        view = self._view_at(activities, x, y)
        return self.by_layer(self.weight_gradient(x, view.activities, view.errors, view.output_error))

    def loss(self, x: Any, y: Any) -> Float[Array, ""]:
        """The energy of the feedforward output, λ included: the batch-mean loss."""
        x, y = self.samples(x, y)
        traced = [leaf for leaf in jax.tree.leaves((self, x)) if isinstance(leaf, Tracer)]
        if not traced or isinstance(self.first, Tracer):
            return self.output_energy(self.predict_output(self.feedforward_rows(x)[-1]), y)
        # A sweep of known length can be differentiated backwards.
        known = eqx.tree_at(lambda n: n.first, self, int(self.first))
        return self.output_energy(self.predict_output(known.sweep(self.predict_first(x))[-1]), y)

    def loss_gradients(self, x: Any, y: Any) -> list[Array]:
        """dloss/dW_l, the backprop gradients of `loss`."""
        x, y = self.samples(x, y)
        rows = self.feedforward_rows(x)
        output_error = self.output_error(self.predict_output(rows[-1]), y)
        deltas = self.backprop_errors(rows, output_error)
        return self.by_layer(self.weight_gradient(x, rows, deltas, output_error))

    def stack(self, activities: Sequence[Any], batch: int | None = None) -> Rows:
        """[z_1..z_{L−1}], each (batch, width), as the engine holds them, padded at the input end."""
        rows = jnp.stack(arguments.activities(activities, self.depth, self.width, self.dtype, batch))
        return jnp.concatenate([jnp.zeros((int(self.first), *rows.shape[1:]), rows.dtype), rows])

    def unstack(self, rows: Rows) -> list[Array]:
        """The real rows as a list, z_1 first."""
        return list(rows[int(self.first) :])

    def tail(self, rows: int) -> "Network":
        """The network seen from its last `rows` hidden rows: what a slice of the relaxation needs."""
        cut = self.rows - rows
        return eqx.tree_at(
            lambda n: (*n._block_leaves(), n.first),
            self,
            (*(leaf[cut:] for leaf in self._block_leaves()), self.first - cut),
        )

    def _block_leaves(self) -> tuple[Array, ...]:
        biases = self.weights.biases
        return self.weights.blocks, self.block_scale, self.block_skip, *(() if biases is None else (biases.blocks,))

    def _block(self, row: Array) -> "Network":
        one = [jax.lax.dynamic_slice_in_dim(leaf, row, 1) for leaf in self._block_leaves()]
        return eqx.tree_at(lambda n: n._block_leaves(), self, tuple(one))

    def _view_at(self, activities: Sequence[Any], x: Array, y: Array) -> View:
        return self.view(self.stack(activities, len(x)), self.predict_first(x), y)


def _biased(product: Array, bias: Array | None) -> Array:
    """The bias is inside the multiplier: a_l (W_l h + b_l)."""
    return product if bias is None else product + (bias if bias.ndim == product.ndim else bias[None])


def _each(below: Rows, weights: Float[Array, "rows width width"]) -> Rows:
    return jnp.einsum("lbi,loi->lbo", below, weights)


def _check_choice(name: str, value: str, allowed: Any) -> None:
    if value not in allowed:
        raise SpecError(f"`{name}` is one of {', '.join(allowed)}; {value!r} is not.")


def _biases(vectors: Sequence[Any] | None, matrices: Sequence[Array]) -> Biases | None:
    if vectors is None:
        return None
    first, *middle, last = arguments.vectors(vectors, matrices)
    return Biases(first, jnp.stack(middle) if middle else jnp.zeros((0, len(first)), first.dtype), last)
