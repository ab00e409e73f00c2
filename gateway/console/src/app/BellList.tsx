/** What the bell opens: the latest notifications, each leading to its record. */
import { CheckOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useNotifications, useReading } from "@api/notifications";
import { Told } from "@kit/Told";
import { Empty, Failed, Loading } from "@kit/states";
import { toast } from "@kit/toasts";

export default function BellList({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("notifications");
  const told = useNotifications({ page_size: 20 });
  const { readAll } = useReading();
  const page = told.data?.pages[0];
  const list = page?.notifications ?? [];
  const body = () => {
    if (told.isPending) return <Loading rows={4} />;
    if (told.isError && !page) return <Failed error={told.error} retry={() => void told.refetch()} />;
    if (list.length === 0) return <Empty title={t("empty")} text={t("empty_text")} />;
    return <ul className="crm-told">{list.map((each) => <Told key={each.id} notification={each} onOpen={onClose} />)}</ul>;
  };
  return (
    <div className="crm-bell-list" role="dialog" aria-label={t("title")}>
      <div className="crm-bell-head">
        <b>{t("title")}</b>
        <Button type="text" size="small" icon={<CheckOutlined />} disabled={!page?.unread_count} loading={readAll.isPending} onClick={() => readAll.mutate(list[0]?.create_time, { onError: toast.refused })}>{t("read_all")}</Button>
      </div>
      {body()}
      <Link className="crm-bell-all" to="/app/notifications" onClick={onClose}>{t("all")}</Link>
    </div>
  );
}
