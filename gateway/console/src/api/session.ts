/** Who is signed in. The session is a cookie no script can read; the CSRF token beside it is a cookie the page may read. */
import type { components } from "./generated/schema";
import { errorOf } from "./errors";

export type CurrentUser = components["schemas"]["identity.CurrentUser"];

let waiting: (() => void)[] = [];
/** Other windows of this browser hear at once that somebody signed in: with a provider that happens in a window of its own. */
const windows = "BroadcastChannel" in globalThis ? new BroadcastChannel("crm.session") : undefined;
const listeners = new Set<(expired: boolean) => void>();

/** `__Host-csrf`, or `csrf-local` on plain http of this machine; empty without a session. */
export function csrfToken(): string {
  return /(?:^|; )(?:__Host-csrf|csrf-local)=([^;]*)/.exec(document.cookie)?.[1] ?? "";
}

export const session = {
  /** Whether somebody was signed in since the page was loaded: only then is a 401 the end of a session. */
  known: false,

  async signIn(login: string, password: string): Promise<void> {
    const response = await post("/sign-in", { login, password });
    if (!response.ok) throw await errorOf(response);
    session.resume();
    windows?.postMessage("signed in");
  },

  /** The requests that were refused go on. */
  resume(): void {
    session.known = true;
    const resumed = waiting;
    waiting = [];
    listeners.forEach((listener) => listener(false));
    resumed.forEach((resume) => resume());
  },

  /** Tells the other windows that this one has a session; they look themselves whose it is. */
  announce(): void {
    windows?.postMessage("signed in");
  },

  /** Another window of this browser has a session. */
  onSignedInElsewhere(listener: () => void): () => void {
    windows?.addEventListener("message", listener);
    return () => windows?.removeEventListener("message", listener);
  },

  async signOut(): Promise<void> {
    const response = await post("/sign-out", {});
    if (!response.ok && response.status !== 401) throw await errorOf(response);
    location.assign("/");
  },

  /** `true` when the session ended under the page, `false` when somebody signed in again. */
  onExpiry(listener: (expired: boolean) => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

export function waitForSignIn(): Promise<void> {
  const answered = new Promise<void>((resume) => waiting.push(resume));
  listeners.forEach((listener) => listener(true));
  return answered;
}

function post(path: string, body: unknown): Promise<Response> {
  const headers: Record<string, string> = { "Content-Type": "application/json", Accept: "application/json" };
  const token = csrfToken();
  if (token) headers["X-CSRF-Token"] = token;
  return fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
}
