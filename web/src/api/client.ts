/** Requests to the server that served this page. */

const PREFIX = "/api/v1";

/** An answer that is not the one asked for; `detail` is the server's own sentence. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string | null,
    /** The password was right, and a code of the second factor is asked for. */
    readonly wantsCode = false,
  ) {
    super(detail ?? title);
  }
}

async function problemOf(response: Response): Promise<Problem> {
  const type = response.headers.get("content-type") ?? "";
  if (!type.includes("json")) return new Problem(response.status, response.statusText, null);
  const body = (await response.json()) as { title?: string; detail?: string };
  const code = response.headers.get("kota-code") === "wanted";
  return new Problem(response.status, body.title ?? response.statusText, body.detail ?? null, code);
}

let csrf: string | null = null;

/** What every change must repeat, so that no page of elsewhere can make it; null: nobody is in. */
export function tellCsrf(secret: string | null): void {
  csrf = secret;
}

export function address(path: string, query: Record<string, string | number | undefined> = {}): string {
  const pairs = Object.entries(query).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]]));
  const text = new URLSearchParams(pairs).toString();
  return `${PREFIX}${path}${text ? `?${text}` : ""}`;
}

export async function get<T>(url: string, signal?: AbortSignal): Promise<T> {
  const response = await fetch(url, { headers: { accept: "application/json" }, ...(signal && { signal }) });
  if (!response.ok) throw await problemOf(response);
  return (await response.json()) as T;
}

/** Sends a file as it is. */
export async function upload<T>(url: string, body: Blob): Promise<T> {
  const headers = { accept: "application/json", "content-type": "application/octet-stream", ...(csrf !== null && { "kota-csrf": csrf }) };
  const response = await fetch(url, { method: "POST", headers, body });
  if (!response.ok) throw await problemOf(response);
  return (await response.json()) as T;
}

export async function send<T>(method: "POST" | "PUT" | "DELETE", url: string, body?: unknown, signal?: AbortSignal): Promise<T | null> {
  const response = await fetch(url, {
    method,
    headers: { accept: "application/json", ...(body !== undefined && { "content-type": "application/json" }), ...(csrf !== null && { "kota-csrf": csrf }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  });
  if (!response.ok) throw await problemOf(response);
  const text = await response.text();
  return text ? (JSON.parse(text) as T) : null;
}
