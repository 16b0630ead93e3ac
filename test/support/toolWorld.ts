/** A world for tests of tools: a temporary directory, the real workspace over it, and a run that remembers what was seen. */
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as NodeDigest from "../../src/adapters/node/NodeDigest.ts"
import * as NodeWorkspace from "../../src/adapters/node/NodeWorkspace.ts"
import * as HostTextCodec from "../../src/adapters/shared/HostTextCodec.ts"
import * as UnbashGrammar from "../../src/adapters/shared/UnbashGrammar.ts"
import { presets } from "../../src/domain/context/role.ts"
import type { Todo } from "../../src/domain/model/Call.ts"
import { confinedBy } from "../../src/domain/tools/confined.ts"
import {
  type AnyTool,
  type Outcome,
  type Prepared,
  ToolFailure,
  type ToolNeeds,
  ToolRun,
  type ToolRunService
} from "../../src/domain/tools/Tool.ts"
import { Search } from "../../src/ports/Search.ts"
import { Shell } from "../../src/ports/Shell.ts"
import { Web } from "../../src/ports/Web.ts"

/** What a test wants otherwise. Without `search` and `shell` a tool that calls them dies. */
export interface ToolWorldOptions {
  readonly run?: Partial<ToolRunService>
  readonly search?: Layer.Layer<Search>
  readonly web?: Layer.Layer<Web>
  readonly shell?: Layer.Layer<Shell>
}

/** The world: where its files stand, what tools need, and how to call one as dispatch would. */
export interface ToolWorld {
  readonly dir: string
  readonly layer: Layer.Layer<ToolNeeds>
  /** Real path to content hash, as calls left it. */
  readonly seen: Map<string, string>
  readonly todos: { current: ReadonlyArray<Todo> }
  readonly prepare: (tool: AnyTool, params: unknown) => Effect.Effect<Prepared, ToolFailure>
  /** Decodes, prepares, runs, and keeps what the outcome says was seen. */
  readonly call: (tool: AnyTool, params: unknown) => Effect.Effect<Outcome, ToolFailure>
  /** Runs what was prepared before. */
  readonly run: (prepared: Prepared) => Effect.Effect<Outcome, ToolFailure>
  readonly write: (name: string, content: string | Uint8Array) => void
  readonly text: (name: string) => string
  readonly bytes: (name: string) => Buffer
}

const unavailable = (what: string) => Effect.dieMessage(`this test world has no ${what}`)

const needs = (dir: string, run: ToolRunService, options: ToolWorldOptions): Layer.Layer<ToolNeeds> =>
  Layer.mergeAll(
    Layer.orDie(NodeWorkspace.layer(dir)),
    HostTextCodec.layer,
    UnbashGrammar.layer,
    NodeDigest.layer,
    Layer.succeed(ToolRun, run),
    options.web ??
      Layer.succeed(Web, { get: () => unavailable("web"), engine: Option.none(), search: () => unavailable("web") }),
    options.search ?? Layer.succeed(Search, { grep: () => unavailable("search"), glob: () => unavailable("search") }),
    options.shell ??
      Layer.succeed(Shell, {
        run: () => unavailable("shell"),
        end: () => unavailable("shell"),
        confinement: () => unavailable("shell")
      })
  )

/** A fresh temporary directory with the real adapters over it; it goes when the scope closes. */
export const toolWorld = (options: ToolWorldOptions = {}): Effect.Effect<ToolWorld, never, Scope.Scope> =>
  Effect.gen(function* () {
    const dir = yield* Effect.acquireRelease(
      Effect.sync(() => fs.realpathSync(fs.mkdtempSync(path.join(tmpdir(), "code-mesh-tools-")))),
      (made) => Effect.sync(() => fs.rmSync(made, { recursive: true, force: true }))
    )
    const seen = new Map<string, string>()
    const todos: ToolWorld["todos"] = { current: [] }
    const service: ToolRunService = {
      call: "call_1",
      seen: (real) => Effect.sync(() => Option.fromNullable(seen.get(real))),
      mayRead: () => true,
      mayReach: () => false,
      applied: Effect.succeed([]),
      mustRead: false,
      todos: Effect.sync(() => todos.current),
      progress: () => {},
      ask: () => Effect.fail(new ToolFailure({ kind: "nobody", reason: "Nobody is there to answer." })),
      roles: [...presets.keys()],
      place: Effect.succeed({ from: dir, to: dir, readOnly: [] }),
      sandbox: "off",
      network: false,
      limits: confinedBy({}).limits,
      offline: false,
      applyStaged: Effect.void,
      ...options.run
    }
    const layer = needs(dir, service, options)
    const prepare: ToolWorld["prepare"] = (tool, params) =>
      Schema.decodeUnknown(tool.input)(params).pipe(
        Effect.mapError((error) => new ToolFailure({ kind: "invalid", reason: error.message })),
        Effect.flatMap((input) => tool.prepare(input as never)),
        Effect.provide(layer)
      )
    const run: ToolWorld["run"] = (prepared) =>
      prepared.run.pipe(
        Effect.tap((outcome) =>
          Effect.sync(() => {
            for (const it of outcome.seen ?? []) seen.set(it.path, it.hash)
            if (outcome.todos !== undefined) todos.current = outcome.todos
          })
        ),
        Effect.provide(layer)
      )
    return {
      dir,
      layer,
      seen,
      todos,
      prepare,
      run,
      call: (tool, params) => Effect.flatMap(prepare(tool, params), run),
      write: (name, content) => {
        const full = path.join(dir, name)
        fs.mkdirSync(path.dirname(full), { recursive: true })
        fs.writeFileSync(full, content)
      },
      text: (name) => fs.readFileSync(path.join(dir, name), "utf8"),
      bytes: (name) => fs.readFileSync(path.join(dir, name))
    }
  })
