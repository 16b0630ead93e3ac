/** The one door: every front end submits commands and follows events here. Nothing else crosses. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { ConfigInvalid, ConfigSource } from "../ports/ConfigSource.ts"
import type { Digest } from "../ports/Digest.ts"
import { EventStore, type SessionMissing, type SessionRow, type StoreFailed } from "../ports/EventStore.ts"
import { Host } from "../ports/Host.ts"
import type { LanguageModel, ModelError } from "../ports/LanguageModel.ts"
import type { Search } from "../ports/Search.ts"
import type { Shell } from "../ports/Shell.ts"
import type { ShellGrammar } from "../ports/ShellGrammar.ts"
import { type EngineFailed, TaskEngine } from "../ports/TaskEngine.ts"
import type { TextCodec } from "../ports/TextCodec.ts"
import type { Tokenizer } from "../ports/Tokenizer.ts"
import type { Web } from "../ports/Web.ts"
import { type CopyFailed, type Freed, WorkingCopies } from "../ports/WorkingCopies.ts"
import type { FileError } from "../ports/Workspace.ts"
import { carryOut, runTurns, type SubmitError, type TurnChoices } from "./agent/carryOut.ts"
import { makeOpenSessions, type OpenSession } from "./agent/OpenSessions.ts"
import { type PromptCost, promptCost } from "./agent/promptCost.ts"
import { recover } from "./agent/recover.ts"
import { type Diverged, replay } from "./agent/replay.ts"
import type { Tried } from "./agent/trial.ts"
import { tryUnder, type Wanted } from "./agent/tryUnder.ts"
import type { Merged } from "./config/merge.ts"
import { Settings, type SettingsOptions } from "./config/Settings.ts"
import { type Mode, modeNamed, type UnknownMode } from "./context/modes.ts"
import { roleNames } from "./context/role.ts"
import { closeAgents } from "./mesh/closeAgents.ts"
import { delegation } from "./mesh/delegate.ts"
import { dropLeft } from "./mesh/leftCopies.ts"
import type { AgentSessions } from "./mesh/PlanRun.ts"
import { runPlan } from "./mesh/runPlan.ts"
import { type Company, type TaskHouse, taskWorker } from "./mesh/TaskWork.ts"
import type { Change } from "./model/Change.ts"
import type { Command, NewSession } from "./model/Command.ts"
import type { Event, Fact } from "./model/Event.ts"
import { freshSessionId, type SessionId } from "./model/Ids.ts"
import type { ModelName } from "./model/Model.ts"
import type { Progress } from "./model/Progress.ts"
import { carriable } from "./planner/carriable.ts"
import { proposal } from "./planner/proposal.ts"
import { type LogAltered, verify } from "./session/chain.ts"
import { created } from "./session/created.ts"
import { closeCopy } from "./session/decide.ts"
import { load, Session, type SessionHandle, type WriteError } from "./session/Session.ts"
import type { SessionState, TurnEnd } from "./session/State.ts"
import { tail } from "./session/tail.ts"
import { review } from "./staging/review.ts"
import * as Staging from "./staging/Staging.ts"
import type { AnyTool } from "./tools/Tool.ts"
import { Toolbox } from "./tools/Toolbox.ts"
import { task } from "./tools/task.ts"

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
  | ShellGrammar
  | TextCodec
  | Web
  | ConfigSource
  | TaskEngine

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
     * background, see `follow` and `rest`. A command opens the session for writing, for as long as it is used here and a
     * little longer.
     */
    readonly submit: (session: SessionId, command: Command) => Effect.Effect<ReadonlyArray<Event>, SubmitError>
    /**
     * The events after `after`, then what happens live where this process has the session open, which it then stays; where
     * another process writes to it, the events that it writes, for as long as it does.
     */
    readonly follow: (
      session: SessionId,
      after?: number
    ) => Stream.Stream<Event | Progress, SessionMissing | StoreFailed>
    /** Waits until no turn runs; answers how the newest one ended. */
    readonly rest: (session: SessionId) => Effect.Effect<Option.Option<TurnEnd>, SubmitError>
    /** What a session's events add up to. */
    readonly show: (session: SessionId) => Effect.Effect<SessionState, SessionMissing | StoreFailed>
    /** What waits to be applied, as one change a path, and as a unified diff. */
    readonly diff: (
      session: SessionId,
      paths?: ReadonlyArray<string>
    ) => Effect.Effect<{ readonly changes: ReadonlyArray<Change>; readonly text: string }, SubmitError>
    /** All sessions, the one written last first. */
    readonly list: Effect.Effect<ReadonlyArray<SessionRow>, StoreFailed>
    /** A new session with the same events up to one of them, and a working copy of its own with what they staged. */
    readonly fork: (session: SessionId, upTo?: number) => Effect.Effect<SessionId, SubmitError>
    /** Forgets a session and its working copy. */
    readonly remove: (session: SessionId) => Effect.Effect<void, SubmitError>
    /** Removes the contents that no session and no working copy refers to any more. */
    readonly tidy: Effect.Effect<Freed, SessionMissing | StoreFailed | CopyFailed>
    /** Checks a log against its own hashes and stores it under its own id. */
    readonly adopt: (events: ReadonlyArray<Event>) => Effect.Effect<SessionId, LogAltered | WriteError>
    /** Checks a log against its own hashes; answers the hash at its end. */
    readonly verify: (events: ReadonlyArray<Event>) => Effect.Effect<string, LogAltered>
    /** Runs a session again from its log, without a model, files or a shell; answers the hash that it comes to. */
    readonly replay: (events: ReadonlyArray<Event>) => Effect.Effect<string, LogAltered | Diverged>
    /** Tries one tool in place, under rules, without a session; see `debug tool`. `rules` replace the configured ones. */
    readonly tryTool: (trial: Wanted) => Effect.Effect<Tried, ConfigInvalid | FileError | UnknownMode>
    /** The mode of this name at a root. */
    readonly mode: (root: string, name: string) => Effect.Effect<Mode, ConfigInvalid | UnknownMode>
    /** What a model is given at a root in a mode before a word is said, and what that costs. */
    readonly prompt: (
      root: string,
      model: ModelName,
      mode?: string
    ) => Effect.Effect<PromptCost, ConfigInvalid | UnknownMode | ModelError>
    /** The configuration in force for a root, and where each value came from. */
    readonly settings: (root: string) => Effect.Effect<Merged, ConfigInvalid>
    /** Does the tasks of plans in this process from now on, also of those that others carry out, until it ends. */
    readonly work: Effect.Effect<void, EngineFailed>
  }
