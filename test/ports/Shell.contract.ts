/** What every shell promises. An adapter that only plays commands is given the same ones to play. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { Shell, type ShellRequest } from "../../src/ports/Shell.ts"

/** The command lines that the contract runs, with what they print and how they end. */
export const contractCommands = {
  greets: { command: "echo hi", output: "hi\n", code: 0 },
  fails: { command: "echo no >&2; exit 3", output: "no\n", code: 3 },
  long: {
    command: "i=0; while [ $i -lt 2000 ]; do echo 0123456789; i=$((i+1)); done",
    output: "0123456789\n".repeat(2000),
    code: 0
  },
  never: { command: "echo started; sleep 600", output: "started\n" }
} as const

/** A request with generous bounds. */
export const request = (command: string, more: Partial<ShellRequest> = {}): ShellRequest => ({
  command,
  cwd: "/",
  sandbox: "off",
  network: false,
  timeout: 20_000,
  maxOutput: 100_000,
  ...more
})

/** Runs one command in the shell at hand. */
export const run = (command: string, more: Partial<ShellRequest> = {}) =>
  Effect.flatMap(Shell, (shell) => shell.run(request(command, more)))

/** The contract, on one adapter. */
export const shellContract = (name: string, layer: Layer.Layer<Shell>): void => {
  const live = (title: string, test: Effect.Effect<void, unknown, Shell>) =>
    it.live(title, () => Effect.provide(test, layer))

  describe(`${name}: the Shell contract`, () => {
    live(
      "answers output and exit code",
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* run(contractCommands.greets.command), {
          code: Option.some(0),
          ended: "exit",
          output: "hi\n",
          truncated: false,
          bytes: 3
        })
      })
    )

    live(
      "takes a failing command as a result, and standard error as output",
      Effect.gen(function* () {
        const { output, code, ended } = yield* run(contractCommands.fails.command)
        assert.deepStrictEqual({ output, code, ended }, { output: "no\n", code: Option.some(3), ended: "exit" })
      })
    )

    live(
      "keeps the start and the end of a long output and counts all of it",
      Effect.gen(function* () {
        const result = yield* run(contractCommands.long.command, { maxOutput: 1000 })
        assert.isTrue(result.truncated)
        assert.strictEqual(result.bytes, 22_000)
        const [head, tail] = result.output.split(/\n\[… 21000 bytes left out …\]\n/)
        assert.strictEqual(head, contractCommands.long.output.slice(0, 500))
        assert.strictEqual(tail, contractCommands.long.output.slice(-500))
      })
    )

    live(
      "shows all output as it comes, also what it does not keep",
      Effect.gen(function* () {
        const pieces: Array<string> = []
        yield* run(contractCommands.long.command, { maxOutput: 100, onOutput: (text) => pieces.push(text) })
        assert.strictEqual(pieces.join(""), contractCommands.long.output)
      })
    )

    live(
      "ends at its time limit, with what was printed until then",
      Effect.gen(function* () {
        const result = yield* run(contractCommands.never.command, { timeout: 300 })
        assert.strictEqual(result.ended, "timeout")
        assert.deepStrictEqual(result.code, Option.none())
        assert.strictEqual(result.output, "started\n")
      })
    )

    live(
      "ends when nothing was printed for too long",
      Effect.gen(function* () {
        const result = yield* run(contractCommands.never.command, { idle: 300 })
        assert.strictEqual(result.ended, "idle")
        assert.deepStrictEqual(result.code, Option.none())
      })
    )

    live(
      "can be interrupted",
      Effect.gen(function* () {
        const result = yield* Effect.timeoutOption(run(contractCommands.never.command), 200)
        assert.deepStrictEqual(result, Option.none())
      })
    )

    live(
      "says that a command is not confined where the sandbox is off",
      Effect.gen(function* () {
        const shell = yield* Shell
        assert.strictEqual((yield* shell.confinement("off")).kind, "none")
      })
    )
  })
}
