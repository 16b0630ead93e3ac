/**
 * Keys and sign-ins in IndexedDB, encrypted with a key that the browser does not hand out. That keeps them out of what is copied
 * from the disk or exported; a script of the same site can use them as this program does.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Entries } from "../../domain/auth/accounts.ts"
import { Credentials, CredentialsFailed } from "../../ports/Credentials.ts"
import { type CredentialOptions, credentialsOver, type EntriesPlace, lazily } from "../shared/auth/credentialsOver.ts"
import { done, openDatabase } from "./indexedDb.ts"

/** The database's name, and keys that the page was given, by the names that environment variables have elsewhere. */
export interface BrowserCredentialsOptions extends Partial<CredentialOptions> {
  readonly name?: string
}

/** An entry. Those of earlier versions are API keys, and are the key alone. */
interface Sealed {
  /** The entry's name: the provider's, for an account without a name. */
  readonly provider: string
  readonly is?: "entry"
  readonly iv: Uint8Array<ArrayBuffer>
  readonly data: ArrayBuffer
}

const upgrade = (db: IDBDatabase): void => {
  db.createObjectStore("keys", { keyPath: "provider" })
  db.createObjectStore("secret")
}

const store = (db: IDBDatabase, name: "keys" | "secret", mode: IDBTransactionMode) =>
  db.transaction(name, mode).objectStore(name)

/** The site's own encryption key, made on first use. Where two tabs make one at once, the first one stored counts. */
const secretOf = async (db: IDBDatabase): Promise<CryptoKey> => {
  const found: CryptoKey | undefined = await done(store(db, "secret", "readonly").get("key"))
  if (found !== undefined) return found
  const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"])
  await done(store(db, "secret", "readwrite").add(made, "key")).catch(() => undefined)
  return done(store(db, "secret", "readonly").get("key"))
}

const seal = async (db: IDBDatabase, provider: string, entry: unknown): Promise<Sealed> => {
  const secret = await secretOf(db)
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const plain = new TextEncoder().encode(JSON.stringify(entry))
  return { provider, is: "entry", iv, data: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, secret, plain) }
}

const unseal = async (db: IDBDatabase, { data, is, iv }: Sealed): Promise<unknown> => {
  const plain = new TextDecoder().decode(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, await secretOf(db), data))
  return is === "entry" ? JSON.parse(plain) : { type: "api", key: plain }
}

const read = async (db: IDBDatabase): Promise<Entries> => {
  const all: ReadonlyArray<Sealed> = await done(store(db, "keys", "readonly").getAll())
  return Object.fromEntries(
    await Promise.all(all.map(async (sealed) => [sealed.provider, await unseal(db, sealed)] as const))
  )
}

/** Entries are sealed before the transaction begins: one does not outlast a wait for anything else. */
const write = async (db: IDBDatabase, before: Entries, after: Entries): Promise<void> => {
  const changed = Object.entries(after).filter(([name, entry]) => before[name] !== entry)
  const sealed = await Promise.all(changed.map(([name, entry]) => seal(db, name, entry)))
  const keys = store(db, "keys", "readwrite")
  const gone = Object.keys(before).filter((name) => !Object.hasOwn(after, name))
  await Promise.all([...sealed.map((one) => done(keys.put(one))), ...gone.map((name) => done(keys.delete(name)))])
}

/** Does this while no other tab does anything under the same name, where the browser has locks. */
const alone = <A, E>(name: string, body: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  // Absent in pages that came without TLS.
  (navigator.locks as LockManager | undefined) === undefined
    ? body
    : Effect.acquireUseRelease(
        Effect.async<() => void>((resume) => {
          void navigator.locks.request(name, () => new Promise<void>((free) => resume(Effect.succeed(free))))
        }),
        () => body,
        (free) => Effect.sync(free)
      )

/** The entries of this site. */
export const sitePlace = (name = "code-mesh-credentials"): EntriesPlace => {
  const path = `IndexedDB ${name}`
  const using = <A>(use: (db: IDBDatabase) => Promise<A>): Effect.Effect<A, CredentialsFailed> =>
    Effect.acquireUseRelease(
      Effect.promise(() => openDatabase(name, 1, upgrade).catch((error: unknown) => String(error))),
      (db) =>
        Effect.tryPromise({
          try: () => (typeof db === "string" ? Promise.reject(db) : use(db)),
          catch: (error) => new CredentialsFailed({ path, reason: String(error) })
        }),
      (db) => Effect.sync(() => (typeof db === "string" ? undefined : db.close()))
    )
  const gate = Effect.unsafeMakeSemaphore(1)
  return {
    name: path,
    entries: using(read),
    change: (edit) =>
      using(async (db) => {
        const before = await read(db)
        const [after, answer] = edit(before)
        if (after !== before) await write(db, before, after)
        return answer
      }).pipe((body) => alone(name, body), gate.withPermits(1)),
    alone: (what, body) => alone(`${name} ${what}`, body)
  }
}

/** Keys of a site's entries. */
export const layerOver = (place: EntriesPlace, options: Partial<CredentialOptions> = {}): Layer.Layer<Credentials> =>
  Layer.sync(Credentials, () => credentialsOver(place, { renew: lazily(globalThis.fetch), ...options }))

/** Keys of this site. */
export const layer = ({ name, ...options }: BrowserCredentialsOptions = {}): Layer.Layer<Credentials> =>
  layerOver(sitePlace(name), options)
