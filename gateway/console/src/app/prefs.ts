/**
 * How the console looks and what it remembers, per user: kept by the server (`/v1/preferences/me`), mirrored in
 * localStorage so that the next page starts as the last one looked.
 *
 * `usePrefs()` reads, `changePrefs({ theme: "dark" })` writes; `console` holds what pages remember (views, columns).
 */
import { useSyncExternalStore } from "react";
import { isApiError } from "@api/errors";
import { call } from "@api/transport";

export type Theme = "light" | "dark" | "system" | "contrast";

export interface Prefs {
  language: "zh-CN" | "en";
  theme: Theme;
  font_scale: number;
  density: "compact" | "comfortable";
  start_page: string;
  currency: string;
  time_zone: string;
  console: Record<string, unknown>;
}

const STORED = "crm.prefs";
const DEFAULTS: Prefs = {
  language: navigator.language.startsWith("zh") ? "zh-CN" : "en",
  theme: "system",
  font_scale: 100,
  density: "compact",
  start_page: "",
  currency: "CNY",
  time_zone: "",
  console: {},
};

let prefs: Prefs = { ...DEFAULTS, ...stored() };
let etag: string | undefined;
const listeners = new Set<() => void>();

// What is chosen in one tab holds in all of them at once.
window.addEventListener("storage", (event) => {
  if (event.key !== STORED) return;
  prefs = { ...prefs, ...stored() };
  listeners.forEach((listener) => listener());
});

export const currentPrefs = (): Prefs => prefs;

export function usePrefs(): Prefs {
  return useSyncExternalStore(subscribe, currentPrefs);
}

export function onPrefs(listener: () => void): () => void {
  return subscribe(listener);
}

/** Shown at once; saved on the server when it can be, and kept on this machine in any case. */
export function changePrefs(changes: Partial<Prefs>): void {
  set({ ...prefs, ...changes });
  void save(changes, 0);
}

/** What a page remembers under a name of its own, for example `views.leads.Lead`. */
export function recall<T>(name: string, otherwise: T): T {
  return (prefs.console[name] as T | undefined) ?? otherwise;
}

export function rememberPref(name: string, value: unknown): void {
  changePrefs({ console: { ...prefs.console, [name]: value } });
}

/** Takes over what the server knows; called once after sign-in. */
export async function loadPrefs(): Promise<void> {
  try {
    const [own, effective] = await Promise.all([
      call<Partial<Prefs> & { etag?: string }>("GET", "/v1/preferences/me"),
      call<Partial<Prefs>>("GET", "/v1/effective-preferences"),
    ]);
    etag = own.etag;
    set({ ...prefs, ...picked(effective), console: own.console ?? prefs.console });
  } catch (refusal) {
    if (!isApiError(refusal)) throw refusal;
  }
}

async function save(changes: Partial<Prefs>, attempt: number): Promise<void> {
  try {
    const saved = await call<{ etag?: string }>("PATCH", "/v1/preferences/me", { body: changes, etag: etag ?? "0" });
    etag = saved.etag;
  } catch (refusal) {
    if (!isApiError(refusal)) throw refusal;
    if (refusal.kind !== "stale" || attempt > 1) return;
    // Another window was faster; the choice made last counts.
    etag = (await call<{ etag?: string }>("GET", "/v1/preferences/me")).etag;
    await save(changes, attempt + 1);
  }
}

function set(next: Prefs): void {
  prefs = next;
  localStorage.setItem(STORED, JSON.stringify(next));
  listeners.forEach((listener) => listener());
}

function picked(given: Partial<Prefs>): Partial<Prefs> {
  const names = Object.keys(DEFAULTS) as (keyof Prefs)[];
  return Object.fromEntries(names.filter((name) => given[name]).map((name) => [name, given[name]]));
}

function stored(): Partial<Prefs> {
  try {
    return picked(JSON.parse(localStorage.getItem(STORED) ?? "{}") as Partial<Prefs>);
  } catch {
    return {};
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
