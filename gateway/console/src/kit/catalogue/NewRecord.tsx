/**
 * The button for a new one and its form, for whoever may make it; leads to its page afterwards. Texts: `create.title`,
 * `create.submit` and, where there is something to say first, `create.text` of the namespace.
 * `<NewRecord resource={pools} namespace="pools" form={FORM} prepare={(values) => …} />`
 */
import { useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { create, type Resource, type Row } from "@api/records";
import { useAccess } from "@app/access";
import { VerbDialog } from "../record/VerbDialog";
import type { CatalogueForm } from "./form";

interface Props {
  resource: Resource;
  namespace: string;
  form: CatalogueForm;
  /** What is sent, from what was filled in. */
  prepare?: (values: Record<string, unknown>) => Partial<Row>;
  /** Key of the texts, where a namespace has several. */
  texts?: string;
  quiet?: boolean;
}

export function NewRecord({ resource, namespace, form, prepare = (values) => values, texts = "create", quiet }: Props) {
  const { t } = useTranslation(namespace);
  const { can } = useAccess();
  const navigate = useNavigate();
  const client = useQueryClient();
  const [adding, add] = useState(false);
  if (!can(`${resource.permission}.create`)) return null;
  const save = async (values: Record<string, unknown>) => {
    const made = await create(resource, prepare(values));
    await client.invalidateQueries({ queryKey: [resource.schema] });
    void navigate(resource.page(made.id));
  };
  const { fields, more, once = [], required, inputs, initial } = form;
  const text = t(`${texts}.text`, { defaultValue: "" });
  return (
    <>
      <Button type={quiet ? "default" : "primary"} onClick={() => add(true)}>{t(`${texts}.title`)}</Button>
      {adding ? <VerbDialog title={t(`${texts}.title`)} operation={resource.schema} resource={resource} namespace={namespace} fields={[...fields, ...once]} more={more} required={required} inputs={inputs} initial={initial} intro={text ? <p>{text}</p> : null} submitLabel={t(`${texts}.submit`)} onSubmit={save} onClose={() => add(false)} /> : null}
    </>
  );
}
