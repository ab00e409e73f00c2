/** The input of `CellEditor`: Enter saves, Esc leaves it, Tab saves and goes on to the next editable cell. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Field } from "@api/metadata";
import { FieldInput } from "../FieldInput";
import { useHeld } from "../held";
import type { Labels } from "../labels";

export interface CellEditorProps {
  field: Field;
  labels: Labels;
  value: unknown;
  onSave: (value: unknown, next: 0 | 1 | -1) => void;
  onCancel: () => void;
}

export default function CellForm({ field, labels, value, onSave, onCancel }: CellEditorProps) {
  const { t } = useTranslation("kit");
  const [now, setNow] = useState(value);
  useHeld();
  const picks = field.kind === "enum" || field.kind === "date" || (field.kind === "code" && !field.open) || field.kind === "reference";
  return (
    // The editor listens for keys of the input inside; it is no control of its own.
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions
    <div
      className="crm-cell-editor"
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing) return;
        if (event.key === "Escape") onCancel();
        else if (event.key === "Tab") onSave(now, event.shiftKey ? -1 : 1);
        else if (event.key === "Enter" && !picks) onSave(now, 0);
        else return event.stopPropagation();
        event.preventDefault();
        event.stopPropagation();
      }}
      onBlur={(event) => {
        if (!picks && !event.currentTarget.contains(event.relatedTarget)) onSave(now, 0);
      }}
    >
      <FieldInput
        field={field}
        labels={labels}
        value={now}
        autoFocus
        aria-label={t("record.edit", { field: labels.label(field) })}
        onChange={(next) => {
          setNow(next);
          if (picks) onSave(next, 0);
        }}
      />
    </div>
  );
}
