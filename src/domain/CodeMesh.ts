/** The one door: every front end submits commands and follows events here. Nothing else crosses. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { ConfigInvalid, ConfigSource } from "../ports/ConfigSource.ts"
import type { Digest } from "../ports/Digest.ts"
import { EventStore, type SessionMissing, type SessionRow, type StoreFailed } from "../ports/EventStore.ts"
import { Host } from "../ports/Host.ts"
import type { LanguageModel } from "../ports/LanguageModel.ts"
import type { Search } from "../ports/Search.ts"
import { Shell } from "../ports/Shell.ts"
import type { TextCodec } from "../ports/TextCodec.ts"
import type { Tokenizer } from "../ports/Tokenizer.ts"
import { WorkingCopies } from "../ports/WorkingCopies.ts"
import type { FileError } from "../ports/Workspace.ts"
import * as Agent from "./agent/Agent.ts"
import type { TurnError } from "./agent/close.ts"
import { type Trial, type Tried, tryTool } from "./agent/trial.ts"
import { rulesOf } from "./agent/turnWorld.ts"
import type { Merged } from "./config/merge.ts"
import { Settings, type SettingsOptions } from "./config/Settings.ts"
import type { Change } from "./model/Change.ts"
import type { Command, NewSession, TurnOptions } from "./model/Command.ts"
import type { Event, Fact } from "./model/Event.ts"
import { freshSessionId, type SessionId } from "./model/Ids.ts"
import type { Progress } from "./model/Progress.ts"
import type { Rule } from "./model/Rule.ts"
import { type LogAltered, verify } from "./session/chain.ts"
import { begin, Refused } from "./session/decide.ts"
import { load, Session, type SessionHandle, type WriteError } from "./session/Session.ts"
import type { SessionState, TurnEnd } from "./session/State.ts"
import { commitCommand } from "./staging/commit.ts"
import { review } from "./staging/review.ts"
import * as Staging from "./staging/Staging.ts"
import type { AnyTool } from "./tools/Tool.ts"
import { offered, Toolbox } from "./tools/Toolbox.ts"

/** The applied paths could not be committed; the files are applied all the same. */
export class CommitFailed extends Schema.TaggedError<CommitFailed>()("CommitFailed", { output: Schema.String }) {
  override get message(): string {
    return `The changes are applied, but git did not commit them: ${this.output.trim()}`
  }
}

/** Why a command came to nothing. */
export type SubmitError =
  | Refused
  | SessionMissing
  | WriteError
  | ConfigInvalid
  | Staging.StagingError
  | CommitFailed
  | TurnError

/** All that the door needs of a host. */
export type Ports =
  | EventStore
  | Digest
  | Host
  | LanguageModel
  | Tokenizer
  | WorkingCopies
  | Search
  | Shell
  | TextCodec
  | ConfigSource

type Inside = Ports | Session | Toolbox | Settings

/** What a program chooses for its process: the tools of its host, and the settings of its command line. */
export interface CodeMeshOptions extends SettingsOptions {
  readonly tools: ReadonlyArray<AnyTool>
}

/** The one door to sessions. */
export class CodeMesh extends Context.Tag("code-mesh/domain/CodeMesh")<
  CodeMesh,
  {
    /** Begins a session; nothing runs until it is prompted. */
    readonly start: (session: NewSession) => Effect.Effect<SessionId, WriteError>
    /**
     * Asks something of a session; answers the events that this came to at once. A prompt's turn runs on in the
     * background, see `follow` and `rest`. The first command opens the session for writing, until the door closes.
     */
    readonly submit: (session: SessionId, command: Command) => Effect.Effect<ReadonlyArray<Event>, SubmitError>
    /** The events after `after`, then what happens live, for as long as this process has the session open. */
    readonly follow: (
      session: SessionId,
      after?: number
    ) => Stream.Stream<Event | Progress, SessionMissing | StoreFailed>
    /** Waits until no turn runs; answers how the newest one ended. */
    readonly rest: (session: SessionId) => Effect.Effect<Option.Option<TurnEnd>, SessionMissing | WriteError>
    /** What a session's events add up to. */
    readonly show: (session: SessionId) => Effect.Effect<SessionState, SessionMissing | StoreFailed>
    /** What waits to be applied, as one change a path, and as a unified diff. */
    readonly diff: (
      session: SessionId,
      paths?: ReadonlyArray<string>
    ) => Effect.Effect<{ readonly changes: ReadonlyArray<Change>; readonly text: string }, SubmitError>
    /** All sessions, the one written last first. */
    readonly list: Effect.Effect<ReadonlyArray<SessionRow>, StoreFailed>
    /** A new session with the same events up to one of them; what is staged stays with the old one. */
    readonly fork: (session: SessionId, upTo?: number) => Effect.Effect<SessionId, SessionMissing | WriteError>
    /** Forgets a session and its working copy. */
    readonly remove: (session: SessionId) => Effect.Effect<void, SubmitError>
    /** Checks a log against its own hashes and stores it under its own id. */
    readonly adopt: (events: ReadonlyArray<Event>) => Effect.Effect<SessionId, LogAltered | WriteError>
    /** Checks a log against its own hashes; answers the hash at its end. */
    readonly verify: (events: ReadonlyArray<Event>) => Effect.Effect<string, LogAltered>
    /** Tries one tool in place, under rules, without a session; see `debug tool`. `rules` replace the configured ones. */
    readonly tryTool: (
      trial: Pick<Trial, "root" | "tool" | "params"> & {
        readonly rules?: ReadonlyArray<Rule>
        readonly mode?: string
        readonly decideOnly?: boolean
      }
    ) => Effect.Effect<Tried, ConfigInvalid | FileError>
    /** The configuration in force for a root, and where each value came from. */
    readonly settings: (root: string) => Effect.Effect<Merged, ConfigInvalid>
  }
