/** The world of a page: logs and keys in IndexedDB, files in memory or in the browser's own file system, no shell. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as BrowserCredentials from "../adapters/browser/BrowserCredentials.ts"
import * as BrowserHost from "../adapters/browser/BrowserHost.ts"
import * as FetchWeb from "../adapters/browser/FetchWeb.ts"
import * as IndexedDbEventStore from "../adapters/browser/IndexedDbEventStore.ts"
import * as OpfsKept from "../adapters/browser/OpfsKept.ts"
import * as OpfsWorkspace from "../adapters/browser/OpfsWorkspace.ts"
import * as MapWorkingCopies from "../adapters/memory/MapWorkingCopies.ts"
import * as MemoryConfigSource from "../adapters/memory/MemoryConfigSource.ts"
import * as MemoryCredentials from "../adapters/memory/MemoryCredentials.ts"
import type { MemoryFile } from "../adapters/memory/MemoryWorkspace.ts"
import { memoryTrees } from "../adapters/memory/memoryTrees.ts"
import type { Script } from "../adapters/memory/ScriptedModel.ts"
import * as FiberEngine from "../adapters/shared/FiberEngine.ts"
import * as HostTextCodec from "../adapters/shared/HostTextCodec.ts"
import { knownSecrets } from "../adapters/shared/knownSecrets.ts"
import * as HttpLanguageModel from "../adapters/shared/model/HttpLanguageModel.ts"
import * as NoShell from "../adapters/shared/NoShell.ts"
import * as publishedEncodings from "../adapters/shared/publishedEncodings.ts"
import * as UnbashGrammar from "../adapters/shared/UnbashGrammar.ts"
import * as WalkSearch from "../adapters/shared/WalkSearch.ts"
import * as WebDigest from "../adapters/shared/WebDigest.ts"
import { secretsIn } from "../domain/auth/accounts.ts"
import { CodeMesh } from "../domain/CodeMesh.ts"
import { Settings } from "../domain/config/Settings.ts"
import type { Config, ProviderConfig } from "../domain/model/Config.ts"
import type { Json } from "../domain/model/Json.ts"
import { portable, web } from "../domain/tools/sets.ts"
import { Credentials, type CredentialsFailed } from "../ports/Credentials.ts"
import { Secrets } from "../ports/Secrets.ts"
import type { FileError, WorkspaceService } from "../ports/Workspace.ts"
import { scriptNamed } from "./scriptNamed.ts"
import { version } from "./version.ts"
import { withScripts } from "./withScripts.ts"

/** The choices of one page; all may be left out. */
export interface BrowserOptions {
  /** The name that the model knows the project's root by; `/project` where absent. */
  readonly root?: string
  /** The project's files: given ones, which live in memory, or a folder: its name in the browser's own file system, or an opened one. */
  readonly files?: Readonly<Record<string, MemoryFile>> | string | FileSystemDirectoryHandle
  /** Keys by provider, for this page only; without them, those that the site keeps. */
  readonly keys?: Readonly<Record<string, string>>
  /** Providers beside the built-in ones. */
  readonly providers?: Readonly<Record<string, ProviderConfig>>
  /** Settings, as a project's file would have them. */
  readonly config?: Json
  /** What `scripted/NAME` plays, by name. */
  readonly scripts?: Readonly<Record<string, Script>>
  /** Every request to a model goes through it; the page's own where absent. */
  readonly fetch?: typeof globalThis.fetch
  /** The name under which sessions, contents and keys are kept; `code-mesh` where absent. */
  readonly database?: string
}

type Trees = (root: string) => Effect.Effect<WorkspaceService, FileError>

const treesOf = (root: string, files: BrowserOptions["files"] = {}): Trees => {
  const isFolder = (it: object): it is FileSystemDirectoryHandle => "getDirectoryHandle" in it
  if (typeof files !== "string" && !isFolder(files)) return memoryTrees(root, files)
  return (at) =>
    Effect.flatMap(
      Effect.promise(() => (typeof files === "string" ? OpfsKept.opfsFolder(files) : Promise.resolve(files))),
      (folder) => OpfsWorkspace.make(at, { folder })
    )
}

