/**
 * What others change, as the server tells it: `/v1/live` read by one tab of the browser for all of them.
 *
 * The tab that holds the lock reads; the others hear it over a channel and take over when it closes. `live.listen`
 * answers `{ changes }`, `{ reset: true }` when all that is shown is to be read again, and `{ lost }` when the connection
 * went away or came back.
 */
import { call } from "./transport";

export interface Change {
  /** The resource as permissions name it, for example `leads.lead`. */
  type: string;
  id: string;
  etag: string;
  /** Who changed it, for example `user:<id>`. */
  actor: string;
}

export interface News {
  changes?: Change[];
  reset?: boolean;
  lost?: boolean;
  position?: string;
}

const SILENT_MS = 25_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
/** Nobody at the keyboard for so long: the stream ends, so that a session left alone ends in its time. */
const IDLE_MS = 20 * 60_000;
const NOTED_MS = 60_000;
/** The first connection takes longer: what the page has read until then may be old already. */
const LATE_MS = 2_000;

const listeners = new Set<(news: News) => void>();
const tabs = "BroadcastChannel" in globalThis ? new BroadcastChannel("crm.live") : undefined;
let position: string | undefined;
let active = Date.now();
let awake: (() => void) | undefined;

export const live = {
  listen(listener: (news: News) => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },

  /** Reads until `stop` is aborted, in this tab or another. */
  async run(stop: AbortSignal): Promise<void> {
    const heard = (event: MessageEvent<News | "active">) => (event.data === "active" ? note() : tell(event.data));
    tabs?.addEventListener("message", heard);
    const used = () => {
      if (Date.now() - active > NOTED_MS) tabs?.postMessage("active");
      note();
    };
    for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, used, { capture: true, signal: stop });
    stop.addEventListener("abort", () => tabs?.removeEventListener("message", heard));
    // Without locks (an address that is not secure) every tab reads for itself.
    if (!("locks" in navigator)) return read(stop);
    await navigator.locks.request("crm.live", { signal: stop }, () => read(stop)).catch(() => undefined);
  },
};

function note(): void {
  active = Date.now();
  awake?.();
}

function tell(news: News): void {
  if (news.position) position = news.position;
  listeners.forEach((listener) => listener(news));
}

function announce(news: News): void {
  tell(news);
  tabs?.postMessage(news);
}

async function read(stop: AbortSignal): Promise<void> {
  const began = Date.now();
  let failures = 0;
  while (!stop.aborted) {
    if (Date.now() - active > IDLE_MS) await new Promise<void>((resume) => (awake = resume));
    const outcome = await once(stop, () => {
      failures = 0;
      announce({ lost: false, reset: !position && Date.now() - began > LATE_MS });
    });
    if (stop.aborted) return;
    if (outcome === "ended") {
      await pause(FIRST_WAIT_MS * Math.random(), stop);
      continue;
    }
    if (outcome === "signed-out") {
      // Asked like any other request, it waits for the person to sign in again.
      await call("GET", "/v1/users/me").catch(() => undefined);
      continue;
    }
    failures += 1;
    if (failures === 2 && outcome === "failed") announce({ lost: true });
    const wait = outcome === "refused" ? LONGEST_WAIT_MS : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** failures);
    await pause(wait * (0.5 + Math.random() / 2), stop);
    // The server has no stream to spare: what is shown is read again now and then instead.
    if (outcome === "refused") announce({ reset: true });
  }
}

/** One connection, until it ends. */
async function once(stop: AbortSignal, connected: () => void): Promise<"ended" | "signed-out" | "refused" | "failed"> {
  const gone = new AbortController();
  const leave = () => gone.abort();
  stop.addEventListener("abort", leave);
  let silence = setTimeout(leave, SILENT_MS);
  try {
    const headers: Record<string, string> = position ? { "Last-Event-ID": position } : {};
    const response = await fetch("/v1/live", { headers, credentials: "same-origin", signal: gone.signal });
    if (response.status === 401) return "signed-out";
    if (response.status === 503) return "refused";
    if (!response.ok || !response.body) return "failed";
    connected();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return "ended";
      clearTimeout(silence);
      silence = setTimeout(leave, SILENT_MS);
      const blocks = (rest + value).split("\n\n");
      rest = blocks.pop() ?? "";
      const news = parsed(blocks);
      if (news.changes || news.reset) announce(news);
      else if (news.position) position = news.position;
      if (Date.now() - active > IDLE_MS) return "ended";
    }
  } catch {
    return "failed";
  } finally {
    clearTimeout(silence);
    stop.removeEventListener("abort", leave);
    gone.abort();
  }
}

/** Blocks of an event stream as one piece of news. */
export function parsed(blocks: string[]): News {
  const news: News = {};
  for (const block of blocks) {
    const fields = new Map(block.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]));
    const at = fields.get("id");
    if (at) news.position = at;
    if (fields.get("event") === "reset") news.reset = true;
    if (fields.get("event") === "change") (news.changes ??= []).push(JSON.parse(fields.get("data") ?? "{}") as Change);
  }
  return news;
}

function pause(milliseconds: number, stop: AbortSignal): Promise<void> {
  return new Promise((resume) => {
    const over = () => {
      clearTimeout(timer);
      window.removeEventListener("online", over);
      resume();
    };
    const timer = setTimeout(over, milliseconds);
    window.addEventListener("online", over, { once: true });
    stop.addEventListener("abort", over, { once: true });
  });
}
