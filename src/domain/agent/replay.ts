/** Runs a session again from its log: the same code decides, and each fact that it comes to is held against the log. */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as PubSub from "effect/PubSub"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { Host } from "../../ports/Host.ts"
import { LanguageModel } from "../../ports/LanguageModel.ts"
import { Search } from "../../ports/Search.ts"
import { Shell } from "../../ports/Shell.ts"
import { TextCodec } from "../../ports/TextCodec.ts"
import { Web } from "../../ports/Web.ts"
import { WorkingCopies } from "../../ports/WorkingCopies.ts"
import type { ToolSpec } from "../model/Call.ts"
import type { Event, Fact, FactOf } from "../model/Event.ts"
import { SessionId } from "../model/Ids.ts"
import { canonical } from "../model/Json.ts"
import type { Progress } from "../model/Progress.ts"
import { verify } from "../session/chain.ts"
import { evolve } from "../session/evolve.ts"
import { isRaised } from "../session/raisedCall.ts"
import type { SessionHandle } from "../session/Session.ts"
import { initial, type SessionState } from "../session/State.ts"
import { Toolbox } from "../tools/Toolbox.ts"
import { run } from "./Agent.ts"
import { timeOf } from "./payer.ts"
import { logModel } from "./replayModel.ts"
import { type Cursor, isCut, isLeft, isTimeUp, isUnwritten, logCopies, logShell, logTools } from "./replayWorld.ts"
import type { Surroundings } from "./turnWorld.ts"

/** Run again, the session came to another fact than its log says: the first event where they part. */
export class Diverged extends Schema.TaggedError<Diverged>()("Diverged", {
  session: SessionId,
  seq: Schema.Int,
  expected: Schema.String,
  actual: Schema.String
}) {
  override get message(): string {
    return `Run again, ${this.session} parts from its log at event ${this.seq}: the log says ${this.expected}, this program comes to ${this.actual}.`
  }
}

/** Facts that come from outside while a turn runs: from a person, through a command, from a budget that others share, or from other agents. */
const fromOutside = (event: Event): boolean => {
  switch (event.type) {
    case "prompt.queued":
    case "prompt.steered":
    case "session.titled":
    case "question.answered":
    case "budget.reserved":
    case "budget.settled":
    case "budget.exhausted":
    case "message.sent":
    case "message.read":
    case "mailbox.opened":
    case "mailbox.closed":
      return true
    case "agent.spawned":
    case "agent.ended":
      return true
    case "changes.staged":
      return event.agent !== undefined
    // What another agent asks, and that it asks no more.
    case "tool.asked":
    case "question.asked":
      return event.from !== undefined
    case "tool.unknown":
      return isRaised(event.call)
    case "tool.allowed":
    case "tool.refused":
      return event.by === "person"
    default:
      return false
  }
}

const endsTurn = (event: Fact): boolean =>
  event.type === "turn.finished" || event.type === "turn.failed" || event.type === "turn.interrupted"

/** What of a fact is decided by this program; the rest was the world's answer. */
const decided = (fact: Fact): unknown => {
  switch (fact.type) {
    case "session.compacted":
      // How much stood before is told to people, and counted more roughly by some versions than by others.
      return { type: fact.type, turn: fact.turn, upTo: fact.upTo }
    case "tool.unknown":
      return { type: fact.type, turn: fact.turn, call: fact.call }
    case "model.requested": {
      // Logs of older versions do not hold it.
      const { counted: _counted, ...rest } = fact
      return rest
    }
    default:
      return fact
  }
}

const factOf = ({ at: _at, hash: _hash, seq: _seq, session: _session, v: _v, ...fact }: Event): Fact => fact as Fact

const same = (fact: Fact, event: Event): boolean => canonical(decided(fact)) === canonical(decided(factOf(event)))

const partedAt = (fact: Fact, event: Event): Diverged =>
  new Diverged({
    session: event.session,
    seq: event.seq,
    expected: event.type,
    actual: fact.type === event.type ? `another ${fact.type}` : fact.type
  })

/** Whether a turn that ended in this way here may have ended as the log says: what stopped it there came from outside. */
const endsAlike = (fact: Fact, event: Event): boolean =>
  (fact.type === "turn.failed" && event.type === "turn.interrupted") ||
  ((fact.type === "turn.failed" || fact.type === "turn.interrupted") && isUnwritten(event))