/** Given providers stand below the settings, as a person's own file stands below a project's. */
const settingsOf = ({ config, providers }: BrowserOptions): MemoryConfigSource.MemoryConfig => {
  // Through JSON, since members that are there but undefined are none.
  const global: Json = JSON.parse(JSON.stringify({ providers }))
  return { ...(providers === undefined ? {} : { global }), ...(config === undefined ? {} : { project: config }) }
}

/** A wrong setting is told by the command that needs it. */
const configOf = (root: string) =>
  Effect.orElseSucceed(
    Effect.flatMap(Settings, (settings) => settings.load(root, {})).pipe(Effect.map((it) => it.config)),
    (): Config => ({})
  )

const modelsOf = (root: string, { fetch }: BrowserOptions) =>
  Layer.unwrapEffect(
    Effect.map(configOf(root), (config) =>
      HttpLanguageModel.layer({
        providers: config.providers ?? {},
        env: () => undefined,
        ...(config.model?.max_seconds === undefined ? {} : { deadline: config.model.max_seconds * 1000 }),
        ...(fetch === undefined ? {} : { fetch })
      })
    )
  )

const webOf = (root: string) =>
  Layer.unwrapEffect(Effect.map(configOf(root), (config) => FetchWeb.layer({ engine: config.tools?.websearch })))

/** Every port closed by a page's adapters, and the door over them. */
export const BrowserLive = (options: BrowserOptions = {}) => {
  const root = options.root ?? "/project"
  const database = options.database ?? "code-mesh"
  const trees = treesOf(root, options.files)
  const source = MemoryConfigSource.layer(settingsOf(options))
  const site = BrowserCredentials.sitePlace(`${database}-credentials`)
  const credentials =
    options.keys === undefined
      ? BrowserCredentials.layerOver(site, { providers: options.providers ?? {} })
      : MemoryCredentials.layer({ keys: options.keys })
  const copies = Layer.unwrapEffect(
    Effect.map(OpfsKept.make(`.code-mesh/${database}`), (kept) =>
      MapWorkingCopies.layer({ workspace: trees, ...(OpfsKept.hasOpfs() ? { kept } : {}) })
    )
  )
  const secrets = Layer.effect(
    Secrets,
    Effect.gen(function* () {
      const all: Effect.Effect<ReturnType<typeof secretsIn>, CredentialsFailed> = options.keys === undefined
        ? Effect.map(site.entries, secretsIn)
        : (yield* Credentials).list
      const list = Effect.orElseSucceed(all, () => [])
      // Asked for with every event; keys that are stored later are known within a moment.
      const stored = yield* Effect.cachedWithTTL(list, "10 seconds")
      const providers = options.providers ?? {}
      return { known: Effect.map(stored, (keys) => knownSecrets({ env: {}, providers, stored: keys })) }
    })
  ).pipe(Layer.provide(credentials))
  const models = Layer.provide(modelsOf(root, options), [Layer.provide(Settings.layer, source), credentials])
  const ports = Layer.mergeAll(
    IndexedDbEventStore.layer(database),
    Layer.provide(copies, WebDigest.layer),
    source,
    credentials,
    secrets,
    BrowserHost.layer({ version, workspace: trees }),
    NoShell.layer,
    WalkSearch.layer,
    // The ranks of older models would be a third of the whole bundle: those are estimated.
    publishedEncodings.layerOf({ o200k_base: publishedEncodings.o200k }),
    HostTextCodec.layer,
    UnbashGrammar.layer,
    FiberEngine.layer,
    Layer.provide(webOf(root), Layer.provide(Settings.layer, source)),
    WebDigest.layer,
    withScripts(models, scriptNamed(options.scripts ?? {}))
  )
  return CodeMesh.layer({ tools: [...portable, ...web] }).pipe(Layer.provideMerge(ports))
}
