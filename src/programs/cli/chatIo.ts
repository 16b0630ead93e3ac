/** The terminal or pipe of a chat: one line at a time, whoever asks for it, and nothing that a log could not hold. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { meant } from "./chatInput.ts"
import type { Io } from "./Io.ts"
import { visible } from "./visible.ts"

/** Lines from what is piped in; one that is waited for in vain is there for who asks next. */
const pipedLines = (io: Io["Type"]) => {
  const lines = io.lines[Symbol.asyncIterator]()
  let coming: Promise<IteratorResult<string>> | undefined
  return (question: string) =>
    Effect.gen(function* () {
      yield* io.err(question)
      coming ??= lines.next()
      const waited = coming
      const { done, value } = yield* Effect.promise(() => waited)
      coming = undefined
      // A terminal shows what is typed; a log has it from here.
      yield* io.err(done === true ? "\n" : `${visible(value)}\n`)
      return done === true ? Option.none<string>() : Option.some(value)
    })
}

/** What a chat speaks to. */
export interface ChatIo {
  readonly io: Io["Type"]
  /** The next line that is no answer to a question; none at the end of input. */
  readonly next: (question: string) => Effect.Effect<Option.Option<string>>
}

/** A chat on the terminal or pipe of a process; where a question is open, commands wait until it is answered. */
export const chatIo = (io: Io["Type"]): ChatIo => {
  // A terminal shows no end of line where its input ends.
  const typed = (question: string) =>
    Effect.tap(io.ask(question), (line) => (Option.isNone(line) ? io.err("\n") : Effect.void))
  const read = io.attended ? typed : pipedLines(io)
  const waiting: Array<string> = []
  const answer = (question: string) =>
    Effect.gen(function* () {
      for (;;) {
        const line = yield* read(question)
        const type = Option.isNone(line) ? "nothing" : meant(line.value).type
        if (Option.isNone(line) || (type !== "command" && type !== "end")) return line
        waiting.push(line.value)
        yield* io.err(`${visible(line.value.trim())} waits until this is answered.\n`)
      }
    })
  return {
    io: {
      ...io,
      live: false,
      columns: undefined,
      redraw: () => Effect.void,
      pick: undefined,
      ask: (question, hidden = false) => (hidden ? io.ask(question, true) : answer(question)),
      onSignal: (handle) => io.onSignal(handle, true)
    },
    next: (question) =>
      Effect.suspend(() => {
        const held = waiting.shift()
        return held === undefined
          ? read(question)
          : Effect.as(io.err(`${question}${visible(held)}\n`), Option.some(held))
      })
  }
}
