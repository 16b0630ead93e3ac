/** The world in memory: files, log, keys and settings are values; the model plays a script. Nothing outside is touched. */
import * as Layer from "effect/Layer"
import * as HeadlessHost from "../adapters/memory/HeadlessHost.ts"
import * as MapWorkingCopies from "../adapters/memory/MapWorkingCopies.ts"
import * as MemoryConfigSource from "../adapters/memory/MemoryConfigSource.ts"
import * as MemoryCredentials from "../adapters/memory/MemoryCredentials.ts"
import * as MemoryEventStore from "../adapters/memory/MemoryEventStore.ts"
import type { MemoryFile } from "../adapters/memory/MemoryWorkspace.ts"
import { memoryTrees } from "../adapters/memory/memoryTrees.ts"
import * as ScriptedModel from "../adapters/memory/ScriptedModel.ts"
import * as ScriptedShell from "../adapters/memory/ScriptedShell.ts"
import * as ScriptedWeb from "../adapters/memory/ScriptedWeb.ts"
import * as BpeTokenizer from "../adapters/shared/BpeTokenizer.ts"
import * as FiberEngine from "../adapters/shared/FiberEngine.ts"
import * as HostTextCodec from "../adapters/shared/HostTextCodec.ts"
import * as UnbashGrammar from "../adapters/shared/UnbashGrammar.ts"
import * as WalkSearch from "../adapters/shared/WalkSearch.ts"
import * as WebDigest from "../adapters/shared/WebDigest.ts"
import { CodeMesh } from "../domain/CodeMesh.ts"
import type { Json } from "../domain/model/Json.ts"
import { portable, shell, web } from "../domain/tools/sets.ts"

/** What a headless world holds. */
export interface HeadlessOptions {
  /** The project's root, `/project` where absent, and its files. */
  readonly root?: string
  readonly files?: Readonly<Record<string, MemoryFile>>
  /** What the model answers: a script, or a function of the request and its number from 0. */
  readonly model: ScriptedModel.Script | ScriptedModel.Answerer
  /** What commands answer; without it the shell tools are not offered. */
  readonly commands?: ScriptedShell.Commands
  /** What the web answers; without it the web tools are not offered. */
  readonly web?: ScriptedWeb.ScriptedPages
  /** The project's settings. */
  readonly config?: Json
}

/** A world in memory. Each build of the layer is a new one. */
export const HeadlessLive = (options: HeadlessOptions) => {
  const trees = memoryTrees(options.root ?? "/project", options.files ?? {})
  const model =
    typeof options.model === "function"
      ? ScriptedModel.layerFunction(options.model)
      : ScriptedModel.layer(options.model)
  const ports = Layer.mergeAll(
    MemoryEventStore.layer,
    Layer.provide(
      MapWorkingCopies.layer({ workspace: trees, playedCommands: options.commands !== undefined }),
      WebDigest.layer
    ),
    MemoryConfigSource.layer(options.config === undefined ? {} : { project: options.config }),
    MemoryCredentials.layer(),
    HeadlessHost.layer,
    ScriptedShell.layer(options.commands ?? {}),
    ScriptedWeb.layer(options.web),
    WalkSearch.layer,
    BpeTokenizer.layer,
    HostTextCodec.layer,
    UnbashGrammar.layer,
    FiberEngine.layer,
    WebDigest.layer,
    model
  )
  const tools = [
    ...portable,
    ...(options.commands === undefined ? [] : shell),
    ...(options.web === undefined ? [] : web)
  ]
  return CodeMesh.layer({ tools }).pipe(Layer.provideMerge(ports))
}
