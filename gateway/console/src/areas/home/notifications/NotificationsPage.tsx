/** Everything the reader was told of in the last 90 days, by kind; and which kinds are wanted at all. */
import { CheckOutlined } from "@ant-design/icons";
import { Button, Segmented, Select } from "antd";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { KINDS, useNotifications, useReading } from "@api/notifications";
import { PageHeader } from "@kit/PageHeader";
import { Empty, Failed, Loading } from "@kit/states";
import { Told } from "@kit/Told";
import { toast } from "@kit/toasts";
import { Wanted } from "./Wanted";
import "@kit/record/record.css";
import "./notifications.css";

export default function NotificationsPage() {
  const { t } = useTranslation("notifications");
  const [address, setAddress] = useSearchParams();
  const kind = address.get("kind") ?? "";
  const unread = address.get("show") === "unread";
  const told = useNotifications({ unread, filter: kind ? `kind = "${kind}"` : undefined, page_size: 50 });
  const { readAll } = useReading();
  const pages = told.data?.pages ?? [];
  const list = pages.flatMap((page) => page.notifications ?? []);
  const set = (name: string, value: string) => setAddress((before) => { if (value) before.set(name, value); else before.delete(name); return before; }, { replace: true });
  const shows = [{ value: "", label: t("every") }, { value: "unread", label: t("only_unread") }];
  const body = () => {
    if (told.isPending) return <Loading rows={8} />;
    if (told.isError && list.length === 0) return <Failed error={told.error} retry={() => void told.refetch()} />;
    if (list.length === 0) return <Empty title={t(unread ? "none_unread" : "empty")} text={t("empty_text")} />;
    return (
      <>
        <ul className="crm-told">{list.map((each) => <Told key={each.id} notification={each} />)}</ul>
        {told.hasNextPage ? <Button block loading={told.isFetchingNextPage} onClick={() => void told.fetchNextPage()}>{t("more")}</Button> : null}
      </>
    );
  };
  return (
    <div className="notifications">
      <PageHeader title={t("title")} actions={<Button icon={<CheckOutlined />} disabled={!pages[0]?.unread_count} loading={readAll.isPending} onClick={() => readAll.mutate(kind ? undefined : list[0]?.create_time, { onError: toast.refused })}>{t("read_all")}</Button>} />
      <div className="notifications-columns">
        <section className="crm-panel" aria-label={t("title")}>
          <div className="notifications-bar">
            <Segmented size="small" aria-label={t("show")} value={unread ? "unread" : ""} options={shows} onChange={(next) => set("show", next)} />
            <Select size="small" className="notifications-kind" aria-label={t("kind")} value={kind} options={[{ value: "", label: t("every_kind") }, ...KINDS.map((each) => ({ value: each, label: t(`kinds.${each}`) }))]} onChange={(next) => set("kind", next)} />
          </div>
          {body()}
        </section>
        <Wanted />
      </div>
    </div>
  );
}
