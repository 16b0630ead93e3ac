/** Where keys are kept: in a file of mode 0600, in the system's keyring, or in a file that a passphrase opens. */
import { createCipheriv, createDecipheriv, randomBytes, type ScryptOptions, scrypt } from "node:crypto"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { CredentialsFailed } from "../../ports/Credentials.ts"
import { readSecret, whyNot, writeSecret } from "./secretFile.ts"

/** A place for one text that is a secret. */
export interface SecretPlace {
  /** As people are told it. */
  readonly name: string
  readonly read: Effect.Effect<string | undefined, CredentialsFailed>
  readonly write: (text: string) => Effect.Effect<void, CredentialsFailed>
  /** The text where it can be had without asking the person or the system for anything. */
  readonly peek: Effect.Effect<string | undefined>
}

/** Asks the person for a passphrase; a new one twice. None where nobody is there. */
export type AskPassphrase = (isNew: boolean) => Effect.Effect<Option.Option<Redacted.Redacted<string>>>

const failed = (path: string, reason: string) => new CredentialsFailed({ path, reason })

const readFileText = (path: string) =>
  Effect.gen(function* () {
    const found = yield* Effect.tryPromise({
      try: () => readSecret(path),
      catch: (error) => failed(path, whyNot(error))
    })
    if (found?.wasOpen === true) yield* Effect.logWarning(`${path} could be read by others; now only you can read it`)
    return found?.text
  })

const writeFileText = (path: string, text: string) =>
  Effect.tryPromise({ try: () => writeSecret(path, text), catch: (error) => failed(path, whyNot(error)) })

/** A file that its owner alone may read. */
export const filePlace = (path: string): SecretPlace => ({
  name: path,
  read: readFileText(path),
  write: (text) => writeFileText(path, text),
  peek: Effect.match(readFileText(path), { onFailure: () => undefined, onSuccess: (text) => text ?? "" })
})

/** What is used of the keyring's package. */
export interface Keyring {
  readonly AsyncEntry: new (
    service: string,
    user: string,
    options?: { readonly linux: { readonly store: "secret-service" } }
  ) => {
    readonly getPassword: () => Promise<string | null>
    readonly setPassword: (text: string) => Promise<void>
  }
}

const noKeyring = (error: unknown): string =>
  `the system's keyring cannot be used (${whyNot(error).split("\n", 1)[0] ?? ""}); unlock it, or set auth.store to "file" or "encrypted"`

/** The package is not among ours: who wants the keyring installs it. */
const loadKeyring = (): Promise<Keyring> => import("@napi-rs/keyring")

/** The system's keyring: one entry for each place of data. Never the kernel's, which forgets when the machine stops. */
export const keyringPlace = (path: string, load: () => Promise<Keyring> = loadKeyring): SecretPlace => {
  const name = "the system's keyring"
  let seen: string | undefined
  const entry = <A>(use: (entry: InstanceType<Keyring["AsyncEntry"]>) => Promise<A>) =>
    Effect.tryPromise({
      try: async () => {
        const { AsyncEntry } = await load()
        return use(new AsyncEntry("code-mesh", path, { linux: { store: "secret-service" } }))
      },
      catch: (error) =>
        failed(
          name,
          error instanceof Error && "code" in error && /MODULE_NOT_FOUND$/.test(String(error.code))
            ? 'its package is not installed; install @napi-rs/keyring beside code-mesh, or set auth.store to "file"'
            : noKeyring(error)
        )
    })
  const saw = (text: string | undefined) => {
    seen = text
    return text
  }
  return {
    name,
    read: Effect.map(
      entry((it) => it.getPassword()),
      (text) => saw(text ?? undefined)
    ),
    write: (text) =>
      Effect.map(
        entry((it) => it.setPassword(text)),
        () => void saw(text)
      ),
    peek: Effect.sync(() => seen)
  }
}

const Sealed = Schema.Struct({
  v: Schema.Literal(1),
  kdf: Schema.Struct({
    name: Schema.Literal("scrypt"),
    N: Schema.Int.pipe(Schema.between(2 ** 14, 2 ** 20)),
    r: Schema.Int.pipe(Schema.between(1, 32)),
    p: Schema.Int.pipe(Schema.between(1, 16)),
    salt: Schema.String
  }),
  iv: Schema.String,
  tag: Schema.String,
  data: Schema.String
})
type Sealed = typeof Sealed.Type
const parseSealed = Schema.decodeOption(Schema.parseJson(Sealed))

