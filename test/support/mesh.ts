/** A whole code-mesh in memory for tests of the domain: given tools, files and answers; no shell, no disk, no network. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as HeadlessHost from "../../src/adapters/memory/HeadlessHost.ts"
import * as MapWorkingCopies from "../../src/adapters/memory/MapWorkingCopies.ts"
import * as MemoryConfigSource from "../../src/adapters/memory/MemoryConfigSource.ts"
import * as MemoryEventStore from "../../src/adapters/memory/MemoryEventStore.ts"
import type { MemoryFile } from "../../src/adapters/memory/MemoryWorkspace.ts"
import { memoryTrees } from "../../src/adapters/memory/memoryTrees.ts"
import * as ScriptedModel from "../../src/adapters/memory/ScriptedModel.ts"
import * as ScriptedWeb from "../../src/adapters/memory/ScriptedWeb.ts"
import * as NodeDigest from "../../src/adapters/node/NodeDigest.ts"
import * as BpeTokenizer from "../../src/adapters/shared/BpeTokenizer.ts"
import * as FiberEngine from "../../src/adapters/shared/FiberEngine.ts"
import * as HostTextCodec from "../../src/adapters/shared/HostTextCodec.ts"
import * as NoShell from "../../src/adapters/shared/NoShell.ts"
import * as UnbashGrammar from "../../src/adapters/shared/UnbashGrammar.ts"
import * as WalkSearch from "../../src/adapters/shared/WalkSearch.ts"
import { CodeMesh } from "../../src/domain/CodeMesh.ts"
import type { TurnOptions } from "../../src/domain/model/Command.ts"
import type { Event } from "../../src/domain/model/Event.ts"
import type { SessionId } from "../../src/domain/model/Ids.ts"
import type { Json } from "../../src/domain/model/Json.ts"
import { portable } from "../../src/domain/tools/sets.ts"
import type { AnyTool } from "../../src/domain/tools/Tool.ts"
import { EventStore } from "../../src/ports/EventStore.ts"
import type { LanguageModel } from "../../src/ports/LanguageModel.ts"
import { Shell } from "../../src/ports/Shell.ts"
import type { WorkingCopies } from "../../src/ports/WorkingCopies.ts"
import type { WorkspaceService } from "../../src/ports/Workspace.ts"

/** What a test's world holds. */
export interface MeshOptions {
  readonly files?: Readonly<Record<string, MemoryFile>>
  readonly tools?: ReadonlyArray<AnyTool>
  readonly model: ScriptedModel.Script | ScriptedModel.Answerer
  readonly size?: { readonly context: number; readonly output: number }
  readonly config?: Json
  /** The shell; none where absent. */
  readonly shell?: Shell["Type"]
  readonly web?: ScriptedWeb.ScriptedPages
  /** Adapters that stand in for the usual ones. */
  readonly instead?: Layer.Layer<EventStore | WorkingCopies | LanguageModel>
}

/** The project's root in these worlds. */
export const root = "/project"

/** Builds a world; answers its layer and the project's real tree. */
export const meshWorld = (options: MeshOptions) => {
  const trees = memoryTrees(root, options.files ?? {})
  const model =
    typeof options.model === "function"
      ? ScriptedModel.layerFunction(options.model, options.size ?? {})
      : ScriptedModel.layer({ ...options.model, ...options.size })
  const ports = Layer.mergeAll(
    MemoryEventStore.layer,
    Layer.provide(MapWorkingCopies.layer({ workspace: trees }), NodeDigest.layer),
    MemoryConfigSource.layer(options.config === undefined ? {} : { project: options.config }),
    HeadlessHost.layer,
    options.shell === undefined ? NoShell.layer : Layer.succeed(Shell, options.shell),
    WalkSearch.layer,
    ScriptedWeb.layer(options.web),
    BpeTokenizer.layer,
    HostTextCodec.layer,
    UnbashGrammar.layer,
    NodeDigest.layer,
    FiberEngine.layer,
    model,
    options.instead ?? Layer.empty
  )
  const tree: Effect.Effect<WorkspaceService> = Effect.orDie(trees(root))
  return { layer: Layer.provideMerge(CodeMesh.layer({ tools: options.tools ?? portable }), ports), tree }
}

/** All that a test's world offers. */
export type Mesh = Layer.Layer.Success<ReturnType<typeof meshWorld>["layer"]>

/** A text as a prompt's part. */
export const textPart = (text: string) => ({ type: "text", text }) as const

/** Prompts a session and waits until it rests; answers all its events. */
export const prompt = (session: SessionId, text: string, options: TurnOptions = {}) =>
  Effect.gen(function* () {
    const mesh = yield* CodeMesh
    yield* mesh.submit(session, { type: "Prompt", parts: [textPart(text)], options })
    yield* mesh.rest(session)
    return yield* eventsOf(session)
  })

/** Begins a session, prompts it, and waits until it rests; answers its id and events. */
export const prompted = (text: string, options: TurnOptions = {}) =>
  Effect.gen(function* () {
    const mesh = yield* CodeMesh
    const session = yield* mesh.start({ root, model: "scripted/test" })
    return { session, events: yield* prompt(session, text, options) }
  })

/** Begins a session and prompts it; answers at once, while the turn runs. */
export const begun = (text: string, options: TurnOptions = {}) =>
  Effect.gen(function* () {
    const mesh = yield* CodeMesh
    const session = yield* mesh.start({ root, model: "scripted/test" })
    yield* mesh.submit(session, { type: "Prompt", parts: [textPart(text)], options })
    return session
  })

/** Waits until a session rests; answers all its events. */
export const rested = (session: SessionId) =>
  Effect.gen(function* () {
    const mesh = yield* CodeMesh
    yield* mesh.rest(session)
    return yield* eventsOf(session)
  })

/** All events of a session. */
export const eventsOf = (session: SessionId) =>
  Effect.gen(function* () {
    const store = yield* EventStore
    return Array.from(yield* Stream.runCollect(store.read(session))) as ReadonlyArray<Event>
  })

/** Waits for the first event of a type, live or past. */
export const eventually = <T extends Event["type"]>(session: SessionId, type: T) =>
  Effect.gen(function* () {
    const mesh = yield* CodeMesh
    const is = (news: { readonly type: string }): news is Extract<Event, { type: T }> => news.type === type
    const found = yield* Stream.runHead(Stream.filter(mesh.follow(session), is))
    return yield* found
  })

/** Runs a test's effect in a world. */
export const inMesh = <A, E>(
  options: MeshOptions,
  effect: Effect.Effect<A, E, Mesh | Scope.Scope>
): Effect.Effect<A, E> => Effect.scoped(Effect.provide(effect, meshWorld(options).layer))

/** The types of events, in order. */
export const types = (events: ReadonlyArray<{ readonly type: string }>): ReadonlyArray<string> =>
  events.map((event) => event.type)

/** The events of one type. */
export const ofType = <T extends Event["type"]>(
  events: ReadonlyArray<Event>,
  type: T
): ReadonlyArray<Extract<Event, { type: T }>> =>
  events.filter((event): event is Extract<Event, { type: T }> => event.type === type)
