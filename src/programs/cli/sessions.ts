/** Finding the session that a command is about. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { CodeMesh } from "../../domain/CodeMesh.ts"
import { SessionId } from "../../domain/model/Ids.ts"
import { SessionMissing, type SessionRow } from "../../ports/EventStore.ts"
import { usage } from "./report.ts"
import type { State } from "./world.ts"

const decode = Schema.decodeUnknownOption(SessionId)

/** Whether a word is meant as a session's id. */
export const looksLikeId = (word: string): boolean => word.startsWith("ses_")

/** The session with this id; fails where there is none. */
export const sessionOf = (word: string) =>
  Effect.gen(function* () {
    const id = decode(word)
    if (Option.isNone(id)) return yield* new SessionMissing({ session: word })
    const all = yield* (yield* CodeMesh).list
    if (!all.some((row) => row.session === id.value)) return yield* new SessionMissing({ session: word })
    return id.value
  })

/** Whether a session is a person's own, and no agent's. */
export const isOwn = ({ parent }: SessionRow): boolean => parent === undefined

/** The newest session of a folder that is no agent's, if there is one. */
export const newestOf = (root: string) =>
  Effect.gen(function* () {
    const all = yield* (yield* CodeMesh).list
    return Option.fromNullable(all.find((row) => row.root === root && isOwn(row))?.session)
  })

/** The named session, else the newest of the folder. */
export const namedOrNewest = (word: string | undefined, root: string) =>
  Effect.gen(function* () {
    if (word !== undefined) return yield* sessionOf(word)
    const newest = yield* newestOf(root)
    if (Option.isSome(newest)) return newest.value
    return yield* Effect.fail(
      usage(`There is no session of ${root} yet.`, "Begin one with `code-mesh run`, or name one by its id.")
    )
  })

/** The named session, else the newest of the folder of which `has` holds. */
export const namedOrFirst = (word: string | undefined, root: string, has: (state: State) => boolean) =>
  Effect.gen(function* () {
    if (word !== undefined) return yield* sessionOf(word)
    const mesh = yield* CodeMesh
    const rows = (yield* mesh.list).filter((row) => row.root === root && isOwn(row))
    for (const row of rows) if (has(yield* mesh.show(row.session))) return row.session
    return yield* namedOrNewest(undefined, root)
  })
