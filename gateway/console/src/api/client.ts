/**
 * The typed client: `const lead = await answer(api.POST("/v1/leads/{id}:claim", { params: …, body: … }))`.
 * Paths, parameters and answers are checked against the contract; a refusal is thrown as `ApiError`.
 */
import createClient from "openapi-fetch";
import type { paths } from "./generated/schema";
import { errorOf } from "./errors";
import { send } from "./transport";

export const api = createClient<paths>({ baseUrl: location.origin, fetch: send });

export async function answer<T>(request: Promise<{ data?: T; response: Response; error?: unknown }>): Promise<T> {
  const { data, response, error } = await request;
  if (response.ok) return data as T;
  throw await errorOf(new Response(JSON.stringify(error ?? {}), { status: response.status }));
}
