/** `models list|info`. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { readCatalog } from "../../adapters/node/catalogFile.ts"
import { httpFetch } from "../../adapters/node/httpFetch.ts"
import { pathsOf } from "../../adapters/node/Paths.ts"
import { makeFacts } from "../../adapters/shared/model/modelFacts.ts"
import { allProviders, type Provider } from "../../adapters/shared/model/providers.ts"
import { CodeMesh } from "../../domain/CodeMesh.ts"
import { nearest } from "../../domain/config/suggest.ts"
import { type Model, modelOf, providerOf } from "../../domain/model/Model.ts"
import { Credentials } from "../../ports/Credentials.ts"
import { LanguageModel } from "../../ports/LanguageModel.ts"
import { homeOf } from "./home.ts"
import { Io } from "./Io.ts"
import { abilitiesIn, abilityNames, infoLines, isWanted, listHead, listLine, type Wanted } from "./modelRows.ts"
import { CliError, exit, usage } from "./report.ts"
import { modelNamed } from "./runOptions.ts"
import type { Invocation } from "./spec.ts"
import { jsonText, table } from "./words.ts"
import { inWorld } from "./world.ts"

type Format = { readonly format: Option.Option<"text" | "json"> }

/** The flags of `models list`. */
export interface ListFlags extends Format {
  readonly search: Option.Option<string>
  readonly local: boolean
  readonly can: Option.Option<string>
  readonly maxPrice: Option.Option<number>
  readonly all: boolean
}

/** The providers, catalogs and settings here. */
const surroundings = (root: string) =>
  Effect.gen(function* () {
    const io = yield* Io
    const { config } = yield* (yield* CodeMesh).settings(root)
    const providers = config.providers ?? {}
    const env = (name: string) => io.env[name]
    const { cache } = pathsOf(io.env, homeOf(io.env))
    const facts = makeFacts({ env, providers, fetch: httpFetch, catalog: () => readCatalog(cache) })
    return { config, facts, providers: allProviders(providers, env) }
  })

type Here = Effect.Effect.Success<ReturnType<typeof surroundings>>

const wantedBy = (flags: ListFlags) => {
  const { can, unknown } = Option.match(flags.can, { onNone: () => abilitiesIn(""), onSome: abilitiesIn })
  const wanted: Wanted = {
    search: Option.getOrElse(flags.search, () => ""),
    local: flags.local,
    can,
    ...Option.match(flags.maxPrice, { onNone: () => ({}), onSome: (maxPrice) => ({ maxPrice }) })
  }
  return unknown === undefined
    ? Effect.succeed(wanted)
    : Effect.fail(usage(`${JSON.stringify(unknown)} is nothing that --can knows.`, `It knows ${abilityNames}.`))
}

const providerNamed = (id: string, { providers }: Here) => {
  const found = providers.find((provider) => provider.id === id)
  if (found !== undefined) return Effect.succeed(found)
  const ids = providers.map((provider) => provider.id)
  const near = nearest(id, ids)
  const remedy = near === undefined ? `There are ${ids.join(", ")}.` : `Did you mean ${near}?`
  return Effect.fail(usage(`There is no provider ${JSON.stringify(id)}.`, remedy))
}

/** The models that one provider offers: those that it is known for, and those that it names when it is asked. */
const modelsOf = (provider: Provider, { facts }: Here) =>
  Effect.gen(function* () {
    const credentials = yield* Credentials
    const key = yield* Effect.orElseSucceed(credentials.get(provider.id, provider.keyEnv), Option.none)
    const secret = Option.getOrUndefined(Option.map(key, (one) => Redacted.value(one.key)))
    const offered = yield* facts.offered(provider, secret)
    const names = new Set([...provider.models, ...offered.map(({ id }) => id)])
    return yield* Effect.forEach(names, (name) => facts.of(provider, `${provider.id}/${name}`))
  })

/** Every model in the catalogs, of all providers or of one. */
const everyModel = (only: Provider | undefined, { facts, providers }: Here) =>
  Effect.gen(function* () {
    const catalogs = yield* facts.loaded
    const chosen = only === undefined ? providers : [only]
    const named = chosen.flatMap((provider) => {
      const rows = catalogs.flatMap(({ rows }) => rows.filter((row) => row.provider === provider.id))
      return [...new Set([...provider.models, ...rows.map(({ model }) => model)])].map((model) => ({ provider, model }))
    })
    return yield* Effect.forEach(named, ({ model, provider }) => facts.of(provider, `${provider.id}/${model}`))
  })

