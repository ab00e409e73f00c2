/** Who a campaign is for, and how far each came; the status is set in the line and can be undone. */
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Select } from "antd";
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import { call } from "@api/transport";
import { useAccess } from "@app/access";
import { Reference } from "@kit/FieldValue";
import { PlainTable } from "@kit/PlainTable";
import { Empty, Failed, Loading } from "@kit/states";
import { toast } from "@kit/toasts";
import { DateTime, Nothing } from "@kit/values";

const STATUSES = ["TARGET", "SENT", "RESPONDED", "CONVERTED"];

interface MemberPage {
  campaign_members?: Row[];
  next_page_token?: string;
}

export function Members({ campaign }: { campaign: Row }) {
  const { t } = useTranslation("campaigns");
  const { can } = useAccess();
  const client = useQueryClient();
  const key = ["marketing.CampaignMember", campaign.id];
  const found = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => call<MemberPage>("GET", "/v1/campaign-members", { query: { filter: `campaign_id = "${campaign.id}"`, page_size: 50, page_token: pageParam }, signal }),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_page_token || undefined,
  });
  const put = async (member: Row, status: string, etag = member.etag) => {
    const saved = await call<Row>("POST", `/v1/campaign-members/${member.id}:setStatus`, { body: { status, etag } });
    await client.invalidateQueries({ queryKey: key });
    return saved;
  };
  const set = async (member: Row, status: string) => {
    try {
      const saved = await put(member, status);
      toast.undo(t("members.done", { status: t(`values.status.${status}`) }), () => put(member, member.status, saved.etag));
    } catch (refusal) {
      toast.refused(refusal);
    }
  };
  const rows = found.data?.pages.flatMap((page) => page.campaign_members ?? []) ?? [];
  if (found.isPending) return <Loading />;
  if (found.isError) return <Failed error={found.error} retry={() => void found.refetch()} />;
  if (rows.length === 0) return <Empty title={t("members.none")} text={t("members.none_text")} />;
  const changes = can("marketing.campaign_member.set_status");
  return (
    <>
      <PlainTable caption={t("parts.members")} rows={rows} rowKey={(member) => member.id} columns={[
        { key: "who", title: t("members.who"), render: (member) => <Who person={member} /> },
        { key: "customer", title: t("fields.customer_id"), render: (member) => (member.customer_id ? <Reference field="customer_id" id={member.customer_id} /> : <Nothing />) },
        { key: "status", title: t("fields.status"), render: (member) => (changes ? <Select size="small" className="campaign-status" aria-label={t("members.set")} value={member.status} onChange={(status) => void set(member, status)} options={STATUSES.map((value) => ({ value, label: t(`values.status.${value}`) }))} /> : t(`values.status.${member.status}`)) },
        { key: "first", title: t("fields.first_responded_time"), render: (member) => <DateTime value={member.first_responded_time} /> },
      ]} />
      {found.hasNextPage ? <Button block loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>{t("more")}</Button> : null}
    </>
  );
}

/** The person as contact, lead, customer or a visitor nobody has named yet. */
export function Who({ person }: { person: Row }) {
  const { t } = useTranslation("campaigns");
  const field = ["contact_id", "lead_id", "customer_id"].find((each) => person[each]);
  return field ? <Reference field={field} id={person[field]} /> : <>{t("visitor")}</>;
}
