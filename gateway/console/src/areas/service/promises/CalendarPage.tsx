/** One business calendar: the hours of an ordinary week, and the dates on which others hold: holidays and make-up days. */
import { Input } from "antd";
import { useTranslation } from "react-i18next";
import type { Field } from "@api/metadata";
import type { Row } from "@api/records";
import { calendars } from "@api/resources";
import { useAccess } from "@app/access";
import { Loaded } from "@kit/catalogue/Loaded";
import { useCatalogueVerbs } from "@kit/catalogue/useCatalogueVerbs";
import { FieldInput } from "@kit/FieldInput";
import { useLabels } from "@kit/labels";
import { LinesEditor } from "@kit/lines/LinesEditor";
import { Facts } from "@kit/record/Facts";
import { RecordPage } from "@kit/record/RecordPage";
import { Verbs } from "@kit/record/Verbs";
import { Empty } from "@kit/states";
import { Day, StateTag } from "@kit/values";
import { CALENDAR } from "./form";
import { type Interval, intervalsOf, written } from "./hours";
import "@kit/catalogue/catalogue.css";

const LIST = "/app/service/promises";
const DATE: Field = { name: "date", kind: "date", required: true, readOnly: false, options: [] };

export default function CalendarPage() {
  return <Loaded resource={calendars} Body={Calendar} />;
}

function Calendar({ record }: { record: Row }) {
  const { t } = useTranslation("promises");
  const { can } = useAccess();
  const labels = useLabels("promises");
  const { edit, makeDefault, remove, set, dialog } = useCatalogueVerbs({ resource: calendars, namespace: "promises", record, form: CALENDAR, back: LIST });
  const editable = can("service_desk.calendar.update");
  const days = ((record.overrides ?? []) as Row[]).map((day) => ({ ...day, intervals: written((day.intervals ?? []) as Interval[]) }));
  const saveDays = (lines: Record<string, unknown>[]) => {
    const overrides = lines.map((line) => ({ ...line, date: String(line.date), intervals: intervalsOf(String(line.intervals ?? "")) }));
    return set({ overrides: overrides.sort((one, other) => one.date.localeCompare(other.date)) }, t("overrides.saved"));
  };
  return (
    <>
      <RecordPage
        back={LIST}
        title={record.name}
        above={record.time_zone}
        state={record.is_default ? <StateTag tone="active">{t("state.default")}</StateTag> : null}
        verbs={<Verbs verbs={[edit, makeDefault, remove]} />}
        body={
          <div className="crm-pair">
            <LinesEditor plain title={t("fields.weekly")} schema="service_desk.WeeklyInterval" namespace="promises" field="weekly" lines={(record.weekly ?? []) as Row[]} editable={editable} blank={{ weekday: "MONDAY", start: "09:00", end: "18:00" }} onSave={(weekly) => set({ weekly }, t("weekly.saved"))} empty={<Empty title={t("weekly.none")} />} columns={[
              { field: "weekday", width: 130 },
              { field: "start", width: 90 },
              { field: "end", width: 90 },
            ]} />
            <LinesEditor plain title={t("fields.overrides")} schema="service_desk.DateOverride" namespace="promises" field="overrides" lines={days as unknown as Row[]} editable={editable} blank={{ date: "", name: "", intervals: "" }} onSave={saveDays} empty={<Empty title={t("overrides.none")} text={t("overrides.none_text")} />} columns={[
              { field: "date", width: 140, render: (day) => <Day value={day.date} />, input: (input) => <FieldInput field={DATE} labels={labels} {...input} /> },
              { field: "name", width: 130 },
              { field: "intervals", width: 160, render: (day) => day.intervals || t("overrides.closed"), input: ({ value, onChange, ...input }) => <Input {...input} placeholder={t("overrides.closed")} value={String(value ?? "")} onChange={(event) => onChange(event.target.value)} /> },
            ]} />
          </div>
        }
        facts={<Facts resource={calendars} namespace="promises" record={record} shown={{ time_zone: (calendar) => calendar.time_zone }} groups={[{ title: t("groups.calendar"), fields: ["name", "time_zone", "revision", "create_time", "update_time"] }]} />}
      />
      {dialog}
    </>
  );
}
