/** Plays a scenario in a world in memory: files, what the model says, and what the person asks; then what came of it. */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as invariants from "../adapters/memory/invariants.ts"
import { ScriptedRequests } from "../adapters/memory/ScriptedModel.ts"
import { CodeMesh } from "../domain/CodeMesh.ts"
import type { TurnOptions } from "../domain/model/Command.ts"
import type { Event } from "../domain/model/Event.ts"
import type { SessionId } from "../domain/model/Ids.ts"
import type { Reply } from "../domain/model/Rule.ts"
import { EventStore } from "../ports/EventStore.ts"
import type { ModelRequest } from "../ports/LanguageModel.ts"
import { WorkingCopies } from "../ports/WorkingCopies.ts"
import type { FileError, WorkspaceService } from "../ports/Workspace.ts"
import { HeadlessLive, type HeadlessOptions } from "./HeadlessLive.ts"

/** What the person does next: a prompt, or what is done with its changes. */
export type Step = string | { readonly do: "Apply" | "Discard" | "Undo" | "Redo" | "Compact" }

/** What must come of a scenario; what is absent may be anything. */
export interface Expected {
  /** How the last turn ended. */
  readonly status?: "done" | "failed" | "refused" | "limited" | "interrupted"
  /** The real files at the end; `null` where nothing may stand. */
  readonly files?: Readonly<Record<string, string | null>>
  /** The paths that wait to be applied. */
  readonly staged?: ReadonlyArray<string>
  /** What the last answer contains. */
  readonly says?: string
  /** The names of the tools that were called, in order. */
  readonly tools?: ReadonlyArray<string>
}

/** A scenario. */
export interface Scenario extends HeadlessOptions {
  readonly steps: ReadonlyArray<Step>
  /** How every turn is run. */
  readonly options?: TurnOptions
  /** Somebody is there, who answers every question about permission so, and every other with `answer`. */
  readonly reply?: Reply
  readonly answer?: string
  readonly expect?: Expected
}

/** What came of a scenario. */
export interface Played {
  readonly session: SessionId
  readonly events: ReadonlyArray<Event>
  readonly requests: ReadonlyArray<ModelRequest>
  readonly status: "done" | "failed" | "refused" | "limited" | "interrupted" | undefined
  /** The last answer. */
  readonly text: string
  readonly staged: ReadonlyArray<string>
  readonly diff: string
  /** The real files before and after. */
  readonly before: invariants.Tree
  readonly after: invariants.Tree
  /** Expectations that were not met, and laws that do not hold, as sentences; empty where all is well. */
  readonly failures: ReadonlyArray<string>
}

const below = (files: WorkspaceService, folder: string): Effect.Effect<ReadonlyArray<string>, FileError> =>
  Effect.flatMap(files.list(folder === "" ? files.root : folder), (entries) =>
    Effect.map(
      Effect.forEach(entries, ({ kind, name }) => {
        const path = folder === "" ? name : `${folder}/${name}`
        return kind === "directory" ? below(files, path) : Effect.succeed(kind === "file" ? [path] : [])
      }),
      (all) => all.flat()
    )
  )

const treeAt = (root: string) =>
  Effect.gen(function* () {
    const files = yield* (yield* WorkingCopies).inPlace(root)
    const paths = yield* below(files, "")
    const all = yield* Effect.forEach(paths, (path) => Effect.map(files.read(path), (bytes) => [path, bytes] as const))
    return Object.fromEntries(all)
  })

const answering = (session: SessionId, { answer = "yes", reply }: Scenario) =>
  Effect.gen(function* () {
    const mesh = yield* CodeMesh
    if (reply === undefined) return yield* Effect.never
    yield* Stream.runForEach(mesh.follow(session), (news) => {
      if (news.type === "tool.asked")
        return Effect.ignore(mesh.submit(session, { type: "Reply", call: news.call, reply }))
      if (news.type === "question.asked")
        return Effect.ignore(mesh.submit(session, { type: "Answer", call: news.call, answer }))
      return Effect.void
    })
  })

const take = (session: SessionId, step: Step, options: TurnOptions) =>
  Effect.gen(function* () {
    const mesh = yield* CodeMesh
    if (typeof step !== "string") return yield* Effect.asVoid(mesh.submit(session, { type: step.do }))
    yield* mesh.submit(session, { type: "Prompt", parts: [{ type: "text", text: step }], options })
    yield* mesh.rest(session)
  })

