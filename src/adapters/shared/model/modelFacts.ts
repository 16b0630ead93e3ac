/** What is known of models here: by the configuration, by the servers that have them, by the catalogs; the first that says it counts. */
import * as Effect from "effect/Effect"
import { configuredModel } from "../../../domain/config/modelOptions.ts"
import type { ProviderConfig } from "../../../domain/model/Config.ts"
import { type Model, type ModelName, modelOf } from "../../../domain/model/Model.ts"
import { configuredFacts, factsIn } from "./catalog.ts"
import { type Catalog, decodeCatalog } from "./catalogText.ts"
import { type Asking, offeredBy, servedFacts, shownModel } from "./discovery.ts"
import type { Offering } from "./offerings.ts"
import type { Provider } from "./providers.ts"
import { takesOf } from "./takes.ts"

/** What facts are made of. */
export interface FactOptions extends Asking {
  readonly providers: Readonly<Record<string, ProviderConfig>>
  /** A newer catalog than the one that is shipped, as text, where there is one. */
  readonly catalog?: () => Promise<string | undefined>
}

let decoded: Promise<Catalog | undefined> | undefined

/** The catalog that is shipped, read once in a process. */
const shipped = (): Promise<Catalog | undefined> =>
  (decoded ??= import("./snapshot.ts").then(({ snapshot }) => decodeCatalog(snapshot)))

/** The catalogs at hand, the newest first: one that was fetched, where it can be read, and the one that is shipped. */
export const catalogsOf = async (fetched: FactOptions["catalog"]): Promise<ReadonlyArray<Catalog>> => {
  const [own, newer] = await Promise.all([shipped(), fetched?.().catch(() => undefined)])
  const all = [decodeCatalog(newer ?? ""), own].filter((catalog) => catalog !== undefined)
  return all.sort((a, b) => (a.date < b.date ? 1 : a.date > b.date ? -1 : 0))
}

// How long what a server said holds: models come and go with their server.
const fresh = 60_000

/** What is known of models, each asked for once and kept. */
export const makeFacts = (options: FactOptions) => {
  let catalogs: Promise<ReadonlyArray<Catalog>> | undefined
  const loaded = Effect.promise(() => (catalogs ??= catalogsOf(options.catalog)))
  const shown = new Map<ModelName, Model>()
  // Names that no catalog has are compared with all that they have.
  const inCatalogs = new Map<ModelName, Model>()
  const asked = new Map<string, { readonly at: number; readonly models: ReadonlyArray<Offering> }>()

  const offered = (provider: Provider, key?: string): Effect.Effect<ReadonlyArray<Offering>> =>
    Effect.gen(function* () {
      const clock = yield* Effect.clock
      const known = asked.get(provider.id)
      const now = clock.unsafeCurrentTimeMillis()
      if (known !== undefined && now - known.at < fresh) return known.models
      const models = yield* offeredBy(provider, options, key)
      if (models.length > 0) asked.set(provider.id, { at: now, models })
      return models
    })

  const served = (provider: Provider, facts: Model): Effect.Effect<Model | undefined> =>
    provider.api === "ollama"
      ? shownModel(provider, facts, options)
      : Effect.map(offered(provider), (models) => {
          const said = models.find(({ id }) => id === modelOf(facts.name))
          return said === undefined ? undefined : servedFacts(facts, said)
        })

  const factsOf = (all: ReadonlyArray<Catalog>, name: ModelName): Model => {
    const facts = inCatalogs.get(name) ?? factsIn(all, name)
    inCatalogs.set(name, facts)
    return facts
  }

  const finished = (provider: Provider, facts: Model): Model => {
    const all = configuredFacts(facts, configuredModel({ providers: options.providers }, facts.name))
    const takes = takesOf(provider, all)
    // A server of one's own costs nothing, unless somebody says so.
    const free = provider.local && all.price === undefined ? { price: { input: 0, output: 0 } } : {}
    return { ...all, ...free, takes: all.takes === undefined ? takes : takes.filter((one) => all.takes?.includes(one)) }
  }

  // What the person has declared is taken as declared.
  const isAsked = (provider: Provider, name: ModelName): boolean =>
    provider.api === "ollama" ||
    (provider.local && provider.api === "openai" && !provider.models.includes(modelOf(name)))

  return {
    loaded,
    offered,
    /** What the catalogs and the configuration say of a model, and what its server has said already. */
    of: (provider: Provider, name: ModelName): Effect.Effect<Model> =>
      Effect.map(provider.local ? Effect.succeed([]) : loaded, (all) => {
        const said = asked.get(provider.id)?.models.find(({ id }) => id === modelOf(name))
        const facts = shown.get(name) ?? factsOf(all, name)
        return finished(provider, said === undefined || shown.has(name) ? facts : servedFacts(facts, said))
      }),
    /** The same, and what a server of one's own says of it, which is asked where neither it nor the person has said it. */
    asked: (provider: Provider, name: ModelName): Effect.Effect<Model> =>
      Effect.gen(function* () {
        const before = shown.get(name)
        if (before !== undefined) return finished(provider, before)
        const facts = factsOf(provider.local ? [] : yield* loaded, name)
        const found = isAsked(provider, name) ? yield* served(provider, facts) : undefined
        if (found !== undefined) shown.set(name, found)
        return finished(provider, found ?? facts)
      })
  }
}
