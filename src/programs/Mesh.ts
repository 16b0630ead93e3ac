/** code-mesh as promises, over any world: for those who do not use Effect. Errors are the doors' own, thrown as they are. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { CodeMesh } from "../domain/CodeMesh.ts"
import type { Change } from "../domain/model/Change.ts"
import type { Command, NewSession, TurnOptions } from "../domain/model/Command.ts"
import type { Event } from "../domain/model/Event.ts"
import { CallId, SessionId } from "../domain/model/Ids.ts"
import type { PromptPart } from "../domain/model/Message.ts"
import type { ModelName } from "../domain/model/Model.ts"
import type { Progress } from "../domain/model/Progress.ts"
import type { Reply } from "../domain/model/Rule.ts"
import { formatLog, parseLog } from "../domain/session/exported.ts"
import type { SessionRow } from "../ports/EventStore.ts"
import { LanguageModel, ModelError } from "../ports/LanguageModel.ts"
import { storedEvents } from "./storedEvents.ts"
import { makeChannel, promptTurn, type Turn, type TurnResult } from "./Turn.ts"

/** A prompt: text, or parts with files and images among them. */
export type PromptInput = string | readonly [PromptPart, ...ReadonlyArray<PromptPart>]

/** How a turn is to be run. Aborting the signal interrupts the turn, which then ends as `interrupted`. */
export interface PromptOptions extends TurnOptions {
  readonly signal?: AbortSignal
  readonly whenBusy?: "queue" | "steer" | "refuse"
}

/** A session, as promises. Each call rejects with the door's tagged error. */
export interface MeshSession {
  readonly id: SessionId
  /** Asks for something; the turn begins at once, whether or not its news are read. */
  readonly prompt: (prompt: PromptInput, options?: PromptOptions) => Turn
  /** Answers a `tool.asked` event of a turn that is attended. */
  readonly reply: (call: string, reply: Reply, message?: string) => Promise<void>
  /** Answers a `question.asked` event of a turn that is attended. */
  readonly answer: (call: string, answer: string) => Promise<void>
  /** Ends the running turn; resolves once it has ended. */
  readonly interrupt: () => Promise<void>
  /** Merges what is staged onto the real files: all of it, or nothing and a `changes.conflicted` event. */
  readonly apply: (options?: {
    readonly paths?: ReadonlyArray<string>
    readonly commit?: string
  }) => Promise<ReadonlyArray<Event>>
  readonly discard: (paths?: ReadonlyArray<string>) => Promise<ReadonlyArray<Event>>
  readonly undo: () => Promise<ReadonlyArray<Event>>
  readonly redo: () => Promise<ReadonlyArray<Event>>
  readonly compact: () => Promise<ReadonlyArray<Event>>
  /** What waits to be applied, as one change a path, and as a unified diff. */
  readonly diff: (
    paths?: ReadonlyArray<string>
  ) => Promise<{ readonly changes: ReadonlyArray<Change>; readonly text: string }>
  /** All stored events after `after`. */
  readonly events: (after?: number) => Promise<ReadonlyArray<Event>>
  /** The whole log as text, which `replay` and `adopt` read. */
  readonly export: () => Promise<string>
}

/** What a session starts from; all may be left out. */
export interface SessionOptions extends Partial<Omit<NewSession, "id">> {
  /** A session that is there already, to go on with. */
  readonly id?: string
}

/** code-mesh, as promises. */
export interface Mesh {
  /** Begins a session, or goes on with the one named. */
  readonly session: (options?: SessionOptions) => Promise<MeshSession>
  /** All sessions, the one written last first. */
  readonly sessions: () => Promise<ReadonlyArray<SessionRow>>
  /** Forgets a session, its working copy, and the contents that nothing refers to any more. */
  readonly remove: (id: string) => Promise<void>
  /** Runs an exported log again; answers the hash that it comes to. Rejects with the first event that was altered or differs. */
  readonly replay: (log: string) => Promise<string>
  /** Checks an exported log and stores it under its own id. */
  readonly adopt: (log: string) => Promise<MeshSession>
  /** Ends running turns and gives everything up. */
  readonly dispose: () => Promise<void>
}

type World = CodeMesh | LanguageModel
type Run = <A, E>(effect: Effect.Effect<A, E, World>) => Promise<A>

const runner =
  <E0>(runtime: ManagedRuntime.ManagedRuntime<World, E0>): Run =>
  async (effect) => {
    const exit = await runtime.runPromiseExit(effect)
    if (Exit.isSuccess(exit)) return exit.value
    throw Cause.squash(exit.cause)
  }

const sessionIdOf = (id: string): Effect.Effect<SessionId> => Effect.succeed(SessionId.make(id, true))

