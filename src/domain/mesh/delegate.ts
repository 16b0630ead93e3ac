/** Lets other agents work for the calls of an agent: each a session in a copy of its own, within the rights and the budget above. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { WorkingCopies } from "../../ports/WorkingCopies.ts"
import { runTurns, type TurnChoices } from "../agent/carryOut.ts"
import { type Delegate, type Delegator, TurnAccount, usualDepth } from "../agent/Delegating.ts"
import { routed } from "../config/routes.ts"
import { type Role, roleNamed } from "../context/role.ts"
import type { Change } from "../model/Change.ts"
import type { Rights, TurnOptions } from "../model/Command.ts"
import type { Fact, FactOf } from "../model/Event.ts"
import { type CallId, freshSessionId } from "../model/Ids.ts"
import { openAccount } from "../session/Account.ts"
import { begin } from "../session/begin.ts"
import type { SessionHandle } from "../session/Session.ts"
import type { SessionState } from "../session/State.ts"
import * as Staging from "../staging/Staging.ts"
import { stagedFacts } from "../staging/unsaid.ts"
import { type Outcome, ToolFailure, type Wish } from "../tools/Tool.ts"
import { givenUp, outcomeFact } from "./closeAgents.ts"
import { lastWords } from "./lastWords.ts"
import type { AgentSessions } from "./PlanRun.ts"
import { surfaced } from "./surfaced.ts"
import { agentTime } from "./taskOf.ts"

/** What delegation needs of this process. */
export interface Delegation {
  readonly sessions: Pick<AgentSessions, "begin">
  readonly choices: TurnChoices
}

/** An agent that was begun, until it has ended. */
interface Child {
  readonly agent: SessionHandle
  readonly name: string
  readonly spawned: FactOf<"agent.spawned">
  readonly role: Role
}

/** The agents that one turn begins are merged in the order of their calls, and no two look at its copy at once. */
interface Turn {
  readonly from: Delegator
  readonly one: Effect.Semaphore
}

const failing = (error: { readonly message: string }): ToolFailure =>
  new ToolFailure({ kind: "agent", reason: `The agent could not be begun: ${error.message}` })

/** How deep an agent works below the person's own session. */
const depthOf = ({ parent }: SessionState): number => parent?.path.length ?? 0

const deepest = ({ config }: Delegator): number => config.agents?.max_depth ?? usualDepth

/** The rights of an agent below: those above as they are now; where it may begin no others, without the tool for that. */
const rightsBelow = (from: Delegator, state: SessionState): Rights => {
  const last = depthOf(state) + 1 >= deepest(from)
  const { base, rules, tools } = from.rights
  return { base, tools: last ? tools.filter((name) => name !== "task") : tools, rules: [...rules, ...state.rules] }
}

const nameOf = (state: SessionState, role: string): string => {
  const before = [...state.agents.values()].filter(({ spawned }) => spawned.role === role).length
  return before === 0 ? role : `${role} ${before + 1}`
}

const titleOf = (role: string, prompt: string): string =>
  `${role}: ${prompt.trim().split("\n", 1)[0] ?? ""}`.slice(0, 60)

/** What the copy above has changed is said, so that the agent begins with all of it. */
const furnished = ({ from }: Turn, agent: SessionHandle) =>
  Effect.gen(function* () {
    const { copy, handle, turn } = from
    yield* copy.checkpoint((changes) =>
      Effect.flatMap(handle.state, (state) =>
        handle.record(stagedFacts(state, turn, changes).map((fact): Fact => ({ ...fact, agent: agent.id }) as Fact))
      )
    )
    const state = yield* handle.state
    const staged = Staging.waiting(state)
    if (staged.length > 0) yield* (yield* WorkingCopies).merge(agent.id, state.root, staged, "copy")
  })

/** Begins the agent: its session, its copy, and the word of it above. */
const begun = (world: Delegation, turn: Turn, call: CallId, { agent: name, prompt }: Wish) =>
  Effect.gen(function* () {
    const { config, handle } = turn.from
    const role = yield* Effect.mapError(
      roleNamed(config, name),
      () => new ToolFailure({ kind: "no_such_agent", reason: `There is no agent ${JSON.stringify(name)}.` })
    )
    const state = yield* handle.state
    if (depthOf(state) >= deepest(turn.from))
      return yield* new ToolFailure({ kind: "too_deep", reason: "No agent may be begun from here: do it yourself." })
    const id = yield* freshSessionId
    const called = nameOf(state, role.name)
    const path = [...(state.parent?.path ?? []), called]
    const model = role.model ?? routed(config, { role: role.name })?.model ?? state.standIn ?? state.model
    const parent = { session: state.id, role: role.name, path, call }
    const title = titleOf(role.name, prompt)
    const agent = yield* world.sessions.begin({ id, title, root: state.root, model, parent })
    const spawned: FactOf<"agent.spawned"> = {
      type: "agent.spawned",
      turn: turn.from.turn,
      agent: id,
      role: role.name,
      model,
      path,
      call
    }
    const child: Child = { agent, name: called, spawned, role }
    yield* Effect.uninterruptible(
      Effect.zipRight(
        handle.record([spawned]),
        Effect.addFinalizer(() => givenUp(handle, spawned, Option.some(agent)))
      )
    )
    yield* furnished(turn, agent)
    return child
  })