>() {
  /** Over every port, with the choices that hold for this process. */
  static readonly layer = (options: CodeMeshOptions): Layer.Layer<CodeMesh, never, Ports> =>
    Layer.provide(
      Layer.scoped(CodeMesh, make(options)),
      Layer.mergeAll(Session.layer, Settings.layer, Toolbox.layer([...options.tools, proposal, task]))
    )
}

const make = (options: SettingsOptions) =>
  Effect.gen(function* () {
    const context = yield* Effect.context<Inside>()
    const provide = <A, E, R extends Inside>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E> =>
      Effect.provide(effect, context) as Effect.Effect<A, E>
    const sessions = yield* Session
    const store = yield* EventStore
    const host = yield* Host
    const settings = yield* Settings
    const engine = yield* TaskEngine
    // Before the sessions, so that plans that are stopped at the end still find those who do their tasks.
    const workplace = yield* Effect.acquireRelease(Scope.make(), Scope.close)
    const open = yield* makeOpenSessions<SubmitError>()
    const opened = (id: SessionId): ReturnType<typeof sessions.open> =>
      Effect.tap(sessions.open(id), (handle) => provide(Effect.zipRight(recover(handle), closeAgents(handle, opened))))
    /** Ends a turn whose end could not be written: it is written before anything else is asked of the session. */
    const mended = (session: OpenSession<SubmitError>) =>
      Effect.suspend(() => {
        if (!session.broken) return Effect.void
        session.broken = false
        return Effect.tapError(provide(recover(session.handle)), () => Effect.sync(() => (session.broken = true)))
      })
    const need = (id: SessionId) => open.hold(id, opened(id))
    const configOf = ({ state }: SessionHandle) => Effect.flatMap(state, ({ root }) => settings.load(root, options))
    const since = (id: SessionId, seq: number) =>
      Effect.map(Stream.runCollect(store.read(id, seq)), (events) => Array.from(events))

    const copyEvents = (id: SessionId, upTo: number | undefined) =>
      Effect.gen(function* () {
        const all = store.read(id)
        // No further than is wanted: what comes behind may be damaged.
        const wanted = upTo === undefined ? all : Stream.takeUntil(all, (event) => event.seq >= upTo)
        const kept = Array.from(yield* Stream.runCollect(wanted))
        const fresh = yield* freshSessionId
        const facts = kept.map(({ at: _at, hash: _hash, seq: _seq, session: _session, v: _v, ...fact }) => fact as Fact)
        const { handle } = yield* open.hold(fresh, sessions.create(fresh, facts))
        const forked: Fact = { type: "session.forked", from: id, upTo: kept.length }
        yield* handle.record([...closeCopy(yield* handle.state), forked])
        const staged = Staging.waiting(yield* handle.state)
        const copies = Context.get(context, WorkingCopies)
        if (staged.length > 0) yield* copies.merge(fresh, (yield* handle.state).root, staged, "copy")
        return fresh
      }).pipe(Effect.scoped)

    const companies = new Map<string, Company>()
    const agents: AgentSessions = {
      // What there is of it was begun by a program that died: it is the same agent.
      begin: ({ id, ...newcomer }) =>
        Effect.map(
          open.hold(
            id,
            Effect.catchTag(opened(id), "SessionMissing", () =>
              sessions.create(id, created({ ...newcomer, apply: "stage" }, host.version))
            )
          ),
          ({ handle }) => handle
        ),
      announce: (newcomer) =>
        Effect.scoped(agents.begin(newcomer)).pipe(
          // Another process could not write to what is open here.
          Effect.zipRight(engine.elsewhere ? open.close(newcomer.id) : Effect.void)
        ),
      open: (id) => Effect.map(need(id), ({ handle }) => handle)
    }
    const choices: TurnChoices = { ...options, delegate: delegation({ sessions: agents, choices: options }, provide) }
    const house: TaskHouse = {
      agent: ({ agent }) => agents.open(agent),
      company: (plan) => companies.get(plan),
      leave: ({ agent }) => (engine.elsewhere ? open.close(agent) : Effect.void),
      decide: (agent, decision) => Effect.scoped(Effect.flatMap(need(agent), ({ handle }) => handle.submit(decision))),
      choices
    }
    /** Does tasks in this process from now on, until it ends. */
    const working = yield* Effect.cached(
      Scope.extend(
        Effect.flatMap(provide(taskWorker(house)), (worker) => engine.work(worker)),
        workplace
      )
    )

    const shown = (id: SessionId) =>
      Effect.suspend(() => {
        const session = open.find(id)
        return session === undefined ? provide(load(id)) : session.handle.state
      })

    return CodeMesh.of({
      start: (session) =>
        Effect.gen(function* () {
          const id = session.id ?? (yield* freshSessionId)
          yield* open.hold(id, sessions.create(id, created(session, host.version)))
          return id
        }).pipe(Effect.scoped),
      submit: (id, command) =>
        Effect.gen(function* () {
          const session = yield* need(id)
          yield* mended(session)
          const { handle } = session
          if (command.type === "EditPlan")
            yield* carriable(id, command.plan, roleNames((yield* configOf(handle)).config))
          const { before, events } = yield* handle.submit(command)
          if (command.type === "Prompt") {
            const turns = provide(runTurns(handle, command.options ?? {}, choices))
            if (!before.running) yield* open.begin(session, turns)
            return events
          }
          if (command.type === "ExecutePlan") {
            const { config } = yield* settings.load(before.root, options)
            const strategy = command.strategy ?? config.agents?.default_strategy ?? "hierarchical"
            const { options: turnOptions = {} } = command
            const order = { handle, config, strategy, choices, engine, companies, working, sessions: agents }
            yield* open.begin(session, provide(runPlan({ ...order, options: turnOptions })))
            return events
          }
          if (command.type === "Interrupt") yield* open.interrupt(session)
          yield* provide(carryOut(handle, command, before, options))
          return yield* since(id, before.seq)
        }).pipe(Effect.scoped, Effect.withSpan("CodeMesh.submit", { attributes: { command: command.type } })),
      follow: (id, after = 0) =>
        Stream.unwrapScoped(
          Effect.gen(function* () {
            const session = yield* open.join(id)
            if (Option.isNone(session)) return tail(store, id, after)
            const live = yield* session.value.handle.subscribe
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
          const session = yield* need(id)
          yield* open.rest(session)
          return Option.fromNullable((yield* session.handle.state).last)
        }).pipe(Effect.scoped),
      show: shown,
      diff: (id, paths) =>
        Effect.gen(function* () {
          const state = yield* shown(id)
          const changes = Staging.waiting(state, paths)
          return { changes, text: yield* provide(review(changes)) }
        }),
      list: store.list,
      fork: copyEvents,
      remove: (id) =>
        Effect.gen(function* () {
          const state = yield* provide(load(id))
          yield* open.close(id)
          const copies = Context.get(context, WorkingCopies)
          yield* copies.drop(id, state.root)
          yield* store.remove(id)
        }),
      tidy: Effect.zipRight(provide(dropLeft), Context.get(context, WorkingCopies).collect(store.named)),
      adopt: (events) =>
        Effect.gen(function* () {
          yield* provide(verify(events))
          const id = events[0]?.session ?? (yield* freshSessionId)
          const lease = yield* store.lease(id)
          yield* store.append(lease, 0, events)
          return id
        }).pipe(Effect.scoped),
      verify: (events) => provide(verify(events)),
      replay: (events) => provide(replay(events)),
      tryTool: (trial) =>
        Effect.gen(function* () {
          const { config } = yield* settings.load(trial.root, options)
          return yield* provide(tryUnder(config, host.home, trial))
        }),
      mode: (at, name) => Effect.flatMap(settings.load(at, options), ({ config }) => modeNamed(config, name)),
      prompt: (at, model, name = "build") =>
        Effect.gen(function* () {
          const { config } = yield* settings.load(at, options)
          return yield* provide(promptCost(at, config, yield* modeNamed(config, name), model))
        }),
      settings: (at) => settings.load(at, options),
      work: working
    })
  })
