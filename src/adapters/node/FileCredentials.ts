/** API keys in opencode's shape, in `auth.json` or in another place that the person chose. The environment wins over them. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { type Credential, Credentials, CredentialsFailed } from "../../ports/Credentials.ts"
import { withLock } from "./fileLock.ts"
import { type Environment, paths } from "./Paths.ts"
import { filePlace, type SecretPlace } from "./secretPlaces.ts"

/** Where the file is and what the environment says; what is absent is taken from this process. */
export interface FileCredentialsOptions {
  readonly path?: string
  readonly env?: Environment
}

/** Entries by name, of our kind and of others. */
export type Entries = Readonly<Record<string, unknown>>

/** Our kind of entry; others, and other members of ours, are kept as they are. */
const ApiEntry = Schema.Struct({ type: Schema.Literal("api"), key: Schema.String })
const isApiEntry = Schema.is(ApiEntry)

const failed = (path: string, reason: string) => new CredentialsFailed({ path, reason })

const isEntries = (value: unknown): value is Entries =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** JSON's own complaint would quote the text, which may be a key. */
const parse = (path: string, text: string): Effect.Effect<Entries, CredentialsFailed> =>
  Effect.try({
    try: (): unknown => (text.trim() === "" ? {} : JSON.parse(text)),
    catch: () => failed(path, "the file is not valid JSON; mend it, or move it away and log in again")
  }).pipe(Effect.filterOrFail(isEntries, () => failed(path, "the file is not a JSON object; mend it, or move it away")))

const readEntries = (place: SecretPlace): Effect.Effect<Entries, CredentialsFailed> =>
  Effect.flatMap(place.read, (text) => parse(place.name, text ?? ""))

/** The keys of one place, and what else of ours is kept with them. */
export interface KeyRing {
  /** As people are told it. */
  readonly name: string
  readonly stored: Effect.Effect<ReadonlyArray<Credential>, CredentialsFailed>
  /** Those that can be had without asking the person or the system for anything. */
  readonly known: Effect.Effect<ReadonlyArray<Credential>>
  /** Changes the entries as they are at this moment, while no other process does. */
  readonly change: <A>(edit: (entries: Entries) => readonly [Entries, A]) => Effect.Effect<A, CredentialsFailed>
}

/** One and the same, so that it can be told that nothing has changed. */
const none: ReadonlyArray<Credential> = []

/** The keys in a place; `path` names the lock that keeps other processes from it. */
export const keyRing = (place: SecretPlace, path: string): KeyRing => {
  let last: ReadonlyArray<Credential> | undefined
  const saw = (entries: Entries): ReadonlyArray<Credential> => {
    last = stored(place.name, entries)
    return last
  }
  const peeked = Effect.gen(function* () {
    const text = yield* place.peek
    return text === undefined ? [] : saw(yield* parse(place.name, text))
  })
  return {
    name: place.name,
    stored: Effect.map(readEntries(place), saw),
    known: Effect.suspend(() => (last === undefined ? Effect.orElseSucceed(peeked, () => none) : Effect.succeed(last))),
    change: (edit) =>
      withLock(
        path,
        Effect.gen(function* () {
          const before = yield* readEntries(place)
          const [after, answer] = edit(before)
          if (after !== before) yield* place.write(`${JSON.stringify(after, undefined, 2)}\n`)
          saw(after)
          return answer
        })
      ).pipe(Effect.catchTag("LockFailed", ({ reason }) => Effect.fail(failed(place.name, reason))))
  }
}

const withKey = (entries: Entries, provider: string, key: string): Entries => {
  const old = Object.hasOwn(entries, provider) ? entries[provider] : undefined
  const kept = isApiEntry(old) ? old : {}
  return Object.fromEntries([
    ...Object.entries(entries).filter(([name]) => name !== provider),
    [provider, { ...kept, type: "api", key }]
  ])
}

const stored = (path: string, entries: Entries): ReadonlyArray<Credential> =>
  Object.entries(entries)
    .flatMap(([provider, entry]) =>
      isApiEntry(entry) ? [{ provider, key: Redacted.make(entry.key.trim()), source: path }] : []
    )
    .sort((a, b) => (a.provider < b.provider ? -1 : 1))

const set = (ring: KeyRing, provider: string, key: Redacted.Redacted<string>) => {
  const text = Redacted.value(key).trim()
  if (text === "" || /[^\x21-\x7e]/.test(text)) {
    return Effect.fail(failed(ring.name, "the key is empty or has blanks or other characters that no key has"))
  }
  return ring.change((entries) => [withKey(entries, provider, text), undefined])
}

const remove = (ring: KeyRing, provider: string) =>
  ring.change((entries) => {
    if (!isApiEntry(Object.hasOwn(entries, provider) ? entries[provider] : undefined)) return [entries, false]
    return [Object.fromEntries(Object.entries(entries).filter(([name]) => name !== provider)), true]
  })

/** The keys of a ring beside those in the environment. */
export const make = (ring: KeyRing, env: Environment): typeof Credentials.Service => ({
  get: (provider, name = "") =>
    Effect.suspend(() => {
      const given = env[name]?.trim() ?? ""
      if (given === "")
        return Effect.map(ring.stored, (all) => Option.fromNullable(all.find((one) => one.provider === provider)))
      return Effect.succeedSome({ provider, key: Redacted.make(given), source: `environment ${name}` })
    }),
  set: (provider, key) => set(ring, provider, key),
  remove: (provider) => remove(ring, provider),
  list: ring.stored
})

/** Keys in a file beside those in the environment. */
export const layer = (options: FileCredentialsOptions = {}): Layer.Layer<Credentials> =>
  Layer.sync(Credentials, () => {
    const path = options.path ?? paths().auth
    return make(keyRing(filePlace(path), path), options.env ?? process.env)
  })
