/** Keeps what is shown as others leave it: `useLive()` once, in the shell. Answers what waits while somebody types. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { type Change, live } from "@api/live";
import { isHeld, onHeld } from "@kit/held";
import { isShown, refresh, unknown } from "./refresh";

/** Changes that come together are one reading; a burst is at most one in so many milliseconds. */
const GATHER_MS = 250;
const PACE_MS = 1000;

export interface Waiting {
  /** The latest change of something on the page. */
  change: Change;
  show: () => void;
}

export function useLive(): { lost: boolean; waiting: Waiting | undefined } {
  const client = useQueryClient();
  const [lost, setLost] = useState(false);
  const [waiting, setWaiting] = useState<Change>();
  const show = useRef(() => undefined as void);
  useEffect(() => {
    let gathered: Change[] = [];
    let everything = false;
    let timer = 0;
    let last = 0;
    const flush = () => {
      timer = 0;
      last = Date.now();
      const changes = unknown(client, gathered);
      gathered = [];
      setWaiting(undefined);
      if (everything) void client.invalidateQueries();
      else if (changes.length > 0) refresh(client, changes);
      everything = false;
    };
    const soon = () => {
      if (timer === 0) timer = window.setTimeout(flush, Math.max(GATHER_MS, last + PACE_MS - Date.now()));
    };
    const settle = () => {
      if (isHeld() || (gathered.length === 0 && !everything)) return;
      soon();
    };
    show.current = flush;
    const unlisten = live.listen((news) => {
      if (news.lost !== undefined) setLost(news.lost);
      gathered.push(...(news.changes ?? []));
      everything ||= Boolean(news.reset);
      if (!isHeld()) return settle();
      clearTimeout(timer);
      timer = 0;
      const shown = unknown(client, news.changes ?? []).filter((change) => isShown(client, change)).at(-1);
      if (shown) setWaiting(shown);
    });
    const unhold = onHeld(settle);
    const stop = new AbortController();
    void live.run(stop.signal);
    return () => {
      stop.abort();
      clearTimeout(timer);
      unlisten();
      unhold();
    };
  }, [client]);
  return { lost, waiting: waiting ? { change: waiting, show: () => show.current() } : undefined };
}
