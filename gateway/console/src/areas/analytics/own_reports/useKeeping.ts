/** Keeping a report: a new one, changes of one's own, or a copy of what another shared. */
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useLocation, useNavigate } from "react-router";
import { create, remember, type Row } from "@api/records";
import { reportDefinitions } from "@api/resources";
import { call } from "@api/transport";
import { useAccess } from "@app/access";
import { mayChange } from "@kit/list/useViewActions";
import type { Kept } from "@kit/report/KeepDialog";
import { asked, type Definition, type Question } from "@kit/report/definition";
import { toast } from "@kit/toasts";

const PAGE = "/app/analytics/own-reports";

/** What the page of the kept report begins with. */
export interface Next {
  place?: boolean;
}

export function useKeeping(kept: Definition | undefined) {
  const { t } = useTranslation("own_reports");
  const client = useQueryClient();
  const navigate = useNavigate();
  const here = useLocation().pathname;
  const access = useAccess();
  const view = kept ? { audience: "PRIVATE" as const, ...kept, filter: "" } : undefined;
  const may = (verb: "update" | "delete") => Boolean(view) && mayChange(access, view as NonNullable<typeof view>, verb, reportDefinitions.permission);
  const show = async (row: Row, state?: Next) => {
    remember(client, reportDefinitions, row);
    await client.invalidateQueries({ queryKey: [reportDefinitions.schema, "list"] });
    if (here !== `${PAGE}/${row.id}` || location.search) await navigate(`${PAGE}/${row.id}`, { replace: true, state });
    return row;
  };
  const [mayUpdate, mayDelete] = [may("update"), may("delete")];
  return {
    mayCreate: access.can(`${reportDefinitions.permission}.create`),
    mayUpdate,
    mayDelete,
    save: async (question: Question, naming: Partial<Kept> & { name: string }, next?: Next): Promise<Row> => {
      const body = { ...question, ...naming };
      const row = kept && mayUpdate ? await call<Row>("PATCH", `${reportDefinitions.path}/${kept.id}`, { body, etag: kept.etag }) : await create(reportDefinitions, body);
      toast.done(t("saved", { name: row.name }));
      return show(row, next);
    },
    remove: async () => {
      if (!kept) return;
      const { id, etag, name, audience, unit_path } = kept;
      const record = { ...asked(kept), name, audience, unit_path };
      await call("DELETE", `${reportDefinitions.path}/${id}`, { etag });
      await client.invalidateQueries({ queryKey: [reportDefinitions.schema, "list"] });
      await navigate(PAGE);
      toast.undo(t("deleted", { name: kept.name }), async () => show(await create(reportDefinitions, record)));
    },
  };
}