>() {
  /** Over every port, with the choices that hold for this process. */
  static readonly layer = (options: CodeMeshOptions): Layer.Layer<CodeMesh, never, Ports> =>
    Layer.provide(
      Layer.scoped(CodeMesh, make(options)),
      Layer.mergeAll(Session.layer, Settings.layer, Toolbox.layer(options.tools))
    )
}

/** A session that is open here, and the turn that runs in it. */
interface Open {
  readonly handle: SessionHandle
  readonly scope: Scope.CloseableScope
  fiber: Option.Option<Fiber.RuntimeFiber<void, unknown>>
}

const created = (session: NewSession, program: string): ReadonlyArray<Fact> => [
  {
    type: "session.created",
    root: session.root,
    model: session.model,
    mode: session.mode ?? "build",
    apply: session.apply ?? "stage",
    program
  },
  ...(session.title === undefined ? [] : [{ type: "session.titled" as const, title: session.title }])
]

const commit = (root: string, paths: ReadonlyArray<string>, message: string) =>
  Effect.gen(function* () {
    const shell = yield* Shell
    const result = yield* shell.run({
      command: commitCommand(paths, message),
      cwd: root,
      sandbox: "off",
      network: false,
      timeout: 60_000,
      maxOutput: 10_000
    })
    if (!Option.contains(result.code, 0)) return yield* new CommitFailed({ output: result.output })
    return result.output.trim().split("\n").pop() ?? ""
  }).pipe(Effect.catchTag("ShellFailed", (error) => new CommitFailed({ output: error.reason })))

