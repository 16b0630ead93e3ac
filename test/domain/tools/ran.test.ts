import { assert, describe, it } from "@effect/vitest"
import * as Option from "effect/Option"
import { outcomeOf } from "../../../src/domain/tools/ran.ts"

const result = { code: Option.none(), output: "x\n", truncated: false, bytes: 2 }

describe("what a command's end means", () => {
  it("is named where a limit or a signal ended it", () => {
    const last = (ended: "idle" | "signal" | "timeout", signal?: string) =>
      outcomeOf({ ...result, ended, ...(signal === undefined ? {} : { signal }) }, 5).output.split("\n")[1]
    assert.strictEqual(last("idle"), "[stopped, as it printed nothing for too long]")
    assert.strictEqual(last("timeout"), "[stopped at its limit of 5 ms]")
    assert.strictEqual(last("signal"), "[ended by a signal]")
    assert.strictEqual(last("signal", "SIGINT"), "[ended by SIGINT]")
  })
})
