/** A head that was learned in the page: what it says of features, in plain numbers, so that no graph need be built anew. */

import { type Prototypes, cosines, fromCosines, neighbours } from "./prototypes";
import type { Linear } from "./regression";

export class LearnedHead {
  constructor(
    readonly linear: Linear,
    readonly prototypes: Prototypes,
  ) {}

  /** Logits (k,) of features (d,). */
  logits(features: Float32Array): Float32Array {
    const logits = this.maps(features, 1);
    return logits.map((value, c) => value + this.linear.bias[c]);
  }

  /** How unlike the known photos features (d,) are: 0 for one of them, at most 2. */
  novelty(features: Float32Array): number {
    return fromCosines(cosines(this.prototypes, features), neighbours(this.prototypes));
  }

  /** The head without its bias at each of some places: features of `places` (places, d) to (places, k). */
  maps(featureMap: Float32Array, places: number): Float32Array {
    const { features: d, classes: k, weight } = this.linear;
    const maps = new Float32Array(places * k);
    const sums = new Float64Array(k);
    for (let place = 0; place < places; place++) {
      sums.fill(0);
      for (let j = 0; j < d; j++) {
        const value = featureMap[place * d + j];
        if (value !== 0) for (let c = 0; c < k; c++) sums[c] += value * weight[j * k + c];
      }
      maps.set(sums, place * k);
    }
    return maps;
  }
}
