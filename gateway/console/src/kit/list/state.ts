/** The URL is the state of a list: view, filter, order, search, layout and the record being peeked at. */
import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import { recall, rememberPref, usePrefs } from "@app/prefs";

export interface View {
  id: string;
  name: string;
  filter: string;
  order_by?: string;
  columns?: string[];
  /** Saved by the person, so that it can be changed and removed. */
  own?: boolean;
}

export interface ListState {
  views: View[];
  view: View;
  filter: string;
  order: string;
  search: string;
  layout: string;
  peek: string;
  /** Whether filter or order differ from what the view says. */
  changed: boolean;
  set: (changes: Partial<Record<"view" | "f" | "o" | "q" | "layout" | "peek", string | undefined>>) => void;
  saveView: (name: string, columns?: string[]) => void;
  removeView: (id: string) => void;
}

export function useListState(name: string, builtIn: View[]): ListState {
  const [params, setParams] = useSearchParams();
  const prefs = usePrefs();
  const own = recall<View[]>(`views.${name}`, []);
  const views = useMemo(() => [...builtIn, ...own.map((each) => ({ ...each, own: true }))], [builtIn, own, prefs]); // eslint-disable-line react-hooks/exhaustive-deps
  const view = views.find((each) => each.id === params.get("view")) ?? (views[0] as View);
  const filter = params.get("f") ?? view.filter;
  const order = params.get("o") ?? view.order_by ?? "";

  const set = useCallback<ListState["set"]>(
    (changes) => {
      setParams(
        (before) => {
          const next = new URLSearchParams(before);
          if ("view" in changes) ["f", "o", "q"].forEach((key) => next.delete(key));
          for (const [key, value] of Object.entries(changes)) {
            if (value === undefined || (value === "" && key !== "f")) next.delete(key);
            else next.set(key, value);
          }
          return next;
        },
        // Going back leaves the list, not each letter typed into its filter.
        { replace: !("view" in changes), preventScrollReset: true },
      );
    },
    [setParams],
  );
  const saveView = (title: string, columns?: string[]) => {
    const id = view.own && title === view.name ? view.id : `v${Date.now().toString(36)}`;
    const saved: View = { id, name: title, filter, order_by: order || undefined, columns };
    rememberPref(`views.${name}`, [...own.filter((each) => each.id !== id), saved]);
    set({ view: id });
  };
  const removeView = (id: string) => {
    rememberPref(`views.${name}`, own.filter((each) => each.id !== id));
    set({ view: undefined });
  };
  return {
    views,
    view,
    filter,
    order,
    search: params.get("q") ?? "",
    layout: params.get("layout") ?? "",
    peek: params.get("peek") ?? "",
    changed: filter !== view.filter || order !== (view.order_by ?? ""),
    set,
    saveView,
    removeView,
  };
}
