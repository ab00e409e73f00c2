/** What can be done with a model: previewed, put in force after a preview, copied, ended, removed. */
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { create, type Row, useVerb } from "@api/records";
import { customers, territories, territoryAlignments, territoryModels } from "@api/resources";
import { call } from "@api/transport";
import { useAccess } from "@app/access";
import { useGuardedChange } from "@kit/conflict";
import { VerbDialog } from "@kit/record/VerbDialog";
import type { Verb } from "@kit/record/Verbs";
import { toast } from "@kit/toasts";
import { Failed, Loading } from "@kit/states";
import { AlignmentReport } from "./AlignmentReport";
import { useAlignment } from "./alignments";

type Asked = "activate" | "copy" | "rename" | "archive" | "remove" | "";

export function useModelVerbs(model: Row | undefined): { verbs: Verb[]; dialog: ReactNode } {
  const { t } = useTranslation("territories");
  const { can } = useAccess();
  const navigate = useNavigate();
  const client = useQueryClient();
  const verb = useVerb(territoryModels);
  const change = useGuardedChange(territoryModels, "territories");
  const [asked, ask] = useState<Asked>("");
  const [preview, setPreview] = useState("");
  if (!model) return { verbs: [], dialog: null };
  const { id, name, state, etag } = model;
  const planning = state === "PLANNING";
  const refresh = async () => {
    for (const { schema } of [territoryModels, territories, territoryAlignments, customers]) await client.invalidateQueries({ queryKey: [schema] });
  };
  const align = async (kind: "PREVIEW" | "RUN") => {
    const made = await create(territoryAlignments, kind === "RUN" ? { kind } : { kind, territory_model_id: id });
    await client.invalidateQueries({ queryKey: [territoryAlignments.schema] });
    return made;
  };
  const prepare = async () => {
    setPreview(can("customers.territory_alignment.create") ? (await align("PREVIEW")).id : "");
    ask("activate");
  };
  const activate = async (values: object) => {
    const done = await verb.mutateAsync({ id, verb: "activate", body: values, etag });
    await refresh();
    toast.done(t(done.state === "ACTIVE" ? "done.activate" : "done.planned", { name }));
  };
  const rename = async (values: Record<string, unknown>) => {
    const saved = await change(model, values);
    if (saved) toast.undo(t("done.rename"), () => change(saved, { name }));
  };
  const copy = async (values: object) => {
    const made = await verb.mutateAsync({ id, verb: "copy", body: values });
    await refresh();
    toast.done(t("done.copy", { name: made.name }));
    void navigate(territoryModels.page(made.id));
  };
  const archive = async () => {
    await verb.mutateAsync({ id, verb: "archive", etag });
    await refresh();
    toast.done(t("done.archive", { name }));
  };
  const remove = async () => {
    await call("DELETE", `${territoryModels.path}/${id}`, { query: { etag } });
    void navigate("/app/settings/territories");
    await refresh();
    toast.done(t("done.remove", { name }));
  };
  const verbs: Verb[] = [
    { key: "activate", label: t("verbs.activate"), permission: "identity.territory_model.activate", enabled: planning, run: prepare },
    { key: "preview", label: t("verbs.preview"), permission: "customers.territory_alignment.create", enabled: planning, run: () => align("PREVIEW") },
    { key: "copy", label: t("verbs.copy"), permission: "identity.territory_model.copy", enabled: true, rare: planning, run: () => ask("copy") },
    { key: "align", label: t("verbs.align"), permission: "customers.territory_alignment.create", enabled: state === "ACTIVE", run: () => align("RUN") },
    { key: "rename", label: t("verbs.rename"), permission: "identity.territory_model.update", enabled: true, rare: true, run: () => ask("rename") },
    { key: "archive", label: t("verbs.archive"), permission: "identity.territory_model.archive", enabled: state !== "ARCHIVED", danger: true, rare: true, run: () => ask("archive") },
    { key: "remove", label: t("verbs.remove"), permission: "identity.territory_model.delete", enabled: state !== "ACTIVE", danger: true, rare: true, run: () => ask("remove") },
  ];
  const close = () => ask("");
  const dialog = (): ReactNode => {
    if (asked === "activate") return <VerbDialog title={t("activate.title", { name })} operation="identity_ActivateTerritoryModel" namespace="territories" fields={["effective_time"]} intro={<><p>{t("activate.text")}</p>{preview ? <Preview id={preview} /> : null}</>} submitLabel={t("activate.submit")} onSubmit={activate} onClose={close} />;
    if (asked === "copy") return <VerbDialog title={t("verbs.copy")} operation="identity_CopyTerritoryModel" namespace="territories" fields={["name"]} initial={{ name: t("copy.name", { name }) }} intro={<p>{t("copy.text")}</p>} onSubmit={copy} onClose={close} />;
    if (asked === "rename") return <VerbDialog title={t("verbs.rename")} operation={territoryModels.schema} namespace="territories" fields={["name"]} initial={{ name }} onSubmit={rename} onClose={close} />;
    if (asked === "archive") return <VerbDialog title={t("archive.title", { name })} operation="identity_ArchiveTerritoryModel" namespace="territories" fields={[]} intro={<p>{t(state === "ACTIVE" ? "archive.text" : "archive.text_planned")}</p>} submitLabel={t("verbs.archive")} onSubmit={archive} onClose={close} />;
    if (asked === "remove") return <VerbDialog title={t("remove.title", { name })} operation="identity_ArchiveTerritoryModel" namespace="territories" fields={[]} intro={<p>{t("remove.text")}</p>} submitLabel={t("verbs.remove")} onSubmit={remove} onClose={close} />;
    return null;
  };
  return { verbs, dialog: dialog() };
}

function Preview({ id }: { id: string }) {
  const found = useAlignment(id);
  if (found.isPending) return <Loading rows={3} />;
  if (found.isError) return <Failed error={found.error} retry={() => void found.refetch()} />;
  return <AlignmentReport alignment={found.data} />;
}
