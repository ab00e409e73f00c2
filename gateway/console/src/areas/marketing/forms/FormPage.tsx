/** One form: what it says and asks, where strangers find it, and what came of it. */
import { useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { type ReactNode, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";
import { type Row, useRecord, useVerb } from "@api/records";
import { call } from "@api/transport";
import { useAccess } from "@app/access";
import { visited } from "@app/recent";
import { useGuardedChange } from "@kit/conflict";
import { LinesEditor } from "@kit/lines/LinesEditor";
import { Facts } from "@kit/record/Facts";
import { RecordPage } from "@kit/record/RecordPage";
import { VerbDialog } from "@kit/record/VerbDialog";
import { type Verb, Verbs } from "@kit/record/Verbs";
import { Empty, Failed, Loading } from "@kit/states";
import { toast } from "@kit/toasts";
import { FormState } from "./FormState";
import { addressOf, embedding, previewOf, webForms } from "./forms";
import "./forms.css";

export default function FormPage() {
  const { t } = useTranslation("web_forms");
  const { id = "" } = useParams();
  const { id: own, can } = useAccess();
  const navigate = useNavigate();
  const client = useQueryClient();
  const found = useRecord(webForms, id);
  const verb = useVerb(webForms);
  const change = useGuardedChange(webForms, "web_forms");
  const [removing, remove] = useState(false);
  const form = found.data;
  useEffect(() => {
    if (form) visited(own, webForms, form);
  }, [own, form]);
  if (found.isPending) return <Loading rows={8} />;
  if (!form) return <Failed error={found.error} retry={() => void found.refetch()} />;
  const { name, state } = form;
  const act = (what: string, etag = form.etag) => verb.mutateAsync({ id, verb: what, body: {}, etag });
  const publish = async () => {
    const moved = await act("publish");
    toast.undo(t("done.publish", { name }), () => act("close", moved.etag));
  };
  const close = async () => {
    const moved = await act("close");
    toast.undo(t("done.close", { name }), () => act("publish", moved.etag));
  };
  const destroy = async () => {
    await call("DELETE", `${webForms.path}/${id}`, { query: { etag: form.etag } });
    await client.invalidateQueries({ queryKey: [webForms.schema] });
    toast.done(t("done.remove", { name }));
    void navigate("/app/marketing/forms");
  };
  const write = async (fields: Record<string, unknown>[]) => {
    if (await change(form, { fields })) toast.done(t("done.fields", { name }));
  };
  const may = (what: string) => `leads.web_form.${what}`;
  const published = state === "PUBLISHED";
  const verbs: Verb[] = [
    { key: "publish", label: t("verbs.publish"), permission: may("publish"), enabled: !published, run: publish },
    { key: "preview", label: t("verbs.preview"), permission: may("get"), enabled: true, run: () => void window.open(previewOf(form), "_blank", "noopener") },
    { key: "close", label: t("verbs.close"), permission: may("close"), enabled: published, run: close },
    { key: "remove", label: t("verbs.remove"), permission: may("delete"), enabled: !published, danger: true, run: () => remove(true) },
  ];
  return (
    <>
      <RecordPage
        back="/app/marketing/forms"
        title={name}
        state={<FormState form={form} />}
        verbs={<Verbs verbs={verbs} />}
        highlights={["shown_count", "submitted_count", "refused_count"].map((field) => ({ label: t(`fields.${field}`), value: Number(form[field] ?? 0) }))}
        body={
          <LinesEditor title={t("fields.fields")} schema="leads.WebFormField" namespace="web_forms" field="fields" lines={(form.fields ?? []) as Row[]} editable={can(may("update"))} blank={{ field: "", required: false }} onSave={write} empty={<Empty title={t("questions.empty")} text={t("questions.empty_text")} />}
            columns={[{ field: "field", width: 170 }, { field: "label_zh", width: 160 }, { field: "label_en", width: 160 }, { field: "required", width: 80 }, { field: "help_zh", width: 180 }, { field: "help_en", width: 180 }]} />
        }
        facts={
          <Facts resource={webForms} namespace="web_forms" record={form} groups={[
            { title: t("groups.text"), fields: ["name", "title_zh", "title_en", "intro_zh", "intro_en", "thanks_zh", "thanks_en", "consent_zh", "consent_en", "default_language"] },
            { title: t("groups.leads"), fields: ["campaign_id", "channel", "source", "target_unit_path"] },
            { title: t("groups.embed"), fields: ["allowed_origins"] },
            { title: t("groups.more"), fields: ["publish_time", "owner_id", "create_time", "update_time", "custom_fields"] },
          ]} />
        }
        timeline={published ? <Address form={form} /> : <Empty title={t("address.none")} text={t("address.none_text")} />}
      />
      {removing ? <VerbDialog title={t("verbs.remove")} operation={webForms.schema} namespace="web_forms" fields={[]} intro={<p>{t("remove_text")}</p>} onClose={() => remove(false)} onSubmit={destroy} /> : null}
    </>
  );
}

/** Where strangers find a published form: its link, and what to paste into a website. */
function Address({ form }: { form: Row }) {
  const { t } = useTranslation("web_forms");
  const copy = (text: string, told: string) => async () => {
    await navigator.clipboard.writeText(text);
    toast.done(t(told));
  };
  const line = (title: string, text: string, told: string, more?: ReactNode) => (
    <div className="form-address">
      <div className="crm-panel-head"><h2>{title}</h2><span>{more}<Button size="small" onClick={() => void copy(text, told)()}>{t("kit:copy")}</Button></span></div>
      <code>{text}</code>
    </div>
  );
  return (
    <>
      {line(t("address.link"), addressOf(form), "address.link_copied", <Button size="small" type="link" href={addressOf(form)} target="_blank" rel="noopener">{t("address.open")}</Button>)}
      {form.allowed_origins?.length ? line(t("address.embed"), embedding(form), "address.embed_copied") : <p className="crm-muted">{t("address.embed_hint")}</p>}
    </>
  );
}
