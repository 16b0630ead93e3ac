/** Where this machine's keys are, as the settings say, and which secrets this process knows. */
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { KeyRing } from "../adapters/node/FileCredentials.ts"
import type { Environment, Paths } from "../adapters/node/Paths.ts"
import {
  type AskPassphrase,
  filePlace,
  keyringPlace,
  passphrasePlace,
  type SecretPlace
} from "../adapters/node/secretPlaces.ts"
import { knownSecrets } from "../adapters/shared/knownSecrets.ts"
import type { AuthStore, Config } from "../domain/model/Config.ts"
import type { ConfigInvalid } from "../ports/ConfigSource.ts"
import { CredentialsFailed } from "../ports/Credentials.ts"
import type { KnownSecret, Secrets } from "../ports/Secrets.ts"

/** The file under a passphrase. */
const sealedFile = ({ data }: Paths): string => join(data, "auth.sealed.json")

/** A place that nobody knows: settings that are wrong may have asked for another one than the open file. */
const unknownPlace = (name: string, fault: ConfigInvalid): SecretPlace => {
  const error = new CredentialsFailed({
    path: name,
    reason: `the settings are wrong, and with them where keys are kept (${fault.message})`
  })
  return { name, read: Effect.fail(error), write: () => Effect.fail(error), peek: Effect.succeed(undefined) }
}

/** The place that the settings ask for. */
export const placeOf = (wanted: AuthStore | ConfigInvalid, places: Paths, ask: AskPassphrase): SecretPlace => {
  if (typeof wanted !== "string") return unknownPlace(places.auth, wanted)
  if (wanted === "keyring") return keyringPlace(places.auth)
  return wanted === "encrypted" ? passphrasePlace(sealedFile(places), ask) : filePlace(places.auth)
}

/** The place that the settings ask for, as people are told it. */
export const storeName = (wanted: AuthStore, places: Paths): string =>
  placeOf(wanted, places, () => Effect.succeedNone).name

/** The passphrase of the environment, else what the person says. */
export const passphraseOf = (
  env: Environment,
  person: ((isNew: boolean) => Promise<string | undefined>) | undefined
): AskPassphrase => {
  const given = env.CODE_MESH_PASSPHRASE ?? ""
  if (given !== "") return () => Effect.succeedSome(Redacted.make(given))
  if (person === undefined) return () => Effect.succeedNone
  return (isNew) =>
    Effect.map(
      Effect.promise(() => person(isNew)),
      (text = "") => (text === "" ? Option.none() : Option.some(Redacted.make(text)))
    )
}

type Stored = Effect.Effect.Success<KeyRing["known"]>

/** The secrets of the environment, the settings and the keys that are known by now. */
export const secretsOf = (ring: KeyRing, env: Environment, config: Config): typeof Secrets.Service => {
  // Asked for with every event: worked out anew only where other keys are known.
  let last: { readonly stored: Stored; readonly all: ReadonlyArray<KnownSecret> } | undefined
  const allOf = (stored: Stored) => {
    if (last?.stored !== stored)
      last = {
        stored,
        all: knownSecrets({
          env,
          providers: config.providers ?? {},
          stored,
          searchKey: config.tools?.websearch?.apiKeyEnv
        })
      }
    return last.all
  }
  return { known: Effect.map(ring.known, allOf) }
}
