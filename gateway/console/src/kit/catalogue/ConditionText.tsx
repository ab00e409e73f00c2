/** A condition in words, as its chips say it, or the text itself where it says more: `<ConditionText resource={leads} namespace="leads" filter={rule.filter} none={t("every")} />`. */
import { useFields } from "@api/metadata";
import type { Resource } from "@api/records";
import { useLabels } from "../labels";
import { parse } from "../list/aip160";
import { ChipText } from "../list/ChipText";
import "../list/list.css";
import "./catalogue.css";

export function ConditionText({ resource, namespace, filter, none }: { resource: Resource; namespace: string; filter: string; none: string }) {
  const labels = useLabels(namespace);
  const fields = useFields(resource.schema, resource, true);
  const terms = parse(filter);
  if (!filter) return <>{none}</>;
  if (!terms) return <code>{filter}</code>;
  return <span className="crm-condition-text">{terms.map((term, at) => <span key={at}><ChipText term={term} fields={fields} labels={labels} /></span>)}</span>;
}
