/**
 * The lines of a document, read as a table and edited as one: `<LinesEditor title schema="sales.QuoteLine" namespace
 * field="lines" columns={[{ field: "quantity", align: "end" }]} lines={quote.lines} editable={…} onSave={…} footer={…} />`.
 * Sums are the server's: while lines are edited, `footer` is dimmed until they are saved. Refusals stand at their cell.
 */
import "virtual:antd-form.css";
import { EditOutlined, PlusOutlined } from "@ant-design/icons";
import { Alert, Button, Form } from "antd";
import { type ReactNode, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type ApiError, isApiError } from "@api/errors";
import { useFields } from "@api/metadata";
import type { Row } from "@api/records";
import { FieldInput } from "../FieldInput";
import { FieldValue } from "../FieldValue";
import { useLabels } from "../labels";
import { LineButtons } from "./LineButtons";
import "../form.css";
import "../record/record.css";
import "./lines.css";

type Line = Record<string, unknown>;

export interface LineColumn {
  field: string;
  /** Heading, when a line's field means something else than the document's of the same name. */
  label?: string;
  width?: number;
  align?: "end";
  /** How it looks when it is read; by its kind when absent. */
  render?: (line: Row) => ReactNode;
  /** Shown only while lines are edited, or only while they are read. */
  only?: "edit" | "read";
  /** An input of the page's own. */
  input?: (props: LineInput) => ReactNode;
}

/** What an input of the page's own is given. */
export interface LineInput {
  value: unknown;
  onChange: (value: unknown) => void;
  "aria-label": string;
}

interface Props {
  title: string;
  /** Message of one line in the contract. */
  schema: string;
  namespace: string;
  /** Field of the document that holds the lines, as refusals name it. */
  field: string;
  columns: LineColumn[];
  lines: Row[];
  editable: boolean;
  /** A new line. */
  blank: Line;
  /** What else changes with a field, for example a product that brings its price. */
  follow?: (line: Line, field: string) => Line;
  onSave: (lines: Line[]) => Promise<unknown>;
  /** Where a new line stands, when their order counts; they can be moved then. */
  place?: (lines: Line[]) => number;
  /** No sums hang on the lines: saving calculates nothing. */
  plain?: boolean;
  /** What can be done with one line while lines are read. */
  actions?: (line: Row) => ReactNode;
  footer?: ReactNode;
  empty: ReactNode;
}

