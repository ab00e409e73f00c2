/** A record beside its list: not a dialog, so J/K go on through the list and the peek follows. */
import { CloseOutlined, ExpandAltOutlined } from "@ant-design/icons";
import { Button } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Resource } from "@api/records";
import { useShortcut } from "@app/shortcuts";

export function Peek({ resource, id, onClose, children }: { resource: Resource; id: string; onClose: () => void; children: ReactNode }) {
  const { t } = useTranslation("kit");
  useShortcut("escape", onClose, "back");
  return (
    <aside className="crm-peek" aria-label={t("table.peek")}>
      <div className="crm-peek-bar">
        <Link to={resource.page(id)} className="crm-peek-open"><ExpandAltOutlined /> {t("record.open")}</Link>
        <Button type="text" size="small" icon={<CloseOutlined />} aria-label={t("close")} onClick={onClose} />
      </div>
      <div className="crm-peek-body">{children}</div>
    </aside>
  );
}
