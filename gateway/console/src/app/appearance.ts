/** Theme, density and text size as attributes of the document, set before the first paint and on every change. */
import { currentPrefs, onPrefs } from "./prefs";

export function applyLook(): void {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const set = () => {
    const { theme, density, font_scale } = currentPrefs();
    const root = document.documentElement;
    root.dataset.theme = theme === "system" ? (dark.matches ? "dark" : "light") : theme;
    root.dataset.density = density;
    root.style.fontSize = `${Math.round((14 * font_scale) / 100)}px`;
  };
  set();
  onPrefs(set);
  dark.addEventListener("change", set);
}
