/** Which sessions are worked on just now: by which process, and whether in the background. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { aliveRun } from "../../adapters/node/backgroundRuns.ts"
import { CodeMesh } from "../../domain/CodeMesh.ts"
import type { SessionId } from "../../domain/model/Ids.ts"
import { EventStore, type SessionRow } from "../../ports/EventStore.ts"
import { backgroundFolder } from "./background.ts"
import { Io } from "./Io.ts"
import { isOwn } from "./sessions.ts"

/** A session that a process works on. */
export interface Running {
  readonly host: string
  readonly pid: number
  readonly background: boolean
  /** Where what it prints goes, where that is kept. */
  readonly log?: string
}

/** So many of the sessions written last are looked at: what runs was written to lately. */
const most = 200

/** Who works on sessions of a list, by session; those written last are looked at. */
export const runningOf = (rows: ReadonlyArray<SessionRow>) =>
  Effect.gen(function* () {
    const store = yield* EventStore
    const folder = yield* backgroundFolder
    const found = new Map<SessionId, Running>()
    for (const { session } of rows.slice(0, most)) {
      const writer = yield* store.writer(session)
      if (Option.isNone(writer)) continue
      const run = aliveRun(folder, session)
      const background = run !== undefined && run.pid === writer.value.pid
      found.set(session, {
        ...writer.value,
        background,
        ...(background && run.log !== undefined ? { log: run.log } : {})
      })
    }
    return found
  })

/** Who works on a session, for people. */
export const runningText = ({ background, host, pid }: Running): string =>
  `running in process ${pid} on ${host}${background ? ", in the background" : ""}`

/** So many of a folder's newest sessions are looked at when a run begins. */
const few = 20

/** Says who else works on this folder, so that nobody wonders later where other changes came from. */
export const tellOthers = (root: string, own: SessionId) =>
  Effect.gen(function* () {
    const io = yield* Io
    const mesh = yield* CodeMesh
    const rows = (yield* mesh.list).filter((row) => row.root === root && isOwn(row) && row.session !== own)
    for (const [session, run] of yield* runningOf(rows.slice(0, few))) {
      const { beganAt, running } = yield* mesh.show(session)
      if (!running) continue
      yield* io.err(
        `Somebody works on this folder already: ${session}, ${runningText(run)}, since ${beganAt}. Each works in a copy of its own; what one applies, the other merges with when it applies.\n`
      )
    }
    // Who else is here is no reason not to begin.
  }).pipe(Effect.ignore)
