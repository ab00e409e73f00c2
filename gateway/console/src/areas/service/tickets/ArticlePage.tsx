/** What was said in a ticket is shown where it belongs: in the ticket's conversation. */
import { Navigate, useParams } from "react-router";
import { useRecord } from "@api/records";
import { articles, tickets } from "@api/resources";
import { Failed, Loading } from "@kit/states";

export default function ArticlePage() {
  const { id = "" } = useParams();
  const article = useRecord(articles, id);
  if (article.isPending) return <Loading />;
  if (!article.data) return <Failed error={article.error} retry={() => void article.refetch()} />;
  return <Navigate to={tickets.page(article.data.ticket_id)} replace />;
}
