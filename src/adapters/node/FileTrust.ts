/** What the person has trusted, in a file that only they may read, beside the keys. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { type KeptAnswer, type Looked, type Trust, type TrustAnswer, TrustFailed } from "../../ports/Trust.ts"
import { broughtBy } from "./broughtFiles.ts"
import { withLock } from "./fileLock.ts"
import { readSecret, whyNot, writeSecret } from "./secretFile.ts"

/** Where answers are kept, and whether a program answers in the person's place. */
export interface FileTrustOptions {
  readonly path: string
  /** For this process: the folder's files count, or none of them does, whatever is kept. Nothing is written by this. */
  readonly always?: TrustAnswer
}

const Answers = Schema.Struct({
  v: Schema.Literal(1),
  folders: Schema.Record({
    key: Schema.String,
    value: Schema.Struct({ answer: Schema.Literal("trusted", "refused"), hash: Schema.String, at: Schema.String })
  })
})
type Folders = (typeof Answers.Type)["folders"]

const parse = Schema.decodeOption(Schema.parseJson(Answers))

const attempt = <A>(path: string, run: () => Promise<A>): Effect.Effect<A, TrustFailed> =>
  Effect.tryPromise({ try: run, catch: (error) => new TrustFailed({ path, reason: whyNot(error) }) })

const readFolders = (path: string): Effect.Effect<Folders, TrustFailed> =>
  Effect.gen(function* () {
    const found = yield* attempt(path, () => readSecret(path))
    if (found === undefined || found.text.trim() === "") return {}
    const answers = parse(found.text)
    if (Option.isNone(answers))
      return yield* new TrustFailed({ path, reason: `${path} does not hold answers; move it away and trust again` })
    return answers.value.folders
  })

const change = <A>(path: string, edit: (folders: Folders) => readonly [Folders, A]) =>
  withLock(
    path,
    Effect.gen(function* () {
      const before = yield* readFolders(path)
      const [after, answer] = edit(before)
      const text = `${JSON.stringify({ v: 1, folders: after }, undefined, 2)}\n`
      if (after !== before) yield* attempt(path, () => writeSecret(path, text))
      return answer
    })
  ).pipe(Effect.catchTag("LockFailed", ({ reason }) => Effect.fail(new TrustFailed({ path, reason }))))

const stateOf = (brought: Omit<Looked, "state">, folders: Folders, always: TrustAnswer | undefined) => {
  if (brought.files.length === 0) return "nothing"
  if (always !== undefined) return always
  const kept = Object.hasOwn(folders, brought.root) ? folders[brought.root] : undefined
  if (kept === undefined) return "unknown"
  return kept.hash === brought.hash ? kept.answer : "changed"
}

const without = (folders: Folders, root: string): Folders =>
  Object.fromEntries(Object.entries(folders).filter(([name]) => name !== root))

/** What is kept in a file, or what a program says in its place. */
export const make = ({ always, path }: FileTrustOptions): typeof Trust.Service => ({
  look: (root) =>
    Effect.gen(function* () {
      const brought = yield* attempt(root, () => broughtBy(root))
      const asked = always === undefined && brought.files.length > 0
      const folders = asked ? yield* readFolders(path) : {}
      return { ...brought, state: stateOf(brought, folders, always) }
    }),
  keep: ({ hash, root }, answer) =>
    Effect.gen(function* () {
      const at = new Date(yield* Effect.clockWith((clock) => clock.currentTimeMillis)).toISOString()
      yield* change(path, (folders) => [{ ...folders, [root]: { answer, hash, at } }, undefined])
    }),
  forget: (root) =>
    change(path, (folders) => (Object.hasOwn(folders, root) ? [without(folders, root), true] : [folders, false])),
  list: Effect.map(readFolders(path), (folders) =>
    Object.entries(folders)
      .map(([root, kept]): KeptAnswer => ({ root, ...kept }))
      .sort((a, b) => (a.root < b.root ? -1 : 1))
  )
})
