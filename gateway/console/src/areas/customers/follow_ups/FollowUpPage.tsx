/** A follow-up is shown where it belongs: in the timeline of its customer. */
import { Navigate, useParams } from "react-router";
import { followUps } from "@api/catalogue";
import { useRecords } from "@api/records";
import { customers } from "@api/resources";
import { Failed, Loading } from "@kit/states";

export default function FollowUpPage() {
  const { id = "" } = useParams();
  const found = useRecords(followUps, { filter: `id = "${id}"`, page_size: 1 });
  const followUp = found.data?.pages[0]?.rows[0];
  if (found.isPending) return <Loading />;
  if (!followUp) return <Failed error={found.error} retry={() => void found.refetch()} />;
  return <Navigate to={customers.page(followUp.customer_id)} replace />;
}
