/** A promised payment is shown where it belongs: in its contract. */
import { Navigate, useParams } from "react-router";
import { useRecord } from "@api/records";
import { contracts, planLines } from "@api/resources";
import { Failed, Loading } from "@kit/states";

export default function ReceivablePage() {
  const { id = "" } = useParams();
  const line = useRecord(planLines, id);
  if (line.isPending) return <Loading />;
  if (!line.data) return <Failed error={line.error} retry={() => void line.refetch()} />;
  return <Navigate to={contracts.page(line.data.contract_id)} replace />;
}