type Frame = { readonly system: string; readonly tools: ReadonlyArray<ToolSpec> }

const surroundings = (started: FactOf<"turn.started">, frame: Frame, cursor: Cursor): Surroundings => ({
  model: started.described,
  mode: started.mode,
  ...(started.base === undefined ? {} : { base: started.base }),
  apply: started.apply,
  system: frame.system,
  specs: frame.tools,
  tools: logTools(
    frame.tools.map((tool) => tool.name),
    cursor
  ),
  rules: started.rules,
  confinement: started.sandbox,
  home: started.home,
  prefix: started.prefix,
  compacts: started.compacts,
  fallback: started.fallback ?? [],
  ...(started.ensemble === undefined ? {} : { ensemble: started.ensemble }),
  ...(started.route === undefined ? {} : { route: started.route }),
  answers: { options: started.options ?? {}, dropped: started.dropped ?? [] },
  ...(started.budget === undefined ? {} : { budget: started.budget })
})

const never = Effect.dieMessage("a replay asked the world for something that no log holds")

/** Waits without end, and without a timer that would keep the program alive. */
const forever = Effect.async<never>(() => {})

/** Waits take no time; only the turn's own time limit waits until the log says that it was reached. */
const replayClock = (
  clock: Clock.Clock,
  limit: () => number | undefined,
  timeUp: Effect.Effect<void>
): Clock.Clock => ({
  ...clock,
  [Clock.ClockTypeId]: Clock.ClockTypeId,
  unsafeCurrentTimeMillis: () => clock.unsafeCurrentTimeMillis(),
  unsafeCurrentTimeNanos: () => clock.unsafeCurrentTimeNanos(),
  currentTimeMillis: clock.currentTimeMillis,
  currentTimeNanos: clock.currentTimeNanos,
  sleep: (duration) => (Duration.toMillis(duration) === limit() ? timeUp : Effect.yieldNow())
})

/** The stage of a replay: the log, where it stands, and the state so far. */
const makeStage = (events: ReadonlyArray<Event>, id: SessionId) =>
  Effect.gen(function* () {
    const hub = yield* PubSub.unbounded<Event | Progress>()
    const parted = yield* Deferred.make<never, Diverged>()
    const cut = yield* PubSub.unbounded<void>()
    const ended = yield* Deferred.make<void>()
    let at = 0
    let stopping = false
    let state: SessionState = initial(id)

    const take = (event: Event) => {
      state = evolve(state, event)
      at += 1
      if (endsTurn(event)) stopping = false
      const told = PubSub.publish(hub, event)
      return at === events.length ? Effect.zipRight(told, Deferred.succeed(ended, undefined)) : told
    }
    const outside: Effect.Effect<void> = Effect.suspend(() => {
      const event = events[at]
      if (event === undefined || !state.running || !fromOutside(event)) return Effect.void
      return Effect.zipRight(take(event), outside)
    })
    const cursor: Cursor = {
      next: () => events[at],
      ahead: () => {
        const end = events.findIndex((event, index) => index >= at && endsTurn(event))
        return events.slice(at, end < 0 ? undefined : end + 1)
      },
      stopped: Effect.suspend(() => {
        stopping = true
        return Effect.zipRight(PubSub.publish(cut, undefined), forever)
      })
    }
    const hold = (fact: Fact): Effect.Effect<Event> =>
      Effect.suspend(() => {
        const event = events[at]
        // A log may end anywhere: what would come next is not compared.
        if (event === undefined) return cursor.stopped
        if (same(fact, event)) return Effect.as(take(event), event)
        // Just before the program could say how it ended, it was stopped; or it could not write that.
        if (endsAlike(fact, event)) return Effect.as(take(event), event)
        // What was left then could not be written either.
        if (stopping && isUnwritten(event) && isLeft(fact)) return Effect.succeed(event)
        // The program was stopped, or died, before it came to this.
        if (!stopping && isCut(cursor.ahead()) && !isLeft(fact)) return cursor.stopped
        return Effect.zipRight(Deferred.fail(parted, partedAt(fact, event)), forever)
      })
    const waits = (fact: Fact | undefined) =>
      (fact?.type === "tool.asked" || fact?.type === "question.asked") && isCut(cursor.ahead())
    const record = (facts: ReadonlyArray<Fact>, after?: number): Effect.Effect<ReadonlyArray<Event>> =>
      Effect.gen(function* () {
        yield* outside
        if (facts.length === 0 || (after !== undefined && after !== state.seq)) return []
        const taken = yield* Effect.forEach(facts, hold)
        yield* outside
        if (state.running && waits(facts[facts.length - 1])) return yield* cursor.stopped
        return taken
      })
    const handle: SessionHandle = {
      id,
      state: Effect.sync(() => state),
      record,
      submit: () => never,
      progress: () => Effect.void,
      subscribe: Stream.fromPubSub(hub, { scoped: true })
    }
    return { cursor, handle, take, parted, ended, cut, state: () => state, done: () => at >= events.length }
  })

