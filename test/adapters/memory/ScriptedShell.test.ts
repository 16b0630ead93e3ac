/** A played shell answers as it was told, and as the port promises. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { layer } from "../../../src/adapters/memory/ScriptedShell.ts"
import { contractCommands, run, shellContract } from "../../ports/Shell.contract.ts"

const { greets, fails, long, never } = contractCommands

const asContract = {
  [greets.command]: greets,
  [fails.command]: fails,
  [long.command]: long,
  [never.command]: { ...never, lasts: Number.POSITIVE_INFINITY }
}

shellContract("ScriptedShell", layer(asContract))

describe("ScriptedShell", () => {
  it.effect("plays what a function answers, and what that changes", () =>
    Effect.gen(function* () {
      const changed: Array<string> = []
      const effect = ({ cwd }: { cwd: string }) => Effect.sync(() => void changed.push(cwd))
      const commands = (command: string) => (command.startsWith("make ") ? { output: "made\n", effect } : undefined)
      const result = yield* Effect.provide(run("make x", { cwd: "/a" }), layer(commands))
      assert.deepStrictEqual([result.output, changed], ["made\n", ["/a"]])
      assert.deepStrictEqual((yield* Effect.provide(run("ls"), layer(commands))).code, Option.some(127))
    })
  )

  it.effect("does not find what is not among its commands", () =>
    Effect.gen(function* () {
      const { output, code } = yield* Effect.provide(run("constructor x"), layer({}))
      assert.deepStrictEqual(
        { output, code },
        { output: "sh: constructor: command not found\n", code: Option.some(127) }
      )
      assert.deepStrictEqual((yield* Effect.provide(run("constructor"), layer({}))).code, Option.some(127))
    })
  )

  it.effect("refuses a strict sandbox, which it does not have", () =>
    Effect.gen(function* () {
      const failure = yield* Effect.flip(Effect.provide(run("echo", { sandbox: "strict" }), layer({})))
      assert.strictEqual(failure.kind, "sandbox")
    })
  )
})
