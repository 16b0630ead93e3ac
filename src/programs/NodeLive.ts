/** The world of a machine with Node: real files, processes, keys and models. */
import { homedir } from "node:os"
import { resolve } from "node:path"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { Script } from "../adapters/memory/ScriptedModel.ts"
import { readCatalog } from "../adapters/node/catalogFile.ts"
import { contentSealing } from "../adapters/node/copies/contentSealing.ts"
import type { Listening } from "../adapters/node/engine/clusterOptions.ts"
import * as FileConfigSource from "../adapters/node/FileConfigSource.ts"
import * as FileCredentials from "../adapters/node/FileCredentials.ts"
import * as FileTrust from "../adapters/node/FileTrust.ts"
import { httpFetch } from "../adapters/node/httpFetch.ts"
import { configuredFiles, withModelFiles } from "../adapters/node/localModelFiles.ts"
import * as NodeDigest from "../adapters/node/NodeDigest.ts"
import * as NodeHost from "../adapters/node/NodeHost.ts"
import * as NodeWeb from "../adapters/node/NodeWeb.ts"
import * as NodeWorkingCopies from "../adapters/node/NodeWorkingCopies.ts"
import { pathsOf } from "../adapters/node/Paths.ts"
import * as Postgres from "../adapters/node/pg/Postgres.ts"
import * as RipgrepSearch from "../adapters/node/RipgrepSearch.ts"
import * as SpawnShell from "../adapters/node/SpawnShell.ts"
import * as Sqlite from "../adapters/node/Sqlite.ts"
import { readScript } from "../adapters/node/scriptFile.ts"
import { textSealing } from "../adapters/node/textSealing.ts"
import * as BpeTokenizer from "../adapters/shared/BpeTokenizer.ts"
import * as HostTextCodec from "../adapters/shared/HostTextCodec.ts"
import * as HttpLanguageModel from "../adapters/shared/model/HttpLanguageModel.ts"
import { knownProviders } from "../adapters/shared/model/providers.ts"
import * as UnbashGrammar from "../adapters/shared/UnbashGrammar.ts"
import { CodeMesh } from "../domain/CodeMesh.ts"
import { Settings } from "../domain/config/Settings.ts"
import type { Config } from "../domain/model/Config.ts"
import type { Json } from "../domain/model/Json.ts"
import { modelOf } from "../domain/model/Model.ts"
import { portable, shell, web } from "../domain/tools/sets.ts"
import type { ConfigInvalid } from "../ports/ConfigSource.ts"
import { Credentials } from "../ports/Credentials.ts"
import type { EventStore, StoreFailed } from "../ports/EventStore.ts"
import { Secrets } from "../ports/Secrets.ts"
import { Shell } from "../ports/Shell.ts"
import { Trust } from "../ports/Trust.ts"
import { passphraseOf, placeOf, secretsOf } from "./nodeSecrets.ts"
import { scriptNamed } from "./scriptNamed.ts"
import { taskLayers } from "./taskLayers.ts"
import { version } from "./version.ts"
import { withScripts } from "./withScripts.ts"

/** The choices of one process; all may be left out. */
export interface NodeOptions {
  /** The project's root: its settings say which models there are. The current folder where absent. */
  readonly root?: string
  /** A profile of the configuration. */
  readonly profile?: string
  /** Settings that win over all others, as a file would have them. */
  readonly flags?: Json
  /** Every request to a model goes through it. */
  readonly fetch?: typeof globalThis.fetch
  /** The environment; the process's own where absent. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** What `scripted/NAME` plays, by name; other names are files. */
  readonly scripts?: Readonly<Record<string, Script>>
  /** The person's home folder. */
  readonly home?: string
  /**
   * Whether a folder's own settings count: true and false say so for this process; where absent, what the person has
   * trusted with `code-mesh trust` counts, as it was then, and nothing else.
   */
  readonly trust?: boolean
  /**
   * Asks for the passphrase of `auth.store = "encrypted"`, where `CODE_MESH_PASSPHRASE` does not hold it; a new one is
   * to be asked for twice. Without it, what is under a passphrase stays closed.
   */
  readonly passphrase?: (isNew: boolean) => Promise<string | undefined>
  /** Where other machines reach this one, where it is to do tasks for their cluster. */
  readonly listening?: Listening
}

/** The settings as they were when this world was opened; without a wrong one's, which is told where it is needed. */
class Loaded extends Context.Tag("code-mesh/programs/Loaded")<
  Loaded,
  { readonly config: Config; readonly fault?: ConfigInvalid }
>() {}

/** The keys, where the settings say that they are. */
class Keys extends Context.Tag("code-mesh/programs/Keys")<Keys, FileCredentials.KeyRing>() {}

