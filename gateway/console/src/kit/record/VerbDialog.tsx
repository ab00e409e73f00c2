/** A verb that asks something first: `<VerbDialog title operation="leads_DisqualifyLead" namespace fields={["reason", "note"]} onSubmit={…} onClose={…} />`. */
import { lazy, Suspense } from "react";
import type { VerbDialogProps } from "./VerbForm";

const VerbForm = lazy(() => import("./VerbForm"));

export function VerbDialog(props: VerbDialogProps) {
  return (
    <Suspense fallback={null}>
      <VerbForm {...props} />
    </Suspense>
  );
}
