/** The quiet lines above a page: no connection; a newer console; somebody changed what is being edited. */
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { ActorName } from "@kit/ActorName";
import type { Waiting } from "./useLive";

interface Props {
  online: boolean;
  lost: boolean;
  waiting: Waiting | undefined;
  outdated: boolean;
}

export function LiveBar({ online, lost, waiting, outdated }: Props) {
  const { t } = useTranslation();
  return (
    <>
      {online && !lost ? null : <p role="status" className="crm-offline">{online ? t("live.lost") : t("kit:offline")}</p>}
      {outdated ? (
        <p role="status" className="crm-waiting">
          <span>{t("live.outdated")}</span>
          <Button type="link" size="small" onClick={() => location.reload()}>{t("live.reload")}</Button>
        </p>
      ) : null}
      {waiting ? (
        <p role="status" className="crm-waiting">
          <ActorName actor={waiting.change.actor} />
          <span>{t("live.changed")}</span>
          <Button type="link" size="small" onMouseDown={(event) => event.preventDefault()} onClick={waiting.show}>{t("live.show")}</Button>
        </p>
      ) : null}
    </>
  );
}
