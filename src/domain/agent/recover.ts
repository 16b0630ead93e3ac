/** Brings a session whose program died to rest: its commands are ended, every open call gets an outcome, what it changed is known. */
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import { Shell, type StartedProcess } from "../../ports/Shell.ts"
import { WorkingCopies } from "../../ports/WorkingCopies.ts"
import type { Fact } from "../model/Event.ts"
import type { CallId } from "../model/Ids.ts"
import { closeCut } from "../session/decide.ts"
import type { SessionHandle } from "../session/Session.ts"
import type { CallState } from "../session/State.ts"
import { recordStaged } from "./close.ts"
import { failureOf } from "./stop.ts"

const place = ({ host, pid }: StartedProcess): string => `process ${pid} on ${host}`

/** Ends what is left of a call's commands; answers what a person and the model should know of that. */
const endCommands = (call: CallState) =>
  Effect.gen(function* () {
    const shell = yield* Shell
    const notes: Array<string> = []
    for (const process of call.processes ?? []) {
      const found = yield* shell.end(process)
      if (found === "ended") notes.push(`Its command was still running (${place(process)}) and has been ended.`)
      if (found === "unreachable")
        notes.push(`Its command was ${place(process)}, which cannot be looked at from here: it may still be running.`)
    }
    return notes.join(" ")
  })

const endAll = (calls: ReadonlyArray<CallState>) =>
  Effect.gen(function* () {
    const told = new Map<CallId, string>()
    for (const call of calls) {
      const note = yield* endCommands(call)
      if (note !== "") told.set(call.id, note)
    }
    return told
  })

/**
 * Closes what a dead program left open in a session: nothing of it runs on, nothing is run again. Does nothing in a
 * session that rests.
 */
export const recover = Effect.fn("Session.recover")(function* (handle: SessionHandle) {
  const state = yield* handle.state
  if (!state.running) return
  const notes = yield* endAll(Array.from(HashMap.values(state.open)))
  const cut = closeCut(state, notes)
  const close = (staged: ReadonlyArray<Fact>) => handle.record([...cut.slice(0, -1), ...staged, ...cut.slice(-1)])
  const copies = yield* WorkingCopies
  const copy = copies.open(state.id, state.root)
  yield* Effect.matchEffect(copy, {
    onSuccess: (copy) => recordStaged(handle, copy, state.turn, close),
    onFailure: (error) => close([{ type: "error.occurred", error: failureOf(error) }])
  })
})