const ports = (cursor: Cursor) =>
  Layer.mergeAll(
    Layer.succeed(LanguageModel, logModel(cursor)),
    Layer.succeed(WorkingCopies, logCopies(cursor)),
    Layer.succeed(Search, { grep: () => never, glob: () => never }),
    Layer.succeed(Web, { get: () => never, engine: Option.none(), search: () => never }),
    Layer.succeed(Shell, logShell(cursor)),
    Layer.succeed(TextCodec, { decode: () => undefined, encode: () => undefined }),
    Layer.succeed(Host, { platform: "replay", home: "", version: "", instructions: () => never }),
    Toolbox.layer([])
  )

type Stage = Effect.Effect.Success<ReturnType<typeof makeStage>>

/** Runs one turn against the log, stopping it where the log says that it was stopped. */
const replayTurn = (stage: Stage, started: FactOf<"turn.started">, frame: Frame) =>
  Effect.scoped(
    Effect.gen(function* () {
      const stops = yield* PubSub.subscribe(stage.cut)
      const timeUp = yield* Deferred.make<void>()
      const clock = yield* Clock.clockWith(Effect.succeed)
      const turn = run({
        handle: stage.handle,
        options: { attended: started.attended, yes: started.yes },
        config: {},
        recorded: surroundings(started, frame, stage.cursor)
      }).pipe(
        Effect.provide(ports(stage.cursor)),
        Effect.withClock(
          replayClock(clock, () => timeOf(stage.state().limits, started.budget)?.millis, Deferred.await(timeUp))
        ),
        Effect.orDie
      )
      const fiber = yield* Effect.forkDaemon(turn)
      const stop = Effect.gen(function* () {
        yield* stops.take
        const end = stage.cursor.ahead().find(endsTurn)
        // The log was cut within the turn: what it would have come to is not known.
        if (end === undefined) return
        if (end.type === "turn.failed" && isTimeUp(end)) yield* Deferred.succeed(timeUp, undefined)
        else yield* Fiber.interrupt(fiber)
        return yield* forever
      })
      yield* Effect.asVoid(Fiber.await(fiber)).pipe(
        Effect.raceFirst(stop),
        Effect.raceFirst(Deferred.await(stage.ended)),
        Effect.raceFirst(Deferred.await(stage.parted))
      )
      yield* Fiber.interruptFork(fiber)
    })
  )

/**
 * Runs a session again and answers the hash at the end of its log. A log that does not match its own hashes is refused at
 * the first event that was changed; one that this program would not have written, at the first event where they part.
 * Needs no world: no model, no files, no shell.
 */
export const replay = Effect.fn("replay")(function* (events: ReadonlyArray<Event>) {
  const hash = yield* verify(events)
  const [first] = events
  if (first === undefined) return hash
  const stage = yield* makeStage(events, first.session)
  let frame: Frame = { system: "", tools: [] }
  for (let event = stage.cursor.next(); event !== undefined; event = stage.cursor.next()) {
    yield* stage.take(event)
    if (event.type !== "prompt.submitted") continue
    const started = stage.cursor.ahead().find((one) => one.type.startsWith("turn."))
    // A turn that failed before it could start left nothing to run again.
    if (started?.type !== "turn.started") continue
    frame = started.frame ?? frame
    yield* replayTurn(stage, started, frame)
  }
  return hash
})
