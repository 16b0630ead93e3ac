/**
 * What all requests of a process to one endpoint share: its circuit, how many may go at once, and the limits that its
 * answers tell of. Requests wait in line, first come first served; a long wait is not waited here but told, so that
 * whoever asks can show it, or ask another model.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { lateAnswer } from "../../../domain/agent/retry.ts"
import { ModelError, type ModelPart } from "../../../ports/LanguageModel.ts"
import { admit, afterFailure, afterLeaving, type Circuit, closedCircuit } from "./circuit.ts"
import {
  answeredWell,
  ended,
  freePace,
  hasRoom,
  heard,
  limitsIn,
  mayStart,
  type Pace,
  quietWait,
  started,
  tooMany
} from "./requestPace.ts"

/** Whom a request goes to, and how much it is. */
export interface Caller {
  /** The address of the endpoint, and the model as `provider/model`. */
  readonly endpoint: string
  readonly model: string
  /** About how many tokens it takes. */
  readonly tokens: number
  /** At most so many requests at once to the endpoint, for all its models; no limit where absent. */
  readonly concurrency?: number
  /**
   * Milliseconds that the whole answer may take; no limit where absent. Looked at whenever something comes, were it a sign
   * of life alone: silence has a limit of its own, and a race for every piece would cost more than the piece.
   */
  readonly deadline?: number
}

interface Lane {
  pace: Pace
  readonly line: Effect.Semaphore
  readonly changed: Effect.Latch
}

interface Endpoint {
  circuit: Circuit
  readonly room: Effect.Semaphore | undefined
  readonly lanes: Map<string, Lane>
}

/** One request's place; `taken` once it is on its way, `told` once it is known whether the endpoint answers. */
interface Ticket {
  taken: boolean
  probe: boolean
  told: boolean
}

/** The endpoints that this process asks. */
export interface Endpoints {
  /** The answer, once its turn has come. `answer` is given what is to hear the headers of the response, which tell of limits. */
  readonly guard: (
    caller: Caller,
    answer: (hear: (headers: Headers) => void) => Stream.Stream<ModelPart, ModelError>
  ) => Stream.Stream<ModelPart, ModelError>
  /** How many requests are on their way to a model. */
  readonly active: (endpoint: string, model: string) => number
}

const seconds = (millis: number): string => `${Math.ceil(millis / 1000)} s`

const resting = ({ model }: Caller, wait: number): ModelError =>
  new ModelError({
    kind: "overloaded",
    model,
    retryAfter: Math.ceil(wait),
    resting: true,
    reason: `its circuit is open: the endpoint failed again and again, and is left alone for ${seconds(wait)}`
  })

const heldBack = ({ model }: Caller, wait: number): ModelError =>
  new ModelError({
    kind: "rate_limit",
    model,
    retryAfter: Math.ceil(wait),
    reason: `its limit is used up for ${seconds(wait)}, as an answer to another request said`
  })

const late = ({ model }: Caller, millis: number): ModelError =>
  new ModelError({ kind: "timeout", model, reason: `${lateAnswer} within ${seconds(millis)}` })

const failing: ReadonlySet<ModelError["kind"]> = new Set(["overloaded", "server", "network", "timeout"])

/** Goes in line until the request may start. */
const enter = (endpoint: Endpoint, lane: Lane, caller: Caller, ticket: Ticket): Effect.Effect<void, ModelError> => {
  const look: Effect.Effect<void, ModelError> = Effect.flatMap(Clock.currentTimeMillis, (now) => {
    const admission = admit(endpoint.circuit, now)
    if (!admission.through) return Effect.fail(resting(caller, admission.wait))
    const wait = mayStart(lane.pace, caller.tokens, now) - now
    if (wait > quietWait) return Effect.fail(heldBack(caller, wait))
    if (wait > 0) return Effect.zipRight(Effect.sleep(wait), look)
    if (!hasRoom(lane.pace)) {
      lane.changed.unsafeClose()
      return Effect.zipRight(lane.changed.await, look)
    }
    endpoint.circuit = admission.circuit
    lane.pace = started(lane.pace, caller.tokens)
    ticket.taken = true
    ticket.probe = admission.probe
    return Effect.void
  })
  return lane.line.withPermits(1)(look)
}