const nothingUsable = new CliError(
  "No model can be used yet.",
  "Store a key with `code-mesh auth login`, or start Ollama. `code-mesh models list --all` shows what there is.",
  exit.noModel
)

const found = (flags: ListFlags, only: Provider | undefined, here: Here) =>
  Effect.gen(function* () {
    if (flags.all) return yield* everyModel(only, here)
    if (only !== undefined) return yield* modelsOf(only, here)
    const models = yield* (yield* LanguageModel).available
    // Programs get the empty list.
    if (models.length === 0 && !Option.contains(flags.format, "json")) return yield* Effect.fail(nothingUsable)
    return models
  })

const dateOf = ({ facts }: Here) => Effect.map(facts.loaded, ([newest]) => newest?.date ?? "unknown")

const show = (models: ReadonlyArray<Model>, chosen: string | undefined, here: Here) =>
  Effect.gen(function* () {
    const io = yield* Io
    if (models.length === 0) return yield* io.err("No model is as you want it.\n")
    yield* io.out(table([listHead, ...models.map((model) => listLine(model, model.name === chosen ? "*" : " "))]))
    yield* io.err(`Facts of the catalog of ${yield* dateOf(here)}; \`code-mesh models refresh\` fetches a newer one.\n`)
  })

/** The models that can be used here, and which one is the default; of one provider, those that it offers. */
export const list = (flags: ListFlags, call: Invocation) =>
  inWorld(call, {}, (root) =>
    Effect.gen(function* () {
      const io = yield* Io
      const wanted = yield* wantedBy(flags)
      const here = yield* surroundings(root)
      const [id] = call.operands
      const only = id === undefined ? undefined : yield* providerNamed(id, here)
      const all = yield* found(flags, only, here)
      const own = new Set(here.providers.filter(({ local }) => local).map((provider) => provider.id))
      const isOwn = (model: Model) => own.has(providerOf(model.name)) || providerOf(model.name) === "local"
      const models = all.filter((model) => isWanted(wanted, model, isOwn(model)))
      const chosen = here.config.model?.default ?? (only === undefined && !flags.all ? all[0]?.name : undefined)
      if (Option.contains(flags.format, "json")) yield* io.out(jsonText(models))
      else yield* show(models, chosen, here)
      return exit.done
    })
  )

/** A model's name that is like one of the catalog's; nothing where the catalog has it, or nothing like it. */
const likeness = (name: string, here: Here) =>
  Effect.gen(function* () {
    const catalogs = yield* here.facts.loaded
    const names = catalogs.flatMap(({ rows }) => rows.map((row) => `${row.provider}/${row.model}`))
    const offered = here.providers.some(({ id, models }) => models.some((model) => `${id}/${model}` === name))
    if (offered || names.includes(name)) return undefined
    const bare = names.find((one) => modelOf(one) === name || one.startsWith(`${name}-`))
    return bare ?? nearest(name, names)
  })

const named = (given: string, here: Here) =>
  Effect.gen(function* () {
    if (given.includes("/")) return yield* modelNamed(given)
    const like = yield* likeness(given, here)
    const remedy = like === undefined ? "`code-mesh models list` shows those there are." : `Did you mean ${like}?`
    return yield* Effect.fail(usage(`${JSON.stringify(given)} is not the name of a model: provider/model.`, remedy))
  })

/** What is known of a model, and where each fact is from. */
export const info = (flags: Format, call: Invocation) =>
  inWorld(call, {}, (root) =>
    Effect.gen(function* () {
      const io = yield* Io
      const here = yield* surroundings(root)
      const name = yield* named(call.operands[0] ?? "", here)
      const known = here.providers.map((provider) => provider.id)
      const near = known.includes(providerOf(name)) ? undefined : nearest(providerOf(name), known)
      const model = yield* (yield* LanguageModel)
        .describe(name)
        .pipe(
          Effect.mapError((error) =>
            near === undefined
              ? error
              : new CliError(
                  `There is no provider ${providerOf(name)}.`,
                  `Did you mean ${near}/${modelOf(name)}?`,
                  exit.noModel
                )
          )
        )
      if (Option.contains(flags.format, "json")) yield* io.out(jsonText(model))
      else yield* io.out(table(infoLines(model)))
      const guessed = /kin|guess/.test(model.from?.context ?? "")
      const like = guessed ? yield* likeness(name, here) : undefined
      if (like !== undefined) yield* io.err(`The catalog does not have ${name}. Did you mean ${like}?\n`)
      return exit.done
    })
  )
