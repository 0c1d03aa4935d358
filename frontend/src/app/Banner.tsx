/** What stands above the charts when something needs a person: a divergence with its way out, or a sentence of the server. */

import { Glyph } from "../controls/glyphs";
import { formatValue } from "../store/controlValue";
import type { Live } from "../store/live";

const TRY_AGAIN = "The weights are kept; this learning step begins again at t = 0";
const START_AGAIN = "The run begins again from its first weights, same seed";

export function Banner({ live }: { live: Live }) {
  const { kind } = live.connection.value;
  if (kind === "ended") return <Ended live={live} />;
  return (
    <>
      {live.trouble.value !== null && (
        <div class="banner plain" role="alert" data-banner="trouble">
          <div class="banner-text">
            <p class="banner-title">{live.session === null ? "Not connected" : "Connection lost"}</p>
            <p>{live.trouble.value}</p>
          </div>
        </div>
      )}
      {live.diverged.value !== null && <DivergedBanner live={live} />}
      {live.notices.value.length > 0 && <Notice live={live} />}
    </>
  );
}

function DivergedBanner({ live }: { live: Live }) {
  const diverged = live.diverged.value;
  if (diverged === null) return null;
  const { where, learn_step: learnStep, infer_step: inferStep, reason, suggestion } = diverged;
  const isOfWeights = inferStep === 0; // The same weights would break at once again.
  const suggested = suggestion && live.controls.get(suggestion.control)?.control;
  return (
    <div class="banner" role="alert" data-banner="diverged">
      <div class="banner-text">
        <p class="banner-title">
          Diverged: {where} at <i class="maths">k</i> = {learnStep}, <i class="maths">t</i> = {inferStep}
        </p>
        <p>{reason}</p>
      </div>
      {suggestion && suggested && (
        <button
          type="button"
          class="button primary"
          onClick={() => (isOfWeights ? live.startAgain() : live.tryAgain(true))}
          title={isOfWeights ? START_AGAIN : TRY_AGAIN}
        >
          {isOfWeights ? "Reset" : "Try again"} with{" "}
          {suggested.symbol === "" ? suggested.label.toLowerCase() : <i class="maths">{suggested.symbol}</i>} ={" "}
          {formatValue(suggested, suggestion.value)}
        </button>
      )}
      {!isOfWeights && (
        <button type="button" class="button" onClick={() => live.tryAgain(false)} title={TRY_AGAIN}>
          Try again
        </button>
      )}
    </div>
  );
}

function Notice({ live }: { live: Live }) {
  return (
    <div class="banner plain" role="alert" data-banner="notice">
      <div class="banner-text">
        {live.notices.value.map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
        {live.unsaid.value > 0 && <p class="aside">There were {live.unsaid} more before the last one.</p>}
      </div>
      <button type="button" class="button bare" onClick={() => live.forgetNotices()}>
        <Glyph name="close" />
        <span class="unseen">Put this message away</span>
      </button>
    </div>
  );
}

function Ended({ live }: { live: Live }) {
  const connection = live.connection.value;
  return (
    <div class="banner" role="alert" data-banner="ended">
      <div class="banner-text">
        <p class="banner-title">Disconnected</p>
        <p>{connection.kind === "ended" ? connection.reason : ""}</p>
      </div>
      <button type="button" class="button primary" onClick={() => location.reload()}>
        Reload the page
      </button>
    </div>
  );
}
