/** Agents that work for one session, without a plan: what they tell each other and what they ask is the subject. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as HeadlessHost from "../../src/adapters/memory/HeadlessHost.ts"
import * as MapWorkingCopies from "../../src/adapters/memory/MapWorkingCopies.ts"
import * as MemoryConfigSource from "../../src/adapters/memory/MemoryConfigSource.ts"
import * as MemoryEventStore from "../../src/adapters/memory/MemoryEventStore.ts"
import { memoryTrees } from "../../src/adapters/memory/memoryTrees.ts"
import * as ScriptedModel from "../../src/adapters/memory/ScriptedModel.ts"
import * as ScriptedWeb from "../../src/adapters/memory/ScriptedWeb.ts"
import * as NodeDigest from "../../src/adapters/node/NodeDigest.ts"
import * as BpeTokenizer from "../../src/adapters/shared/BpeTokenizer.ts"
import * as HostTextCodec from "../../src/adapters/shared/HostTextCodec.ts"
import * as NoShell from "../../src/adapters/shared/NoShell.ts"
import * as UnbashGrammar from "../../src/adapters/shared/UnbashGrammar.ts"
import * as WalkSearch from "../../src/adapters/shared/WalkSearch.ts"
import { runTurns } from "../../src/domain/agent/carryOut.ts"
import { Settings } from "../../src/domain/config/Settings.ts"
import { surfaced } from "../../src/domain/mesh/surfaced.ts"
import { makeTeam, type Team } from "../../src/domain/mesh/team.ts"
import type { TurnOptions } from "../../src/domain/model/Command.ts"
import type { Event } from "../../src/domain/model/Event.ts"
import { freshSessionId, type SessionId } from "../../src/domain/model/Ids.ts"
import type { Limits } from "../../src/domain/model/Limits.ts"
import type { Parent } from "../../src/domain/model/MeshFacts.ts"
import { begin } from "../../src/domain/session/begin.ts"
import { created } from "../../src/domain/session/created.ts"
import { Session, type SessionHandle } from "../../src/domain/session/Session.ts"
import { portable } from "../../src/domain/tools/sets.ts"
import { Toolbox } from "../../src/domain/tools/Toolbox.ts"
import { EventStore } from "../../src/ports/EventStore.ts"

/** The project's root in these worlds. */
export const root = "/project"

const words = (text: string) => ({ type: "text", text }) as const

/** A world without the door: sessions, settings and tools over ports in memory. */
export const teamWorld = (model: ScriptedModel.Answerer) => {
  const trees = memoryTrees(root, { ".env": "KEY=1\n", "a.txt": "one\n" })
  const ports = Layer.mergeAll(
    MemoryEventStore.layer,
    Layer.provide(MapWorkingCopies.layer({ workspace: trees }), NodeDigest.layer),
    MemoryConfigSource.layer({}),
    HeadlessHost.layer,
    NoShell.layer,
    WalkSearch.layer,
    ScriptedWeb.layer(),
    BpeTokenizer.layer,
    HostTextCodec.layer,
    UnbashGrammar.layer,
    NodeDigest.layer,
    ScriptedModel.layerFunction(model, {})
  )
  return Layer.provideMerge(Layer.mergeAll(Session.layer, Settings.layer, Toolbox.layer(portable)), ports)
}

/** All events of a session. */
export const eventsOf = (session: SessionId) =>
  Effect.gen(function* () {
    const store = yield* EventStore
    return Array.from(yield* Stream.runCollect(store.read(session))) as ReadonlyArray<Event>
  })

/** The events of one type. */
export const ofType = <T extends Event["type"]>(events: ReadonlyArray<Event>, type: T) =>
  events.filter((event): event is Extract<Event, { type: T }> => event.type === type)

/** Waits until a session has so many events of a type; answers the newest of them. */
export const until = <T extends Event["type"]>(handle: SessionHandle, type: T, count = 1) =>
  Effect.scoped(
    Effect.gen(function* () {
      const news = yield* handle.subscribe
      const past = yield* eventsOf(handle.id)
      const seen = past.at(-1)?.seq ?? 0
      const live = Stream.filterMap(news, (it) => ("seq" in it && it.seq > seen ? Option.some(it) : Option.none()))
      const is = (event: Event): event is Extract<Event, { type: T }> => event.type === type
      const wanted = Stream.filter(Stream.concat(Stream.fromIterable(past), live), is)
      return yield* yield* Stream.runHead(Stream.drop(wanted, count - 1))
    })
  )

const newSession = (parent?: Parent) =>
  Effect.gen(function* () {
    const id = yield* freshSessionId
    const mine = { root, model: "scripted/test", title: "t", apply: "stage" as const }
    const facts = created(parent === undefined ? mine : { ...mine, parent }, "0")
    return yield* (yield* Session).create(id, facts)
  })

/** A session of nobody's yet. */
export const begunSession = newSession()

/** A session whose turn runs, as that of a plan does while its agents work. */
export const leading = Effect.tap(begunSession, (handle) =>
  Effect.flatMap(handle.state, (state) => handle.record(begin(state, [words("Carry out the plan.")])))
)

/** A team over a session; these may still begin. */
export const teamOf = (handle: SessionHandle, ...expected: ReadonlyArray<string>) =>
  makeTeam(handle, Effect.succeed(new Set(expected)))

/** What an agent is to do, for whom, and with whom. */
export interface Job {
  readonly above: SessionHandle
  readonly name: string
  readonly prompt: string
  readonly team?: Team
  readonly options?: TurnOptions
  readonly limits?: Limits
}

/** Begins an agent's session; its questions surface above it. */
export const agentFor = ({ above, name }: Pick<Job, "above" | "name">) =>
  Effect.tap(newSession({ session: above.id, role: "coder", path: [`${name} (coder)`] }), (agent) =>
    surfaced(above, agent, `${name} (coder)`)
  )

/** Prompts an agent until it rests. */
export const doJob = (agent: SessionHandle, { limits, name, options = { attended: true }, prompt, team }: Job) =>
  Effect.scoped(
    Effect.gen(function* () {
      const mate = team === undefined ? {} : { team: yield* team.join(name, ["coder"]) }
      yield* agent.record(begin(yield* agent.state, [words(prompt)], limits))
      yield* runTurns(agent, options, mate)
    })
  )
