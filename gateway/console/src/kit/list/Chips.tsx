/** The conditions of a filter as chips: each opens its small form, the last button adds one. */
import { CloseOutlined, FilterOutlined } from "@ant-design/icons";
import { Button, Popover } from "antd";
import { lazy, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Part } from "@app/Part";
import type { Term } from "./aip160";
import { type ChipProps, ChipText } from "./ChipText";

const ChipEditor = lazy(() => import("./ChipEditor"));
/** Milliseconds after the list has begun: its own requests are on their way, and what comes next will need inputs. */
const SOON = 300;

interface Props extends ChipProps {
  terms: Term[];
  onChange: (terms: Term[]) => void;
  /** Id of the button that adds one. */
  id?: string;
}

export function Chips({ terms, fields, labels, onChange, id }: Props) {
  const { t } = useTranslation("kit");
  const [open, setOpen] = useState<number | null>(null);
  useEffect(() => {
    const soon = setTimeout(() => void import("./inputs").catch(() => undefined), SOON);
    return () => clearTimeout(soon);
  }, []);
  const apply = (next: Term[]) => {
    onChange(next);
    setOpen(null);
  };
  return (
    <>
      {terms.map((term, index) => (
        <span className="crm-chip" key={`${term.field}${index}`}>
          <Popover trigger="click" placement="bottomLeft" open={open === index} onOpenChange={(shown) => setOpen(shown ? index : null)} destroyOnHidden content={<Part><ChipEditor fields={fields} labels={labels} term={term} onApply={(next) => apply(terms.map((each, at) => (at === index ? next : each)))} /></Part>}>
            <button type="button"><ChipText term={term} fields={fields} labels={labels} /></button>
          </Popover>
          <button type="button" className="crm-chip-remove" aria-label={t("filter.remove", { text: labels.label(term.field) })} onClick={() => apply(terms.filter((_, at) => at !== index))}><CloseOutlined /></button>
        </span>
      ))}
      <Popover trigger="click" placement="bottomLeft" open={open === -1} onOpenChange={(shown) => setOpen(shown ? -1 : null)} destroyOnHidden content={<Part><ChipEditor fields={fields} labels={labels} onApply={(next) => apply([...terms, next])} /></Part>}>
        <Button id={id} type="text" icon={<FilterOutlined />} aria-label={t("filter.add")}>{t("filter.add")}</Button>
      </Popover>
    </>
  );
}
