/** A turn that runs, for those who do not use Effect: its news as an async iterator, and what it came to. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { CodeMesh } from "../domain/CodeMesh.ts"
import type { Change, Conflict } from "../domain/model/Change.ts"
import type { Command } from "../domain/model/Command.ts"
import type { Event, Failure } from "../domain/model/Event.ts"
import type { SessionId } from "../domain/model/Ids.ts"
import type { Usage } from "../domain/model/Message.ts"
import type { Progress } from "../domain/model/Progress.ts"

/** What a turn came to. */
export interface TurnResult {
  readonly session: SessionId
  readonly status: "done" | "failed" | "refused" | "limited" | "interrupted"
  /** The model's last answer. */
  readonly text: string
  /** Why it is not `done`, where there is more to say. */
  readonly error?: Failure
  readonly usage: Usage
  /** What waits to be applied; where nothing waits, what this turn applied. */
  readonly changes: ReadonlyArray<Change>
  readonly staged: boolean
  /** Why what was staged could not be applied at the turn's end. */
  readonly conflicts: ReadonlyArray<Conflict>
}

/**
 * A turn that runs. Iterate it once for its events and live news, or await `result`, or both. Leaving the iteration early
 * leaves the turn running.
 */
export interface Turn extends AsyncIterable<Event | Progress> {
  readonly result: Promise<TurnResult>
}

/** News that nobody has read yet is dropped beyond this many; events never are. */
const room = 4096

/** Hands values from where they happen to one reader. */
export const makeChannel = <A>(mayDrop: (value: A) => boolean) => {
  let values: Array<A> = []
  let end: { readonly error?: unknown } | undefined
  let wake = () => {}
  const read = async function* (): AsyncGenerator<A, void> {
    for (;;) {
      const ready = values
      values = []
      yield* ready
      if (values.length > 0) continue
      if (end !== undefined) {
        if ("error" in end) throw end.error
        return
      }
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  return {
    read,
    push: (value: A) => {
      if (end !== undefined || (values.length >= room && mayDrop(value))) return
      values.push(value)
      wake()
    },
    close: (reason: { readonly error?: unknown }) => {
      end ??= reason
      wake()
    }
  }
}

interface Seen {
  text: string
  applied: ReadonlyArray<Change>
  conflicts: ReadonlyArray<Conflict>
  seq: number
}

/** What is said before tools are called is not the answer. */
const see = (seen: Seen, event: Event): void => {
  seen.seq = event.seq
  if (event.type === "model.requested" || event.type === "tool.called") seen.text = ""
  if (event.type === "part.text") seen.text += event.text
  if (event.type === "changes.applied") seen.applied = [...seen.applied, ...event.changes]
  if (event.type === "changes.conflicted") seen.conflicts = event.conflicts
}

const resultOf = (session: SessionId, seen: Seen) =>
  Effect.gen(function* () {
    const mesh = yield* CodeMesh
    const state = yield* mesh.show(session)
    // The contents of a log that came from elsewhere may not be here: what waits is known all the same.
    const known = state.batches.flatMap((batch) => (batch.where === "copy" ? batch.changes : []))
    const { changes } = yield* Effect.catchTag(mesh.diff(session), "CopyFailed", () =>
      Effect.succeed({ changes: known })
    )
    const { last } = state
    const result: TurnResult = {
      session,
      status: last?.status ?? "failed",
      text: seen.text,
      usage: state.turnUsage,
      changes: changes.length > 0 ? changes : seen.applied,
      staged: changes.length > 0,
      conflicts: seen.conflicts,
      ...(last?.error === undefined ? {} : { error: last.error })
    }
    return result
  })

/** Prompts a session and tells all that comes of it until the session rests. */
export const promptTurn = (
  session: SessionId,
  command: Extract<Command, { type: "Prompt" }>,
  tell: (news: Event | Progress) => void
) =>
  Effect.gen(function* () {
    const mesh = yield* CodeMesh
    const before = yield* mesh.show(session)
    // A wrong setting is told before anything is written.
    yield* mesh.settings(before.root)
    yield* mesh.submit(session, command)
    const seen: Seen = { text: "", applied: [], conflicts: [], seq: before.seq }
    let last = Number.POSITIVE_INFINITY
    const listening = yield* Effect.fork(
      mesh.follow(session, before.seq).pipe(
        Stream.tap((news) =>
          Effect.sync(() => {
            tell(news)
            if ("seq" in news) see(seen, news)
          })
        ),
        Stream.takeUntil(() => seen.seq >= last),
        Stream.runDrain
      )
    )
    const rested = yield* Effect.exit(mesh.rest(session))
    const { seq } = yield* mesh.show(session)
    last = seq
    if (seen.seq < seq) yield* Fiber.join(listening)
    else yield* Fiber.interrupt(listening)
    if (Exit.isFailure(rested)) return yield* Effect.failCause(rested.cause)
    return yield* resultOf(session, seen)
  })
