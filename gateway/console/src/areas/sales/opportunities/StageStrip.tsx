/** The stages of a deal's pipeline in a row: where it is, and one click to where it goes; `]` and `[` do it by key. */
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import { useAccess } from "@app/access";
import { useShortcut } from "@app/shortcuts";
import { type Pipeline, usePipelines } from "./pipeline";

export function StageStrip({ deal, onMove }: { deal: Row; onMove: (to: string, pipeline: Pipeline) => void }) {
  const { t } = useTranslation("opportunities");
  const { can } = useAccess();
  const { data = [] } = usePipelines();
  const pipeline = data.find((each) => each.id === deal.pipeline_id);
  const open = pipeline?.stages.filter((stage) => stage.status === "OPEN") ?? [];
  const at = open.findIndex((stage) => stage.code === (deal.state === "OPEN" ? deal.stage : deal.last_open_stage));
  const movable = deal.state === "OPEN" && can("sales.opportunity.move_stage");
  const go = (index: number) => {
    const stage = open[index];
    if (pipeline && stage && movable) onMove(stage.code, pipeline);
  };
  useShortcut("]", () => go(at + 1), "next_stage", movable);
  useShortcut("[", () => go(at - 1), "previous_stage", movable);
  return (
    // On a phone the stages scroll, so that they must be reachable by keyboard where none of them is a button to press.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <ol className="deal-stages" aria-label={t("fields.stage")} tabIndex={0}>
      {open.map((stage, index) => (
        <li key={stage.code}>
          <button type="button" title={stage.name} data-past={index < at || undefined} aria-current={index === at ? "step" : undefined} disabled={!movable || index === at} onClick={() => go(index)}>{stage.name}</button>
        </li>
      ))}
    </ol>
  );
}
