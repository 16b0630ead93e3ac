/** `apply`, `diff`, `discard`, `undo`, `redo`: what becomes of a session's file changes. */
import { relative, resolve, sep } from "node:path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { CodeMesh } from "../../domain/CodeMesh.ts"
import type { Change } from "../../domain/model/Change.ts"
import type { Command } from "../../domain/model/Command.ts"
import type { Event } from "../../domain/model/Event.ts"
import type { SessionId } from "../../domain/model/Ids.ts"
import { Io } from "./Io.ts"
import { conflictLines } from "./narrate.ts"
import { exit, usage } from "./report.ts"
import { looksLikeId, namedOrFirst } from "./sessions.ts"
import type { Invocation } from "./spec.ts"
import { visible } from "./visible.ts"
import { changeList, changeRows, count, jsonText } from "./words.ts"
import { inWorld, type State } from "./world.ts"

const hasStaged = (state: State): boolean => state.batches.some((batch) => batch.where === "copy")

/** The session that the first word names, and the paths that follow. */
const split = (operands: ReadonlyArray<string>) => {
  const [first, ...rest] = operands
  return first !== undefined && looksLikeId(first) ? { id: first, paths: rest } : { id: undefined, paths: operands }
}

const within = (path: string, folder: string): boolean =>
  folder === "" || path === folder || path.startsWith(`${folder}/`)

/** The staged paths that were meant: each word is a path or a folder, from the working folder. Fails where one is neither. */
const meant = (words: ReadonlyArray<string>, staged: ReadonlyArray<Change>, places: { cwd: string; root: string }) =>
  Effect.gen(function* () {
    const found = new Set<string>()
    for (const word of words) {
      const path = relative(places.root, resolve(places.cwd, word)).split(sep).join("/")
      const hits = staged.filter((change) => within(change.path, path))
      if (hits.length === 0)
        return yield* Effect.fail(usage(`Nothing is staged at ${word}.`, "`code-mesh diff` shows what is staged."))
      for (const hit of hits) found.add(hit.path)
    }
    return words.length === 0 ? undefined : [...found].sort()
  })

/** A session, and those of its staged paths that words mean; without words all. */
export const stagedOf = (id: SessionId, words: ReadonlyArray<string>, root: string) =>
  Effect.gen(function* () {
    const mesh = yield* CodeMesh
    const { changes } = yield* mesh.diff(id)
    const state = yield* mesh.show(id)
    const paths = yield* meant(words, changes, { cwd: root, root: state.root })
    return { id, paths, state }
  })

type Staged = Effect.Effect.Success<ReturnType<typeof stagedOf>>

const select = (call: Invocation, root: string) =>
  Effect.gen(function* () {
    const { id: named, paths: words } = split(call.operands)
    return yield* stagedOf(yield* namedOrFirst(named, root, hasStaged), words, root)
  })

const report = (events: ReadonlyArray<Event>, done: (event: Event) => string | undefined) =>
  Effect.gen(function* () {
    const io = yield* Io
    const conflict = events.find((event) => event.type === "changes.conflicted")
    if (conflict?.type === "changes.conflicted") {
      yield* io.err(`code-mesh: ${visible(conflictLines(conflict.conflicts))}\n`)
      yield* io.err("Settle them by hand, apply other paths alone, or drop them with `code-mesh discard`.\n")
      return exit.failed
    }
    for (const event of events) yield* io.out(done(event) ?? "")
    return exit.done
  })

const listed = (what: string, changes: ReadonlyArray<Change>): string =>
  `${what} ${count(changes.length, "file")}:\n${changeList(changes)}`

const submit = (id: SessionId, command: Command) => Effect.flatMap(CodeMesh, (mesh) => mesh.submit(id, command))

/** Carries over what is staged of a session, all or nothing, and says so; with a message it is committed. */
export const applyStaged = ({ id, paths, state }: Staged, commit: Option.Option<string>) =>
  Effect.gen(function* () {
    const title = state.title === "" ? "changes by code-mesh" : state.title
    const message = Option.map(commit, (given) => (given === "" ? title : given))
    const events = yield* submit(id, {
      type: "Apply",
      ...(paths === undefined ? {} : { paths }),
      ...Option.match(message, { onNone: () => ({}), onSome: (text) => ({ commit: text }) })
    })
    return yield* report(events, (event) =>
      event.type === "changes.applied"
        ? listed("applied", event.changes) + (Option.isSome(message) ? "committed\n" : "")
        : undefined
    )
  })

/** Carries over what is staged, all or nothing. */
export const apply = (flags: { readonly commit: Option.Option<string> }, call: Invocation) =>
  inWorld(call, {}, (root) => Effect.flatMap(select(call, root), (staged) => applyStaged(staged, flags.commit)))

/** Prints what is staged of a session as a unified diff, or as JSON. */
export const printStaged = ({ id, paths }: Staged, asJson: boolean) =>
  Effect.gen(function* () {
    const io = yield* Io
    const { changes, text } = yield* (yield* CodeMesh).diff(id, paths)
    if (asJson) yield* io.out(jsonText({ session: id, changes: changeRows(changes), diff: text }))
    else if (changes.length === 0) yield* io.err(`Nothing is staged in ${id}.\n`)
    else yield* io.out(text.endsWith("\n") ? text : `${text}\n`)
    return exit.done
  })

/** Shows what is staged as a unified diff. */
export const diff = (flags: { readonly format: Option.Option<"text" | "json"> }, call: Invocation) =>
  inWorld(call, {}, (root) =>
    Effect.flatMap(select(call, root), (staged) => printStaged(staged, Option.contains(flags.format, "json")))
  )

/** Drops what is staged of a session, and says so. */
export const dropStaged = ({ id, paths }: Staged) =>
  Effect.flatMap(submit(id, { type: "Discard", ...(paths === undefined ? {} : { paths }) }), (events) =>
    report(events, (event) =>
      event.type === "changes.discarded"
        ? `discarded ${count(event.paths.length, "file")}:\n${event.paths.map((path) => `  ${path}\n`).join("")}`
        : undefined
    )
  )

/** Drops what is staged. */
export const discard = (call: Invocation) => inWorld(call, {}, (root) => Effect.flatMap(select(call, root), dropStaged))

/** Takes the newest turn's changes of a session back, or puts them back, and says so. */
export const turnBack = (id: SessionId, type: "Undo" | "Redo") =>
  Effect.flatMap(submit(id, { type }), (events) =>
    report(events, (event) =>
      event.type === "changes.undone"
        ? listed("undid", event.changes)
        : event.type === "changes.applied"
          ? listed("put back", event.changes)
          : undefined
    )
  )

const turn = (call: Invocation, type: "Undo" | "Redo", has: (state: State) => boolean) =>
  inWorld(call, {}, (root) => Effect.flatMap(namedOrFirst(call.operands[0], root, has), (id) => turnBack(id, type)))

/** Takes the newest turn's file changes back. */
export const undo = (call: Invocation) => turn(call, "Undo", (state) => state.batches.length > 0)

/** Puts back what was undone last. */
export const redo = (call: Invocation) => turn(call, "Redo", (state) => state.undone.length > 0)
