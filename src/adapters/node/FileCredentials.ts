/** API keys in `auth.json`, in opencode's shape, readable by their owner alone. The environment wins over the file. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { type Credential, Credentials, CredentialsFailed } from "../../ports/Credentials.ts"
import { withLock } from "./fileLock.ts"
import { type Environment, paths } from "./Paths.ts"
import { readSecret, whyNot, writeSecret } from "./secretFile.ts"

/** Where the file is and what the environment says; what is absent is taken from this process. */
export interface FileCredentialsOptions {
  readonly path?: string
  readonly env?: Environment
}

type Entries = Readonly<Record<string, unknown>>

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

const readEntries = (path: string): Effect.Effect<Entries, CredentialsFailed> =>
  Effect.gen(function* () {
    const found = yield* Effect.tryPromise({
      try: () => readSecret(path),
      catch: (error) => failed(path, whyNot(error))
    })
    if (found === undefined) return {}
    if (found.wasOpen) yield* Effect.logWarning(`${path} could be read by others; now only you can read it`)
    return yield* parse(path, found.text)
  })

/** Changes the entries as they are at this moment, while no other process does. */
const change = <A>(path: string, edit: (entries: Entries) => readonly [Entries, A]) =>
  withLock(
    path,
    Effect.gen(function* () {
      const before = yield* readEntries(path)
      const [after, answer] = edit(before)
      if (after !== before) {
        yield* Effect.tryPromise({
          try: () => writeSecret(path, `${JSON.stringify(after, undefined, 2)}\n`),
          catch: (error) => failed(path, whyNot(error))
        })
      }
      return answer
    })
  ).pipe(Effect.catchTag("LockFailed", ({ reason }) => Effect.fail(failed(path, reason))))

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

const set = (path: string, provider: string, key: Redacted.Redacted<string>) => {
  const text = Redacted.value(key).trim()
  if (text === "" || /[^\x21-\x7e]/.test(text)) {
    return Effect.fail(failed(path, "the key is empty or has blanks or other characters that no key has"))
  }
  return change(path, (entries) => [withKey(entries, provider, text), undefined])
}

const remove = (path: string, provider: string) =>
  change(path, (entries) => {
    if (!isApiEntry(Object.hasOwn(entries, provider) ? entries[provider] : undefined)) return [entries, false]
    return [Object.fromEntries(Object.entries(entries).filter(([name]) => name !== provider)), true]
  })

/** Keys in a file beside those in the environment. */
export const layer = (options: FileCredentialsOptions = {}): Layer.Layer<Credentials> =>
  Layer.sync(Credentials, () => {
    const path = options.path ?? paths().auth
    const env = options.env ?? process.env
    const list = Effect.map(readEntries(path), (entries) => stored(path, entries))
    return {
      get: (provider, name = "") =>
        Effect.suspend(() => {
          const given = env[name]?.trim() ?? ""
          if (given === "")
            return Effect.map(list, (all) => Option.fromNullable(all.find((one) => one.provider === provider)))
          return Effect.succeedSome({ provider, key: Redacted.make(given), source: `environment ${name}` })
        }),
      set: (provider, key) => set(path, provider, key),
      remove: (provider) => remove(path, provider),
      list
    }
  })
