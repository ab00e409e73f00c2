/** One notification as a line: what happened, the record by its name for whoever may read it, when and by whom. */
import { Tooltip } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { type Notification, useReading } from "@api/notifications";
import { resourceOf } from "@api/resources";
import { ActorName } from "./ActorName";
import { useName } from "./names";
import { toast } from "./toasts";
import { DateTime } from "./values";
import "./told.css";

export function Told({ notification, onOpen }: { notification: Notification; onOpen?: () => void }) {
  const { t } = useTranslation("notifications");
  const { read } = useReading();
  const { id = "", record_type: type = "", record_id: record, actor } = notification;
  const resource = resourceOf(type);
  const name = useName(record ? resource : undefined, record);
  const isRead = Boolean(notification.read_time);
  const mark = (next: boolean) => read.mutate({ id, read: next }, { onError: toast.refused });
  const verb = t(isRead ? "mark_unread" : "mark_read");
  const person = actor?.startsWith("user:") ? actor : "";
  return (
    <li data-unread={!isRead || undefined}>
      <Tooltip title={verb}>
        <button type="button" className="crm-told-mark" aria-label={`${verb}: ${notification.text}`} aria-pressed={isRead} onClick={() => mark(!isRead)} />
      </Tooltip>
      <div>
        <p>{notification.text}</p>
        {resource && record ? <Link to={resource.page(record)} onClick={() => { if (!isRead) mark(true); onOpen?.(); }}>{name || "…"}</Link> : null}
        <p className="crm-told-foot"><DateTime value={notification.create_time} mode="relative" />{person ? <ActorName actor={person} /> : null}</p>
      </div>
    </li>
  );
}