/** The model that answers: the one named, the configured one, or the best there is. */
const pickModel = (wanted: ModelName | undefined, root: string) =>
  Effect.gen(function* () {
    if (wanted !== undefined) return wanted
    const mesh = yield* CodeMesh
    const { config } = yield* mesh.settings(root)
    if (config.model?.default !== undefined) return config.model.default
    const [first] = yield* (yield* LanguageModel).available
    if (first !== undefined) return first.name
    return yield* new ModelError({
      kind: "unconfigured",
      model: "none",
      reason: "no model can be used: there is no key, no configured model and no local server",
      remedy: "Name one with `model`, or give a key."
    })
  })

const partsOf = (prompt: PromptInput): readonly [PromptPart, ...ReadonlyArray<PromptPart>] =>
  typeof prompt === "string" ? [{ type: "text", text: prompt }] : prompt

const startTurn = (run: Run, id: SessionId, prompt: PromptInput, options: PromptOptions): Turn => {
  const { signal, whenBusy, ...turn } = options
  const channel = makeChannel<Event | Progress>((news) => !("seq" in news))
  const command = {
    type: "Prompt" as const,
    parts: partsOf(prompt),
    options: turn,
    ...(whenBusy === undefined ? {} : { whenBusy })
  }
  // Nothing is running where the turn has just ended: then there is nothing to interrupt.
  const interrupt = () => {
    run(Effect.flatMap(CodeMesh, (mesh) => mesh.submit(id, { type: "Interrupt" }))).catch(() => {})
  }
  let began = false
  const tell = (news: Event | Progress) => {
    channel.push(news)
    if (began) return
    began = true
    if (signal?.aborted === true) interrupt()
  }
  const whole = async (): Promise<TurnResult> => {
    signal?.throwIfAborted()
    const aborted = () => began && interrupt()
    signal?.addEventListener("abort", aborted)
    try {
      return await run(promptTurn(id, command, tell))
    } finally {
      signal?.removeEventListener("abort", aborted)
    }
  }
  const result = whole()
  result.then(
    () => channel.close({}),
    (error: unknown) => channel.close({ error })
  )
  return { result, [Symbol.asyncIterator]: channel.read }
}

const sessionOver = (run: Run, id: SessionId): MeshSession => {
  const submit = (command: Command) => run(Effect.flatMap(CodeMesh, (mesh) => mesh.submit(id, command)))
  const only = <A>(name: string, value: A | undefined) => (value === undefined ? {} : { [name]: value })
  return {
    id,
    prompt: (prompt, options = {}) => startTurn(run, id, prompt, options),
    reply: async (call, reply, message) => {
      await submit({ type: "Reply", call: CallId.make(call), reply, ...only("message", message) })
    },
    answer: async (call, answer) => {
      await submit({ type: "Answer", call: CallId.make(call), answer })
    },
    interrupt: async () => {
      await submit({ type: "Interrupt" })
    },
    apply: (options = {}) => submit({ type: "Apply", ...options }),
    discard: (paths) => submit({ type: "Discard", ...only("paths", paths) }),
    undo: () => submit({ type: "Undo" }),
    redo: () => submit({ type: "Redo" }),
    compact: () => submit({ type: "Compact" }),
    diff: (paths) => run(Effect.flatMap(CodeMesh, (mesh) => mesh.diff(id, paths))),
    events: (after) => run(storedEvents(id, after)),
    export: () => run(Effect.map(storedEvents(id), (events) => formatLog(id, events)))
  }
}

const begin = (options: SessionOptions, home: string) =>
  Effect.gen(function* () {
    const mesh = yield* CodeMesh
    const { id, ...wanted } = options
    if (id !== undefined) {
      const known = yield* sessionIdOf(id)
      yield* mesh.show(known)
      return known
    }
    const root = wanted.root ?? home
    return yield* mesh.start({ ...wanted, root, model: yield* pickModel(wanted.model, root) })
  })

/** code-mesh over a world; `root` is where sessions begin that name none. Rejects where the world cannot be built. */
export const meshOver = async <E>(world: Layer.Layer<CodeMesh | LanguageModel, E>, root: string): Promise<Mesh> => {
  const runtime = ManagedRuntime.make(world)
  const run = runner(runtime)
  await run(Effect.void)
  return {
    session: async (options = {}) => sessionOver(run, await run(begin(options, root))),
    sessions: () => run(Effect.flatMap(CodeMesh, (mesh) => mesh.list)),
    remove: (id) =>
      run(
        Effect.gen(function* () {
          const mesh = yield* CodeMesh
          yield* mesh.remove(yield* sessionIdOf(id))
          yield* mesh.tidy
        })
      ),
    replay: (log) =>
      run(Effect.flatMap(Effect.all([CodeMesh, parseLog(log)]), ([mesh, events]) => mesh.replay(events))),
    adopt: async (log) =>
      sessionOver(
        run,
        await run(Effect.flatMap(Effect.all([CodeMesh, parseLog(log)]), ([mesh, events]) => mesh.adopt(events)))
      ),
    dispose: () => runtime.dispose()
  }
}
