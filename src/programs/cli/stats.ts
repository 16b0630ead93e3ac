/** `session stats`: what sessions spent, in sum and by model, day, project or role. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { durationOf } from "../../domain/model/Duration.ts"
import type { SessionId } from "../../domain/model/Ids.ts"
import { EventStore, type SessionRow } from "../../ports/EventStore.ts"
import { Io } from "./Io.ts"
import { exit, usage } from "./report.ts"
import { sessionOf } from "./sessions.ts"
import type { Invocation } from "./spec.ts"
import { type By, dayOf, groupLines, groupsBy, sumLines, sumOf } from "./statsText.ts"
import { visible } from "./visible.ts"
import { count, jsonText } from "./words.ts"
import { inWorld } from "./world.ts"

/** The flags of `session stats`. */
export interface StatsFlags {
  readonly by: Option.Option<By>
  readonly since: Option.Option<string>
  readonly format: Option.Option<"text" | "json">
}

const sinceOf = ({ since }: StatsFlags) =>
  Effect.gen(function* () {
    if (Option.isNone(since)) return undefined
    const day = dayOf(since.value, durationOf(since.value), yield* Clock.currentTimeMillis)
    return (
      day ??
      (yield* Effect.fail(
        usage(`--since ${since.value} is not clear.`, "Write a day as 2026-11-01, or a time as 7d or 12h.")
      ))
    )
  })

/** A session, and those of the agents that worked for it. */
const withAgents = (id: SessionId, rows: ReadonlyArray<SessionRow>): ReadonlySet<SessionId> => {
  const found = new Set([id])
  // The set grows while it is walked: agents begin others.
  for (const one of found) for (const { parent, session } of rows) if (parent === one) found.add(session)
  return found
}

/** What was spent, of which sessions, and how long their logs are. */
const gather = (flags: StatsFlags, word: string | undefined) =>
  Effect.gen(function* () {
    const store = yield* EventStore
    const since = yield* sinceOf(flags)
    const all = yield* store.list
    const only = word === undefined ? undefined : withAgents(yield* sessionOf(word), all)
    const { rows, unread } = yield* store.spending(since)
    const spent = only === undefined ? rows : rows.filter(({ session }) => only.has(session))
    const within = new Set<string>(spent.map(({ session }) => session))
    const listed = all.filter(
      ({ session }) => (only === undefined ? since === undefined : only.has(session)) || within.has(session)
    )
    const { calls, turns, usage: used } = sumOf(spent)
    const events = listed.reduce((sum, row) => sum + row.events, 0)
    const total = { sessions: listed.length, events, turns, calls, usage: used }
    return { spent, total, unread: only === undefined ? unread : unread.filter((session) => only.has(session)) }
  })

/** Prints tokens and money of all sessions, or of the one that a word names. */
export const printStats = (flags: StatsFlags, word: string | undefined) =>
  Effect.gen(function* () {
    const io = yield* Io
    const { spent, total, unread } = yield* gather(flags, word)
    const groups = Option.map(flags.by, (by) => groupsBy(by, spent))
    if (Option.contains(flags.format, "json"))
      yield* io.out(jsonText(Option.match(groups, { onNone: () => total, onSome: (it) => ({ ...total, groups: it }) })))
    else {
      const lines = Option.match(groups, { onNone: () => "", onSome: (it) => `\n${groupLines(it, io.columns)}` })
      yield* io.out(visible(sumLines(total) + lines))
    }
    if (unread.length > 0)
      yield* io.err(`${count(unread.length, "session")} could not be read and is not in this: ${unread.join(", ")}\n`)
    return exit.done
  })

/** Tokens and money of all sessions, or of one. */
export const stats = (flags: StatsFlags, call: Invocation) =>
  inWorld(call, {}, () => printStats(flags, call.operands[0]))
