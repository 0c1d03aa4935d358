/** When a change of a control applies: glyph and word, before it is touched. Never a colour. */

import type { Effect } from "../protocol/catalogue";
import { EFFECT_WORDS } from "../store/controlValue";
import { EffectGlyph } from "./glyphs";

export function Badge({ effect }: { effect: Effect }) {
  return (
    <span class="badge">
      <EffectGlyph effect={effect} />
      {EFFECT_WORDS[effect]}
    </span>
  );
}
