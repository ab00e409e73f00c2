/** Changing a dashboard: shown at once, said where it was refused, taken back by undo. */
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { create, remember, type Row, useChange } from "@api/records";
import { dashboards } from "@api/resources";
import { call } from "@api/transport";
import { useAccess } from "@app/access";
import { mayChange } from "@kit/list/useViewActions";
import type { Kept } from "@kit/report/KeepDialog";
import type { Tile } from "@kit/report/tiles";
import { toast } from "@kit/toasts";

const LIST = "/app/analytics/dashboards";

export function useBoard(record: Row) {
  const { t } = useTranslation("dashboards");
  const client = useQueryClient();
  const navigate = useNavigate();
  const access = useAccess();
  const change = useChange(dashboards);
  const may = (verb: "update" | "delete") => mayChange(access, { audience: "PRIVATE", ...record }, verb, dashboards.permission);
  const reload = () => client.invalidateQueries({ queryKey: [dashboards.schema, "list"] });
  return {
    mayUpdate: may("update"),
    mayDelete: may("delete"),
    /** Puts the tiles in this order; `said` tells what was done and offers to take it back. */
    place: async (tiles: Tile[], said = "") => {
      const before = (record.tiles ?? []) as Tile[];
      try {
        const saved = await change.mutateAsync({ record, changes: { tiles } });
        await reload();
        if (said) toast.undo(said, async () => void (await change.mutateAsync({ record: saved, changes: { tiles: before } })));
      } catch (refusal) {
        toast.refused(refusal);
      }
    },
    rename: async (kept: Kept) => {
      remember(client, dashboards, await call<Row>("PATCH", `${dashboards.path}/${record.id}`, { body: kept, etag: record.etag }));
      await reload();
      toast.done(t("saved", { name: kept.name }));
    },
    remove: async () => {
      const { name, tiles, audience, unit_path } = record;
      try {
        await call("DELETE", `${dashboards.path}/${record.id}`, { etag: record.etag });
      } catch (refusal) {
        return toast.refused(refusal);
      }
      await reload();
      await navigate(LIST);
      toast.undo(t("deleted", { name }), async () => {
        await create(dashboards, { name, tiles, audience, unit_path });
        await reload();
      });
    },
  };
}
