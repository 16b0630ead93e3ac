/** `auth login|logout|list|status`: API keys. No key is ever printed. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { keyRing } from "../../adapters/node/FileCredentials.ts"
import { pathsOf } from "../../adapters/node/Paths.ts"
import { filePlace } from "../../adapters/node/secretPlaces.ts"
import { allProviders, type Provider } from "../../adapters/shared/model/providers.ts"
import { CodeMesh } from "../../domain/CodeMesh.ts"
import { nearest } from "../../domain/config/suggest.ts"
import type { AuthStore } from "../../domain/model/Config.ts"
import { Credentials } from "../../ports/Credentials.ts"
import { storeName } from "../nodeSecrets.ts"
import { homeOf } from "./home.ts"
import { Io } from "./Io.ts"
import { CliError, exit, usage } from "./report.ts"
import type { Invocation } from "./spec.ts"
import { visible } from "./visible.ts"
import { jsonText, oneLine, table } from "./words.ts"
import { inWorld } from "./world.ts"

type Format = { readonly format: Option.Option<"text" | "json"> }

/** Every provider that is known by name or by configuration. */
const providersHere = (root: string) =>
  Effect.gen(function* () {
    const io = yield* Io
    const mesh = yield* CodeMesh
    const { config } = yield* mesh.settings(root)
    return allProviders(config.providers ?? {}, (name) => io.env[name])
  })

const choose = (providers: ReadonlyArray<Provider>) =>
  Effect.gen(function* () {
    const io = yield* Io
    const names = providers.filter((provider) => !provider.local).map((provider) => provider.id)
    if (!io.attended)
      return yield* Effect.fail(usage("'code-mesh auth login' needs a provider.", `Name one: ${names.join(", ")}.`))
    yield* io.err(names.map((name, index) => `${String(index + 1).padStart(3)}. ${name}\n`).join(""))
    const line = Option.getOrElse(yield* io.ask("Which provider? "), () => "").trim()
    const name = names[Number(line) - 1] ?? line
    return name === "" ? yield* Effect.fail(usage("No provider was chosen.", "Name one.")) : name
  })

const checkedName = (name: string, providers: ReadonlyArray<Provider>) =>
  Effect.gen(function* () {
    const io = yield* Io
    if (!/^[a-z0-9][a-z0-9_.-]*$/.test(name))
      return yield* Effect.fail(
        usage(`${JSON.stringify(name)} is not the name of a provider.`, "Write it as in anthropic/…")
      )
    const names = providers.map((provider) => provider.id)
    if (names.includes(name)) return name
    const meant = nearest(name, names)
    if (meant !== undefined) return yield* Effect.fail(usage(`There is no provider ${name}.`, `Did you mean ${meant}?`))
    yield* io.err(`${name} is not known yet: name its endpoint in the configuration, as providers.${name}.baseUrl.\n`)
    return name
  })

const readKey = (name: string, fromStdin: boolean) =>
  Effect.gen(function* () {
    const io = yield* Io
    if (!fromStdin && !io.attended)
      return yield* Effect.fail(
        usage("Nobody is at the terminal to type a key.", `Pipe it in: code-mesh auth login ${name} --key-stdin < FILE`)
      )
    const given = yield* fromStdin ? io.piped(true) : io.ask(`Key for ${name} (not shown): `, true)
    const key = Option.getOrElse(given, () => "").trim()
    if (key === "") return yield* Effect.fail(usage("No key was given; nothing was stored.", "Give one."))
    if (/\s|\p{Cc}/u.test(key))
      return yield* Effect.fail(usage("That is not a key: it holds blanks.", "Give the key alone."))
    return Redacted.make(key)
  })

/** Stores a provider's key. */
export const login = (flags: { readonly stdin: boolean }, call: Invocation) =>
  inWorld(call, {}, (root) =>
    Effect.gen(function* () {
      const io = yield* Io
      const credentials = yield* Credentials
      const providers = yield* providersHere(root)
      const name = yield* checkedName(call.operands[0] ?? (yield* choose(providers)), providers)
      yield* credentials.set(name, yield* readKey(name, flags.stdin))
      yield* io.err(`The key for ${name} is stored.\n${(yield* storeLines(root)).join("\n")}\n`)
      return exit.done
    })
  )

