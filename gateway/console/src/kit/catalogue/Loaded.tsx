/** The record the address names, or what to say while or because it is not there: `<Loaded resource={pools} Body={Pool} />`. */
import type { ComponentType } from "react";
import { useParams } from "react-router";
import { type Resource, type Row, useRecord } from "@api/records";
import { Failed, Loading } from "../states";

export function Loaded({ resource, Body }: { resource: Resource; Body: ComponentType<{ record: Row }> }) {
  const { id = "" } = useParams();
  const found = useRecord(resource, id);
  if (found.isPending) return <Loading rows={8} />;
  if (!found.data) return <Failed error={found.error} retry={() => void found.refetch()} />;
  return <Body record={found.data} />;
}
