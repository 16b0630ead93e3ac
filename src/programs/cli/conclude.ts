/** What follows a turn: its answer, the question whether to apply, the result as text or JSON, the exit code. */
import * as Effect from "effect/Effect"
import { CodeMesh } from "../../domain/CodeMesh.ts"
import type { SessionId } from "../../domain/model/Ids.ts"
import { confirm } from "./asking.ts"
import { Io } from "./Io.ts"
import { inWords, told } from "./report.ts"
import { type Ending, endingOf, failedEarly } from "./result.ts"
import type { RunChoices } from "./runOptions.ts"
import { visible } from "./visible.ts"
import type { Watched } from "./watch.ts"
import { changeList, count, jsonLine } from "./words.ts"

/** How a person is asked whether to apply. */
type AskApply = Effect.Effect<boolean, never, Io>

const offer = (id: SessionId, ask: AskApply) =>
  Effect.gen(function* () {
    const io = yield* Io
    const mesh = yield* CodeMesh
    const { text } = yield* mesh.diff(id)
    yield* io.err(`\n${visible(text)}\n`)
    if (!(yield* ask)) return []
    const events = yield* mesh.submit(id, { type: "Apply" })
    return events
  })

/** Asks before applying, where that is wanted and somebody is there; answers what waits after it. */
export const settle = (
  id: SessionId,
  choices: Pick<RunChoices, "apply" | "attended">,
  watched: Watched,
  ask: AskApply = confirm("Apply these changes to the real files?")
) =>
  Effect.gen(function* () {
    const io = yield* Io
    const mesh = yield* CodeMesh
    const { last, running } = yield* mesh.show(id)
    const { changes } = yield* mesh.diff(id)
    if (changes.length === 0 || running || last?.status !== "done" || choices.apply !== "ask") return changes
    if (!choices.attended) {
      yield* io.err("Nobody is at the terminal to be asked: the changes stay staged.\n")
      return changes
    }
    for (const event of yield* offer(id, ask)) {
      if (event.type === "changes.applied") {
        watched.applied = event.changes
        yield* io.err(`applied ${count(event.changes.length, "file")}\n`)
      }
      if (event.type === "changes.conflicted") watched.conflicts = event.conflicts
    }
    return (yield* mesh.diff(id)).changes
  })

const stagedText = (ending: Ending, changes: Parameters<typeof changeList>[0]): string =>
  ending.result.staged
    ? `${count(changes.length, "file")} staged, the real files are as they were:\n${changeList(changes)}code-mesh apply ${ending.result.session}\n`
    : ""

const print = (ending: Ending, choices: RunChoices, changes: Parameters<typeof changeList>[0]) =>
  Effect.gen(function* () {
    const io = yield* Io
    const { result } = ending
    if (ending.told !== undefined) yield* io.err(inWords(ending.told))
    else if (result.status === "interrupted") yield* io.err("Interrupted. `code-mesh run -c` goes on.\n")
    yield* io.err(stagedText(ending, changes))
    if (choices.format === "json") return yield* io.out(jsonLine(result))
    if (choices.format === "stream-json") return yield* io.out(jsonLine({ type: "result", ...result }))
  })

/** The answer itself, before anything is asked about what it changed. */
const say = (choices: RunChoices, answer: string) =>
  Effect.flatMap(Io, (io) =>
    choices.format !== "text" || answer === "" ? Effect.void : io.out(answer.endsWith("\n") ? answer : `${answer}\n`)
  )

/** Ends a run that began at `began`: says the answer, applies where somebody wants it, prints; answers the exit code. */
export const conclude = (id: SessionId, choices: RunChoices, watched: Watched, began: number) =>
  Effect.gen(function* () {
    const io = yield* Io
    const mesh = yield* CodeMesh
    const { last } = yield* mesh.show(id)
    if (last?.status === "done") yield* say(choices, watched.answer.join(""))
    const changes = yield* settle(id, choices, watched)
    const ending = endingOf(yield* mesh.show(id), watched, changes, io.uptime() - began)
    yield* print(ending, choices, changes)
    return ending.code
  })

/** Programs that read JSON get an object also where a run fails before it begins. */
export const early = (choices: RunChoices) => (error: unknown) =>
  Effect.gen(function* () {
    const io = yield* Io
    const one = told(error)
    if (choices.format === "text") return yield* Effect.fail(error)
    const result = failedEarly(one, io.uptime())
    yield* io.out(jsonLine(choices.format === "json" ? result : { type: "result", ...result }))
    return yield* Effect.fail(error)
  })
