/** Shows a run while it goes: events as lines, partial answers as a ticker, or everything as JSON lines. */
import * as Effect from "effect/Effect"
import type { Conflict } from "../../domain/model/Change.ts"
import type { Event } from "../../domain/model/Event.ts"
import type { Progress } from "../../domain/model/Progress.ts"
import { Io } from "./Io.ts"
import { logged } from "./logged.ts"
import { narrate } from "./narrate.ts"
import { type Used, unused, usedAfter, usedText } from "./used.ts"
import { visible } from "./visible.ts"
import { jsonLine } from "./words.ts"
import type { Phases } from "./world.ts"

/** What a run has come to so far. */
export interface Watched {
  /** The texts of the newest answer. */
  answer: ReadonlyArray<string>
  applied: Extract<Event, { type: "changes.applied" }>["changes"]
  conflicts: ReadonlyArray<Conflict>
  /** The newest event that was seen. */
  seen: number
}

/** What shows the news of a turn, and keeps what its result needs. */
export interface View {
  readonly watched: Watched
  readonly show: (news: Event | Progress) => Effect.Effect<void>
  /** Ends what is shown for the moment only. */
  readonly clear: Effect.Effect<void>
}

interface Ticker {
  chars: number
  used: Used
  at: number
  drawn: boolean
}

const every = { live: 100, plain: 1000 }

const tickLine = (progress: Progress, chars: number): string => {
  if (progress.type === "progress.call") return `… ${progress.name}: ${progress.chars} characters of input`
  if (progress.type === "progress.note") return progress.text
  const what =
    progress.type === "progress.reasoning" ? "thinking" : progress.type === "progress.output" ? "output" : "answering"
  return `… ${what}: ${chars} characters`
}

const tick = (io: Io["Type"], ticker: Ticker, progress: Progress) =>
  Effect.suspend(() => {
    if ("text" in progress) ticker.chars += progress.text.length
    const now = io.uptime()
    if (now - ticker.at < (io.live ? every.live : every.plain)) return Effect.void
    ticker.at = now
    const line = visible(tickLine(progress, ticker.chars))
    if (!io.live) return io.err(`${line}\n`)
    const used = usedText(ticker.used)
    ticker.drawn = true
    return io.redraw(used === "" ? line : `${line} · ${used}`)
  })

/** Before these, somebody is asked, or all is said. */
const lastWords: ReadonlySet<string> = new Set([
  "tool.asked",
  "question.asked",
  "turn.finished",
  "turn.failed",
  "turn.interrupted"
])

/** What the run has used stands below what it tells, on a terminal; at its end it stays. */
const showUsed = (io: Io["Type"], ticker: Ticker, event: Event) =>
  Effect.suspend(() => {
    const used = io.live ? usedText(ticker.used) : ""
    if (used === "" || ticker.drawn) return Effect.void
    if (lastWords.has(event.type)) return event.type.startsWith("turn.") ? io.err(`${used}\n`) : Effect.void
    ticker.drawn = true
    return io.redraw(used)
  })

const clear = (io: Io["Type"], ticker: Ticker) =>
  Effect.suspend(() => {
    ticker.chars = 0
    if (!ticker.drawn) return Effect.void
    ticker.drawn = false
    return io.redraw("")
  })

/** What is said before tools are called is progress, not the answer. */
const interim = (watched: Watched, event: Event): string => {
  if (event.type !== "tool.called" || watched.answer.length === 0) return ""
  const text = watched.answer.join("")
  watched.answer = []
  return `${visible(text).trimEnd()}\n`
}

/** Keeps of an event what a result needs. */
export const take = (watched: Watched, event: Event): void => {
  watched.seen = event.seq
  if (event.type === "model.requested") watched.answer = []
  if (event.type === "part.text" && event.partial !== true) watched.answer = [...watched.answer, event.text]
  if (event.type === "changes.applied") watched.applied = [...watched.applied, ...event.changes]
  if (event.type === "changes.conflicted") watched.conflicts = event.conflicts
}

const phaseOf: Readonly<Record<string, string>> = {
  "model.requested": "model",
  "tool.called": "tools"
}

/** Adds what went by since the event before to the phase that ran meanwhile. */
const clock = (phases: Phases) => {
  let since: { readonly at: number; readonly phase: string } | undefined
  return (event: Event): void => {
    const at = Date.parse(event.at)
    if (since !== undefined) phases.set(since.phase, (phases.get(since.phase) ?? 0) + Math.max(0, at - since.at))
    const ends = event.type === "model.answered" || event.type === "tool.finished" || event.type === "tool.refused"
    const phase = phaseOf[event.type] ?? (ends || since === undefined ? "work" : since.phase)
    since = { at, phase }
  }
}

/** Shows one piece of news in a format, and remembers what a result needs. */
export const watcher = (format: "text" | "json" | "stream-json", phases: Phases): Effect.Effect<View, never, Io> =>
  Effect.map(Io, (io) => {
    const watched: Watched = { answer: [], applied: [], conflicts: [], seen: 0 }
    const ticker: Ticker = { chars: 0, used: unused, at: Number.NEGATIVE_INFINITY, drawn: false }
    const lap = clock(phases)
    const lines = format === "stream-json"
    const progress = (news: Progress) => (lines ? io.out(jsonLine(news)) : tick(io, ticker, news))
    const event = (news: Event) =>
      Effect.gen(function* () {
        lap(news)
        yield* logged(news)
        const before = interim(watched, news)
        take(watched, news)
        if (lines) return yield* io.out(jsonLine(news))
        const line = narrate(news)
        ticker.used = usedAfter(ticker.used, news)
        if (before !== "" || line !== undefined || news.type === "part.text" || lastWords.has(news.type)) {
          yield* clear(io, ticker)
          yield* io.err(before + (line === undefined ? "" : `${visible(line)}\n`))
        }
        yield* showUsed(io, ticker, news)
      })
    return {
      watched,
      show: (news) => ("seq" in news ? event(news) : progress(news)),
      clear: clear(io, ticker)
    }
  })
