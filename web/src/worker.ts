/** The worker of the page: all decoding, computing and learning happens here. */

import type { Reply, Request } from "./protocol";
import { Service } from "./service";

const scope = self as unknown as DedicatedWorkerGlobalScope;
const service = new Service((reply: Reply) => scope.postMessage(reply));
scope.onmessage = ({ data }: MessageEvent<Request>) => service.receive(data);
