/** What the commands about keys share: the providers, what is stored for them, and where. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { keyRing } from "../../adapters/node/FileCredentials.ts"
import { pathsOf } from "../../adapters/node/Paths.ts"
import { filePlace } from "../../adapters/node/secretPlaces.ts"
import { allProviders, type Provider } from "../../adapters/shared/model/providers.ts"
import { CodeMesh } from "../../domain/CodeMesh.ts"
import type { AuthStore, ProviderConfig } from "../../domain/model/Config.ts"
import { type Credential, Credentials } from "../../ports/Credentials.ts"
import { storeName } from "../nodeSecrets.ts"
import { homeOf } from "./home.ts"
import { Io } from "./Io.ts"
import { oneLine } from "./words.ts"

/** What the settings say of each provider. */
export const providerSettings = (root: string) =>
  Effect.map(
    Effect.flatMap(CodeMesh, (mesh) => mesh.settings(root)),
    ({ config }): Readonly<Record<string, ProviderConfig>> => config.providers ?? {}
  )

/** Every provider that is known by name or by configuration. */
export const providersHere = (root: string) =>
  Effect.gen(function* () {
    const io = yield* Io
    return allProviders(yield* providerSettings(root), (name) => io.env[name])
  })

const lifeOf = ({ account, expires, kind }: Credential) => ({
  ...(account === undefined ? {} : { account }),
  ...(kind === undefined ? {} : { kind }),
  ...(expires === undefined ? {} : { expires: new Date(expires).toISOString() })
})

/** Where a provider's key comes from, as it is stored: nothing is renewed. */
export const sourceOf = (provider: Provider) =>
  Effect.gen(function* () {
    const found = yield* Effect.either((yield* Credentials).find(provider.id, provider.keyEnv))
    const key = Either.isRight(found) ? Option.getOrUndefined(found.right) : undefined
    const signs = provider.aws !== undefined
    const none = provider.local ? "needs none" : signs ? "AWS keys of the environment" : "no key"
    return {
      provider: provider.id,
      usable: key !== undefined || provider.local || signs,
      source: Either.isLeft(found) && !provider.local ? "cannot be used" : (key?.source ?? none),
      variable: provider.keyEnv ?? null,
      ...(key === undefined ? {} : lifeOf(key)),
      ...(Either.isLeft(found) ? { fault: found.left.message } : {})
    }
  })

/** Keys of an earlier choice lie in the open file for as long as nobody takes them away. */
const leftOver = (store: AuthStore) =>
  Effect.gen(function* () {
    const { auth } = pathsOf((yield* Io).env, homeOf((yield* Io).env))
    if (store === "file") return []
    const left = [...new Set((yield* keyRing(filePlace(auth), auth).known).map(({ provider }) => oneLine(provider)))]
    return left.length === 0
      ? []
      : [`${auth} still holds keys in the open, which are not used: ${left.join(", ")}. Delete it.`]
  })

/** Where keys are kept, and what else is to be known of that. */
export const storeLines = (root: string) =>
  Effect.gen(function* () {
    const io = yield* Io
    const { config } = yield* (yield* CodeMesh).settings(root)
    const store = config.auth?.store ?? "file"
    const place = storeName(store, pathsOf(io.env, homeOf(io.env)))
    return [`Keys are kept in ${place} (auth.store = "${store}").`, ...(yield* leftOver(store))]
  })
