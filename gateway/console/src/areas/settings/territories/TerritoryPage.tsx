/** A territory, in the tree of its model. */
import { useParams } from "react-router";
import { useRecord } from "@api/records";
import { territories } from "@api/resources";
import { Failed, Loading } from "@kit/states";
import { TerritoryModel } from "./TerritoryModel";

export default function TerritoryPage() {
  const { id = "" } = useParams();
  const found = useRecord(territories, id);
  if (found.isPending) return <Loading rows={8} />;
  if (!found.data) return <Failed error={found.error} retry={() => void found.refetch()} />;
  return <TerritoryModel id={String(found.data.model_id)} chosen={id} />;
}
