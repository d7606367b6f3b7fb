/** The model in the browser: files in, answers out. */

export { Classifier, type Head, type Opening } from "./classifier";
export { answerOf, candidates, likeliest, limitsFor, reasonOf, softmax } from "./doubt";
export { heatOfMaps, heatOfOcclusion, type Output } from "./evidence";
export { filesAt, ModelError, type ReadFile } from "./files";
export { sha256 } from "./sha256";
