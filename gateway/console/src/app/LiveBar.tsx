/** The quiet lines above a page: no connection; or somebody changed what is being edited, and it can be looked at. */
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { ActorName } from "@kit/ActorName";
import type { Waiting } from "./useLive";

interface Props {
  online: boolean;
  lost: boolean;
  waiting: Waiting | undefined;
}

export function LiveBar({ online, lost, waiting }: Props) {
  const { t } = useTranslation();
  return (
    <>
      {online && !lost ? null : <p role="status" className="crm-offline">{online ? t("live.lost") : t("kit:offline")}</p>}
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
