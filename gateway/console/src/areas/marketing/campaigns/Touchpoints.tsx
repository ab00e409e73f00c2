/** Where a campaign met people: the counted touchpoints by channel as chart or table, and each of them. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import { call } from "@api/transport";
import { usePrefs } from "@app/prefs";
import { ChartWithTable } from "@kit/chart/ChartWithTable";
import { count } from "@kit/format";
import { PlainTable } from "@kit/PlainTable";
import { Empty, Failed, Loading } from "@kit/states";
import { DateTime, Flag } from "@kit/values";
import { Who } from "./Members";

interface TouchpointPage {
  touchpoints?: Row[];
  next_page_token?: string;
}

export function Touchpoints({ campaign }: { campaign: Row }) {
  const { t } = useTranslation("campaigns");
  const { language } = usePrefs();
  const found = useInfiniteQuery({
    queryKey: ["marketing.Touchpoint", campaign.id],
    queryFn: ({ pageParam, signal }) => call<TouchpointPage>("GET", "/v1/touchpoints", { query: { filter: `campaign_id = "${campaign.id}"`, order_by: "occur_time desc", page_size: 200, page_token: pageParam }, signal }),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_page_token || undefined,
  });
  const rows = useMemo(() => found.data?.pages.flatMap((page) => page.touchpoints ?? []) ?? [], [found.data]);
  const channel = useMemo(() => (code: string) => t(`values.channel.${code || "other"}`, { defaultValue: code }), [t]);
  const shares = useMemo(() => {
    const sums = new Map<string, number>();
    for (const row of rows.filter((each) => each.counted)) sums.set(channel(row.channel), (sums.get(channel(row.channel)) ?? 0) + 1);
    return [...sums].sort((a, b) => b[1] - a[1]);
  }, [rows, channel]);
  const categories = useMemo(() => shares.map(([name]) => name), [shares]);
  const series = useMemo(() => [{ name: t("touchpoints.counted"), values: shares.map(([, value]) => value) }], [t, shares]);
  const format = useMemo(() => (value: number) => count(language, value), [language]);
  if (found.isPending) return <Loading />;
  if (found.isError) return <Failed error={found.error} retry={() => void found.refetch()} />;
  if (rows.length === 0) return <Empty title={t("touchpoints.none")} text={t("touchpoints.none_text")} />;
  return (
    <div className="campaign-part">
      <ChartWithTable title={t(found.hasNextPage ? "touchpoints.latest" : "touchpoints.by_channel", { count: rows.length })} kind="bar" categories={categories} series={series} format={format} />
      <PlainTable caption={t("parts.touchpoints")} rows={rows} rowKey={(row) => row.id} columns={[
        { key: "time", title: t("fields.occur_time"), render: (row) => <DateTime value={row.occur_time} /> },
        { key: "who", title: t("members.who"), render: (row) => <Who person={row} /> },
        { key: "kind", title: t("fields.kind"), render: (row) => t(`values.touch.${row.kind}`, { defaultValue: row.kind }) },
        { key: "channel", title: t("fields.channel"), render: (row) => <>{channel(row.channel)}{row.source ? <small>{[t(`values.source.${row.source}`, { defaultValue: row.source }), row.medium].filter(Boolean).join(" · ")}</small> : null}</> },
        { key: "counted", title: t("touchpoints.earns"), render: (row) => <Flag value={Boolean(row.counted)} /> },
      ]} />
      {found.hasNextPage ? <Button block loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>{t("more")}</Button> : null}
    </div>
  );
}
