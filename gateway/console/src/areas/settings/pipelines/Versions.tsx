/** The stages as they were: closed deals keep the version they were closed under. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { answer, api } from "@api/client";
import type { Row } from "@api/records";
import { PlainTable } from "@kit/PlainTable";
import { Failed, Loading } from "@kit/states";
import { DateTime } from "@kit/values";
import { useStageTitle } from "./stage";

export function Versions({ pipeline }: { pipeline: Row }) {
  const { t } = useTranslation(["pipelines", "catalogue"]);
  const title = useStageTitle();
  const found = useInfiniteQuery({
    queryKey: ["sales.Pipeline", "versions", pipeline.id],
    queryFn: ({ pageParam }) => answer(api.GET("/v1/pipelines/{pipeline_id}/versions", { params: { path: { pipeline_id: pipeline.id }, query: { page_size: 20, page_token: pageParam } } })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_page_token || undefined,
  });
  if (found.isPending) return <Loading />;
  if (found.isError) return <Failed error={found.error} retry={() => void found.refetch()} />;
  const versions = found.data.pages.flatMap((page) => page.versions ?? []);
  return (
    <>
      <div className="crm-panel-head"><h2>{t("versions")}</h2></div>
      <PlainTable caption={t("versions")} rows={versions} rowKey={(version) => String(version.stage_version)} columns={[
        { key: "number", title: t("fields.stage_version"), render: (version) => version.stage_version },
        { key: "since", title: t("since"), render: (version) => <DateTime value={version.create_time} /> },
        { key: "stages", title: t("fields.stages"), render: (version) => (version.stages ?? []).map(title).join(" › ") },
      ]} />
      {found.hasNextPage ? <Button block loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>{t("catalogue:more")}</Button> : null}
    </>
  );
}
