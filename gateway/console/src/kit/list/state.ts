/** The URL is the state of a list: view, filter, order, search, layout and the record being peeked at. */
import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import type { Resource } from "@api/records";
import { recall, usePrefs } from "@app/prefs";
import { useSavedViews, type View } from "./savedViews";

export type { View };

export interface ListState {
  /** Kind of record, for example `leads.lead`. */
  resource: string;
  views: View[];
  view: View;
  filter: string;
  order: string;
  search: string;
  layout: string;
  peek: string;
  /** Whether filter, order, search or layout differ from what the view says. */
  changed: boolean;
  /** Whether the URL names a view that is not there, or not for this person. */
  gone: boolean;
  /** Whether all views are known; until then it is not known either what the list shows. */
  ready: boolean;
  set: (changes: Partial<Record<"view" | "f" | "o" | "q" | "layout" | "peek", string | undefined>>) => void;
}

export const defaultOf = (resource: string): string => `default_view.${resource}`;

export function useListState({ permission: resource }: Resource, builtIn: View[]): ListState {
  const [params, setParams] = useSearchParams();
  usePrefs();
  const { saved, ready } = useSavedViews(resource);
  const views = useMemo(() => [...builtIn, ...saved], [builtIn, saved]);
  const asked = params.get("view");
  const named = views.find((each) => each.id === asked);
  const view = named ?? views.find((each) => !asked && each.id === recall(defaultOf(resource), "")) ?? (views[0] as View);
  const said = useMemo(() => ({ f: view.filter, o: view.order_by ?? "", q: view.search ?? "", layout: view.layout ?? "" }), [view]);
  const now = (key: keyof typeof said) => params.get(key) ?? said[key];

  const set = useCallback<ListState["set"]>(
    (changes) => {
      setParams(
        (before) => {
          const next = new URLSearchParams(before);
          if ("view" in changes) ["f", "o", "q", ...(said.layout ? ["layout"] : [])].forEach((key) => next.delete(key));
          for (const [key, value] of Object.entries(changes)) {
            if (value === undefined || value === (said[key as keyof typeof said] ?? "")) next.delete(key);
            else next.set(key, value);
          }
          // Who is sent the address need not have the same default.
          if (!next.has("view") && view.audience) next.set("view", view.id);
          return next;
        },
        // Going back leaves the list, not each letter typed into its filter.
        { replace: !("view" in changes), preventScrollReset: true },
      );
    },
    [setParams, said, view],
  );
  return {
    resource,
    views,
    view,
    filter: now("f"),
    order: now("o"),
    search: now("q"),
    layout: now("layout"),
    peek: params.get("peek") ?? "",
    changed: (["f", "o", "q"] as const).some((key) => now(key) !== said[key]) || (said.layout !== "" && now("layout") !== said.layout),
    gone: Boolean(asked) && !named && ready,
    ready: ready || builtIn.some((each) => each.id === asked),
    set,
  };
}
