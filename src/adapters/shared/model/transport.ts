/**
 * One request and its answer: opens it through an SDK, reads bytes as they come, watches for silence, and closes the
 * connection when the reader leaves. The SDK makes the request; everything after the status line is read here.
 */
import * as Chunk from "effect/Chunk"
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { ModelError, ModelPart } from "../../../ports/LanguageModel.ts"
import { type Decoder, type DecoderOptions, type Fed, makeDecoder } from "./decoder.ts"
import { networkFault, type Reply, replyFault, stalled } from "./fault.ts"

/** How long nothing may come: before the first byte, and after it; milliseconds. */
export interface IdleTimeout {
  readonly first: number
  readonly between: number
}

/** One request: `open` sends it through the `fetch` that it is given. */
export interface Exchange extends DecoderOptions {
  readonly fetch: typeof globalThis.fetch
  readonly idle: IdleTimeout
  readonly open: (fetch: typeof globalThis.fetch) => Promise<Response>
}

const maxErrorBody = 64 * 1024

const readBounded = async (response: Response): Promise<string> => {
  const reader = response.body?.getReader()
  const decoder = new TextDecoder()
  let text = ""
  while (reader !== undefined && text.length < maxErrorBody) {
    const next = await reader.read().catch(() => ({ done: true as const, value: undefined }))
    if (next.done) return text
    text += decoder.decode(next.value, { stream: true })
  }
  void reader?.cancel().catch(() => undefined)
  return text
}

interface Wire {
  readonly abort: AbortController
  readonly clock: Clock.Clock
  life: number
  first: boolean
  begun: boolean
  over: boolean
  reply?: Reply
  broken?: unknown
  reader?: ReadableStreamDefaultReader<Uint8Array>
}

// Statuses other than 2xx are read here, bounded, and never reach the SDK, which would put whole pages into messages.
const guarded =
  (exchange: Exchange, wire: Wire): typeof globalThis.fetch =>
  async (input, init) => {
    try {
      // A key must not follow a redirect to another host.
      const response = await exchange.fetch(input, { ...init, redirect: "manual", signal: wire.abort.signal })
      wire.life = wire.clock.unsafeCurrentTimeMillis()
      if (response.ok) return response
      const body = await readBounded(response)
      wire.reply = { status: response.status, header: (name) => response.headers.get(name), body }
    } catch (error) {
      wire.broken = error
    }
    throw new Error("the request failed")
  }

const openFault = (exchange: Exchange, wire: Wire, error: unknown): ModelError =>
  wire.reply === undefined
    ? networkFault(wire.broken ?? error, exchange.origin)
    : replyFault(wire.reply, exchange.origin, wire.clock.unsafeCurrentTimeMillis())

const open = async (exchange: Exchange, wire: Wire): Promise<ModelError | undefined> => {
  try {
    const response = await exchange.open(guarded(exchange, wire))
    if (response.body !== null) wire.reader = response.body.getReader()
    return undefined
  } catch (error) {
    return openFault(exchange, wire, error)
  }
}

/** The parts of one answer. Leaving it early closes the connection. */
export const exchangeStream = (exchange: Exchange): Stream.Stream<ModelPart, ModelError> =>
  Stream.unwrapScoped(
    Effect.gen(function* () {
      const clock = yield* Effect.clock
      const now = clock.unsafeCurrentTimeMillis()
      const wire: Wire = { abort: new AbortController(), clock, life: now, first: true, begun: false, over: false }
      yield* Effect.addFinalizer(() => Effect.promise(() => leave(wire)))
      const decoder = makeDecoder(exchange)
      let waiting: ((fed: Fed) => void) | undefined
      yield* Effect.forkScoped(
        watch(wire, exchange.idle, decoder, (millis) => {
          const fed = decoder.end()
          const timeout = { parts: [], over: stalled(exchange.origin, millis) }
          waiting?.(fed.over === "done" ? fed : timeout)
        })
      )
      const next = async (): Promise<Fed> => {
        if (!wire.begun) {
          wire.begun = true
          const failed = await open(exchange, wire)
          if (failed !== undefined) return { parts: [], over: failed }
        }
        return read(wire, decoder)
      }
      const pull = Effect.async<Fed>((resume) => {
        waiting = (fed) => resume(Effect.succeed(fed))
        next().then(
          (fed) => resume(Effect.succeed(fed)),
          (error: unknown) => resume(Effect.die(error))
        )
        return Effect.sync(() => wire.abort.abort())
      })
      return partsOf(wire, pull)
    })
  )

const read = async (wire: Wire, decoder: Decoder): Promise<Fed> => {
  if (wire.reader === undefined) return decoder.end("the answer has no body")
  let next: { readonly done: boolean; readonly value?: Uint8Array | undefined }
  try {
    next = await wire.reader.read()
  } catch {
    return decoder.end("the connection broke")
  }
  if (next.done || next.value === undefined) return decoder.end()
  wire.life = wire.clock.unsafeCurrentTimeMillis()
  wire.first = false
  return decoder.push(next.value)
}

const partsOf = (wire: Wire, pull: Effect.Effect<Fed>): Stream.Stream<ModelPart, ModelError> => {
  let over: Fed["over"]
  const step = Effect.suspend((): Effect.Effect<Chunk.Chunk<ModelPart>, Option.Option<ModelError>> => {
    if (over === "done") return Effect.fail(Option.none())
    if (over !== undefined) return Effect.fail(Option.some(over))
    return Effect.map(pull, (fed) => {
      over = fed.over
      if (over === "done") wire.over = true
      return Chunk.unsafeFromArray(fed.parts)
    })
  })
  return Stream.repeatEffectChunkOption(step)
}

// A server that has said why the answer ended may still send counts, but need not close the connection.
const lastWords = 3_000

const limitOf = (wire: Wire, idle: IdleTimeout, decoder: Decoder): number =>
  wire.first ? idle.first : decoder.ending() ? Math.min(idle.between, lastWords) : idle.between

const watch = (wire: Wire, idle: IdleTimeout, decoder: Decoder, fire: (millis: number) => void): Effect.Effect<void> =>
  Effect.gen(function* () {
    for (;;) {
      const limit = limitOf(wire, idle, decoder)
      const left = wire.life + limit - wire.clock.unsafeCurrentTimeMillis()
      if (left <= 0) {
        fire(limit)
        return wire.abort.abort()
      }
      // Not the whole wait at once: what comes meanwhile changes the limit.
      yield* Effect.sleep(Math.min(left, idle.between, 1_000))
    }
  })

// A whole answer's connection is read to its end, so that it can be used again and a recording of it is complete; any
// other is closed. The reader waits for that only a moment: servers that close do so with the last event.
const leave = async (wire: Wire): Promise<void> => {
  const { abort, reader } = wire
  if (!wire.over || reader === undefined) return abort.abort()
  const drain = (): Promise<void> => reader.read().then(({ done }) => (done ? undefined : drain()))
  const drained = drain().catch(() => undefined)
  const timer = setTimeout(() => abort.abort(), 250)
  const moment = new Promise<void>((resolve) => setTimeout(resolve, 30))
  await Promise.race([drained.then(() => clearTimeout(timer)), moment])
}
