/** A world in memory in which programs die: what they made last stays, and the next one goes on with it. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { make as makeCopies } from "../../src/adapters/memory/MapWorkingCopies.ts"
import { make as makeStore } from "../../src/adapters/memory/MemoryEventStore.ts"
import { memoryTrees } from "../../src/adapters/memory/memoryTrees.ts"
import { makeFunction, type ScriptedTurn } from "../../src/adapters/memory/ScriptedModel.ts"
import * as ScriptedShell from "../../src/adapters/memory/ScriptedShell.ts"
import * as NodeDigest from "../../src/adapters/node/NodeDigest.ts"
import type { Event } from "../../src/domain/model/Event.ts"
import { portable, shell } from "../../src/domain/tools/sets.ts"
import { EventStore, StoreFailed } from "../../src/ports/EventStore.ts"
import { LanguageModel, type ModelRequest } from "../../src/ports/LanguageModel.ts"
import { WorkingCopies } from "../../src/ports/WorkingCopies.ts"
import { FileError, type WorkspaceService } from "../../src/ports/Workspace.ts"
import { keptBytes } from "../support/mapCopies.ts"
import { meshWorld, root } from "../support/mesh.ts"

/** What outlives a program: its logs, its copies and contents, the real tree. */
export const makeDisk = (files: Readonly<Record<string, string>>) =>
  Effect.gen(function* () {
    const store = yield* makeStore
    const tree: WorkspaceService = yield* Effect.orDie(memoryTrees(root, files)(root))
    return { store, kept: keptBytes(), tree }
  })

/** What outlives a program. */
export type Disk = Effect.Effect.Success<ReturnType<typeof makeDisk>>

/** How a program meets its world: what the model and the commands answer, and which writes of the log fail. */
export interface Life {
  readonly width: number
  /** So many try a step in a swarm. */
  readonly candidates: number
  readonly answer: (request: ModelRequest) => ScriptedTurn
  readonly command: (command: string) => ScriptedShell.Played
  /** Whether the next append, which is of these events, is to fail. */
  readonly appendFails: (events: ReadonlyArray<Event>) => boolean
  /** Told while a model call begins and ends. */
  readonly calling: (request: ModelRequest, by: 1 | -1) => void
}

const lost = new FileError({ kind: "other", path: "", reason: "the program is dead" })

/** A program over a disk. Once it is dead nothing of it is made last, whatever it still tries. */
export const makeLife = (disk: Disk, life: Life) => {
  let dead = false
  const alive = <A, E>(effect: Effect.Effect<A, E>, error: E): Effect.Effect<A, E> =>
    Effect.suspend(() => (dead ? Effect.fail(error) : effect))
  const store: EventStore["Type"] = {
    ...disk.store,
    append: (lease, after, events) => {
      const failed = (reason: string) => new StoreFailed({ kind: "other", reason, remedy: "Nothing was written." })
      return Effect.suspend(() => {
        if (dead) return Effect.fail(failed("the program is dead"))
        if (life.appendFails(events)) return Effect.fail(failed("the disk hiccuped"))
        return disk.store.append(lease, after, events)
      })
    }
  }
  const tree: WorkspaceService = {
    ...disk.tree,
    write: (path, bytes, mode) => alive(disk.tree.write(path, bytes, mode), lost),
    remove: (path) => alive(disk.tree.remove(path), lost)
  }
  const kept = {
    ...disk.kept,
    put: (name: string, bytes: Uint8Array) => alive(disk.kept.put(name, bytes), lost),
    remove: (name: string) => alive(disk.kept.remove(name), lost)
  }
  const copies = Layer.provide(
    Layer.effect(WorkingCopies, makeCopies({ workspace: () => Effect.succeed(tree), kept, playedCommands: true })),
    NodeDigest.layer
  )
  const { model } = makeFunction(life.answer)
  const counted: LanguageModel["Type"] = {
    ...model,
    stream: (request) =>
      Stream.unwrapScoped(
        Effect.as(
          Effect.acquireRelease(
            Effect.sync(() => life.calling(request, 1)),
            () => Effect.sync(() => life.calling(request, -1))
          ),
          model.stream(request)
        )
      )
  }
  const instead = Layer.mergeAll(Layer.succeed(EventStore, store), copies, Layer.succeed(LanguageModel, counted))
  const { layer } = meshWorld({
    model: { turns: [] },
    tools: [...portable, ...shell],
    config: { agents: { max_count: life.width, candidates: life.candidates } },
    shell: ScriptedShell.make(life.command),
    instead
  })
  const die = () => {
    dead = true
  }
  return { layer, die }
}
