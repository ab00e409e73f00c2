/** Tiles of a dashboard, and moving one among them. */
import type { Chart } from "./definition";

export interface Tile {
  report_definition_id: string;
  title?: string;
  chart?: Chart | "CHART_UNSPECIFIED";
  width?: number;
}

/** Key of the preference that says which dashboard stands on the workbench. */
export const PINNED = "dashboard.pinned";
export const USUAL_WIDTH = 6;
const WIDTHS = [4, 6, 8, 12];

export const widthOf = (tile: Tile): number => tile.width || USUAL_WIDTH;

/** The next width up or down; the same at the ends. */
export function resized(tile: Tile, way: 1 | -1): number {
  const width = widthOf(tile);
  const next = way > 0 ? WIDTHS.find((each) => each > width) : WIDTHS.findLast((each) => each < width);
  return next ?? width;
}

export function moved<T>(all: T[], from: number, to: number): T[] {
  const next = [...all];
  const [taken] = next.splice(from, 1);
  if (taken !== undefined) next.splice(Math.max(0, Math.min(all.length - 1, to)), 0, taken);
  return next;
}