/** What the end of a request teaches, however it ends. */
const leave = (endpoint: Endpoint, lane: Lane, ticket: Ticket): Effect.Effect<void> =>
  Effect.sync(() => {
    if (!ticket.taken) return
    if (!ticket.told) endpoint.circuit = afterLeaving(endpoint.circuit, ticket.probe)
    lane.pace = ended(lane.pace)
    lane.changed.unsafeOpen()
  })

const learnFailure = (endpoint: Endpoint, lane: Lane, ticket: Ticket, error: ModelError) =>
  Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const jitter = yield* Random.next
    ticket.told = true
    if (failing.has(error.kind)) endpoint.circuit = afterFailure(endpoint.circuit, ticket.probe, now, jitter)
    else endpoint.circuit = closedCircuit
    if (error.kind === "rate_limit") lane.pace = tooMany(lane.pace, now, error.retryAfter)
  })

const learnPart = (endpoint: Endpoint, lane: Lane, ticket: Ticket, part: ModelPart): void => {
  if (!ticket.told) endpoint.circuit = closedCircuit
  ticket.told = true
  if (part.type !== "finish") return
  lane.pace = answeredWell(lane.pace)
  lane.changed.unsafeOpen()
}

const seat = (room: Effect.Semaphore): Effect.Effect<void, never, Scope.Scope> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(restore(room.take(1)), (taken) => Effect.addFinalizer(() => room.release(taken)))
  )

/** Endpoints of which nothing is known yet. */
export const makeEndpoints = (): Endpoints => {
  const all = new Map<string, Endpoint>()
  const endpointOf = ({ concurrency, endpoint }: Pick<Caller, "endpoint" | "concurrency">): Endpoint => {
    const room = concurrency === undefined ? undefined : Effect.unsafeMakeSemaphore(concurrency)
    const known = all.get(endpoint) ?? { circuit: closedCircuit, room, lanes: new Map<string, Lane>() }
    all.set(endpoint, known)
    return known
  }
  const laneOf = ({ lanes }: Endpoint, model: string): Lane => {
    const line = Effect.unsafeMakeSemaphore(1)
    const known = lanes.get(model) ?? { pace: freePace, line, changed: Effect.unsafeMakeLatch(false) }
    lanes.set(model, known)
    return known
  }
  return {
    active: (endpoint, model) => all.get(endpoint)?.lanes.get(model)?.pace.active ?? 0,
    guard: (caller, answer) =>
      Stream.unwrapScoped(
        Effect.gen(function* () {
          const endpoint = endpointOf(caller)
          const lane = laneOf(endpoint, caller.model)
          const ticket: Ticket = { taken: false, probe: false, told: false }
          if (endpoint.room !== undefined) yield* seat(endpoint.room)
          // Before it goes in line, so that nothing is kept of one that is interrupted just as its turn comes.
          yield* Effect.addFinalizer(() => leave(endpoint, lane, ticket))
          yield* enter(endpoint, lane, caller, ticket)
          const clock = yield* Effect.clock
          const hear = (headers: Headers) => {
            const said = limitsIn((name) => headers.get(name), clock.unsafeCurrentTimeMillis())
            lane.pace = heard(lane.pace, said)
          }
          const { deadline = Number.POSITIVE_INFINITY } = caller
          const until = clock.unsafeCurrentTimeMillis() + deadline
          return answer(hear).pipe(
            Stream.mapChunksEffect((chunk) => {
              for (const part of chunk) learnPart(endpoint, lane, ticket, part)
              return clock.unsafeCurrentTimeMillis() < until ? Effect.succeed(chunk) : late(caller, deadline)
            }),
            Stream.tapError((error) => learnFailure(endpoint, lane, ticket, error))
          )
        })
      )
  }
}
