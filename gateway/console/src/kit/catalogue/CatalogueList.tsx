/**
 * The list of something administrators keep, with the form for a new one: `<CatalogueList resource={products}
 * namespace="products" views={views} columns={columns} form={FORM} />`. Texts of the namespace: `title`, `empty.title`,
 * `empty.text` and those of `NewRecord`.
 */
import { useTranslation } from "react-i18next";
import type { Resource, Row } from "@api/records";
import type { Column } from "../list/columns";
import { RecordList } from "../list/RecordList";
import type { View } from "../list/state";
import { Empty } from "../states";
import type { CatalogueForm } from "./form";
import { NewRecord } from "./NewRecord";

interface Props {
  resource: Resource;
  namespace: string;
  views: View[];
  columns: Column[];
  form: CatalogueForm;
  prepare?: (values: Record<string, unknown>) => Partial<Row>;
}

export function CatalogueList({ resource, namespace, views, columns, form, prepare }: Props) {
  const { t } = useTranslation(namespace);
  const action = <NewRecord resource={resource} namespace={namespace} form={form} prepare={prepare} />;
  return <RecordList resource={resource} namespace={namespace} title={t("title")} views={views} columns={columns} actions={action} empty={<Empty title={t("empty.title")} text={t("empty.text")} action={action} />} />;
}
