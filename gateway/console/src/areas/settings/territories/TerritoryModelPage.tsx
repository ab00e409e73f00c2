/** A model of territories, with the first of its territories open. */
import { useParams } from "react-router";
import { TerritoryModel } from "./TerritoryModel";

export default function TerritoryModelPage() {
  const { id = "" } = useParams();
  return <TerritoryModel id={id} />;
}
