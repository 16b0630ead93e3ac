/** Credentials over one place of entries: which account counts, whether it may be used, and that its token holds. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import {
  type Account,
  accountOf,
  accountsIn,
  type Entries,
  secretsIn,
  tokenFor,
  unnamed,
  withAccount,
  withChoice,
  withoutAccount
} from "../../../domain/auth/accounts.ts"
import { copilot, notAllowed } from "../../../domain/auth/unofficial.ts"
import type { AuthEntry, OAuthEntry } from "../../../domain/model/AuthEntry.ts"
import { type Credential, type Credentials, CredentialsFailed } from "../../../ports/Credentials.ts"
import { copilotHeaders } from "./asEditor.ts"
import { type EntryPlace, freshener, type Renew } from "./freshEntry.ts"
import type { Fetch } from "./jsonCall.ts"

export { secretsIn }

/** A place of entries that several programs may use at once. */
export interface EntriesPlace {
  /** As people are told it. */
  readonly name: string
  readonly entries: Effect.Effect<Entries, CredentialsFailed>
  /** Changes the entries as they are at this moment, while nobody else does. */
  readonly change: <A>(edit: (entries: Entries) => readonly [Entries, A]) => Effect.Effect<A, CredentialsFailed>
  /** Does this while nobody else does anything under the same name. */
  readonly alone: <A>(name: string, body: Effect.Effect<A, CredentialsFailed>) => Effect.Effect<A, CredentialsFailed>
}

/** What the settings say of a provider's account. */
export interface AccountSettings {
  readonly account?: string | undefined
  readonly unofficial?: boolean | undefined
}

/** What decides beside the entries. */
export interface CredentialOptions {
  readonly env?: Readonly<Record<string, string | undefined>>
  /** The settings, by provider. */
  readonly providers?: Readonly<Record<string, AccountSettings>>
  /** Renews sign-ins. */
  readonly renew: Renew
}

/** Renews sign-ins through this fetch; what that takes is loaded when it is needed. */
export const lazily =
  (fetch: Fetch): Renew =>
  (provider, entry) =>
    Effect.flatMap(
      Effect.promise(() => import("./renew.ts")),
      ({ renewing }) => renewing(fetch)(provider, entry)
    )

const secretOf = (entry: AuthEntry): Redacted.Redacted<string> =>
  entry.type === "api" ? entry.key : entry.type === "oauth" ? entry.access : entry.token

const endpointOf = (provider: string, entry: AuthEntry): Pick<Credential, "endpoint"> => {
  if (entry.type !== "oauth") return {}
  const { baseUrl } = entry
  const endpoint = {
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(provider === copilot ? { headers: copilotHeaders } : {})
  }
  return Object.keys(endpoint).length === 0 ? {} : { endpoint }
}

const credentialOf = (source: string, { account, entry, provider }: Account): Credential => ({
  provider,
  key: Redacted.make(Redacted.value(secretOf(entry)).trim()),
  source,
  ...endpointOf(provider, entry),
  account,
  kind: entry.type,
  ...(entry.type === "oauth" && entry.expires !== 0 ? { expires: entry.expires } : {})
})

const failed = (path: string, reason: string) => new CredentialsFailed({ path, reason })

/** What is stored, or why it is not one that anybody has. */
const checked = (path: string, secret: Redacted.Redacted<string> | AuthEntry) => {
  const entry: AuthEntry = "type" in secret ? secret : { type: "api", key: secret }
  if (entry.type !== "api") return Effect.succeed(entry)
  const text = Redacted.value(entry.key).trim()
  return text === "" || /[^\x21-\x7e]/.test(text)
    ? Effect.fail(failed(path, "the key is empty or has blanks or other characters that no key has"))
    : Effect.succeed<AuthEntry>({ type: "api", key: Redacted.make(text) })
}

const placeOf = (place: EntriesPlace, { account, provider }: Account): EntryPlace => ({
  provider,
  account,
  path: place.name,
  read: Effect.map(place.entries, (entries): OAuthEntry | undefined => {
    const entry = accountOf(entries, provider, account)?.entry
    return entry?.type === "oauth" ? entry : undefined
  }),
  write: (entry) => place.change((entries) => [withAccount(entries, { provider, account, entry }), undefined]),
  alone: (body) => place.alone(`${provider}.${account}`, body)
})

/** Those of one provider begin with the one that counts. */
const ordered = (entries: Entries, settings: CredentialOptions["providers"] = {}): ReadonlyArray<Account> => {
  const all = accountsIn(entries)
  return [...new Set(all.map(({ provider }) => provider))].flatMap((provider) => {
    const mine = all.filter((one) => one.provider === provider)
    const first = accountOf(entries, provider, settings[provider]?.account)?.account
    return [...mine.filter((one) => one.account === first), ...mine.filter((one) => one.account !== first)]
  })
}

/** The credentials of a place, beside those in the environment. */
export const credentialsOver = (place: EntriesPlace, options: CredentialOptions): typeof Credentials.Service => {
  const fresh = freshener(options.renew)
  const usable = (one: Account) =>
    Effect.gen(function* () {
      const reason = notAllowed(one.provider, one.entry, options.providers?.[one.provider]?.unofficial)
      if (reason !== undefined) return yield* failed(place.name, reason)
      const { entry } = one
      if (entry.type !== "oauth") return credentialOf(place.name, one)
      return credentialOf(place.name, { ...one, entry: yield* fresh(placeOf(place, one), entry) })
    })
  const stored = (provider: string, variable: string) =>
    Effect.gen(function* () {
      const entries = yield* place.entries
      const wanted = options.providers?.[provider]?.account
      const found = accountOf(entries, provider, wanted)
      if (found !== undefined) return Option.some(yield* usable(found))
      if (wanted !== undefined)
        return yield* failed(
          place.name,
          `providers.${provider}.account asks for the account ${wanted}, and there is none of that name; store it with \`code-mesh auth login ${provider} --account ${wanted}\``
        )
      const token = variable === "" ? undefined : tokenFor(entries, variable)
      return token === undefined ? Option.none() : Option.some(credentialOf(place.name, { ...token, provider }))
    })
  return {
    get: (provider, variable = "") =>
      Effect.suspend(() => {
        const given = options.env?.[variable]?.trim() ?? ""
        const isSettled = options.providers?.[provider]?.account !== undefined
        if (given === "" || isSettled) return stored(provider, variable)
        return Effect.succeedSome({ provider, key: Redacted.make(given), source: `environment ${variable}` })
      }),
    set: (provider, secret, account = unnamed) =>
      Effect.flatMap(checked(place.name, secret), (entry) =>
        place.change((entries) => [withAccount(entries, { provider, account, entry }), undefined])
      ),
    remove: (provider, account = unnamed) =>
      place.change((entries) => {
        const left = withoutAccount(entries, provider, account)
        return [left ?? entries, left !== undefined]
      }),
    choose: (provider, account) =>
      place.change((entries) => {
        const after = withChoice(entries, provider, account)
        return [after ?? entries, after !== undefined]
      }),
    list: Effect.map(place.entries, (entries) =>
      ordered(entries, options.providers).map((one) => credentialOf(place.name, one))
    )
  }
}
