/** A verb that asks something first: `<VerbDialog title operation="leads_DisqualifyLead" namespace fields={["reason", "note"]} onSubmit={…} onClose={…} />`. */
import { lazy } from "react";
import { Part } from "@app/Part";
import type { VerbDialogProps } from "./VerbForm";

const VerbForm = lazy(() => import("./VerbForm"));

export function VerbDialog(props: VerbDialogProps) {
  return (
    <Part>
      <VerbForm {...props} />
    </Part>
  );
}
