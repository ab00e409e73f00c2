/** The bulk changes this browser shows the progress of; they outlive the page, so that a reload goes on showing them. */
import { useSyncExternalStore } from "react";

export interface Watched {
  service: string;
  id: string;
  /** Schema of the records, whose lists are read again at the end. */
  schema: string;
}

const KEY = "crm.bulk-changes";
const listeners = new Set<() => void>();
let watched: Watched[] = read();

function read(): Watched[] {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "[]") as Watched[];
  } catch {
    return [];
  }
}

function keep(next: Watched[]): void {
  watched = next;
  localStorage.setItem(KEY, JSON.stringify(next));
  listeners.forEach((listener) => listener());
}

export const watch = (one: Watched): void => keep([...watched, one].slice(-6));
export const unwatch = (id: string): void => keep(watched.filter((each) => each.id !== id));

export function useWatched(): Watched[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => watched,
  );
}
