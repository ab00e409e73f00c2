/**
 * A whole list page from a declaration:
 * `<RecordList resource={leads} namespace="leads" title={t("title")} views={views} columns={columns} actions={…}
 *   bulk={…} peek={(id) => <LeadPeek id={id} />} board={(state) => <LeadBoard … />} />`.
 * Views, filter, order, search and the peeked record live in the URL; keep `views` and `columns` in a `useMemo`.
 */
import { ReloadOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { lazy, type ReactNode, Suspense, useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useFields } from "@api/metadata";
import { type ListQuery, type Resource, type Row, useRecords } from "@api/records";
import { usePrefs } from "@app/prefs";
import { count } from "../format";
import { useLabels } from "../labels";
import { PageHeader } from "../PageHeader";
import { Empty, Failed, Loading } from "../states";
import { useNarrow } from "../useNarrow";
import type { BulkAction } from "./bulk";
import { ColumnMenu } from "./ColumnMenu";
import { type Column, useColumns } from "./columns";
import { FilterBar } from "./FilterBar";
import { Peek } from "./Peek";
import { RecordCards } from "./RecordCards";
import { RecordTable } from "./RecordTable";
import type { RowShortcut } from "./RowKey";
import { type ListState, useListState, type View } from "./state";
import { ViewPicker } from "./ViewPicker";
import "./list.css";

const LayoutSwitch = lazy(() => import("./LayoutSwitch"));

interface Props {
  resource: Resource;
  namespace: string;
  title: string;
  views: View[];
  columns: Column[];
  /** Buttons at the right of the title. */
  actions?: ReactNode;
  bulk?: BulkAction[];
  /** Single keys for the record under the cursor. */
  keys?: RowShortcut[];
  peek?: (id: string) => ReactNode;
  /** The same records as a board; offered beside the list. */
  board?: (state: ListState) => ReactNode;
  empty?: ReactNode;
  /** Figures about the records, between the title and the views. */
  above?: ReactNode;
}

const BulkBar = lazy(() => import("./BulkBar"));
const NO_BULK: BulkAction[] = [];

export function RecordList(props: Props) {
  const state = useListState(props.resource, props.views);
  return state.ready ? <Records {...props} state={state} /> : <Loading rows={10} />;
}

function Records({ resource, namespace, title, state, columns, actions, bulk = NO_BULK, keys, peek, board, empty, above }: Props & { state: ListState }) {
  const { t } = useTranslation("kit");
  const { language } = usePrefs();
  const client = useQueryClient();
  const narrow = useNarrow();
  const labels = useLabels(namespace);
  const fields = useFields(resource.schema, resource, true);
  const chosen = useColumns(state.view.audience ? `${resource.schema}:${state.view.id}` : resource.schema, columns, fields, state.view.columns);
  const [selected, select] = useState<ReadonlySet<string>>(new Set());
  const query: ListQuery = { filter: state.filter, order_by: state.order, search: resource.plain ? undefined : state.search, page_size: 50, count: resource.plain ? undefined : "COUNT_MODE_CAPPED" };
  const list = useRecords(resource, query);
  const rows = useMemo<Row[]>(() => list.data?.pages.flatMap((page) => page.rows) ?? [], [list.data]);
  const total = list.data?.pages[0]?.total ?? -1;
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  const onEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const reload = () => void client.invalidateQueries({ queryKey: [resource.schema] });
  const onBoard = board !== undefined && state.layout === "board";
  const caption = t("table.caption", { name: title });
  const counted = total > 10_000 ? t("table.many") : total >= 0 ? t("table.count", { count: total, formatted: count(language, total) }) : "";
  const body = () => {
    if (list.isPending || fields.length === 0) return <Loading rows={10} />;
    if (list.isError && rows.length === 0) return <Failed error={list.error} retry={() => void list.refetch()} />;
    if (rows.length === 0) {
      const narrowed = state.changed || state.search !== "";
      return narrowed || !empty ? <Empty title={t("table.empty")} text={t("table.empty_text")} action={narrowed ? <Button onClick={() => state.set({ view: state.view.id })}>{t("table.clear")}</Button> : null} /> : empty;
    }
    if (narrow) return <><RecordCards resource={resource} rows={rows} columns={chosen.shown} labels={labels} caption={caption} />{hasNextPage ? <Button block loading={isFetchingNextPage} onClick={onEnd}>{t("table.more")}</Button> : null}</>;
    return (
      <RecordTable resource={resource} namespace={namespace} columns={chosen.shown} rows={rows} keys={keys} order={state.order} caption={caption} selected={selected} peeked={state.peek} busy={list.isPlaceholderData}
        onOrder={(order) => state.set({ o: order })} onResize={chosen.resize} onSelect={select} onPeek={peek ? (id) => state.set({ peek: id === state.peek ? undefined : id }) : undefined} onEnd={onEnd} />
    );
  };
  return (
    <div className="crm-list" data-peek={state.peek && peek ? "" : undefined}>
      <PageHeader title={title} aside={<span className="crm-count" role="status">{onBoard ? "" : counted}</span>} actions={actions} />
      {above}
      <div className="crm-list-bar">
        <ViewPicker state={state} columns={chosen.shown.map((column) => column.field)} onSaved={chosen.reset} />
        <span className="crm-list-tools">
          {board ? <Suspense fallback={null}><LayoutSwitch state={state} /></Suspense> : null}
          {onBoard || narrow ? null : <ColumnMenu fields={fields} labels={labels} shown={chosen.shown.map((column) => column.field)} onChoose={chosen.choose} onReset={chosen.reset} />}
          <Button type="text" size="small" icon={<ReloadOutlined spin={list.isFetching && !list.isPending} />} aria-label={t("table.reload")} title={t("table.reload")} onClick={reload} />
        </span>
      </div>
      <FilterBar state={state} fields={fields} labels={labels} name={title} error={list.error} searchable={!resource.plain} />
      <div className="crm-list-body">
        <div className="crm-list-main">
          {onBoard ? board(state) : body()}
          <Suspense fallback={null}>{selected.size > 0 && !onBoard ? <BulkBar resource={resource} namespace={namespace} rows={rows.filter((row) => selected.has(row.id))} actions={bulk} query={query} total={total} whole={rows.every((row) => selected.has(row.id))} onClear={() => select(new Set())} /> : null}</Suspense>
        </div>
        {peek && state.peek ? <Peek resource={resource} id={state.peek} onClose={() => state.set({ peek: undefined })}>{peek(state.peek)}</Peek> : null}
      </div>
    </div>
  );
}
