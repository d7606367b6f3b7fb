/** The server's answers, as the page asks for them. */

export interface Model {
  name: string;
  bundle: string;
  class_names: string[];
  /** Seconds since 1970. */
  loaded_at: number;
  problem: string | null;
}

export interface Split {
  name: string;
  variants: { model: string; share: number }[];
}

export interface Key {
  id: string;
  name: string;
  scopes: string[];
  rate: number | null;
  created: string;
  expires: string | null;
  revoked: string | null;
  last4: string;
}

/** A refusal, in the server's own sentence; `document` is all that it said (RFC 9457), null where it said nothing of the kind. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    sentence: string,
    readonly document: Record<string, unknown> | null = null,
  ) {
    super(sentence);
  }
}

export const readMetrics = async (): Promise<string> => (await request("/metrics")).text();
export const readModels = async (): Promise<{ models: Model[]; splits: Split[] }> => (await request("/v1/models")).json();
export const readKeys = async (): Promise<{ keys: Key[]; own: string }> => (await request("/v1/keys")).json();

export async function revokeKey(id: string): Promise<void> {
  await request(`/v1/keys/${encodeURIComponent(id)}`, { method: "DELETE" });
}

export async function removeModel(name: string): Promise<void> {
  await request(address(name), { method: "DELETE" });
}

/** Loads or replaces a model by a bundle's ZIP; `sent` is told the share of it that has been sent, 0..1. */
export function installModel(name: string, zip: Blob, sent: (share: number) => void): Promise<void> {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest(); // fetch does not tell how much has been sent
    request.open("PUT", address(name));
    request.setRequestHeader("Content-Type", "application/zip");
    request.upload.onprogress = ({ loaded, total }) => sent(total ? loaded / total : 0);
    request.onload = () => (request.status < 300 ? done() : failed(refusal(request.status, request.responseText)));
    request.onerror = () => failed(new Refused(0, ""));
    request.send(zip);
  });
}

/** Goes to log in, and back here afterwards: the session has ended. */
export function logIn(): void {
  location.assign(`/login?next=${location.pathname}`);
}

/** Asks the server; raises Refused for a refusal, and with status 0 where it does not answer. */
export async function request(path: string, options: RequestInit = {}): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(path, { ...options, headers: { Accept: "application/json, text/plain", ...options.headers } });
  } catch {
    throw new Refused(0, "");
  }
  if (!answer.ok) throw refusal(answer.status, await answer.text());
  return answer;
}

/** A problem document's sentence, where there is one. */
function refusal(status: number, text: string): Refused {
  try {
    const document = JSON.parse(text);
    return new Refused(status, String(document.detail), document);
  } catch {
    return new Refused(status, `HTTP ${status}`);
  }
}

const address = (name: string): string => `/v1/models/${encodeURIComponent(name)}`;
