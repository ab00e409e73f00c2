/** Inputs that forms of administrators share: `inputs: { unit_path: unitPath, time_zone: timeZone, member_ids: people }`. */
import { Select } from "antd";
import { useTranslation } from "react-i18next";
import type { Resource, Row } from "@api/records";
import { useFields } from "@api/metadata";
import type { OwnInput } from "../FormFromMeta";
import { useLabels } from "../labels";
import { ConditionInput } from "../list/ConditionInput";
import { useUnits } from "../units";
import { PeoplePicker } from "./PeoplePicker";

export const unitPath = (props: OwnInput) => <UnitPathPicker {...props} />;
export const timeZone = (props: OwnInput) => <ZonePicker {...props} />;
export const people = (props: OwnInput) => <PeoplePicker {...props} />;
/** A condition over records, by the fields its rules may ask about; `custom_fields` stands for all custom ones. */
export const condition = (resource: Resource, namespace: string, names: string[]) => (props: OwnInput) => <Condition {...props} resource={resource} namespace={namespace} names={names} />;

/** A unit by its path, shown with the units above it. */
function UnitPathPicker({ value, onChange, ...rest }: OwnInput) {
  const { t } = useTranslation("kit");
  const known = useUnits();
  const all = known.data ?? [];
  const options = all.map((unit) => ({ value: String(unit.path), label: names(unit, all) }));
  return <Select {...rest} className="crm-wide" allowClear showSearch={{ optionFilterProp: "label" }} placeholder={t("form.choose")} loading={known.isFetching} options={options} value={(value as string) || undefined} onChange={(next) => onChange(next ?? "")} />;
}

const names = (unit: Row, all: Row[]): string =>
  all.filter((each) => String(unit.path).startsWith(String(each.path))).sort((one, other) => String(one.path).length - String(other.path).length).map((each) => String(each.name)).join(" / ");

const ZONES = Intl.supportedValuesOf("timeZone").map((value) => ({ value, label: value }));

function ZonePicker({ value, onChange, ...rest }: OwnInput) {
  return <Select {...rest} className="crm-wide" showSearch options={ZONES} value={(value as string) || undefined} onChange={onChange} />;
}

function Condition({ id, value, onChange, resource, namespace, names: wanted }: OwnInput & { resource: Resource; namespace: string; names: string[] }) {
  const labels = useLabels(namespace);
  const custom = wanted.includes("custom_fields");
  const known = useFields(resource.schema, resource, custom);
  const fields = wanted.flatMap((name) => known.filter((field) => (name === "custom_fields" ? field.labels : field.name === name)));
  return <ConditionInput id={id} value={String(value ?? "")} onChange={onChange} fields={fields} labels={labels} />;
}
