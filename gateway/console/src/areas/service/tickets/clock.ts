/** What a ticket owes next, and when: the server says the due moment, the page only counts down to it. */
import type { Row } from "@api/records";

export interface Promise {
  target: "FIRST_RESPONSE" | "NEXT_RESPONSE" | "RESOLUTION";
  state: string;
  due: string;
  minutes: number;
}

interface Clock {
  target: Promise["target"];
  state: string;
  due_time?: string;
  target_minutes?: number;
}

const OPEN = new Set(["RUNNING", "PAUSED", "BREACHED_RUNNING", "BREACHED_PAUSED"]);

/** The open promises of a ticket, the earliest due first, paused ones last. */
export function promisesOf(ticket: Row): Promise[] {
  return ((ticket.clocks ?? []) as Clock[])
    .filter((clock) => OPEN.has(clock.state))
    .map((clock) => ({ target: clock.target, state: clock.state, due: clock.due_time ?? "", minutes: clock.target_minutes ?? 0 }))
    .sort((a, b) => (a.due || "9").localeCompare(b.due || "9"));
}

export type Urgency = "calm" | "soon" | "late" | "still";

const SOON_MS = 30 * 60_000;

/** Soon is the last half hour, or the last quarter of a longer promise. */
export function urgencyOf(promise: Promise, now: number): Urgency {
  if (!promise.due) return "still";
  const left = new Date(promise.due).getTime() - now;
  if (left < 0) return "late";
  if (promise.state === "PAUSED" || promise.state === "BREACHED_PAUSED") return "still";
  return left < Math.max(SOON_MS, promise.minutes * 15_000) ? "soon" : "calm";
}

export interface Span {
  days: number;
  hours: number;
  minutes: number;
  seconds: number;
}

export function spanOf(ms: number): Span {
  const seconds = Math.floor(Math.abs(ms) / 1000);
  return { days: Math.floor(seconds / 86_400), hours: Math.floor((seconds % 86_400) / 3600), minutes: Math.floor((seconds % 3600) / 60), seconds: seconds % 60 };
}