/** Forgets a stored key. */
export const logout = (call: Invocation) =>
  inWorld(call, {}, () =>
    Effect.gen(function* () {
      const io = yield* Io
      const name = call.operands[0] ?? ""
      if (!(yield* (yield* Credentials).remove(name)))
        return yield* Effect.fail(
          new CliError(`No key is stored for ${oneLine(name)}.`, "`code-mesh auth list` shows the stored ones.")
        )
      yield* io.err(`The key for ${name} is forgotten.\n`)
      return exit.done
    })
  )

/** The providers with a stored key. */
export const list = (flags: Format, call: Invocation) =>
  inWorld(call, {}, () =>
    Effect.gen(function* () {
      const io = yield* Io
      const stored = (yield* (yield* Credentials).list).map(({ provider, source }) => ({ provider, source }))
      if (Option.contains(flags.format, "json")) yield* io.out(jsonText(stored))
      else if (stored.length === 0) yield* io.err("No key is stored.\n")
      else yield* io.out(table(stored.map(({ provider, source }) => [provider, source])))
      return exit.done
    })
  )

const sourceOf = (provider: Provider) =>
  Effect.gen(function* () {
    const found = yield* Effect.either((yield* Credentials).get(provider.id, provider.keyEnv))
    const none = provider.local ? "needs none" : "no key"
    const key = Either.isRight(found) ? Option.getOrUndefined(found.right) : undefined
    return {
      provider: provider.id,
      usable: key !== undefined || provider.local,
      source: Either.isLeft(found) && !provider.local ? "cannot be read" : (key?.source ?? none),
      variable: provider.keyEnv ?? null,
      ...(Either.isLeft(found) ? { fault: found.left.message } : {})
    }
  })

/** Keys of an earlier choice lie in the open file for as long as nobody takes them away. */
const leftOver = (store: AuthStore) =>
  Effect.gen(function* () {
    const { auth } = pathsOf((yield* Io).env, homeOf((yield* Io).env))
    if (store === "file") return []
    const left = yield* keyRing(filePlace(auth), auth).known
    return left.length === 0
      ? []
      : [
          `${auth} still holds keys in the open, which are not used: ${left.map(({ provider }) => oneLine(provider)).join(", ")}. Delete it.`
        ]
  })

const storeLines = (root: string) =>
  Effect.gen(function* () {
    const io = yield* Io
    const { config } = yield* (yield* CodeMesh).settings(root)
    const store = config.auth?.store ?? "file"
    const place = storeName(store, pathsOf(io.env, homeOf(io.env)))
    return [`Keys are kept in ${place} (auth.store = "${store}").`, ...(yield* leftOver(store))]
  })

/** Where each provider's key comes from, and where keys are kept; never a key. */
export const status = (flags: Format, call: Invocation) =>
  inWorld(call, {}, (root) =>
    Effect.gen(function* () {
      const io = yield* Io
      const [wanted] = call.operands
      const all = yield* providersHere(root)
      const providers = wanted === undefined ? all : all.filter((provider) => provider.id === wanted)
      if (providers.length === 0)
        return yield* Effect.fail(
          usage(`There is no provider ${oneLine(wanted ?? "")}.`, "`code-mesh auth status` lists them.")
        )
      const looked = yield* Effect.forEach(providers, sourceOf)
      const rows = looked.map(({ provider, source, usable, variable }) => ({ provider, usable, source, variable }))
      const faults = [...new Set(looked.flatMap(({ fault }) => fault ?? []))]
      if (Option.contains(flags.format, "json")) yield* io.out(jsonText(rows))
      else yield* io.out(table(rows.map(({ provider, source, variable }) => [provider, source, variable ?? ""])))
      yield* io.err([...(yield* storeLines(root)), ...faults].map((line) => `${visible(line)}\n`).join(""))
      const isFine = faults.length === 0 && wanted === undefined
      return isFine || rows.some((row) => row.usable) ? exit.done : exit.noModel
    })
  )
