/** The glyphs of the badges and of the transport, drawn on a 16 px grid in the colour of the text. */

import type { JSX } from "preact";
import type { Effect } from "../protocol/catalogue";

const PATHS = {
  live: <circle cx="8" cy="8" r="4.4" fill="currentColor" stroke="none" />,
  next_step: <path d="M1.5 8H10M6.8 4.6 10.2 8l-3.4 3.4M13.5 3.5v9" />,
  restart: <path d="M3.2 8a5 5 0 1 0 1.7-3.8M3 2.6v3.2h3.2" />,
  view: (
    <>
      <path d="M1.2 8s2.4-4.2 6.8-4.2S14.8 8 14.8 8s-2.4 4.2-6.8 4.2S1.2 8 1.2 8Z" />
      <circle cx="8" cy="8" r="1.8" />
    </>
  ),
  play: <path d="M4.5 2.6v10.8L13.4 8Z" fill="currentColor" stroke="none" />,
  pause: <path d="M3.6 2.6h3v10.8h-3zM9.4 2.6h3v10.8h-3z" fill="currentColor" stroke="none" />,
  dice: (
    <>
      <rect x="2" y="2" width="12" height="12" rx="2.5" />
      <path d="M5.3 5.3h.01M10.7 10.7h.01M8 8h.01M10.7 5.3h.01M5.3 10.7h.01" stroke-width="2.2" />
    </>
  ),
  chevron: <path d="m4.2 6 3.8 3.8L11.8 6" />,
  menu: <path d="M2 4h12M2 8h12M2 12h12" />,
  close: <path d="m3.5 3.5 9 9m0-9-9 9" />,
} satisfies Record<string, JSX.Element>;

export type GlyphName = keyof typeof PATHS;

export function Glyph({ name, size = 14 }: { name: GlyphName; size?: number }) {
  return (
    <svg class="glyph" viewBox="0 0 16 16" width={size} height={size} aria-hidden="true">
      {PATHS[name]}
    </svg>
  );
}

const EFFECT_GLYPHS: Record<Effect, GlyphName> = {
  live: "live",
  next_step: "next_step",
  restart: "restart",
  view: "view",
};

/** The glyph that says when a change applies. */
export function EffectGlyph({ effect }: { effect: Effect }) {
  return <Glyph name={EFFECT_GLYPHS[effect]} size={13} />;
}
