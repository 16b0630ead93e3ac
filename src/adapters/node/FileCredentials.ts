/** API keys in `auth.json`, in opencode's shape, readable by their owner alone. The environment wins over the file. */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import { type Credential, Credentials, CredentialsFailed } from "../../ports/Credentials.ts"
import type { Holder, Holders } from "../shared/leases.ts"
import { type Environment, paths } from "./Paths.ts"
import { holders } from "./processes.ts"
import { readSecret, tryLock, whyNot, writeSecret } from "./secretFile.ts"

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

class Locked extends Data.TaggedError("Locked") {}

const parseHolder = Schema.decodeOption(
  Schema.parseJson(Schema.Struct({ host: Schema.String, pid: Schema.Int, started: Schema.String }))
)

const isDead = (those: Holders) => (text: string) =>
  Option.match(parseHolder(text), {
    onNone: () => false,
    onSome: (holder: Holder) => Effect.runSync(those.fate(holder)) === "dead"
  })

const patience = Schedule.spaced("10 millis").pipe(Schedule.jittered, Schedule.upTo("10 seconds"))

const lock = (path: string) =>
  Effect.acquireRelease(
    Effect.suspend(() => {
      const those = holders()
      return Effect.tryPromise({
        try: () => tryLock(`${path}.lock`, JSON.stringify(those.self), isDead(those)),
        catch: (error) => failed(path, whyNot(error))
      })
    }).pipe(
      Effect.filterOrFail(
        (release) => release !== undefined,
        () => new Locked()
      ),
      Effect.retry({ while: (error) => error._tag === "Locked", schedule: patience }),
      Effect.catchTag("Locked", () => Effect.fail(failed(path, `another process keeps ${path}.lock`)))
    ),
    (release) => Effect.promise(release)
  )

/** Changes the entries as they are at this moment, while no other process does. */
const change = <A>(path: string, edit: (entries: Entries) => readonly [Entries, A]) =>
  Effect.scoped(
    Effect.gen(function* () {
      yield* lock(path)
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
  )

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
