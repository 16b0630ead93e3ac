/** The ports of a replay: each answers what the log says was answered, from where the replay stands. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { type LanguageModel, ModelError, type ModelPart, type ModelRequest } from "../../ports/LanguageModel.ts"
import { Shell, type ShellFailed, type ShellRequest } from "../../ports/Shell.ts"
import { type Copy, CopyFailed, type WorkingCopies } from "../../ports/WorkingCopies.ts"
import type { WorkspaceService } from "../../ports/Workspace.ts"
import type { Change, Conflict } from "../model/Change.ts"
import type { Event, Fact, FactOf } from "../model/Event.ts"
import { nothing } from "../model/Footprint.ts"
import type { SessionId } from "../model/Ids.ts"
import { type AnyTool, defineTool, type Outcome, type Prepared, ToolFailure, ToolRun } from "../tools/Tool.ts"
import { noWords } from "./council.ts"
import { mostWait } from "./retry.ts"

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

const isCutText = (event: Fact): event is FactOf<"part.text"> => event.type === "part.text" && event.partial === true

/** The words of an answer that did not come to its end. */
const wordsBefore = (next: Event | undefined): ReadonlyArray<ModelPart> => {
  const retried = next?.type === "model.retried" || next?.type === "model.switched" ? next.said : undefined
  const text = next !== undefined && isCutText(next) ? next.text : retried
  return text === undefined ? [] : [{ type: "text-delta", text }]
}

const isTimeUp = ({ error }: FactOf<"turn.failed">): boolean =>
  error.name === "LimitReached" && /milliseconds/.test(error.message)

/** Whether the turn was stopped from outside at this point: interrupted, timed out, or its program died. */
export const isCut = (ahead: ReadonlyArray<Event>): boolean => {
  const end = ahead.find((event) => !isLeft(event))
  return end === undefined || end.type === "turn.interrupted" || (end.type === "turn.failed" && isTimeUp(end))
}

const pieces = (events: ReadonlyArray<Event>): ReadonlyArray<ModelPart> =>
  events.flatMap((event): ReadonlyArray<ModelPart> => {
    switch (event.type) {
      case "part.text":
        return [{ type: "text", text: event.text }]
      case "part.reasoning": {
        const { redacted, signature, text } = event
        return [
          {
            type: "reasoning",
            text,
            ...(signature === undefined ? {} : { signature }),
            ...(redacted === undefined ? {} : { redacted })
          }
        ]
      }
      case "tool.called": {
        const { call, input, name, signature, wrote } = event
        const as = wrote === undefined ? {} : { wrote }
        return [{ type: "call", id: call, name, input, ...as, ...(signature === undefined ? {} : { signature }) }]
      }
      case "part.image":
        return [{ type: "image", mime: event.mime, data: event.data }]
      default:
        return []
    }
  })

const spoken = (event: Event): boolean =>
  event.type === "prompt.steered" || event.type === "prompt.queued" || event.type === "session.titled"

const decodeKind = Schema.decodeUnknownOption(ModelError.fields.kind)

const failure = (request: ModelRequest, fields: Partial<ModelError>, message?: string): ModelError => {
  const error = new ModelError({ kind: "invalid", model: request.model, reason: "", ...fields })
  // The message is made of fields that the log does not hold apart.
  return message === undefined ? error : Object.defineProperty(error, "message", { value: message })
}

/** An error of the kind that it was, and not to be tried again. */
const final = (request: ModelRequest, said: string | undefined, reason: string, message?: string): ModelError => {
  const kind = Option.getOrElse(decodeKind(said), () => "invalid" as const)
  return failure(request, { kind, reason, retryAfter: mostWait + 1 }, message)
}

