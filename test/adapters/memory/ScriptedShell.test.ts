import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { layer } from "../../../src/adapters/memory/ScriptedShell.ts"
import { contractCommands, run, shellContract } from "../../ports/Shell.contract.ts"

const { greets, fails, long, never } = contractCommands

shellContract("ScriptedShell", layer([greets, fails, long, { ...never, lasts: Number.POSITIVE_INFINITY }]))

describe("ScriptedShell", () => {
  it.effect("plays the first entry that matches, and what it changes", () =>
    Effect.gen(function* () {
      const changed: Array<string> = []
      const table = [
        {
          command: /^make /g,
          output: "made\n",
          effect: ({ cwd }: { cwd: string }) => Effect.sync(() => void changed.push(cwd))
        },
        { command: "make x", output: "never\n" }
      ]
      for (const _ of [1, 2])
        assert.strictEqual((yield* Effect.provide(run("make x", { cwd: "/a" }), layer(table))).output, "made\n")
      assert.deepStrictEqual(changed, ["/a", "/a"])
    })
  )

  it.effect("does not find what is not in its table", () =>
    Effect.gen(function* () {
      const { output, code } = yield* Effect.provide(run("nope x"), layer([]))
      assert.deepStrictEqual({ output, code }, { output: "sh: nope: command not found\n", code: Option.some(127) })
    })
  )

  it.effect("refuses a strict sandbox, which it does not have", () =>
    Effect.gen(function* () {
      const failure = yield* Effect.flip(Effect.provide(run("echo", { sandbox: "strict" }), layer([])))
      assert.strictEqual(failure.kind, "sandbox")
    })
  )
})