/** Every port closed by Node's adapters, and the door over them. */
export const NodeLive = (options: NodeOptions = {}) => {
  const env = options.env ?? process.env
  const home = options.home ?? homedir()
  const root = resolve(options.root ?? process.cwd())
  const places = pathsOf(env, home)
  const choices = {
    ...(options.profile === undefined ? {} : { profile: options.profile }),
    ...(options.flags === undefined ? {} : { flags: options.flags }),
    providers: knownProviders
  }
  const trust = FileTrust.make({
    path: places.trust,
    ...(options.trust === undefined ? {} : { always: options.trust ? "trusted" : "refused" })
  })
  const source = FileConfigSource.layer({ folder: places.config, env, trust })
  const runs = SpawnShell.layerWith({
    env,
    project: root,
    hidden: [places.config, places.data, places.cache],
    cache: places.cache
  })
  // Loaded once for all adapters. A wrong setting is told by the command that needs it, not by every command.
  const loaded = Settings.pipe(
    Effect.flatMap((settings) => settings.load(root, choices)),
    Effect.map(({ config }) => ({ config })),
    Effect.catchAll((fault) => Effect.succeed({ config: {}, fault }))
  )
  const configured = Layer.provide(Layer.effect(Loaded, loaded), Layer.provide(Settings.layer, source))
  const keys = Layer.effect(
    Keys,
    Effect.map(Loaded, ({ config, fault }) =>
      FileCredentials.keyRing(
        placeOf(fault ?? config.auth?.store ?? "file", places, passphraseOf(env, options.passphrase)),
        places.auth
      )
    )
  ).pipe(Layer.provide(configured))
  const credentials = Layer.provide(
    Layer.effect(
      Credentials,
      Effect.map(Effect.all([Keys, Loaded]), ([ring, { config }]) =>
        // Sign-ins are not renewed through what a run's models use: a recording would hold their tokens.
        FileCredentials.make(ring, { env, providers: config.providers ?? {} })
      )
    ),
    [keys, configured]
  )
  const secrets = Layer.effect(
    Secrets,
    Effect.map(Effect.all([Keys, Loaded]), ([ring, { config }]) => secretsOf(ring, env, config))
  ).pipe(Layer.provide([keys, configured]))
  const store = Layer.unwrapEffect(
    Effect.map(Effect.all([Keys, Loaded]), ([ring, { config }]): Layer.Layer<EventStore, StoreFailed> => {
      const url = config.cluster?.database_url
      return url === undefined
        ? Sqlite.layer({ path: places.database, sealing: textSealing(ring, config.memory?.encrypt ?? false) })
        : Postgres.layer(Redacted.make(url), config.memory?.encrypt ?? false)
    })
  ).pipe(Layer.provide([keys, configured]))
  const models = Layer.unwrapEffect(
    Effect.map(Loaded, ({ config }) =>
      withModelFiles(
        HttpLanguageModel.layer({
          providers: config.providers ?? {},
          env: (name) => env[name],
          fetch: options.fetch ?? httpFetch,
          catalog: () => readCatalog(places.cache),
          ...(config.model?.max_seconds === undefined ? {} : { deadline: config.model.max_seconds * 1000 })
        }),
        {
          root,
          home,
          models: configuredFiles(config),
          ...(config.context?.max === undefined ? {} : { window: config.context.max })
        }
      )
    )
  ).pipe(Layer.provide(configured), Layer.provide(credentials))
  const copies = Layer.unwrapEffect(
    Effect.map(Effect.all([Keys, Loaded, Shell]), ([ring, { config }, { confinement }]) =>
      NodeWorkingCopies.layer({
        dataDir: places.data,
        home,
        sealing: contentSealing(ring, config.memory?.encrypt ?? false),
        sandboxed: Effect.map(confinement(config.sandbox?.mode ?? "auto"), ({ kind }) => kind === "bubblewrap")
      })
    )
  ).pipe(Layer.provide([keys, configured, runs]))
  const tasks = Layer.unwrapEffect(
    Effect.map(Loaded, ({ config }) =>
      taskLayers(config, {
        data: places.data,
        ...(options.listening === undefined ? {} : { listening: options.listening })
      })
    )
  ).pipe(Layer.provide(configured), Layer.provide([copies, store]))
  const pages = Layer.unwrapEffect(
    Effect.map(Loaded, ({ config }) => NodeWeb.layer({ engine: config.tools?.websearch, env: (name) => env[name] }))
  ).pipe(Layer.provide(configured))
  const ports = Layer.mergeAll(
    store,
    pages,
    tasks,
    source,
    Layer.succeed(Trust, trust),
    credentials,
    secrets,
    NodeHost.layer({ version, folder: places.config, home }),
    runs,
    RipgrepSearch.layerIn(root),
    BpeTokenizer.layer,
    HostTextCodec.layer,
    UnbashGrammar.layer,
    NodeDigest.layer,
    withScripts(
      models,
      scriptNamed(options.scripts ?? {}, (name) => readScript(resolve(root, modelOf(name)), name))
    )
  )
  return CodeMesh.layer({ tools: [...portable, ...shell, ...web], ...choices }).pipe(Layer.provideMerge(ports))
}