/** How a request failed that came to no answer; nothing where it was stopped before it did. */
const failureBefore = (
  request: ModelRequest,
  next: Event | undefined
): Stream.Stream<ModelPart, ModelError> | undefined => {
  if (next?.type === "model.retried") return vain(request, next)
  if (next?.type === "model.switched") return Stream.fail(final(request, next.kind, next.reason))
  if (next?.type !== "turn.failed") return undefined
  // A budget did not pay for it; a turn whose time was up was stopped from outside.
  if (next.error.name === "LimitReached" && !isTimeUp(next))
    return Stream.fail(final(request, "budget", "", next.error.message))
  if (next.error.name !== "ModelError") return undefined
  return Stream.fail(final(request, next.error.kind, "", next.error.message))
}

/** A try that came to nothing; an answer that was thrown away had said nothing. */
const vain = (request: ModelRequest, retried: FactOf<"model.retried">): Stream.Stream<ModelPart, ModelError> => {
  const { kind: said, message: reason, retryAfter, usage } = retried
  if (usage !== undefined) return Stream.make<[ModelPart]>({ type: "finish", stop: "end_turn", usage })
  const kind = Option.getOrElse(decodeKind(said), () => "server" as const)
  return Stream.fail(failure(request, { kind, reason, ...(retryAfter === undefined ? {} : { retryAfter }) }))
}

/** One of several answers to the same, or a vote among them: those that come next in the log were asked together. */
const oneOfSeveral = (
  cursor: Cursor,
  request: ModelRequest,
  ahead: ReadonlyArray<Event>
): Stream.Stream<ModelPart, ModelError> => {
  const other = ahead.findIndex(
    (event) => event.type !== "model.answered" || (event.candidate ?? event.vote) === undefined
  )
  for (const event of ahead.slice(0, other < 0 ? undefined : other)) {
    if (event.type !== "model.answered") continue
    const { candidate, stop, usage, vote } = event
    if ((candidate?.model ?? vote?.by) !== request.model) continue
    if (candidate?.failed !== undefined && candidate.failed !== noWords)
      return Stream.fail(failure(request, { kind: "server" }, candidate.failed))
    const text = candidate?.text ?? vote?.text ?? ""
    return Stream.make<[ModelPart, ModelPart]>({ type: "text", text }, { type: "finish", stop, usage })
  }
  return Stream.fromEffect(cursor.stopped)
}

/** A model that answers as the log says. */
export const logModel = (cursor: Cursor): LanguageModel["Type"] => ({
  available: Effect.succeed([]),
  // Only a model that is to stand in is looked up while a turn runs.
  describe: (name) =>
    Effect.suspend(() => {
      const next = cursor.ahead().find((event) => event.type === "model.switched")
      return next?.type === "model.switched" && next.to === name && next.described !== undefined
        ? Effect.succeed(next.described)
        : Effect.fail(new ModelError({ kind: "unconfigured", model: name, reason: "it did not stand in" }))
    }),
  stream: (request) =>
    Stream.suspend(() => {
      const ahead = cursor.ahead().filter((event) => !spoken(event))
      const [first] = ahead
      // A summary for a compaction: the log holds what became of it, the comparison takes it from there.
      if (first?.type === "session.compacted") return Stream.empty
      if (first?.type === "model.answered" && (first.candidate ?? first.vote) !== undefined)
        return oneOfSeveral(cursor, request, ahead)
      const words = Stream.fromIterable(wordsBefore(first))
      const failed = failureBefore(
        request,
        ahead.find((event) => !isLeft(event))
      )
      if (failed !== undefined) return Stream.concat(words, failed)
      const answered = ahead.findIndex((event) => event.type === "model.answered")
      const answer = ahead[answered]
      if (answer?.type === "model.answered") {
        const { served, stop, usage } = answer
        const finish: ModelPart = { type: "finish", stop, usage, ...(served === undefined ? {} : { served }) }
        return Stream.fromIterable([...pieces(ahead.slice(0, answered)), finish])
      }
      return Stream.concat(words, Stream.fromEffect(cursor.stopped))
    })
})

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
  drop: () => Effect.void,
  collect: () => unused,
  merge: () => Effect.sync(() => merged(cursor.next()))
})
