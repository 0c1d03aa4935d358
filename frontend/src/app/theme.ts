/** Light or dark: what the system says, until a person chooses. The choice is kept on this machine. */

import { type ReadonlySignal, signal } from "@preact/signals";

export type Theme = "light" | "dark";

const KEY = "pcviz-theme";
const system = matchMedia("(prefers-color-scheme: dark)");
const theme = signal<Theme>(stored() ?? (system.matches ? "dark" : "light"));

function stored(): Theme | null {
  const kept = localStorage.getItem(KEY);
  return kept === "light" || kept === "dark" ? kept : null;
}

/** The theme now; <html> carries it as `data-theme`. */
export const currentTheme: ReadonlySignal<Theme> = theme;

theme.subscribe((value) => {
  document.documentElement.dataset.theme = value;
});
system.addEventListener("change", () => {
  if (stored() === null) theme.value = system.matches ? "dark" : "light";
});

export function toggleTheme(): void {
  theme.value = theme.value === "dark" ? "light" : "dark";
  localStorage.setItem(KEY, theme.value);
}
