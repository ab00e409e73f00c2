/**
 * Every request of the console passes `send`: language, CSRF token, idempotency key, and the wait for a new sign-in
 * when the session ended (the caller's promise stays open, so nothing typed is lost).
 */
import { ApiError, errorOf } from "./errors";
import { csrfToken, session, waitForSignIn } from "./session";

const UNSAFE = new Set(["POST", "PUT", "PATCH", "DELETE"]);
let language = "zh-CN";

export function speak(next: string): void {
  language = next;
}

export async function send(request: Request): Promise<Response> {
  const unsafe = UNSAFE.has(request.method);
  const key = unsafe && request.method === "POST" ? (request.headers.get("Idempotency-Key") ?? newKey()) : "";
  const body = unsafe ? await request.clone().arrayBuffer() : undefined;
  for (let attempt = 0; ; attempt++) {
    const headers = new Headers(request.headers);
    headers.set("Accept-Language", language);
    if (key) headers.set("Idempotency-Key", key);
    if (unsafe && csrfToken()) headers.set("X-CSRF-Token", csrfToken());
    const response = await fetchOrOffline(request, headers, body);
    if (response.status === 401 && attempt < 3 && session.known) {
      await waitForSignIn();
      continue;
    }
    return response;
  }
}

/** JSON in, JSON out; throws `ApiError`. For paths known only at run time; areas prefer the typed `api`. */
export async function call<T>(
  method: string,
  path: string,
  options: { query?: Record<string, unknown>; body?: unknown; etag?: string; signal?: AbortSignal; key?: string } = {},
): Promise<T> {
  const url = new URL(path, location.origin);
  for (const [name, value] of Object.entries(options.query ?? {})) {
    if (value !== undefined && value !== "" && value !== null) url.searchParams.set(name, String(value));
  }
  const headers: Record<string, string> = {};
  if (options.body !== undefined) headers["Content-Type"] = "application/json";
  if (options.etag) headers["If-Match"] = `"${options.etag}"`;
  if (options.key) headers["Idempotency-Key"] = options.key;
  const body = options.body === undefined ? undefined : JSON.stringify(options.body);
  const response = await send(new Request(url, { method, headers, body, signal: options.signal }));
  if (!response.ok) throw await errorOf(response);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

export const newKey = (): string => crypto.randomUUID();

async function fetchOrOffline(request: Request, headers: Headers, body?: ArrayBuffer): Promise<Response> {
  try {
    const signal = request.signal;
    return await fetch(request.url, { method: request.method, headers, body, signal, credentials: "same-origin" });
  } catch (failure) {
    if (failure instanceof DOMException && failure.name === "AbortError") throw failure;
    throw new ApiError(0, {});
  }
}