const make = (options: SettingsOptions) =>
  Effect.gen(function* () {
    const context = yield* Effect.context<Inside>()
    const provide = <A, E, R extends Inside>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E> =>
      Effect.provide(effect, context) as Effect.Effect<A, E>
    const sessions = yield* Session
    const store = yield* EventStore
    const host = yield* Host
    const settings = yield* Settings
    const root = yield* Effect.scope
    const opened = new Map<SessionId, Open>()
    const gate = yield* Effect.makeSemaphore(1)

    const hold = <E>(id: SessionId, make: Effect.Effect<SessionHandle, E, Scope.Scope>): Effect.Effect<Open, E> =>
      gate.withPermits(1)(
        Effect.gen(function* () {
          const known = opened.get(id)
          if (known !== undefined) return known
          const scope = yield* Scope.fork(root, ExecutionStrategy.sequential)
          const handle = yield* Effect.onError(Scope.extend(make, scope), (cause) =>
            Scope.close(scope, Exit.failCause(cause))
          )
          const open: Open = { handle, scope, fiber: Option.none() }
          opened.set(id, open)
          return open
        })
      )

    const need = (id: SessionId) => hold(id, sessions.open(id))

    const runTurns = (open: Open, turn: TurnOptions): Effect.Effect<void, SubmitError> =>
      Effect.gen(function* () {
        const { handle } = open
        const before = yield* handle.state
        const { config } = yield* settings.load(before.root, options)
        yield* provide(Agent.run({ handle, options: turn, config }))
        const state = yield* handle.state
        if (state.last?.status === "done" && state.apply === "auto" && Staging.waiting(state).length > 0)
          yield* provide(Staging.apply(handle))
        const [first, ...rest] = state.queue.flatMap((waiting) => waiting.parts)
        if (first === undefined || state.last?.status === "interrupted") return
        yield* handle.record(begin(state, [first, ...rest], state.queue[0]?.limits))
        return yield* runTurns(open, turn)
      })

    const prompt = (open: Open, turn: TurnOptions) =>
      Effect.map(
        Effect.forkIn(
          Effect.tapErrorCause(runTurns(open, turn), (cause) => Effect.logError("A turn could not be run", cause)),
          root
        ),
        (fiber) => {
          open.fiber = Option.some(fiber)
        }
      )

    const since = (open: Open, seq: number) => Stream.runCollect(store.read(open.handle.id, seq))

    const carry = (open: Open, command: Command, before: SessionState): Effect.Effect<void, SubmitError> => {
      const { handle } = open
      switch (command.type) {
        case "Prompt":
          return before.running ? Effect.void : prompt(open, command.options ?? {})
        case "Interrupt":
          return Option.match(open.fiber, {
            onNone: () => Effect.void,
            onSome: (fiber) => Effect.asVoid(Fiber.interrupt(fiber))
          })
        case "Apply":
          return provide(
            Effect.gen(function* () {
              const ok = yield* Staging.apply(handle, command.paths)
              if (!ok || command.commit === undefined) return
              const paths = Staging.waiting(before, command.paths).map((change) => change.path)
              yield* commit(before.root, paths, command.commit)
            })
          )
        case "Discard":
          return Effect.asVoid(provide(Staging.discard(handle, command.paths)))
        case "Undo":
          return Effect.asVoid(provide(Staging.undo(handle)))
        case "Redo":
          return Effect.asVoid(provide(Staging.redo(handle)))
        case "Compact":
          return Effect.gen(function* () {
            const { config } = yield* settings.load(before.root, options)
            const did = yield* provide(Agent.compactNow({ handle, options: {}, config }))
            if (!did)
              return yield* new Refused({
                session: before.id,
                kind: "nothing",
                reason: "The conversation is too short to be compacted."
              })
          })
        default:
          return Effect.void
      }
    }

    const copyEvents = (id: SessionId, upTo: number | undefined) =>
      Effect.gen(function* () {
        const events = Array.from(yield* Stream.runCollect(store.read(id)))
        const kept = events.filter((event) => upTo === undefined || event.seq <= upTo)
        const fresh = yield* freshSessionId
        const facts: ReadonlyArray<Fact> = [
          ...kept.map(({ at: _at, hash: _hash, seq: _seq, session: _session, v: _v, ...fact }) => fact as Fact),
          { type: "session.forked", from: id, upTo: kept.length }
        ]
        yield* hold(fresh, sessions.create(fresh, facts))
        return fresh
      })

    return CodeMesh.of({
      start: (session) =>
        Effect.gen(function* () {
          const id = session.id ?? (yield* freshSessionId)
          yield* hold(id, sessions.create(id, created(session, host.version)))
          return id
        }),
      submit: (id, command) =>
        Effect.gen(function* () {
          const open = yield* need(id)
          const { before, events } = yield* open.handle.submit(command)
          yield* carry(open, command, before)
          return command.type === "Prompt" ? events : Array.from(yield* since(open, before.seq))
        }).pipe(Effect.withSpan("CodeMesh.submit", { attributes: { command: command.type } })),
      follow: (id, after = 0) =>
        Stream.unwrapScoped(
          Effect.gen(function* () {
            const open = opened.get(id)
            if (open === undefined) return store.read(id, after)
            const live = yield* open.handle.subscribe
            let last = after
            const past = Stream.tap(store.read(id, after), (event) => Effect.sync(() => (last = event.seq)))
            return Stream.concat(
              past,
              Stream.filter(live, (news) => !("seq" in news) || news.seq > last)
            )
          })
        ),
      rest: (id) =>
        Effect.gen(function* () {
          const open = yield* need(id)
          if (Option.isSome(open.fiber)) yield* Effect.exit(Fiber.join(open.fiber.value))
          return Option.fromNullable((yield* open.handle.state).last)
        }),
      show: (id) =>
        Effect.suspend(() => {
          const open = opened.get(id)
          return open === undefined ? provide(load(id)) : open.handle.state
        }),
      diff: (id, paths) =>
        Effect.gen(function* () {
          const state = yield* provide(load(id))
          const changes = Staging.waiting(state, paths)
          return { changes, text: yield* provide(review(changes)) }
        }),
      list: store.list,
      fork: copyEvents,
      remove: (id) =>
        Effect.gen(function* () {
          const state = yield* provide(load(id))
          const open = opened.get(id)
          if (open !== undefined) {
            opened.delete(id)
            yield* Scope.close(open.scope, Exit.void)
          }
          const copies = Context.get(context, WorkingCopies)
          yield* copies.drop(id, state.root)
          yield* store.remove(id)
        }),
      adopt: (events) =>
        Effect.gen(function* () {
          yield* provide(verify(events))
          const id = events[0]?.session ?? (yield* freshSessionId)
          const lease = yield* store.lease(id)
          yield* store.append(lease, 0, events)
          return id
        }).pipe(Effect.scoped),
      verify: (events) => provide(verify(events)),
      tryTool: (trial) =>
        Effect.gen(function* () {
          const { config } = yield* settings.load(trial.root, options)
          const { tools } = Context.get(context, Toolbox)
          const full: Trial = {
            root: trial.root,
            tool: trial.tool,
            params: trial.params,
            rules: trial.rules ?? rulesOf(config),
            mode: trial.mode ?? "build",
            home: host.home,
            sandbox: config.sandbox?.mode ?? "workspace",
            network: config.sandbox?.network ?? false,
            decideOnly: trial.decideOnly ?? false
          }
          return yield* provide(tryTool(offered(tools, config), full))
        }),
      settings: (at) => settings.load(at, options)
    })
  })
