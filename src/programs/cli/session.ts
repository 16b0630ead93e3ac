/** `session list|fork|rename|search|delete`. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { forgetRun } from "../../adapters/node/backgroundRuns.ts"
import { CodeMesh } from "../../domain/CodeMesh.ts"
import { durationOf } from "../../domain/model/Duration.ts"
import type { SessionId } from "../../domain/model/Ids.ts"
import { storedEvents } from "../storedEvents.ts"
import { confirm } from "./asking.ts"
import { backgroundFolder } from "./background.ts"
import { Io } from "./Io.ts"
import { CliError, exit, told, usage } from "./report.ts"
import { type Running, runningOf, runningText } from "./running.ts"
import { isOwn, namedOrNewest, sessionOf } from "./sessions.ts"
import type { Invocation } from "./spec.ts"
import { visible } from "./visible.ts"
import { count, jsonText, oneLine, table } from "./words.ts"
import { inWorld } from "./world.ts"

type Format = { readonly format: Option.Option<"text" | "json"> }

const isJson = (flags: Format): boolean => Option.contains(flags.format, "json")

type Rows = Effect.Effect.Success<CodeMesh["Type"]["list"]>

type Runs = ReadonlyMap<SessionId, Running>

/** What a title stands behind: who runs the session, and for whom it works. */
const marks = ({ parent, session }: Rows[number], runs: Runs): string => {
  const run = runs.get(session)
  return `${run === undefined ? "" : `[${runningText(run)}] `}${parent === undefined ? "" : `[agent of ${parent}] `}`
}

const rowsText = (rows: Rows, runs: Runs): string =>
  table(
    rows.map((row) => [
      row.session,
      row.updatedAt.slice(0, 16).replace("T", " "),
      count(row.events, "event"),
      oneLine(row.root, 60),
      `${marks(row, runs)}${oneLine(row.title, 60)}`
    ])
  )

const printRows = (flags: Format, rows: Rows, none: string) =>
  Effect.gen(function* () {
    const io = yield* Io
    const runs = yield* runningOf(rows)
    const withRun = (row: Rows[number]) => {
      const running = runs.get(row.session)
      return running === undefined ? row : { ...row, running }
    }
    if (isJson(flags)) yield* io.out(jsonText(rows.map(withRun)))
    else if (rows.length === 0) yield* io.err(none)
    else yield* io.out(visible(rowsText(rows, runs)))
    return exit.done
  })

type ListFlags = Format & { readonly agents: boolean }

/** Prints all sessions, or those of one folder. */
export const printSessions = (flags: ListFlags, folder?: string) =>
  Effect.gen(function* () {
    const all = (yield* (yield* CodeMesh).list).filter(({ root }) => folder === undefined || root === folder)
    return yield* printRows(flags, flags.agents ? all : all.filter(isOwn), "There are no sessions yet.\n")
  })

/** All sessions, the newest first; those of agents, which work for others, only where they are asked for. */
export const list = (flags: ListFlags, call: Invocation) => inWorld(call, {}, () => printSessions(flags))

/** A copy that goes its own way. */
export const fork = (flags: { readonly upTo: Option.Option<number> }, call: Invocation) =>
  inWorld(call, {}, (root) =>
    Effect.gen(function* () {
      const io = yield* Io
      const mesh = yield* CodeMesh
      const id = yield* namedOrNewest(call.operands[0], root)
      yield* io.out(`${yield* mesh.fork(id, Option.getOrUndefined(flags.upTo))}\n`)
      return exit.done
    })
  )

/** Gives a session a title. */
export const rename = (call: Invocation) =>
  inWorld(call, {}, () =>
    Effect.gen(function* () {
      const mesh = yield* CodeMesh
      const [word = "", ...rest] = call.operands
      const title = rest.join(" ").trim()
      if (title === "") return yield* Effect.fail(usage("The title is empty.", "Say what the session is to be called."))
      yield* mesh.submit(yield* sessionOf(word), { type: "Rename", title })
      return exit.done
    })
  )

const promptsOf = (id: SessionId) =>
  Effect.gen(function* () {
    const texts = (yield* storedEvents(id)).map((event) =>
      event.type === "prompt.submitted" || event.type === "prompt.queued" || event.type === "prompt.steered"
        ? event.parts.map((part) => (part.type === "text" ? part.text : "")).join("\n")
        : ""
    )
    return texts.filter((text) => text !== "").join("\n")
  })

/** Sessions whose title or prompts hold a text, whatever its case. */
export const search = (flags: Format, call: Invocation) =>
  inWorld(call, {}, () =>
    Effect.gen(function* () {
      const mesh = yield* CodeMesh
      const wanted = call.operands.join(" ").toLowerCase()
      const found = yield* Effect.filter(yield* mesh.list, (row) =>
        Effect.map(promptsOf(row.session), (texts) => `${row.title}\n${texts}`.toLowerCase().includes(wanted))
      )
      return yield* printRows(flags, found, "No session holds that.\n")
    })
  )

const doomed = (flags: { readonly olderThan: Option.Option<string> }, call: Invocation) =>
  Effect.gen(function* () {
    const mesh = yield* CodeMesh
    if (Option.isNone(flags.olderThan)) {
      if (call.operands.length === 0)
        return yield* Effect.fail(usage("'session delete' needs sessions.", "Name their ids, or say --older-than 30d."))
      return yield* Effect.forEach(call.operands, sessionOf)
    }
    const age = durationOf(flags.olderThan.value)
    if (age === undefined || call.operands.length > 0)
      return yield* Effect.fail(
        usage(
          `--older-than ${flags.olderThan.value} is not clear.`,
          "Write a time as 30d or 12h, and no ids beside it."
        )
      )
    const since = Date.now() - age
    return (yield* mesh.list).filter((row) => Date.parse(row.updatedAt) < since).map((row) => row.session)
  })

/** The sessions are gone by now, so that what cannot be tidied is told and no failure. */
const tidy = Effect.gen(function* () {
  const io = yield* Io
  const { contents, bytes } = yield* (yield* CodeMesh).tidy
  if (contents > 0)
    yield* io.err(
      `${count(contents, "content")} that nothing refers to any more removed: ${Math.ceil(bytes / 1024)} KB.\n`
    )
}).pipe(
  Effect.catchAll((error) =>
    Effect.flatMap(Io, (io) => io.err(`Contents of files that nothing refers to were left: ${told(error).message}\n`))
  )
)

/** Forgets sessions and their working copies, after asking, and removes the contents that nothing refers to any more. */
export const remove = (flags: { readonly olderThan: Option.Option<string>; readonly yes: boolean }, call: Invocation) =>
  inWorld(call, {}, () =>
    Effect.gen(function* () {
      const io = yield* Io
      const mesh = yield* CodeMesh
      const ids = yield* doomed(flags, call)
      if (ids.length > 0 && !flags.yes) {
        if (!io.attended)
          return yield* Effect.fail(
            new CliError(
              `${count(ids.length, "session")} would be deleted, and nobody is there to be asked.`,
              "Say --yes.",
              exit.refused
            )
          )
        if (!(yield* confirm(`Delete ${count(ids.length, "session")} and what is staged in them?`))) return exit.refused
      }
      const folder = yield* backgroundFolder
      for (const id of ids) {
        yield* mesh.remove(id)
        forgetRun(folder, id)
        yield* io.out(`deleted ${id}\n`)
      }
      if (ids.length === 0) yield* io.err("There is nothing to delete.\n")
      yield* tidy
      return exit.done
    })
  )
