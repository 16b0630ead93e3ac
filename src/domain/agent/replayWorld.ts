/** The ports of a replay: each answers what the log says was answered, from where the replay stands. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Shell, type ShellFailed, type ShellRequest } from "../../ports/Shell.ts"
import { type Copy, CopyFailed, type WorkingCopies } from "../../ports/WorkingCopies.ts"
import type { WorkspaceService } from "../../ports/Workspace.ts"
import type { Change, Conflict } from "../model/Change.ts"
import type { Event, Fact, FactOf } from "../model/Event.ts"
import { nothing } from "../model/Footprint.ts"
import type { SessionId } from "../model/Ids.ts"
import { type AnyTool, defineTool, type Outcome, type Prepared, ToolFailure, ToolRun } from "../tools/Tool.ts"

/** Where a replay stands in its log. */
export interface Cursor {
  /** The event that comes next; nothing at the end. */
  readonly next: () => Event | undefined
  /** The events that come, up to the end of the turn. */
  readonly ahead: () => ReadonlyArray<Event>
  /** Says that the run was stopped from outside here, and never comes back. */
  readonly stopped: Effect.Effect<never>
}

const unused = Effect.dieMessage("a replay asked the world for something that no log holds")

const leftovers: ReadonlySet<string> = new Set(["tool.unknown", "changes.staged", "error.occurred"])

/** Whether this is what only a turn cut short leaves before its end. */
export const isLeft = (event: Fact): boolean => leftovers.has(event.type) || isCutText(event)

/** Whether these are the words of an answer that was cut off. */
export const isCutText = (event: Fact): event is FactOf<"part.text"> =>
  event.type === "part.text" && event.partial === true

/** Whether a turn failed because its time was up. */
export const isTimeUp = ({ error }: FactOf<"turn.failed">): boolean =>
  error.name === "LimitReached" && /milliseconds/.test(error.message)

const unwritable: ReadonlySet<string> = new Set(["StoreFailed", "SessionBusy", "StaleVersion"])

/** Whether a turn failed because its log could not be written: what it came to then, the log cannot say. */
export const isUnwritten = (event: Fact): boolean => event.type === "turn.failed" && unwritable.has(event.error.name)

/** Whether the turn was stopped from outside at this point: interrupted, timed out, its log failed, or its program died. */
export const isCut = (ahead: ReadonlyArray<Event>): boolean => {
  const end = ahead.find((event) => !isLeft(event))
  if (end === undefined || end.type === "turn.interrupted") return true
  return end.type === "turn.failed" && (isTimeUp(end) || isUnwritten(end))
}

const about = (cursor: Cursor, call: string): ReadonlyArray<Event> =>
  cursor.ahead().filter((event) => "call" in event && event.call === call)

const asFailure = (output: string): ToolFailure => {
  const at = output.indexOf(": ")
  return new ToolFailure({ kind: output.slice(0, Math.max(0, at)), reason: output.slice(at + 2) })
}

const outcomeOf = (finished: FactOf<"tool.finished">, next: Event | undefined): Outcome => ({
  output: finished.output,
  ok: finished.ok,
  ...(finished.images === undefined ? {} : { images: finished.images }),
  ...(finished.seen === undefined ? {} : { seen: finished.seen }),
  ...(next?.type === "todo.updated" ? { todos: next.todos } : {}),
  ...(next?.type === "plan.proposed" ? { plan: next.plan } : {})
})

/** The log says which process began, not what it was asked. */
const asRecorded: ShellRequest = { command: "", cwd: "", sandbox: "off", network: false, timeout: 0, maxOutput: 0 }

/** A shell that begins the process that the log says was begun; what its command did is in the call's outcome. */
export const logShell = (cursor: Cursor): Shell["Type"] => ({
  run: ({ onStart }) =>
    Effect.gen(function* () {
      const next = cursor.next()
      if (next?.type !== "tool.spawned" || onStart === undefined) return yield* unused
      const { host, pid, started } = next
      yield* onStart({ host, pid, started })
      return { code: Option.none(), ended: "exit", output: "", truncated: false, bytes: 0 }
    }),
  end: () => unused,
  confinement: () => unused
})

