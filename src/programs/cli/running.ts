/** Which sessions are worked on just now: by which process, and whether in the background. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { aliveRun } from "../../adapters/node/backgroundRuns.ts"
import type { SessionId } from "../../domain/model/Ids.ts"
import { EventStore, type SessionRow } from "../../ports/EventStore.ts"
import { backgroundFolder } from "./background.ts"

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
