/** A whole code-mesh whose model is a provider on loopback: the real adapter, real tools over memory trees, a played shell. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as HeadlessHost from "../../src/adapters/memory/HeadlessHost.ts"
import * as MapWorkingCopies from "../../src/adapters/memory/MapWorkingCopies.ts"
import * as MemoryConfigSource from "../../src/adapters/memory/MemoryConfigSource.ts"
import * as MemoryEventStore from "../../src/adapters/memory/MemoryEventStore.ts"
import type { MemoryFile } from "../../src/adapters/memory/MemoryWorkspace.ts"
import { memoryTrees } from "../../src/adapters/memory/memoryTrees.ts"
import * as ScriptedShell from "../../src/adapters/memory/ScriptedShell.ts"
import * as ScriptedWeb from "../../src/adapters/memory/ScriptedWeb.ts"
import * as NodeDigest from "../../src/adapters/node/NodeDigest.ts"
import * as BpeTokenizer from "../../src/adapters/shared/BpeTokenizer.ts"
import * as FiberEngine from "../../src/adapters/shared/FiberEngine.ts"
import * as HostTextCodec from "../../src/adapters/shared/HostTextCodec.ts"
import * as HttpLanguageModel from "../../src/adapters/shared/model/HttpLanguageModel.ts"
import * as UnbashGrammar from "../../src/adapters/shared/UnbashGrammar.ts"
import * as WalkSearch from "../../src/adapters/shared/WalkSearch.ts"
import { CodeMesh } from "../../src/domain/CodeMesh.ts"
import type { TurnOptions } from "../../src/domain/model/Command.ts"
import type { Api, ProviderConfig } from "../../src/domain/model/Config.ts"
import type { Event } from "../../src/domain/model/Event.ts"
import type { SessionId } from "../../src/domain/model/Ids.ts"
import type { Json } from "../../src/domain/model/Json.ts"
import { portable, shell } from "../../src/domain/tools/sets.ts"
import type { EventStore } from "../../src/ports/EventStore.ts"
import { WorkingCopies } from "../../src/ports/WorkingCopies.ts"
import { type FakeProvider, fakeProvider, type Received } from "./fakeProvider.ts"
import { fastClock } from "./fastClock.ts"
import { prompt, root } from "./mesh.ts"
import { credentials } from "./models.ts"
import { type Body, checkBody } from "./wireRules.ts"

/** What a provider's test needs otherwise. */
export interface ProviderWorldOptions {
  readonly api: Api
  readonly replies: Parameters<typeof fakeProvider>[0]
  readonly files?: Readonly<Record<string, MemoryFile>>
  readonly commands?: ScriptedShell.Commands
  readonly config?: Json
  /** Providers beside `fake`. */
  readonly providers?: (url: string) => Readonly<Record<string, ProviderConfig>>
  readonly idleTimeout?: HttpLanguageModel.ModelOptions["idleTimeout"]
  /** How much faster than the wall's the agent's time goes; 20 where absent. */
  readonly times?: number
}

/** The provider of a world, and the ways to prompt in it. */
export interface ProviderWorld {
  readonly provider: FakeProvider
  /** Each command that was run, in order. */
  readonly commands: ReadonlyArray<string>
  /** Begins a session on `fake/m`. */
  readonly start: Effect.Effect<SessionId, never, CodeMesh>
  readonly prompt: (
    session: SessionId,
    text: string,
    options?: TurnOptions
  ) => Effect.Effect<ReadonlyArray<Event>, never, CodeMesh | EventStore>
}

/** Played commands need a place to name, though nothing stands there. */
const withPlace = <E, R>(copies: Layer.Layer<WorkingCopies, E, R>) =>
  Layer.map(copies, (context) => {
    const real = Context.get(context, WorkingCopies)
    const place = Effect.succeed({ from: root, to: root, readOnly: [] })
    return Context.make(WorkingCopies, {
      ...real,
      open: (session, at) => Effect.map(real.open(session, at), (copy) => ({ ...copy, materialise: place }))
    })
  })

const base = (api: Api, url: string): string => (["anthropic", "google", "ollama"].includes(api) ? url : `${url}/v1`)

/** The body of a request as it came. */
export const bodyOf = (received: Received | undefined): Body => JSON.parse(received?.body ?? "{}")

/** The protocol of a request, told by its path. */
export const apiOf = (received: Received): Api =>
  received.path.endsWith("/messages")
    ? "anthropic"
    : received.path.endsWith("/responses")
      ? "openai-responses"
      : received.path.includes(":streamGenerateContent")
        ? "google"
        : received.path.startsWith("/api/")
          ? "ollama"
          : "openai"

/** Fails where a provider would have refused one of the requests. */
export const checkRequests = (requests: ReadonlyArray<Received>): void => {
  for (const received of requests) checkBody(apiOf(received), bodyOf(received))
}

/** Runs a test in a world with a provider of its own; every request that it sends must be valid. */
export const withProvider = <A, E>(
  options: ProviderWorldOptions,
  test: (world: ProviderWorld) => Effect.Effect<A, E, CodeMesh | EventStore | Scope.Scope>
) =>
  Effect.gen(function* () {
    const { api } = options
    const provider = yield* fakeProvider(options.replies)
    const ran: Array<string> = []
    const played = options.commands
    const commands = (command: string) => {
      ran.push(command)
      return typeof played === "function" ? played(command) : (played?.[command] ?? { output: `ran ${command}\n` })
    }
    const more = options.providers?.(provider.url) ?? {}
    const model = HttpLanguageModel.layer({
      providers: { fake: { api, baseUrl: base(api, provider.url), models: ["m"], apiKeyEnv: "FAKE_KEY" }, ...more },
      env: () => undefined,
      ...(options.idleTimeout === undefined ? {} : { idleTimeout: options.idleTimeout })
    }).pipe(Layer.provide(credentials("fake", ...Object.keys(more))))
    const trees = memoryTrees(root, options.files ?? {})
    const ports = Layer.mergeAll(
      MemoryEventStore.layer,
      Layer.provide(withPlace(MapWorkingCopies.layer({ workspace: trees })), NodeDigest.layer),
      MemoryConfigSource.layer(options.config === undefined ? {} : { project: options.config }),
      HeadlessHost.layer,
      ScriptedShell.layer(commands),
      WalkSearch.layer,
      ScriptedWeb.layer(),
      BpeTokenizer.layer,
      HostTextCodec.layer,
      UnbashGrammar.layer,
      FiberEngine.layer,
      NodeDigest.layer,
      model
    )
    const layer = Layer.provideMerge(CodeMesh.layer({ tools: [...portable, ...shell] }), ports)
    const world: ProviderWorld = {
      provider,
      commands: ran,
      start: Effect.flatMap(CodeMesh, (mesh) => Effect.orDie(mesh.start({ root, model: "fake/m" }))),
      prompt: (session, text, turn) => Effect.orDie(prompt(session, text, turn))
    }
    const result = yield* test(world).pipe(Effect.provide(layer), Effect.withClock(fastClock(options.times ?? 20)))
    checkRequests(provider.requests)
    return result
  })
