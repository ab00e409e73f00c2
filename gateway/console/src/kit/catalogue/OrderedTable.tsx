/**
 * Rules of which the first that fits counts, in their order, each moved by buttons: `<OrderedTable resource={slaPolicies}
 * namespace="promises" caption={t("title")} rows={rows} columns={columns} last={(policy) => policy.is_default} />`.
 */
import { ArrowDownOutlined, ArrowUpOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Resource, Row } from "@api/records";
import { useAccess } from "@app/access";
import { useGuardedChange } from "../conflict";
import { type PlainColumn, PlainTable } from "../PlainTable";
import { toast } from "../toasts";
import { Nothing } from "../values";
import { places } from "./order";

interface Props {
  resource: Resource;
  namespace: string;
  caption: string;
  rows: Row[];
  columns: PlainColumn<Row>[];
  /** Stays behind all others whatever its position, and is not moved. */
  last?: (row: Row) => boolean;
}

export function OrderedTable({ resource, namespace, caption, rows, columns, last = () => false }: Props) {
  const { t } = useTranslation("catalogue");
  const { can } = useAccess();
  const client = useQueryClient();
  const change = useGuardedChange(resource, namespace);
  const [busy, setBusy] = useState(false);
  const ordered = rows.filter((row) => !last(row));
  const put = async (wanted: Map<string, number>, present: Row[]): Promise<Row[]> => {
    const saved: Row[] = [];
    for (const row of present.filter((each) => wanted.has(each.id))) {
      const one = await change(row, { position: wanted.get(row.id) });
      if (!one) break;
      saved.push(one);
    }
    await client.invalidateQueries({ queryKey: [resource.schema] });
    return saved;
  };
  const move = async (row: Row, by: 1 | -1) => {
    const from = ordered.indexOf(row);
    const next = ordered.filter((each) => each !== row);
    next.splice(from + by, 0, row);
    const wanted = places(next);
    setBusy(true);
    try {
      const saved = await put(wanted, ordered);
      const before = new Map(ordered.filter((each) => wanted.has(each.id)).map((each) => [each.id, Number(each.position)]));
      toast.undo(t("moved", { name: resource.title(row), place: from + by + 1 }), () => put(before, saved));
    } catch (refusal) {
      toast.refused(refusal);
      await client.invalidateQueries({ queryKey: [resource.schema] });
    } finally {
      setBusy(false);
    }
  };
  const place: PlainColumn<Row> = { key: "place", title: t("order"), render: (row) => (last(row) ? <Nothing /> : ordered.indexOf(row) + 1) };
  const moves: PlainColumn<Row> = {
    key: "moves",
    title: t("actions"),
    actions: true,
    render: (row) => {
      const at = ordered.indexOf(row);
      if (at < 0) return null;
      const name = resource.title(row);
      return (
        <>
          <Button type="text" size="small" icon={<ArrowUpOutlined />} disabled={busy || at === 0} aria-label={t("up", { name })} title={t("up", { name })} onClick={() => void move(row, -1)} />
          <Button type="text" size="small" icon={<ArrowDownOutlined />} disabled={busy || at === ordered.length - 1} aria-label={t("down", { name })} title={t("down", { name })} onClick={() => void move(row, 1)} />
        </>
      );
    },
  };
  return <PlainTable caption={caption} rows={[...ordered, ...rows.filter(last)]} rowKey={(row) => row.id} columns={[place, ...columns, ...(can(`${resource.permission}.update`) ? [moves] : [])]} />;
}
