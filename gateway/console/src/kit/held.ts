/**
 * While somebody types into a record, it does not change under the hands: `useHeld(dirty)` in whatever edits. What
 * others change meanwhile waits, and the shell says so.
 */
import { useEffect, useSyncExternalStore } from "react";

let holders = 0;
const listeners = new Set<() => void>();

function add(by: 1 | -1): void {
  holders += by;
  listeners.forEach((listener) => listener());
}

export function useHeld(held = true): void {
  useEffect(() => {
    if (!held) return undefined;
    add(1);
    return () => add(-1);
  }, [held]);
}

export const isHeld = (): boolean => holders > 0;

export function onHeld(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useIsHeld = (): boolean => useSyncExternalStore(onHeld, isHeld);
