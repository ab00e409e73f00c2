/** What can be done with views that are records, and who may: the server decides, this is what to offer. */
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { call } from "@api/transport";
import { type Access, useAccess } from "@app/access";
import { recall, rememberPref } from "@app/prefs";
import { toast } from "../toasts";
import { type Audience, SAVED_VIEW, type View } from "./savedViews";
import { defaultOf } from "./state";
import type { Saving } from "./ViewPicker";

const PATH = "/v1/saved-views";

/** Whether a unit, or without one everybody, lies within the scope of the permission. */
export function reaches({ scope, me }: Access, permission: string, unit?: string): boolean {
  const own = me.user?.unit_path ?? "";
  const far = scope(permission);
  if (far === "all") return true;
  if (!unit) return false;
  return far === "subtree" ? unit.startsWith(own) : far === "unit" && unit === own;
}

/** `resource`: what the permission is of; reports and dashboards are shared as views are. */
export function mayChange(access: Access, view: Pick<View, "audience" | "unit_path" | "owner_id">, verb: "update" | "delete", resource = "identity.saved_view"): boolean {
  if (!view.audience || !access.can(`${resource}.${verb}`)) return false;
  if (view.owner_id === access.id) return true;
  return view.audience !== "PRIVATE" && reaches(access, `${resource}.${verb}`, view.audience === "UNIT" ? view.unit_path : undefined);
}

export interface Naming {
  name: string;
  audience: Audience;
  unit_path?: string;
}

export function useViewActions({ state, columns, onSaved }: Saving) {
  const { t } = useTranslation("saved_views");
  const client = useQueryClient();
  const access = useAccess();
  const { view } = state;
  const isDefault = recall(defaultOf(state.resource), "") === view.id;
  const reload = () => client.invalidateQueries({ queryKey: [SAVED_VIEW] });
  const shown = { filter: state.filter, order_by: state.order, search: state.search, layout: state.layout, columns };
  const make = async (record: Partial<View>) => {
    const made = await call<View>("POST", PATH, { body: { ...record, resource: state.resource } });
    await reload();
    state.set({ view: made.id });
  };
  const change = async (changes: Partial<View>) => {
    await call<View>("PATCH", `${PATH}/${view.id}`, { body: changes, etag: view.etag });
    await reload();
  };
  return {
    mayUpdate: mayChange(access, view, "update"),
    mayDelete: mayChange(access, view, "delete"),
    isDefault,
    save: async (naming: Naming) => {
      await make({ ...shown, ...naming });
      toast.done(t(naming.audience === "PRIVATE" ? "saved" : "shared", { name: naming.name }));
    },
    edit: async (naming: Naming) => {
      await change({ ...naming });
      toast.done(t("saved", { name: naming.name }));
    },
    update: async () => {
      await change(shown);
      onSaved();
      state.set({ view: view.id });
      toast.done(t("updated", { name: view.name }));
    },
    remove: async () => {
      await call("DELETE", `${PATH}/${view.id}`, { etag: view.etag });
      onSaved();
      if (isDefault) rememberPref(defaultOf(state.resource), "");
      state.set({ view: undefined });
      await reload();
      const { name, filter, order_by, search, columns: fields, layout, audience, unit_path } = view;
      toast.undo(t("deleted", { name }), () => make({ name, filter, order_by, search, columns: fields, layout, audience, unit_path }));
    },
    toggleDefault: () => {
      rememberPref(defaultOf(state.resource), isDefault ? "" : view.id);
      toast.done(t(isDefault ? "default_cleared" : "default_set", { name: view.name }));
    },
  };
}
