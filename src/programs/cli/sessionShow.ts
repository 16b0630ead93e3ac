/** `session show`: what was said and done in a session, and who worked for it. */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { CodeMesh } from "../../domain/CodeMesh.ts"
import { agentLines, agentRows } from "./agentRows.ts"
import { conversation } from "./conversation.ts"
import { Io } from "./Io.ts"
import { exit } from "./report.ts"
import { namedOrNewest } from "./sessions.ts"
import type { Invocation } from "./spec.ts"
import { cacheHitRate, cacheText } from "./used.ts"
import { visible } from "./visible.ts"
import { count, jsonText, oneLine, table } from "./words.ts"
import { inWorld, type State } from "./world.ts"

const aboutOf = ({ createdAt, id, mode, model, parent, root, seq, title, turn, updatedAt }: State) => ({
  session: id,
  title,
  root,
  model,
  mode,
  createdAt,
  updatedAt,
  events: seq,
  turns: turn,
  ...(parent === undefined ? {} : { parent: parent.session, path: parent.path.join(" > ") })
})

const stagedIn = ({ batches }: State) =>
  batches.filter((batch) => batch.where === "copy").flatMap((batch) => batch.changes)

/** A session as programs read it. */
const showJson = (state: State): string =>
  jsonText({
    ...aboutOf(state),
    ...(state.agents.size === 0 ? {} : { agents: agentRows(state) }),
    last: state.last ?? null,
    usage: state.usage,
    cacheHitRate: cacheHitRate(state.usage),
    todos: state.todos,
    staged: stagedIn(state).length > 0,
    entries: Chunk.toReadonlyArray(state.entries).map(({ from, part, seq, turn }) => ({ seq, turn, from, part }))
  })

/** A session as people read it. */
const showText = (state: State): string => {
  const { agents, broke, id, last, usage } = state
  const cached = usage.cacheRead === 0 ? {} : { "cache hit rate": cacheText(usage, broke) }
  const head = table(
    Object.entries({ ...aboutOf(state), ...cached }).map(([key, value]) => [`${key}:`, oneLine(String(value), 200)])
  )
  const team = agents.size === 0 ? "" : `agents:\n${agentLines(agentRows(state)).join("")}`
  const end =
    last === undefined ? "" : `ended: ${last.status}${last.error === undefined ? "" : `: ${last.error.message}`}\n`
  const staged = stagedIn(state)
  const waits = staged.length > 0 ? `${count(staged.length, "change")} staged: code-mesh diff ${id}\n` : ""
  return visible(`${head}${team}${end}${waits}\n${conversation(state)}`)
}

/** What was said and done in a session, and the agents that worked for it. */
export const show = (flags: { readonly format: Option.Option<"text" | "json"> }, call: Invocation) =>
  inWorld(call, {}, (root) =>
    Effect.gen(function* () {
      const io = yield* Io
      const state = yield* (yield* CodeMesh).show(yield* namedOrNewest(call.operands[0], root))
      yield* io.out(Option.contains(flags.format, "json") ? showJson(state) : showText(state))
      return exit.done
    })
  )