/** The agent's one prompt, to its end. */
const worked = (world: Delegation, turn: Turn, child: Child, prompt: string, account: TurnChoices["account"]) =>
  Effect.gen(function* () {
    const { config, handle, asking } = turn.from
    const { agent, name, role } = child
    const options: TurnOptions = {
      mode: role.name,
      apply: "stage",
      ...asking,
      within: rightsBelow(turn.from, yield* handle.state)
    }
    if (asking.attended === true) yield* surfaced(handle, agent, name)
    const payer = yield* account === undefined ? openAccount(name, {}) : account.child(name, {})
    yield* agent.record(begin(yield* agent.state, [{ type: "text", text: prompt }], { timeout: agentTime(config) }))
    yield* runTurns(agent, options, { ...world.choices, account: payer })
    return yield* agent.state
  })

/** Merges what the agent did into the copy above; answers the conflicting paths where it does not fit. */
const merged = ({ from }: Turn, { agent }: Child, changes: ReadonlyArray<Change>) =>
  Effect.gen(function* () {
    const { handle, turn } = from
    const { root } = yield* handle.state
    if (changes.length === 0) return []
    const outcome = yield* (yield* WorkingCopies).merge(handle.id, root, changes, "copy")
    if (!outcome.ok) return outcome.conflicts.map(({ path }) => path)
    if (outcome.changes.length > 0)
      yield* handle.record([{ type: "changes.staged", turn, changes: outcome.changes, agent: agent.id }])
    return []
  })

const said = ({ agent, role }: Child, state: SessionState, note: string): string =>
  [lastWords(state), `[${role.name} ${agent.id}: ${note}]`].filter((part) => part !== "").join("\n\n")

/** Takes over what the agent did, once those before it are taken over. */
const taken = (turn: Turn, child: Child, state: SessionState) =>
  Effect.gen(function* () {
    const { handle } = turn.from
    const { last } = state
    if (last?.status !== "done") {
      const reason = last?.error?.message ?? `its turn ended ${last?.status ?? "early"}`
      yield* handle.record([outcomeFact(child.spawned, state, { result: "failed", reason })])
      return { ok: false, output: said(child, state, `failed, and nothing of it was taken over: ${reason}`) }
    }
    const changes = Staging.waiting(state)
    const paths = changes.map(({ path }) => path).join(", ")
    // What is in the copy is in the log.
    const clash = yield* Effect.uninterruptible(merged(turn, child, changes))
    if (clash.length > 0) {
      const reason = `what it changed conflicts with what is here now: ${clash.join(", ")}`
      yield* handle.record([outcomeFact(child.spawned, state, { result: "failed", reason })])
      return { ok: false, output: said(child, state, `done, but ${reason}. Nothing of it was taken over.`) }
    }
    yield* handle.record([outcomeFact(child.spawned, state, { result: "done" })])
    return { output: said(child, state, paths === "" ? "changed no files" : `changed ${paths}`) }
  })

/** One call: an agent from its beginning to its end. `before` is done once the calls before it are. */
const done = (world: Delegation, turn: Turn, before: Effect.Effect<void>) => (call: CallId, wish: Wish) =>
  Effect.gen(function* () {
    const account = Option.getOrUndefined(yield* TurnAccount)
    const child = yield* turn.one.withPermits(1)(begun(world, turn, call, wish))
    const state = yield* worked(world, turn, child, wish.prompt, account)
    yield* before
    const outcome: Outcome = yield* turn.one.withPermits(1)(taken(turn, child, state))
    return outcome
  }).pipe(
    Effect.scoped,
    Effect.mapError((error) => (error instanceof ToolFailure ? error : failing(error)))
  )

type Needs = Exclude<Effect.Effect.Context<ReturnType<ReturnType<typeof done>>>, Scope.Scope>

/**
 * How the agents of this process begin others. Several calls run side by side; what they did is merged in the order of the
 * calls, whoever was faster. Whatever stops one, its session says so and its copy is dropped.
 */
export const delegation = (
  world: Delegation,
  provide: <A, E>(effect: Effect.Effect<A, E, Needs>) => Effect.Effect<A, E>
) => {
  const choices: TurnChoices = { ...world.choices, delegate: (from) => delegate(from) }
  const delegate = (from: Delegator): Delegate => {
    const turn: Turn = { from, one: Effect.unsafeMakeSemaphore(1) }
    let last: Effect.Effect<void> = Effect.void
    return (call, wish) =>
      Effect.suspend(() => {
        const before = last
        const over = Deferred.unsafeMake<void>(FiberId.none)
        last = Deferred.await(over)
        return Effect.ensuring(
          provide(done({ ...world, choices }, turn, before)(call, wish)),
          Effect.zipRight(before, Deferred.succeed(over, undefined))
        )
      })
  }
  return delegate
}
