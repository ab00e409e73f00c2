/** Files up and down: `await upload("/v1/lead-files", file)` answers what the server saw, `await download(path, name)` saves one. */
import { errorOf } from "./errors";
import { send } from "./transport";

export async function upload<T>(path: string, file: File): Promise<T> {
  const url = new URL(path, location.origin);
  url.searchParams.set("filename", file.name);
  const headers = { "Content-Type": file.type || "application/octet-stream" };
  const response = await send(new Request(url, { method: "POST", headers, body: file }));
  if (!response.ok) throw await errorOf(response);
  return (await response.json()) as T;
}

export async function download(path: string, name: string): Promise<void> {
  const response = await send(new Request(new URL(path, location.origin)));
  if (!response.ok) throw await errorOf(response);
  saveAs(await response.blob(), name);
}

/** Text for spreadsheets: with the mark by which they know UTF-8. */
export function saveText(text: string, name: string): void {
  saveAs(new Blob(["\ufeff", text], { type: "text/csv;charset=utf-8" }), name);
}

/** Text byte for byte, so that its digest can be compared. */
export function saveJson(text: string, name: string): void {
  saveAs(new Blob([text], { type: "application/json" }), name);
}

function saveAs(content: Blob, name: string): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser reads the address after the click has returned.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
