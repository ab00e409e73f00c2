/** Moving a deal to a stage: forwards at once, backwards with a note, won and lost with what they need. */
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { useQueryClient } from "@tanstack/react-query";
import { ApiError } from "@api/errors";
import { remember, type Row, useVerb } from "@api/records";
import { opportunities } from "@api/resources";
import { VerbDialog } from "@kit/record/VerbDialog";
import type { Pipeline } from "./pipeline";

interface Asked {
  verb: "moveStage" | "win" | "lose" | "reopen";
  deal: Row;
  body: object;
  settle: (row: Row) => void;
  refuse: (error: unknown) => void;
}

const FORMS = {
  moveStage: { operation: "sales_MoveOpportunityStage", fields: ["note"], required: ["note"] },
  win: { operation: "sales_WinOpportunity", fields: ["close_date", "note"], required: [] },
  lose: { operation: "sales_LoseOpportunity", fields: ["reason", "competitor_id", "note"], required: ["reason"] },
  reopen: { operation: "sales_ReopenOpportunity", fields: ["reason"], required: ["reason"] },
};

export function useStageMove(): { move: (deal: Row, to: string, pipeline: Pipeline) => Promise<Row>; takeBack: (moved: Row, to: string) => Promise<Row>; ask: (verb: Asked["verb"], deal: Row) => Promise<Row>; dialog: ReactNode } {
  const { t } = useTranslation("opportunities");
  const client = useQueryClient();
  const verb = useVerb(opportunities);
  const [asked, setAsked] = useState<Asked>();

  const run = async (deal: Row, name: string, body: object): Promise<Row> => {
    const row = await verb.mutateAsync({ id: deal.id, verb: name, body, etag: deal.etag });
    remember(client, opportunities, row);
    return row;
  };
  const ask = (name: Asked["verb"], deal: Row, body: object = {}) =>
    new Promise<Row>((settle, refuse) => setAsked({ verb: name, deal, body, settle, refuse }));
  const move = (deal: Row, to: string, pipeline: Pipeline): Promise<Row> => {
    const place = (code: string) => pipeline.stages.findIndex((stage) => stage.code === code);
    const target = pipeline.stages[place(to)];
    if (target?.status === "WON") return ask("win", deal);
    if (target?.status === "LOST") return ask("lose", deal);
    if (deal.state !== "OPEN") return ask("reopen", deal);
    if (place(to) < place(String(deal.stage))) return ask("moveStage", deal, { stage: to });
    return run(deal, "moveStage", { stage: to });
  };
  /** The stage before, without being asked why: the note says that a move was taken back. */
  const takeBack = async (moved: Row, to: string): Promise<Row> => run(moved, "moveStage", { stage: to, note: t("undo_move") });
  const close = () => {
    // Whoever closes the question takes the move back; that is no error to be told about.
    asked?.refuse(new ApiError(400, { detail: t("not_moved") }));
    setAsked(undefined);
  };
  const dialog = asked ? (
    <VerbDialog
      title={t(`verbs.${asked.verb}`)}
      namespace="opportunities"
      {...FORMS[asked.verb]}
      onClose={close}
      onSubmit={async (values) => {
        asked.settle(await run(asked.deal, asked.verb, { ...asked.body, ...values }));
      }}
    />
  ) : null;
  return { move, takeBack, ask, dialog };
}
