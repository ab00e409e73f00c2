/**
 * What is done with something administrators keep: change it by its form, turn something of it on or off, remove it.
 * `const { edit, remove, turn, dialog } = useCatalogueVerbs({ resource, namespace, record, form, back });` gives the verbs
 * for `<Verbs>`; each change can be undone, what is removed is asked for first.
 */
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { listPage, type Resource, type Row } from "@api/records";
import { call } from "@api/transport";
import { useGuardedChange } from "../conflict";
import { isBlank } from "../FieldValue";
import { VerbDialog } from "../record/VerbDialog";
import type { Verb } from "../record/Verbs";
import { toast } from "../toasts";
import type { CatalogueForm } from "./form";

interface Props {
  resource: Resource;
  namespace: string;
  record: Row;
  form: CatalogueForm;
  /** The list it stands in, shown when it is gone. */
  back: string;
}

export interface CatalogueVerbs {
  edit: Verb;
  remove: Verb;
  /** A verb that sets one field, with what to say then. */
  turn: (key: string, changes: Partial<Row>, enabled: boolean) => Verb;
  /** Makes it the default in place of the present one, of which there is always exactly one. */
  makeDefault: Verb;
  /** Sets fields at once, undone by the toast. */
  set: (changes: Partial<Row>, text: string) => Promise<void>;
  dialog: ReactNode;
}

export function useCatalogueVerbs({ resource, namespace, record, form, back }: Props): CatalogueVerbs {
  const { t } = useTranslation([namespace, "catalogue"]);
  const navigate = useNavigate();
  const client = useQueryClient();
  const change = useGuardedChange(resource, namespace);
  const [asked, ask] = useState<"edit" | "remove" | "">("");
  const name = resource.title(record);
  const reload = () => client.invalidateQueries({ queryKey: [resource.schema] });
  const before = (names: string[]) => Object.fromEntries(names.map((each) => [each, record[each] ?? null]));
  const set = async (changes: Partial<Row>, text: string) => {
    const saved = await change(record, changes);
    await reload();
    if (saved) toast.undo(text, async () => { await change(saved, before(Object.keys(changes))); await reload(); });
  };
  const replaceDefault = async () => {
    const [former] = (await listPage(resource, { filter: "is_default = true", page_size: 1 })).rows;
    const saved = await change(record, { is_default: true });
    await reload();
    if (saved) toast.undo(t("catalogue:made_default", { name }), async () => { if (former) await call("PATCH", `${resource.path}/${former.id}`, { body: { is_default: true } }); await reload(); });
  };
  const { fields, more = [], required, inputs } = form;
  // Custom fields are changed in place, one by one; what was emptied is not among the values of a form, and yet meant.
  const own = [...fields, ...more].filter((each) => each !== "custom_fields");
  const save = async (values: Record<string, unknown>) => {
    const said = (value: unknown) => JSON.stringify(isBlank(value) ? null : value);
    // Only what was changed here: the rest may have been changed by others meanwhile.
    const changed = own.filter((each) => said(values[each]) !== said(record[each]));
    if (changed.length > 0) await set(Object.fromEntries(changed.map((each) => [each, values[each] ?? null])), t("catalogue:saved", { name }));
  };
  const remove = async () => {
    await call("DELETE", `${resource.path}/${record.id}`, { query: { etag: record.etag } });
    toast.done(t("catalogue:removed", { name }));
    void navigate(back);
    await reload();
  };
  const close = () => ask("");
  const dialogs: Record<string, ReactNode> = {
    edit: <VerbDialog title={t("catalogue:edit")} operation={resource.schema} namespace={namespace} fields={own.filter((each) => fields.includes(each))} more={own.filter((each) => more.includes(each))} required={required} inputs={inputs} initial={before(own)} submitLabel={t("kit:save")} onSubmit={save} onClose={close} />,
    remove: <VerbDialog title={t("catalogue:remove")} operation={resource.schema} namespace={namespace} fields={[]} intro={<p>{t("remove_text", { name, defaultValue: t("catalogue:remove_text", { name }) })}</p>} onSubmit={remove} onClose={close} />,
  };
  return {
    edit: { key: "edit", label: t("catalogue:edit"), permission: `${resource.permission}.update`, enabled: true, run: () => ask("edit") },
    remove: { key: "remove", label: t("catalogue:remove"), permission: `${resource.permission}.delete`, enabled: true, danger: true, rare: true, run: () => ask("remove") },
    turn: (key, changes, enabled) => ({ key, label: t(`verbs.${key}`), permission: `${resource.permission}.update`, enabled, run: () => set(changes, t(`done.${key}`, { name })) }),
    makeDefault: { key: "default", label: t("catalogue:make_default"), permission: `${resource.permission}.update`, enabled: !record.is_default, rare: true, run: replaceDefault },
    set,
    dialog: dialogs[asked] ?? null,
  };
}
