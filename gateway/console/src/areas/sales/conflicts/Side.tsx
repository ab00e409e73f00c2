/** One side of a conflict, as it is now; the submitter sees nothing of who has the party. */
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import { Reference } from "@kit/FieldValue";
import { Related } from "@kit/record/RecordPage";
import { UnitName } from "@kit/units";
import { DateTime, PersonName } from "@kit/values";
import "@kit/form.css";
import "./conflicts.css";

interface Props {
  title: string;
  side: Row | undefined;
  /** The record it is, by the field that names it. */
  record: { field: string; id: string };
}

export function Side({ title, side, record }: Props) {
  const { t } = useTranslation(["conflicts", "leads"]);
  if (!side?.unit_path) return <Related title={title}><p className="crm-muted">{t("hidden")}</p></Related>;
  const rows: [string, ReactNode][] = [
    ["unit_path", <UnitName key="unit" path={side.unit_path} />],
    ["owner_id", side.owner_id ? <PersonName key="owner" id={side.owner_id} /> : null],
    ["state", side.state ? t(`leads:values.state.${side.state}`) : null],
    ["company", side.company],
    ["name", side.name],
    ["phone", side.phone],
    ["email", side.email],
    ["need", side.need],
    ["create_time", side.create_time ? <DateTime key="made" value={side.create_time} /> : null],
    ["own_time", side.own_time ? <DateTime key="own" value={side.own_time} /> : null],
    ["last_touch_time", side.last_touch_time ? <DateTime key="touch" value={side.last_touch_time} mode="relative" /> : null],
    ["protect_until_time", side.protect_until_time ? <DateTime key="until" value={side.protect_until_time} /> : null],
  ];
  return (
    <Related title={title} action={record.id ? <Reference field={record.field} id={record.id} /> : null}>
      <dl className="conflict-side">
        {rows.filter(([, value]) => value).map(([name, value]) => <div key={name}><dt>{t(`fields.${name}`)}</dt><dd>{value}</dd></div>)}
      </dl>
    </Related>
  );
}
