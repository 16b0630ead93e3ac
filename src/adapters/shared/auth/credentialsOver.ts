/** Credentials over one place of entries: which account counts, whether it may be used, and that its token holds. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import {
  type Account,
  accountOf,
  accountsIn,
  type Entries,
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

const missing = (provider: string, account: string): string =>
  `providers.${provider}.account asks for the account ${account}, and there is none of that name; store it with \`code-mesh auth login ${provider} --account ${account}\``

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
  const renewed = (one: Account) =>
    one.entry.type === "oauth"
      ? Effect.map(fresh(placeOf(place, one), one.entry), (entry) => ({ ...one, entry }))
      : Effect.succeed(one)
  const stored = (provider: string, variable: string) =>
    Effect.gen(function* () {
      const { account, unofficial } = options.providers?.[provider] ?? {}
      const entries = yield* place.entries
      const found = accountOf(entries, provider, account)
      if (found === undefined && account !== undefined) return yield* failed(place.name, missing(provider, account))
      if (found === undefined)
        return Option.map(Option.fromNullable(tokenFor(entries, variable)), (it) => ({ ...it, provider }))
      const reason = notAllowed(provider, found.entry, unofficial)
      return reason === undefined ? Option.some(found) : yield* failed(place.name, reason)
    })
  const given = (provider: string, variable: string): Option.Option<Credential> => {
    const text = options.env?.[variable]?.trim() ?? ""
    const isSettled = options.providers?.[provider]?.account !== undefined
    return text === "" || isSettled
      ? Option.none()
      : Option.some({ provider, key: Redacted.make(text), source: `environment ${variable}` })
  }
  const found = (provider: string, variable = "") =>
    Effect.map(
      stored(provider, variable),
      Option.map((one) => credentialOf(place.name, one))
    )
  return {
    get: (provider, variable = "") =>
      Effect.suspend(() => {
        const first = given(provider, variable)
        if (Option.isSome(first)) return Effect.succeed(first)
        return Effect.flatMap(
          stored(provider, variable),
          Option.match({
            onNone: () => Effect.succeedNone,
            onSome: (one) => Effect.asSome(Effect.map(renewed(one), (it) => credentialOf(place.name, it)))
          })
        )
      }),
    find: (provider, variable = "") =>
      Effect.suspend(() => {
        const first = given(provider, variable)
        return Option.isSome(first) ? Effect.succeed(first) : found(provider, variable)
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
