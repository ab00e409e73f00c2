import { QueryClient } from "@tanstack/react-query";
import { describe, expect, it } from "vitest";
import { type Change, parsed } from "../../src/api/live";
import { isShown, refresh, schemaOf, unknown } from "../../src/app/refresh";

const change = (facts: Partial<Change> = {}): Change => ({ type: "leads.lead", id: "a", etag: "2", actor: "user:x", ...facts });

function shown(): QueryClient {
  const client = new QueryClient();
  client.setQueryData(["leads.Lead", "record", "a"], { id: "a", etag: "1" });
  client.setQueryData(["leads.Lead", "record", "b"], { id: "b", etag: "1" });
  client.setQueryData(["leads.Lead", "list", {}], { pages: [{ rows: [{ id: "c", etag: "5" }] }], pageParams: [] });
  client.setQueryData(["sales.Quote", "list", {}], { pages: [{ rows: [] }], pageParams: [] });
  client.setQueryData(["leads.Touch", "a"], []);
  return client;
}

describe("what the server tells", () => {
  it("is read with the place to go on from", () => {
    const told = parsed(['event: change\nid: leads-7\ndata: {"type":"leads.lead","id":"a","etag":"2","actor":"user:x"}', ":\nid: leads-9"]);
    expect(told).toEqual({ position: "leads-9", changes: [change()] });
  });

  it("is a reset when what lies between is gone", () => expect(parsed(["event: reset\nid: leads-9\ndata: {}"])).toEqual({ position: "leads-9", reset: true }));

  it("names resources as the API description does", () => expect([schemaOf("service_desk.ticket"), schemaOf("leads.lead_import")]).toEqual(["service_desk.Ticket", "leads.LeadImport"]));
});

describe("what a change concerns", () => {
  it("is nothing where its etag is known already", () => {
    const changes = [change({ etag: "1" }), change({ id: "c", etag: "5" }), change(), change({ id: "new" })];
    expect(unknown(shown(), changes).map((each) => each.id)).toEqual(["a", "new"]);
  });

  it("is the record, what belongs to it and the lists of its kind, and nothing else", () => {
    const client = shown();
    refresh(client, [change()]);
    const old = client.getQueryCache().findAll({ stale: true, predicate: (query) => query.state.isInvalidated }).map((query) => query.queryKey.slice(0, 3));
    expect(old).toEqual([["leads.Lead", "record", "a"], ["leads.Lead", "list", {}], ["leads.Touch", "a"]]);
  });

  it("is not on a page that shows other records", () => expect(isShown(shown(), change({ id: "z" }))).toBe(false));
});
