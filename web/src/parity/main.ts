/** Replays the photos that Python serves with the exported model, one worker a setting, and tells what came out. */

import { served, tell, type Job, type Setting } from "./messages";

/** `Chromium 141.0.7390.54`, or as much as the browser tells. */
async function browser(): Promise<string> {
  type Brands = { brand: string; version: string }[];
  const data = (navigator as { userAgentData?: { getHighEntropyValues(names: string[]): Promise<{ fullVersionList?: Brands }> } }).userAgentData;
  const brands = (await data?.getHighEntropyValues(["fullVersionList"]))?.fullVersionList ?? [];
  const known = ["Google Chrome", "Microsoft Edge", "Chromium"];
  const found = known.map((name) => brands.find((one) => one.brand === name)).find(Boolean);
  return found ? `${found.brand} ${found.version}` : navigator.userAgent;
}

function replay(job: Job, setting: Setting): Promise<void> {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  return new Promise<void>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<string | null>) => (data === null ? resolve() : reject(new Error(data)));
    worker.onerror = (event) => reject(new Error(event.message || "the worker does not start"));
    worker.postMessage({ job, setting });
  }).finally(() => worker.terminate());
}

async function main(): Promise<void> {
  await tell({ kind: "hello", browser: await browser() });
  const job = (await (await fetch(served("job"))).json()) as Job;
  for (const setting of job.settings) await replay(job, setting);
  await tell({ kind: "done" });
}

main().catch((error: unknown) => tell({ kind: "failed", message: error instanceof Error ? error.message : String(error) }));
