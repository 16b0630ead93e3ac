/** What signals do to a program: one that is handled by something that stays is handled, and nothing else. */
import { Readable, Writable } from "node:stream"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { runMain, type Signals } from "../../../src/programs/cli/runMain.ts"

const sink = () => new Writable({ write: (_chunk, _encoding, done) => done() })

/** A program that goes on until it is interrupted, in a process that tests may signal. */
const started = (mild: Signals) => {
  const on = new Map<string, () => void>()
  let ended: (code: number) => void = () => undefined
  const codes: Array<number> = []
  const exited = new Promise<number>((resolve) => {
    ended = resolve
  })
  runMain(Effect.never, mild, {
    argv: [],
    env: {},
    cwd: () => "/",
    uptime: () => 0,
    stdin: Readable.from([]),
    stdout: sink(),
    stderr: sink(),
    on: (name, handle) => on.set(name, handle),
    exit: (code) => {
      codes.push(code)
      ended(code)
    }
  })
  return { signal: (name: string) => on.get(name)?.(), exited, codes }
}

const handledBy = (stays: boolean) => {
  const seen: Array<string> = []
  return { seen, mild: { handle: () => void seen.push("handled"), stays } }
}

describe("runMain", () => {
  it("goes on after the first Ctrl-C where that stays, and ends by the second", async () => {
    const { mild, seen } = handledBy(true)
    const { codes, exited, signal } = started(mild)
    signal("SIGINT")
    assert.deepStrictEqual([seen, codes], [["handled"], []])
    signal("SIGINT")
    assert.strictEqual(await exited, 130)
    assert.deepStrictEqual(seen, ["handled"])
  })

  it("ends by SIGTERM and SIGHUP also where Ctrl-C stays", async () => {
    for (const [name, code] of [
      ["SIGTERM", 143],
      ["SIGHUP", 129]
    ] as const) {
      const { mild, seen } = handledBy(true)
      const { exited, signal } = started(mild)
      signal(name)
      assert.strictEqual(await exited, code)
      assert.deepStrictEqual(seen, [])
    }
  })

  it("ends at the second signal where the first was handled by one that does not stay", async () => {
    const { mild, seen } = handledBy(false)
    const { codes, exited, signal } = started(mild)
    signal("SIGINT")
    assert.deepStrictEqual([seen, codes], [["handled"], []])
    signal("SIGINT")
    assert.strictEqual(await exited, 130)
  })
})