const derive = (passphrase: string, kdf: Sealed["kdf"]): Promise<Buffer> => {
  const { N, p, r } = kdf
  const options: ScryptOptions = { N, r, p, maxmem: 256 * N * r }
  return new Promise((resolve, reject) =>
    scrypt(passphrase.normalize("NFKC"), Buffer.from(kdf.salt, "base64"), 32, options, (error, key) =>
      error === null ? resolve(key) : reject(error)
    )
  )
}

const algorithm = "aes-256-gcm"

const sealText = (text: string, key: Buffer, kdf: Sealed["kdf"]): string => {
  const iv = randomBytes(12)
  const cipher = createCipheriv(algorithm, key, iv)
  const data = Buffer.concat([cipher.update(text, "utf8"), cipher.final()])
  const sealed: Sealed = {
    v: 1,
    kdf,
    iv: iv.toString("base64"),
    tag: cipher.getAuthTag().toString("base64"),
    data: data.toString("base64")
  }
  return `${JSON.stringify(sealed, undefined, 2)}\n`
}

const openText = (sealed: Sealed, key: Buffer): string => {
  const decipher = createDecipheriv(algorithm, key, Buffer.from(sealed.iv, "base64"), { authTagLength: 16 })
  decipher.setAuthTag(Buffer.from(sealed.tag, "base64"))
  return Buffer.concat([decipher.update(Buffer.from(sealed.data, "base64")), decipher.final()]).toString("utf8")
}

const nobody =
  'it is under a passphrase and nobody is at a terminal to type it; set CODE_MESH_PASSPHRASE, or set auth.store to "file"'

/** A file that a passphrase opens: AES-256-GCM under a key by scrypt. The passphrase is asked for once in a process. */
export const passphrasePlace = (path: string, ask: AskPassphrase): SecretPlace => {
  let opened: { readonly key: Buffer; readonly kdf: Sealed["kdf"] } | undefined
  let seen: string | undefined
  // What was said once is not asked for again: a wrong passphrase stays wrong for the same file.
  let refused: { readonly text: string | undefined; readonly error: CredentialsFailed } | undefined
  const gate = Effect.unsafeMakeSemaphore(1)
  const keyFor = (kdf: Sealed["kdf"], isNew: boolean) =>
    Effect.gen(function* () {
      if (opened?.kdf.salt === kdf.salt) return opened.key
      const given = yield* ask(isNew)
      if (Option.isNone(given)) return yield* failed(path, nobody)
      return yield* Effect.tryPromise({
        try: () => derive(Redacted.value(given.value), kdf),
        catch: (error) => failed(path, whyNot(error))
      })
    })
  const openFile = (text: string) =>
    Effect.gen(function* () {
      const sealed = parseSealed(text)
      if (Option.isNone(sealed))
        return yield* failed(path, "the file is not one that code-mesh has sealed; move it away")
      const { kdf } = sealed.value
      const key = yield* keyFor(kdf, false)
      const plain = yield* Effect.try({
        try: () => openText(sealed.value, key),
        catch: () => failed(path, "the passphrase is not the one that it was sealed with, or the file was changed")
      })
      opened = { key, kdf }
      seen = plain
      return plain
    })
  const read = Effect.gen(function* () {
    const text = yield* readFileText(path)
    if (text === undefined) return undefined
    if (refused?.text === text) return yield* refused.error
    return yield* Effect.tapError(openFile(text), (error) =>
      Effect.sync(() => {
        refused = { text, error }
      })
    )
  }).pipe(gate.withPermits(1))
  return {
    name: `${path} (encrypted)`,
    read,
    write: (text) =>
      Effect.gen(function* () {
        if (opened === undefined) {
          const kdf = { name: "scrypt" as const, N: 2 ** 17, r: 8, p: 1, salt: randomBytes(16).toString("base64") }
          opened = { key: yield* keyFor(kdf, true), kdf }
        }
        yield* writeFileText(path, sealText(text, opened.key, opened.kdf))
        seen = text
      }),
    peek: Effect.sync(() => seen)
  }
}
