/** How a command ended, in words for the model. */
import { assert, describe, it } from "@effect/vitest"
import * as Option from "effect/Option"
import { outcomeOf } from "../../../src/domain/tools/ran.ts"
import type { ShellResult } from "../../../src/ports/Shell.ts"

const result = { code: Option.none(), output: "x\n", truncated: false, bytes: 2 }
const bounds = {
  timeout: 5,
  idle: 1500,
  limits: { cpu: 2000, memory: 3 * 2 ** 20, processes: 7, output: 2 ** 20 }
}

describe("what a command's end means", () => {
  it("is named with its measure where a limit or a signal ended it", () => {
    const last = (ended: ShellResult["ended"], signal?: string) =>
      outcomeOf({ ...result, ended, ...(signal === undefined ? {} : { signal }) }, bounds).output.split("\n")[1]
    assert.strictEqual(last("idle"), "[stopped, as it printed nothing for 1.5 s]")
    assert.strictEqual(last("timeout"), "[stopped at its limit of 5 ms]")
    assert.strictEqual(last("cpu"), "[stopped at its limit of 2 s of CPU time]")
    assert.strictEqual(last("memory"), "[stopped at its limit of 3 MB of memory]")
    assert.strictEqual(last("processes"), "[stopped at its limit of 7 processes and threads]")
    assert.strictEqual(last("output"), "[stopped, as it printed more than 1 MB]")
    assert.strictEqual(last("signal"), "[ended by a signal]")
    assert.strictEqual(last("signal", "SIGINT"), "[ended by SIGINT]")
  })

  it("names what was reached, what was refused and what was taken away, whatever became of the command", () => {
    const { ok, output } = outcomeOf(
      {
        ...result,
        ended: "exit",
        code: Option.some(0),
        connections: [
          { host: "a.example", port: 443, times: 2 },
          { host: "b.example", port: 80, times: 1, refused: "it is not listed" }
        ],
        withdrawn: [".mcp.json"]
      },
      bounds
    )
    assert.isTrue(ok)
    assert.deepStrictEqual(output.split("\n"), [
      "x",
      "[network: reached a.example:443 (2 times)]",
      "[network: b.example:80 was refused: it is not listed]",
      "[.mcp.json was taken away again: a command may not make it; use the write tool, which asks]"
    ])
  })
})
