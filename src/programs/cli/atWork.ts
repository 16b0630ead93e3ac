/** What is worked on just now: the sessions of a folder that run, and all in the background, with their agents. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { aliveRuns } from "../../adapters/node/backgroundRuns.ts"
import { CodeMesh } from "../../domain/CodeMesh.ts"
import type { SessionId } from "../../domain/model/Ids.ts"
import { addUsage } from "../../domain/model/Message.ts"
import { agentLines, agentRows, doing, stepLines, stepRows } from "./agentRows.ts"
import { backgroundFolder } from "./background.ts"
import { type Running, runningOf, runningText } from "./running.ts"
import { isOwn } from "./sessions.ts"
import { usedText } from "./used.ts"
import { oneLine } from "./words.ts"
import type { State } from "./world.ts"

/** The agents' own sessions, of those that have not ended. */
const ownSessions = ({ agents }: State) =>
  Effect.gen(function* () {
    const mesh = yield* CodeMesh
    const found = new Map<SessionId, State>()
    for (const { ended, spawned } of agents.values()) {
      if (ended !== undefined) continue
      // One that began a moment ago may have no log yet.
      const state = yield* Effect.option(mesh.show(spawned.agent))
      if (Option.isSome(state)) found.set(spawned.agent, state.value)
    }
    return found
  })

const workOf = (session: SessionId, running: Running) =>
  Effect.gen(function* () {
    const state = yield* (yield* CodeMesh).show(session)
    const agents = agentRows(state, yield* ownSessions(state))
    return {
      session,
      title: state.title,
      root: state.root,
      running,
      ...doing(state),
      usage: agents.reduce((sum, { usage }) => addUsage(sum, usage), state.usage),
      ...(state.plan === undefined
        ? {}
        : { plan: { status: state.plan.status, strategy: state.plan.strategy ?? null, steps: stepRows(state) } }),
      agents
    }
  })

/** A session that is worked on. */
export type Work = Effect.Effect.Success<ReturnType<typeof workOf>>

/** The sessions of a folder that a process works on now, and those in the background of other folders; who does it. */
export const runningHere = (root: string) =>
  Effect.gen(function* () {
    const rows = (yield* (yield* CodeMesh).list).filter(isOwn)
    const away = new Set(aliveRuns(yield* backgroundFolder).map(({ session }) => session))
    return yield* runningOf(rows.filter((row) => row.root === root || away.has(row.session)))
  })

/** The same with what each does, and its agents. */
export const atWork = (root: string) =>
  Effect.gen(function* () {
    const runs = yield* runningHere(root)
    return yield* Effect.forEach([...runs], ([session, running]) => workOf(session, running))
  })

/** One session at work: how it stands, then its agents and what its steps wait for. */
export const workText = ({ agents, plan, running, session, state, title, usage, waitsFor }: Work): string =>
  [
    [session, oneLine(title, 60), runningText(running), oneLine(state, 120), usedText({ usage })]
      .concat(waitsFor.length === 0 ? [] : [`waits for ${waitsFor.join(", ")}`])
      .filter((part) => part !== "")
      .join(" · "),
    "\n",
    ...(running.log === undefined ? [] : [`  what it prints: ${running.log}\n`]),
    ...(plan === undefined ? [] : stepLines(plan.steps)),
    ...agentLines(agents)
  ].join("")
