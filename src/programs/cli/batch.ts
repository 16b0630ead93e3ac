/** `--batch`: a JSON line in, a JSON line out, and always on to the next. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { Io } from "./Io.ts"
import { exit, usage } from "./report.ts"
import { jsonLine } from "./words.ts"

/** Answers each line of standard input that is not blank, in order. */
export const answerLines = <E, R>(answer: (line: string) => Effect.Effect<object, E, R>) =>
  Effect.gen(function* () {
    const io = yield* Io
    const all = Stream.fromAsyncIterable(io.lines, (error) => usage(`stdin: ${String(error)}`, "Pipe JSON lines in."))
    yield* Stream.runForEach(all, (line) =>
      line.trim() === "" ? Effect.void : Effect.flatMap(answer(line), (answered) => io.out(jsonLine(answered)))
    )
    return exit.done
  })
