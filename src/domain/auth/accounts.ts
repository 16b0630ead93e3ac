/** Which accounts a file of credentials holds, which of them counts, and the file after a change. */
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { AuthEntry, type OAuthEntry } from "../model/AuthEntry.ts"

/** Entries by name, of our kinds and of others. */
export type Entries = Readonly<Record<string, unknown>>

/** One account at a provider. The one without a name is called `default` where a name is needed. */
export interface Account {
  readonly provider: string
  readonly account: string
  readonly entry: AuthEntry
}

/** The account that has no name of its own. */
export const unnamed = "default"

const readEntry = Schema.decodeUnknownOption(AuthEntry)
const plain = Schema.encodeSync(AuthEntry)
const isRecord = Schema.is(Schema.Record({ key: Schema.String, value: Schema.Unknown }))

/** Whether a text can name an account. */
export const isAccountName = (text: string): boolean => /^[\w][\w.@+-]{0,63}$/.test(text)

/** The name of an account's entry: the provider's own for the unnamed one, else `provider#account`. */
export const entryName = (provider: string, account: string): string =>
  account === unnamed ? provider : `${provider}#${account}`

const nameParts = (name: string): Pick<Account, "provider" | "account"> => {
  const at = name.lastIndexOf("#")
  const account = name.slice(at + 1)
  return at > 0 && isAccountName(account)
    ? { provider: name.slice(0, at), account }
    : { provider: name, account: unnamed }
}

/** Which account counts is kept beside the accounts, under a name that no provider has. */
const choicesName = "code-mesh:accounts"
const Choices = Schema.Struct({
  type: Schema.Literal("accounts"),
  chosen: Schema.Record({ key: Schema.String, value: Schema.String })
})
const readChoices = Schema.decodeUnknownOption(Choices)

const choicesIn = (entries: Entries): Readonly<Record<string, string>> =>
  Option.match(readChoices(entries[choicesName]), { onNone: () => ({}), onSome: ({ chosen }) => chosen })

const byName = (a: Account, b: Account): number => {
  const [first, second] = [entryName(a.provider, a.account), entryName(b.provider, b.account)]
  return first < second ? -1 : 1
}

/** All accounts, sorted by provider and name. */
export const accountsIn = (entries: Entries): ReadonlyArray<Account> =>
  Object.entries(entries)
    .flatMap(([name, raw]) =>
      Option.match(readEntry(raw), { onNone: () => [], onSome: (entry) => [{ ...nameParts(name), entry }] })
    )
    .sort(byName)

/**
 * The account of a provider that counts: the one that the settings name, and then no other; else the one that was
 * chosen; else the unnamed one; else the first.
 */
export const accountOf = (entries: Entries, provider: string, configured?: string): Account | undefined => {
  const all = accountsIn(entries).filter((one) => one.provider === provider)
  const named = (account: string | undefined) => all.find((one) => one.account === account)
  if (configured !== undefined) return named(configured)
  const choices = choicesIn(entries)
  const chosen = Object.hasOwn(choices, provider) ? named(choices[provider]) : undefined
  return chosen ?? named(unnamed) ?? all[0]
}

/** The token that an organisation gave for an environment variable. */
export const tokenFor = (entries: Entries, variable: string): Account | undefined =>
  accountsIn(entries).find(({ entry }) => entry.type === "wellknown" && entry.key === variable)

const without = (entries: Entries, name: string): Entries =>
  Object.fromEntries(Object.entries(entries).filter(([key]) => key !== name))

const placed = (entries: Entries, name: string, value: unknown): Entries =>
  Object.fromEntries([...Object.entries(without(entries, name)), [name, value]])

/** What others wrote beside our members of an entry of the same kind stays; what we wrote there goes. */
const foreign = (old: unknown, type: AuthEntry["type"]): Entries => {
  if (!isRecord(old) || old.type !== type) return {}
  const ours = ["access", "refresh", "expires", "tokenUrl", "clientId", "baseUrl", "unofficial", "key", "token"]
  return Object.fromEntries(Object.entries(old).filter(([name]) => !ours.includes(name)))
}

/** With this account kept, and all others as they were. */
export const withAccount = (entries: Entries, { account, entry, provider }: Account): Entries => {
  const name = entryName(provider, account)
  const old = Object.hasOwn(entries, name) ? entries[name] : undefined
  return placed(entries, name, { ...foreign(old, entry.type), ...plain(entry) })
}

/** Without this account, and without the choice of it; nothing where there is no such account. */
export const withoutAccount = (entries: Entries, provider: string, account: string): Entries | undefined => {
  const name = entryName(provider, account)
  if (!Object.hasOwn(entries, name) || Option.isNone(readEntry(entries[name]))) return undefined
  const left = without(entries, name)
  const choices = choicesIn(left)
  if (!Object.hasOwn(choices, provider) || choices[provider] !== account) return left
  const chosen = without(choices, provider)
  return Object.keys(chosen).length === 0
    ? without(left, choicesName)
    : placed(left, choicesName, { type: "accounts", chosen })
}

/** With this account as the one that counts; nothing where there is no such account. */
export const withChoice = (entries: Entries, provider: string, account: string): Entries | undefined => {
  if (accountOf(entries, provider, account) === undefined) return undefined
  const chosen = placed(choicesIn(entries), provider, account)
  return placed(entries, choicesName, { type: "accounts", chosen })
}

/** A secret that is kept for a provider, and what it is where it is not a key. */
export interface StoredSecret {
  readonly provider: string
  readonly key: Redacted.Redacted<string>
  readonly what?: string
}

const secret = (provider: string, text: string, what?: string): ReadonlyArray<StoredSecret> =>
  text.trim() === "" ? [] : [{ provider, key: Redacted.make(text.trim()), ...(what === undefined ? {} : { what }) }]

const ofSignIn = (provider: string, { access, refresh }: OAuthEntry): ReadonlyArray<StoredSecret> => [
  ...secret(provider, Redacted.value(access), "access token"),
  ...secret(provider, Redacted.value(refresh), "refresh token")
]

/** Members of entries of other kinds that are secrets by their names. */
const secretMember = /key|token|secret|access|refresh|password/i

const ofOther = (name: string, raw: unknown): ReadonlyArray<StoredSecret> =>
  isRecord(raw)
    ? Object.entries(raw).flatMap(([member, value]) =>
        secretMember.test(member) && typeof value === "string" ? secret(name, value, member) : []
      )
    : []

/** Every secret that the entries hold. */
export const secretsIn = (entries: Entries): ReadonlyArray<StoredSecret> =>
  Object.entries(entries).flatMap(([name, raw]) => {
    const read = readEntry(raw)
    if (Option.isNone(read)) return ofOther(name, raw)
    const { provider } = nameParts(name)
    const entry = read.value
    if (entry.type === "oauth") return ofSignIn(provider, entry)
    return entry.type === "api"
      ? secret(provider, Redacted.value(entry.key))
      : secret(provider, Redacted.value(entry.token), "token")
  })
