/** Lines of a pipe: none is lost, whoever waited for it. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { chatIo } from "../../../src/programs/cli/chatIo.ts"
import type { Io } from "../../../src/programs/cli/Io.ts"

/** A pipe that is written to by hand, and what is shown meanwhile. */
const piped = () => {
  const waiting: Array<(line: IteratorResult<string>) => void> = []
  const shown: Array<string> = []
  const io: Io["Type"] = {
    argv: [],
    env: {},
    cwd: "/",
    attended: false,
    live: false,
    columns: undefined,
    out: () => Effect.void,
    err: (text) => Effect.sync(() => shown.push(text)),
    redraw: () => Effect.void,
    piped: () => Effect.succeedNone,
    lines: {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise((resolve) => waiting.push(resolve)) })
    },
    ask: () => Effect.succeed(Option.some("the terminal's")),
    pick: undefined,
    onSignal: () => Effect.void,
    uptime: () => 0
  }
  return { io, shown, write: (value: string) => waiting.shift()?.({ done: false, value }) }
}

describe("chatIo", () => {
  it.effect("gives a line that a settled question waited for to who asks next", () =>
    Effect.gen(function* () {
      const { io, shown, write } = piped()
      const own = chatIo(io)
      const asking = yield* Effect.fork(own.io.ask("Allow? "))
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(asking)
      write("\u001b[1mlate")
      assert.deepStrictEqual(yield* own.next("> "), Option.some("\u001b[1mlate"))
      assert.deepStrictEqual(shown, ["Allow? ", "> ", "\\u{1b}[1mlate\n"])
    })
  )

  it.effect("leaves what is not to be shown to the terminal", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* chatIo(piped().io).io.ask("Passphrase: ", true), Option.some("the terminal's"))
    })
  )
})