/** What a run did through its session before it ended: applied what was staged, asked the person. */
const retrace = (cursor: Cursor): Effect.Effect<void, ToolFailure | ShellFailed, ToolRun | Shell> =>
  Effect.gen(function* () {
    const run = yield* ToolRun
    const shell = yield* Shell
    const next = cursor.next()
    if (next?.type === "tool.spawned" && next.call === run.call) {
      yield* shell.run(asRecorded)
      return yield* retrace(cursor)
    }
    if (next?.type === "question.asked" && next.call === run.call) yield* run.ask(next.question)
    else if (
      next?.type === "changes.staged" ||
      next?.type === "changes.applied" ||
      next?.type === "changes.conflicted"
    ) {
      if (isCut(cursor.ahead())) return yield* cursor.stopped
      yield* run.applyStaged
      return yield* retrace(cursor)
    }
  })

const rerun = (cursor: Cursor): Effect.Effect<Outcome, ToolFailure, ToolRun | Shell> =>
  Effect.gen(function* () {
    const { call } = yield* ToolRun
    yield* Effect.ignore(retrace(cursor))
    const ahead = cursor.ahead()
    const at = ahead.findIndex((event) => event.type === "tool.finished" && event.call === call)
    const finished = ahead[at]
    return finished?.type === "tool.finished" ? outcomeOf(finished, ahead[at + 1]) : yield* cursor.stopped
  })

const reprepare = (cursor: Cursor): Effect.Effect<Prepared, ToolFailure, ToolRun> =>
  Effect.gen(function* () {
    const { call } = yield* ToolRun
    const [first] = about(cursor, call)
    switch (first?.type) {
      case "tool.asked":
      case "tool.allowed":
      case "tool.refused":
        return {
          footprint: first.footprint ?? nothing,
          preview: first.type === "tool.asked" ? first.preview : "",
          subjects: first.subjects ?? [],
          run: rerun(cursor)
        }
      case "tool.finished":
        return yield* asFailure(first.output)
      default:
        return yield* cursor.stopped
    }
  })

/** Tools of these names that do what the log says was done. */
export const logTools = (names: ReadonlyArray<string>, cursor: Cursor): ReadonlyArray<AnyTool> =>
  names.map((name) => defineTool({ name, description: "", input: Schema.Unknown, prepare: () => reprepare(cursor) }))

const noFiles: WorkspaceService = {
  root: "",
  locate: () => unused,
  read: () => unused,
  write: () => unused,
  remove: () => unused,
  list: () => unused
}

const merged = (event: Event | undefined) =>
  event?.type === "changes.conflicted"
    ? ({ ok: false, conflicts: event.conflicts as readonly [Conflict, ...ReadonlyArray<Conflict>] } as const)
    : ({ ok: true, changes: event?.type === "changes.applied" ? event.changes : [] } as const)

/** What the turn staged here; a turn cut short closes its calls in the log before that. */
const checkpoint = (cursor: Cursor, session: SessionId): Effect.Effect<ReadonlyArray<Change>, CopyFailed> => {
  const left = cursor.ahead().findIndex((event) => !isLeft(event))
  const found = cursor
    .ahead()
    .slice(0, left < 0 ? undefined : left)
    .find((event) => event.type === "changes.staged" || event.type === "error.occurred")
  if (found?.type !== "error.occurred") return Effect.succeed(found?.type === "changes.staged" ? found.changes : [])
  const failed = new CopyFailed({ session, reason: "" })
  return Effect.fail(Object.defineProperty(failed, "message", { value: found.error.message }))
}

/** Working copies whose changes are those of the log. */
export const logCopies = (cursor: Cursor): WorkingCopies["Type"] => ({
  open: (session: SessionId) =>
    Effect.succeed<Copy>({
      session,
      workspace: noFiles,
      materialise: unused,
      checkpoint: (record) =>
        Effect.flatMap(
          Effect.suspend(() => checkpoint(cursor, session)),
          record
        )
    }),
  inPlace: () => unused,
  content: () => unused,
  idle: unused,
  drop: () => Effect.void,
  collect: () => unused,
  merge: () => Effect.sync(() => merged(cursor.next()))
})
