/** Trains in a process of its own, to be killed: node trainChild.ts DATASET RUN OPTIONS_AS_JSON. */
import { trainClassifier } from "../../src/classifier/trainClassifier.ts";

const [dataset = "", out = "", options = "{}"] = process.argv.slice(2);
await trainClassifier(dataset, { ...JSON.parse(options), out, progress: ({ done }) => console.log(done) });
