/** Keys and sign-ins in opencode's shape, in `auth.json` or in another place that the person chose. The environment wins over them. */
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Layer from "effect/Layer"
import { type Entries, type StoredSecret, secretsIn } from "../../domain/auth/accounts.ts"
import { Credentials, CredentialsFailed } from "../../ports/Credentials.ts"
import { type CredentialOptions, credentialsOver, type EntriesPlace, lazily } from "../shared/auth/credentialsOver.ts"
import { withLock } from "./fileLock.ts"
import { httpFetch } from "./httpFetch.ts"
import { type Environment, paths } from "./Paths.ts"
import { filePlace, type SecretPlace } from "./secretPlaces.ts"

/** Where the file is and what the environment says; what is absent is taken from this process. */
export interface FileCredentialsOptions extends Partial<CredentialOptions> {
  readonly path?: string
  readonly env?: Environment
}

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

/** The entries of one place, of whatever kind. */
export interface KeyRing extends EntriesPlace {
  /** The secrets that can be had without asking the person or the system for anything. */
  readonly known: Effect.Effect<ReadonlyArray<StoredSecret>>
}

/** One and the same, so that it can be told that nothing has changed. */
const none: ReadonlyArray<StoredSecret> = []

/** Tokens that were renewed are still secrets: so many are remembered. */
const remembered = 16

/** A renewal takes as long as its server; then the next one looks at what it brought. */
const aRenewal = "30 seconds"

const sameText = (a: StoredSecret, b: StoredSecret): boolean => Equal.equals(a.key, b.key)

/** The entries of a place; `path` names the lock that keeps other processes from it. */
export const keyRing = (place: SecretPlace, path: string): KeyRing => {
  let last: { readonly now: ReadonlyArray<StoredSecret>; readonly all: ReadonlyArray<StoredSecret> } | undefined
  const saw = (entries: Entries): Entries => {
    const now = secretsIn(entries)
    const isNews =
      last === undefined ||
      now.length !== last.now.length ||
      now.some((one) => !last?.now.some((it) => sameText(it, one)))
    if (isNews) {
      const gone = (last?.all ?? []).filter((old) => !now.some((one) => sameText(one, old)))
      last = { now, all: [...now, ...gone.slice(0, remembered)] }
    }
    return entries
  }
  const peeked = Effect.gen(function* () {
    const text = yield* place.peek
    if (text !== undefined) saw(yield* parse(place.name, text))
  })
  const locked = <A>(at: string, body: Effect.Effect<A, CredentialsFailed>, patience?: typeof aRenewal) =>
    withLock(at, body, patience).pipe(
      Effect.catchTag("LockFailed", ({ reason }) => Effect.fail(failed(place.name, reason)))
    )
  return {
    name: place.name,
    entries: Effect.map(readEntries(place), saw),
    known: Effect.suspend(() => (last === undefined ? Effect.ignore(peeked) : Effect.void)).pipe(
      Effect.map(() => last?.all ?? none)
    ),
    change: (edit) =>
      locked(
        path,
        Effect.gen(function* () {
          const before = yield* readEntries(place)
          const [after, answer] = edit(before)
          if (after !== before) yield* place.write(`${JSON.stringify(after, undefined, 2)}\n`)
          saw(after)
          return answer
        })
      ),
    alone: (name, body) => locked(`${path}.${encodeURIComponent(name)}`, body, aRenewal)
  }
}

/** The credentials of a ring; sign-ins are renewed through this process's own HTTP where nothing else is said. */
export const make = (ring: KeyRing, options: Partial<CredentialOptions>): typeof Credentials.Service =>
  credentialsOver(ring, { renew: lazily(httpFetch), ...options })

/** Keys in a file beside those in the environment. */
export const layer = ({ path = paths().auth, ...options }: FileCredentialsOptions = {}): Layer.Layer<Credentials> =>
  Layer.sync(Credentials, () => make(keyRing(filePlace(path), path), { env: process.env, ...options }))
