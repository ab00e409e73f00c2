/** What can be done with these records, or with all that the list shows, as one bulk change that goes on by itself. */
import { CloseOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { type Chosen, serviceOf, startBulkChange } from "@api/bulk";
import type { ListQuery, Resource, Row } from "@api/records";
import { useAccess } from "@app/access";
import { usePrefs } from "@app/prefs";
import { useShortcut } from "@app/shortcuts";
import { watch } from "../bulk/watched";
import { count } from "../format";
import { VerbDialog } from "../record/VerbDialog";
import { toast } from "../toasts";
import type { BulkAction } from "./bulk";

const BulkEdit = lazy(() => import("../bulk/BulkEdit"));
const MOST = 10_000;

interface Props {
  resource: Resource;
  namespace: string;
  rows: Row[];
  actions: BulkAction[];
  /** What the list shows now, how many records that are, and whether all of its rows read so far are selected. */
  query: ListQuery;
  total: number;
  whole: boolean;
  onClear: () => void;
}

export default function BulkBar({ resource, namespace, rows, actions, query, total, whole, onClear }: Props) {
  const { t } = useTranslation("bulk_changes");
  const { can } = useAccess();
  const navigate = useNavigate();
  const { language } = usePrefs();
  const [all, setAll] = useState(false);
  const [asking, ask] = useState<BulkAction | "edit">();
  const [busy, setBusy] = useState(false);
  const everything = all && whole;
  const offersAll = whole && !resource.plain && total > rows.length && total <= MOST;
  const start = async (verb: string, body: object, chosen: Chosen) => {
    setBusy(true);
    try {
      const made = await startBulkChange(resource, verb, body, chosen);
      watch({ service: serviceOf(resource), id: made.id, schema: resource.schema });
      onClear();
    } finally {
      setBusy(false);
    }
  };
  const chosenFor = (action?: BulkAction): Chosen => {
    if (!everything) return { ids: rows.filter((row) => action?.enabled?.(row) ?? true).map((row) => row.id) };
    const filter = [query.filter, action?.within].filter(Boolean).map((each) => `(${each})`).join(" AND ");
    return { matching: { ...query, filter } };
  };
  const run = async (action: BulkAction) => {
    if (action.to) return void navigate(action.to.page(rows.filter((row) => action.enabled?.(row) ?? true)));
    if (action.ask) return ask(action);
    try {
      await start(action.verb, action.body ?? {}, chosenFor(action));
    } catch (refusal) {
      toast.refused(refusal);
    }
  };
  const possible = (action: BulkAction): boolean => {
    const concerned = rows.filter((row) => action.enabled?.(row) ?? true).length;
    return action.to ? !everything && concerned >= action.to.least && concerned <= action.to.most : everything || concerned > 0;
  };
  const permitted = can("ops.bulk_change.create") ? actions.filter((action) => can(action.permission)) : [];
  const assign = permitted.find((action) => action.key === "assign");
  useShortcut("a", () => assign && void run(assign), "assign_selected", Boolean(assign) && !busy);
  const edits = !resource.plain && !resource.fixed && can("ops.bulk_change.create") && can(`${resource.permission}.update`);
  const number = everything ? total : rows.length;
  return (
    <section className="crm-bulk" aria-label={t("label")}>
      <span role="status">{t(everything ? "selected_all" : "selected", { count: number, formatted: count(language, number) })}</span>
      {offersAll && !all ? <Button size="small" type="link" onClick={() => setAll(true)}>{t("select_all", { formatted: count(language, total) })}</Button> : null}
      {permitted.map((action) => (
        <Button key={action.key} size="small" disabled={busy || !possible(action)} onClick={() => void run(action)}>{action.label}</Button>
      ))}
      {edits ? <Button size="small" disabled={busy} onClick={() => ask("edit")}>{t("edit.title")}</Button> : null}
      <Button size="small" type="text" icon={<CloseOutlined />} aria-label={t("clear")} onClick={onClear} />
      <Suspense fallback={null}>
        {asking === "edit" ? <BulkEdit resource={resource} namespace={namespace} title={t("edit.of", { formatted: count(language, number) })} onClose={() => ask(undefined)} onSubmit={(body) => start("update", body, chosenFor())} /> : null}
        {asking && asking !== "edit" && asking.ask ? <VerbDialog title={t("ask", { verb: asking.label, formatted: count(language, number) })} submitLabel={asking.label} operation={asking.ask.operation} namespace={namespace} fields={asking.ask.fields} onClose={() => ask(undefined)} onSubmit={(values) => start(asking.verb, { ...asking.body, ...values }, chosenFor(asking))} /> : null}
      </Suspense>
    </section>
  );
}
