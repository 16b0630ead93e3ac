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
import * as BpeTokenizer from "../../src/adapters/shared/BpeTokenizer.ts"
import * as HostTextCodec from "../../src/adapters/shared/HostTextCodec.ts"
import * as NoShell from "../../src/adapters/shared/NoShell.ts"
import * as WalkSearch from "../../src/adapters/shared/WalkSearch.ts"
import * as WebDigest from "../../src/adapters/shared/WebDigest.ts"
import { CodeMesh } from "../../src/domain/CodeMesh.ts"
import type { Event } from "../../src/domain/model/Event.ts"
import type { SessionId } from "../../src/domain/model/Ids.ts"
import type { Json } from "../../src/domain/model/Json.ts"
import type { AnyTool } from "../../src/domain/tools/Tool.ts"
import { EventStore } from "../../src/ports/EventStore.ts"
import type { WorkspaceService } from "../../src/ports/Workspace.ts"

/** What a test's world holds. */
export interface MeshOptions {
  readonly files?: Readonly<Record<string, MemoryFile>>
  readonly tools?: ReadonlyArray<AnyTool>
  readonly model: ScriptedModel.Script | ScriptedModel.Answerer
  readonly size?: { readonly context: number; readonly output: number }
  readonly config?: Json
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
    Layer.provide(MapWorkingCopies.layer({ workspace: trees }), WebDigest.layer),
    MemoryConfigSource.layer(options.config === undefined ? {} : { project: options.config }),
    HeadlessHost.layer,
    NoShell.layer,
    WalkSearch.layer,
    BpeTokenizer.layer,
    HostTextCodec.layer,
    WebDigest.layer,
    model
  )
  const tree: Effect.Effect<WorkspaceService> = Effect.orDie(trees(root))
  return { layer: Layer.provideMerge(CodeMesh.layer({ tools: options.tools ?? [] }), ports), tree }
}

/** Begins a session, prompts it, and waits until it rests; answers its id and events. */
export const prompted = (text: string, options: Parameters<CodeMesh["Type"]["submit"]>[1] extends infer _ ? Record<string, unknown> : never = {}) =>
  Effect.gen(function* () {
    const mesh = yield* CodeMesh
    const session = yield* mesh.start({ root, model: "scripted/test" })
    yield* mesh.submit(session, { type: "Prompt", parts: [{ type: "text", text }], options })
    yield* mesh.rest(session)
    return { session, events: yield* eventsOf(session) }
  })

/** All events of a session. */
export const eventsOf = (session: SessionId) =>
  Effect.gen(function* () {
    const store = yield* EventStore
    return Array.from(yield* Stream.runCollect(store.read(session))) as ReadonlyArray<Event>
  })

/** Runs a test's effect in a world. */
export const inMesh = <A, E>(
  options: MeshOptions,
  effect: Effect.Effect<A, E, Layer.Layer.Success<ReturnType<typeof meshWorld>["layer"]> | Scope.Scope>
): Effect.Effect<A, E> => Effect.scoped(Effect.provide(effect, meshWorld(options).layer))