const lastText = (events: ReadonlyArray<Event>): string => {
  let text = ""
  for (const event of events) {
    if (event.type === "model.requested") text = ""
    if (event.type === "part.text") text += event.text
  }
  return text
}

const unmet = (expect: Expected, played: Omit<Played, "failures">): ReadonlyArray<string> => {
  const failures: Array<string> = []
  const same = (what: string, got: unknown, want: unknown) => {
    if (want !== undefined && JSON.stringify(got) !== JSON.stringify(want))
      failures.push(`${what}: got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`)
  }
  const calls = played.events.flatMap((event) => (event.type === "tool.called" ? [event.name] : []))
  same("status", played.status, expect.status)
  same("staged", played.staged, expect.staged)
  same("tools", calls, expect.tools)
  if (expect.says !== undefined && !played.text.includes(expect.says))
    failures.push(`the answer is ${JSON.stringify(played.text)}, without ${JSON.stringify(expect.says)}`)
  for (const [path, text] of Object.entries(expect.files ?? {})) {
    const bytes = played.after[path]
    same(path, bytes === undefined ? null : new TextDecoder().decode(bytes), text)
  }
  return failures
}

const lawsOf = (scenario: Scenario, played: Omit<Played, "failures">) =>
  Effect.gen(function* () {
    const mesh = yield* CodeMesh
    const { events, requests } = played
    const untouched = scenario.steps.every((step) => typeof step === "string") && scenario.options?.apply !== "auto"
    const applied = events.some((event) => event.type === "changes.applied")
    const hash = yield* Effect.either(mesh.replay(events))
    const found = [
      invariants.everyCallAnswered(events),
      invariants.everyPrefixOpens(events),
      invariants.stateIsReplayed(events, yield* mesh.show(played.session)),
      invariants.requestsExtend(events, requests),
      invariants.requestsValid(requests),
      invariants.windowKept(events, requests),
      yield* invariants.chainHolds(events),
      untouched && !applied ? invariants.treeUntouched(played.before, played.after) : undefined,
      hash._tag === "Left"
        ? { law: "a replay comes to the same", seq: hash.left.seq, what: hash.left.message }
        : hash.right === events[events.length - 1]?.hash
          ? undefined
          : { law: "a replay comes to the same", what: `it came to ${hash.right}` }
    ]
    return found.flatMap((breach) =>
      breach === undefined ? [] : [`${breach.law}: ${"seq" in breach ? `at event ${breach.seq}, ` : ""}${breach.what}`]
    )
  })

/** Plays a scenario in a world of its own, then holds every law of `invariants` against what it left. */
export const play = (scenario: Scenario) =>
  Effect.gen(function* () {
    const mesh = yield* CodeMesh
    const root = scenario.root ?? "/project"
    const before = yield* treeAt(root)
    const session = yield* mesh.start({ root, model: "scripted/script" })
    const attended = scenario.reply === undefined ? {} : { attended: true }
    const watcher = yield* Effect.fork(answering(session, scenario))
    // What does not fit the moment, such as undoing nothing, is refused, and the scenario goes on.
    for (const step of scenario.steps)
      yield* Effect.catchTag(take(session, step, { ...scenario.options, ...attended }), "Refused", () => Effect.void)
    yield* Fiber.interruptFork(watcher)
    const events = Chunk.toReadonlyArray(yield* Stream.runCollect((yield* EventStore).read(session)))
    const { changes, text: diff } = yield* mesh.diff(session)
    const played = {
      session,
      events,
      requests: yield* (yield* ScriptedRequests).all,
      status: (yield* mesh.show(session)).last?.status,
      text: lastText(events),
      staged: changes.map((change) => change.path),
      diff,
      before,
      after: yield* treeAt(root)
    }
    const failures = [...unmet(scenario.expect ?? {}, played), ...(yield* lawsOf(scenario, played))]
    return { ...played, failures } satisfies Played
  }).pipe(Effect.scoped, Effect.provide(HeadlessLive(scenario)))

/** Plays a scenario, as a promise. */
export const scenario = (spec: Scenario): Promise<Played> => Effect.runPromise(play(spec))
