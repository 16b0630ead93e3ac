/**
 * API keys in IndexedDB, encrypted with a key that the browser does not hand out. That keeps them out of what is copied
 * from the disk or exported; a script of the same site can use them as this program does.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { type Credential, Credentials, CredentialsFailed } from "../../ports/Credentials.ts"
import { done, openDatabase } from "./indexedDb.ts"

/** The database's name, and keys that the page was given, by the names that environment variables have elsewhere. */
export interface BrowserCredentialsOptions {
  readonly name?: string
  readonly env?: Readonly<Record<string, string | undefined>>
}

interface Sealed {
  readonly provider: string
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

const seal = async (db: IDBDatabase, provider: string, key: string): Promise<void> => {
  const secret = await secretOf(db)
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, secret, new TextEncoder().encode(key))
  const sealed: Sealed = { provider, iv, data }
  await done(store(db, "keys", "readwrite").put(sealed))
}

const unseal = async (db: IDBDatabase, { data, iv }: Sealed): Promise<string> =>
  new TextDecoder().decode(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, await secretOf(db), data))

const removeKey = async (db: IDBDatabase, provider: string): Promise<boolean> => {
  const keys = store(db, "keys", "readwrite")
  const there = (await done(keys.count(provider))) > 0
  await done(keys.delete(provider))
  return there
}

/** Keys of this site. */
export const layer = (options: BrowserCredentialsOptions = {}): Layer.Layer<Credentials> =>
  Layer.sync(Credentials, () => {
    const name = options.name ?? "code-mesh-credentials"
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
    const open = async (db: IDBDatabase, sealed: Sealed): Promise<Credential> => ({
      provider: sealed.provider,
      key: Redacted.make(await unseal(db, sealed)),
      source: path
    })
    const stored = (provider: string) =>
      using(async (db) => {
        const sealed: Sealed | undefined = await done(store(db, "keys", "readonly").get(provider))
        return sealed === undefined ? Option.none() : Option.some(await open(db, sealed))
      })
    return {
      get: (provider, variable = "") =>
        Effect.suspend(() => {
          const given = options.env?.[variable]?.trim() ?? ""
          if (given === "") return stored(provider)
          return Effect.succeedSome({ provider, key: Redacted.make(given), source: `environment ${variable}` })
        }),
      set: (provider, key) => {
        const text = Redacted.value(key).trim()
        return text === ""
          ? Effect.fail(new CredentialsFailed({ path, reason: "the key is empty" }))
          : using((db) => seal(db, provider, text))
      },
      remove: (provider) => using((db) => removeKey(db, provider)),
      list: using(async (db) => {
        const all: ReadonlyArray<Sealed> = await done(store(db, "keys", "readonly").getAll())
        const opened = await Promise.all(all.map((sealed) => open(db, sealed)))
        return opened.sort((a, b) => (a.provider < b.provider ? -1 : 1))
      })
    }
  })
