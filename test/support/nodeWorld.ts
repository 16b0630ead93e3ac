/** A person's machine in a temporary folder: a home, a project, an environment, and the real Node world over them. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { CodeMesh } from "../../src/domain/CodeMesh.ts"
import type { TurnOptions } from "../../src/domain/model/Command.ts"
import type { ModelName } from "../../src/domain/model/Model.ts"
import type { EventStore } from "../../src/ports/EventStore.ts"
import type { LanguageModel } from "../../src/ports/LanguageModel.ts"
import { NodeLive } from "../../src/programs/NodeLive.ts"
import { prompt } from "./mesh.ts"

/** What stands on the machine. */
export interface NodeWorldOptions {
  /** The global `config.toml`. */
  readonly config?: string
  readonly files?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
}

/** The project's folder, and its own code-mesh home. */
export interface NodeWorld {
  readonly project: string
  readonly home: string
}

const write = (path: string, text: string): void => {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

/** Runs a test on such a machine; its folders go with the scope. */
export const onNode = <A, E>(
  options: NodeWorldOptions,
  test: (world: NodeWorld) => Effect.Effect<A, E, CodeMesh | EventStore | LanguageModel | Scope.Scope>
) =>
  Effect.gen(function* () {
    const top = yield* Effect.acquireRelease(
      Effect.sync(() => realpathSync(mkdtempSync(join(tmpdir(), "code-mesh-node-")))),
      (made) => Effect.sync(() => rmSync(made, { recursive: true, force: true }))
    )
    const world: NodeWorld = { project: join(top, "project"), home: join(top, "home") }
    mkdirSync(world.project)
    for (const [name, text] of Object.entries(options.files ?? {})) write(join(world.project, name), text)
    if (options.config !== undefined) write(join(world.home, "config.toml"), options.config)
    const env = { PATH: process.env.PATH, CODE_MESH_HOME: world.home, ...options.env }
    return yield* Effect.provide(test(world), NodeLive({ root: world.project, env, home: world.home }))
  })

/** Begins a session on the machine's project and prompts it; answers its events. */
export const askOnNode = (world: NodeWorld, model: ModelName, text: string, options: TurnOptions = {}) =>
  Effect.gen(function* () {
    const mesh = yield* CodeMesh
    const session = yield* mesh.start({ root: world.project, model })
    return { session, events: yield* prompt(session, text, options) }
  })