export function LinesEditor(props: Props) {
  const { title, schema, namespace, field, columns, lines, editable, blank, follow = (line) => line, onSave, place, plain = false, actions, footer, empty } = props;
  const { t } = useTranslation(["kit", "catalogue"]);
  const labels = useLabels(namespace);
  const fields = useFields(schema);
  const [draft, setDraft] = useState<Line[]>();
  const [refusal, setRefusal] = useState<ApiError>();
  const [busy, setBusy] = useState(false);
  const table = useRef<HTMLTableElement>(null);
  const shown = columns.filter((column) => column.only !== (draft ? "read" : "edit"));
  const rows: Line[] = draft ?? lines;
  const heading = (column: LineColumn) => column.label ?? labels.label(column.field);
  const focus = (at: number) => requestAnimationFrame(() => table.current?.querySelector<HTMLElement>(`tbody tr:nth-child(${at + 1}) input`)?.focus());
  const begin = () => {
    setDraft(lines.length > 0 ? lines.map((line) => ({ ...line })) : [{ ...blank }]);
    focus(Math.max(0, lines.length - 1));
  };
  const add = () => {
    const before = draft ?? [];
    const at = place?.(before) ?? before.length;
    setDraft([...before.slice(0, at), { ...blank }, ...before.slice(at)]);
    focus(at);
  };
  const move = (at: number, by: 1 | -1) => {
    const next = [...(draft ?? [])];
    next.splice(at + by, 0, ...next.splice(at, 1));
    setDraft(next);
  };
  const set = (at: number, name: string, value: unknown) => setDraft(draft?.map((line, index) => (index === at ? follow({ ...line, [name]: value ?? "" }, name) : line)));
  const end = () => {
    setDraft(undefined);
    setRefusal(undefined);
  };
  const save = async () => {
    if (!draft || busy) return;
    setBusy(true);
    setRefusal(undefined);
    try {
      await onSave(draft);
      end();
    } catch (failure) {
      if (!isApiError(failure)) throw failure;
      setRefusal(failure);
    } finally {
      setBusy(false);
    }
  };
  const cellOf = (column: LineColumn, at: number) => ({ value: (draft ?? [])[at]?.[column.field], onChange: (value: unknown) => set(at, column.field, value), "aria-label": t("lines.cell", { field: heading(column), line: at + 1 }) });
  const wrong = (at: number, name: string) => refusal?.violations.find((each) => each.field === `${field}[${at}].${name}` || each.field.endsWith(`.${field}[${at}].${name}`))?.message;
  const elsewhere = refusal && (refusal.violations.length === 0 ? [refusal.message] : refusal.violations.filter((each) => !shown.some((column) => each.field.endsWith(`].${column.field}`))).map((each) => each.message));
  return (
    // Ctrl+Enter saves from within any cell; the section itself takes no focus.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <section className="crm-panel crm-document" aria-label={title} onKeyDown={(event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); void save(); } }}>
      <div className="crm-panel-head">
        <h2>{title}</h2>
        {editable && !draft ? <Button size="small" icon={<EditOutlined />} onClick={begin}>{t(plain ? "catalogue:edit" : "lines.edit")}</Button> : null}
      </div>
      {elsewhere?.length ? <Alert type="error" showIcon title={elsewhere.join(" ")} /> : null}
      {rows.length === 0 ? empty : (
        // A region that scrolls must be reachable by keyboard.
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <div className="crm-document-area" role="region" aria-label={t("lines.table", { name: title })} tabIndex={0}>
          <table ref={table} data-editing={draft ? "" : undefined}>
            <thead>
              <tr>
                {shown.map((column) => <th key={column.field} scope="col" data-align={column.align} style={{ minWidth: column.width }}>{heading(column)}</th>)}
                {draft || actions ? <th scope="col"><span className="crm-hidden">{t("record.actions")}</span></th> : null}
              </tr>
            </thead>
            <tbody>
              {rows.map((line, at) => (
                <tr key={at}>
                  {shown.map((column) => {
                    const meta = fields.find((each) => each.name === column.field);
                    const error = wrong(at, column.field);
                    const cell = { ...line, id: String(at) } as Row;
                    return (
                      <td key={column.field} data-align={column.align} data-label={heading(column)}>
                        {draft && meta && !meta.readOnly ? (
                          <Form.Item validateStatus={error ? "error" : ""} help={error}>
                            {column.input?.(cellOf(column, at)) ?? <FieldInput field={meta} labels={labels} {...cellOf(column, at)} />}
                          </Form.Item>
                        ) : column.render ? column.render(cell) : meta ? <FieldValue field={meta} record={cell} labels={labels} /> : null}
                      </td>
                    );
                  })}
                  {!draft && actions ? <td data-align="end">{actions(line as Row)}</td> : null}
                  {draft ? <td><LineButtons at={at} count={draft.length} onMove={place ? (by) => move(at, by) : undefined} onRemove={() => setDraft(draft.filter((_, index) => index !== at))} /></td> : null}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {draft ? (
        <div className="crm-document-end">
          <Button icon={<PlusOutlined />} onClick={add}>{t("lines.add")}</Button>
          <span className="crm-form-hint">{t(plain ? "form.save_hint" : "lines.hint")}</span>
          <Button onClick={end}>{t("cancel")}</Button>
          <Button type="primary" loading={busy} onClick={() => void save()}>{t(plain ? "save" : "lines.save")}</Button>
        </div>
      ) : null}
      {footer ? <div className="crm-document-footer" data-stale={draft ? "" : undefined}>{footer}</div> : null}
    </section>
  );
}

/** Sums under the lines, the last one strong: `<Sums rows={[{ label, value }]} />`. */
export function Sums({ rows }: { rows: { label: ReactNode; value: ReactNode }[] }) {
  return (
    <dl className="crm-sums">
      {rows.map(({ label, value }, at) => <div key={at}><dt>{label}</dt><dd>{value}</dd></div>)}
    </dl>
  );
}
