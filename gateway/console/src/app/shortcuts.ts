/**
 * Keyboard: single keys only outside inputs, never while an input method composes (pinyin), and off when the person
 * switched them off. `useShortcut("c", open, { label: "create" })` also puts the key onto the `?` sheet.
 */
import { useEffect, useRef } from "react";
import { recall } from "./prefs";

export interface Shortcut {
  keys: string;
  /** Key of `app.json` under `shortcuts`. */
  label: string;
}

type Registered = Shortcut & { run: (event: KeyboardEvent) => void };

const registered = new Set<Registered>();
let prefix = "";
let forget = 0;

export const shownShortcuts = (): Shortcut[] => [...registered].filter((each) => each.label);

export function useShortcut(keys: string, run: (event: KeyboardEvent) => void, label = "", enabled = true): void {
  const latest = useRef(run);
  latest.current = run;
  useEffect(() => {
    if (!enabled) return undefined;
    const entry: Registered = { keys, label, run: (event) => latest.current(event) };
    registered.add(entry);
    return () => void registered.delete(entry);
  }, [keys, label, enabled]);
}

export function typing(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  return Boolean(element?.closest?.("input, textarea, select, [contenteditable='true'], [role='combobox'], [role='dialog'], [role='menu']"));
}

export function listenForShortcuts(): () => void {
  const onKey = (event: KeyboardEvent) => {
    if (event.isComposing || event.keyCode === 229 || event.defaultPrevented) return;
    const name = keyName(event);
    const modified = name.startsWith("mod+");
    if (!modified && (typing(event.target) || recall("shortcuts_off", false))) return;
    // A focused button or link answers these keys itself.
    if ((name === "enter" || name === "space") && (event.target as HTMLElement).closest?.("button, a, summary")) return;
    const wanted = prefix ? `${prefix} ${name}` : name;
    // The innermost page registered last; it answers first.
    const hit = [...registered].reverse().find((each) => each.keys === wanted);
    clearTimeout(forget);
    if (hit) {
      prefix = "";
      event.preventDefault();
      hit.run(event);
    } else {
      prefix = !prefix && [...registered].some((each) => each.keys.startsWith(`${name} `)) ? name : "";
      forget = window.setTimeout(() => (prefix = ""), 1200);
    }
  };
  document.addEventListener("keydown", onKey);
  return () => document.removeEventListener("keydown", onKey);
}

function keyName(event: KeyboardEvent): string {
  const key = event.key === " " ? "space" : event.key.toLowerCase();
  if (event.ctrlKey || event.metaKey) return `mod+${key}`;
  if (event.shiftKey && /^[a-z]$/.test(key)) return `shift+${key}`;
  return event.altKey ? `alt+${key}` : key;
}
