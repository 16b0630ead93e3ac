/** One seed for all properties, so that a run can be repeated: `SEED=8 npm test` for another, `SEED=random` for any. */
import * as FastCheck from "effect/FastCheck"

const { SEED = "7" } = process.env

if (SEED !== "random") FastCheck.configureGlobal({ seed: Number(SEED) })
