/** Which texts of the environment, the settings and the stored keys are secrets, and what they are called. Pure. */
import * as Redacted from "effect/Redacted"
import type { StoredSecret } from "../../domain/auth/accounts.ts"
import type { ProviderConfig } from "../../domain/model/Config.ts"
import type { KnownSecret } from "../../ports/Secrets.ts"
import { allProviders } from "./model/providers.ts"

/** Where secrets can be known from. */
export interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly providers: Readonly<Record<string, ProviderConfig>>
  readonly stored: ReadonlyArray<StoredSecret>
  /** The variable with a search engine's key. */
  readonly searchKey?: string | undefined
}

/** Names of variables and headers whose values are secrets as a rule. */
const secretName = /(_KEY|APIKEY|API-KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|AUTHORIZATION|COOKIE)/i

/** Long, without blanks, with letters and digits: as tokens are, and words, paths and switches are not. */
const isToken = (text: string): boolean => /^[\w.+/=~:-]{16,}$/.test(text) && /\d/.test(text) && /[A-Za-z]/.test(text)

const isPath = (text: string): boolean => /^[.~]?\//.test(text)

/** `Bearer KEY` and `Basic …` hold the secret behind the word. */
const bare = (value: string): string => value.trim().replace(/^(Bearer|Basic|Token)\s+/i, "")

const fromVariables = (env: SecretSources["env"], keyNames: ReadonlySet<string>) =>
  Object.entries(env).flatMap(([name, given = ""]) => {
    const value = given.trim()
    const isKey = keyNames.has(name) || (secretName.test(name) && isToken(value) && !isPath(value))
    const isPassphrase = name === "CODE_MESH_PASSPHRASE"
    return value !== "" && (isKey || isPassphrase) ? [{ name, value }] : []
  })

const passwordOf = (url: string): ReadonlyArray<string> => {
  const found = /^[a-z][a-z0-9+.-]*:\/\/[^/?#@:]*:([^/?#@]+)@/i.exec(url)?.[1]
  return found === undefined ? [] : [found]
}

const fromSettings = (providers: SecretSources["providers"]) =>
  Object.entries(providers).flatMap(([id, { baseUrl = "", headers = {} }]) => [
    ...Object.entries(headers).flatMap(([header, value]) =>
      secretName.test(header) || isToken(bare(value))
        ? [{ name: `providers.${id}.headers.${header}`, value: bare(value) }]
        : []
    ),
    ...passwordOf(baseUrl).map((value) => ({ name: `providers.${id}.baseUrl`, value }))
  ])

/** The secrets of these sources, each value once. */
export const knownSecrets = ({ env, providers, searchKey, stored }: SecretSources): ReadonlyArray<KnownSecret> => {
  const all = allProviders(providers, (name) => env[name])
  const named = Object.values(providers).map(({ apiKeyEnv }) => apiKeyEnv)
  const keyNames = new Set(
    [...all.map(({ keyEnv }) => keyEnv), ...named, searchKey].filter((name) => name !== undefined)
  )
  const keys = stored.map(({ key, provider, what }) => ({
    name:
      what === undefined
        ? (all.find(({ id }) => id === provider)?.keyEnv ?? `key of ${provider}`)
        : `${what} of ${provider}`,
    value: Redacted.value(key)
  }))
  const found = [...fromVariables(env, keyNames), ...keys, ...fromSettings(providers)]
  const first = new Map(found.reverse().map(({ name, value }) => [value, name]))
  return [...first].map(([value, name]) => ({ name, value: Redacted.make(value) }))
}
