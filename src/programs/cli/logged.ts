/** What `--print-logs` says of a session's events: one line each, from the level that it is worth. */
import * as Effect from "effect/Effect"
import * as LogLevel from "effect/LogLevel"
import type { Event } from "../../domain/model/Event.ts"

const levels: Partial<Record<Event["type"], LogLevel.LogLevel>> = {
  "turn.failed": LogLevel.Error,
  "error.occurred": LogLevel.Error,
  "turn.interrupted": LogLevel.Warning,
  "model.retried": LogLevel.Warning,
  "tool.refused": LogLevel.Warning,
  "tool.unknown": LogLevel.Warning,
  "changes.conflicted": LogLevel.Warning,
  "session.created": LogLevel.Info,
  "session.forked": LogLevel.Info,
  "session.compacted": LogLevel.Info,
  "model.switched": LogLevel.Info,
  "turn.started": LogLevel.Info,
  "turn.finished": LogLevel.Info,
  "changes.applied": LogLevel.Info
}

/** Logs that an event was recorded; its content stays in the session. */
export const logged = ({ seq, session, type }: Event): Effect.Effect<void> =>
  Effect.logWithLevel(levels[type] ?? LogLevel.Debug, `${session} ${seq} ${type}`)
