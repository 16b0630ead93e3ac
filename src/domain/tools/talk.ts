/** The tools of agents that work together: they tell and ask each other, and keep a board. Offered only in a team. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { nothing } from "../model/Footprint.ts"
import { MessageKind } from "../model/MeshFacts.ts"
import type { NotSent } from "./Teammate.ts"
import { type AnyTool, defineTool, ToolFailure, ToolRun } from "./Tool.ts"

/** Characters of one message, or of a note. */
const longest = 4000

/** Milliseconds that anybody may wait for an answer. */
const longestWait = 120_000

const teammate = Effect.flatMap(ToolRun, ({ team }) =>
  team === undefined
    ? new ToolFailure({ kind: "alone", reason: "There is no other agent to talk to." })
    : Effect.succeed(team)
)

const failing = <A>(effect: Effect.Effect<A, NotSent>) =>
  Effect.mapError(effect, ({ reason }) => new ToolFailure({ kind: "not_sent", reason }))

const bounded = (text: string) =>
  text.trim() === "" || text.length > longest
    ? new ToolFailure({
        kind: "invalid",
        reason: `A text has 1 to ${longest} characters, this one has ${text.length}. Say it shorter.`
      })
    : Effect.succeed(text)

const message = defineTool({
  name: "message",
  description:
    'Tells other agents something: to names, or "*" for all (a topic then reaches its subscribers). With wait_ms, asks one agent and waits for its answer. Their messages reach you by themselves; answer with reply_to.',
  input: Schema.Struct({
    to: Schema.NonEmptyArray(Schema.String),
    kind: MessageKind,
    text: Schema.String,
    topic: Schema.optional(Schema.String),
    reply_to: Schema.optional(Schema.String),
    wait_ms: Schema.optional(Schema.JsonNumber)
  }),
  prepare: ({ kind, reply_to: replyTo, text: said, to, topic, wait_ms: wait }) =>
    Effect.gen(function* () {
      const text = yield* bounded(said)
      const letter = { to, kind, text, topic, replyTo }
      return {
        footprint: nothing,
        preview: `${kind} to ${to.join(", ")}: ${text}`,
        run: Effect.gen(function* () {
          const team = yield* teammate
          const waits = wait !== undefined && wait > 0
          return {
            output: yield* failing(waits ? team.request(letter, Math.min(wait, longestWait)) : team.send(letter))
          }
        })
      }
    })
})

const board = defineTool({
  name: "board",
  description:
    "Shows the board: goal, plan, decisions, findings. add and text note one on it for all agents; follow subscribes you to topics.",
  input: Schema.Struct({
    add: Schema.optional(Schema.Literal("decision", "finding")),
    text: Schema.optional(Schema.String),
    follow: Schema.optional(Schema.Array(Schema.String))
  }),
  prepare: ({ add, follow = [], text: said }) =>
    Effect.gen(function* () {
      const text = add === undefined ? "" : yield* bounded(said ?? "")
      return {
        footprint: nothing,
        preview: add === undefined ? "the board" : `${add}: ${text}`,
        run: Effect.gen(function* () {
          const team = yield* teammate
          if (follow.length > 0) yield* failing(team.follow(follow))
          if (add !== undefined) yield* failing(team.note(add, text))
          return { output: yield* team.board }
        })
      }
    })
})

const proposeStep = defineTool({
  name: "propose_step",
  description:
    "Proposes a step that the plan needs beside yours, instead of doing it: who does it (role), which files it may touch, and the command that ends with 0 when it is done.",
  input: Schema.Struct({
    title: Schema.String,
    task: Schema.String,
    role: Schema.String,
    files: Schema.Array(Schema.String),
    check: Schema.optional(Schema.String),
    why_no_check: Schema.optional(Schema.String),
    depends_on: Schema.optional(Schema.Array(Schema.String))
  }),
  prepare: ({ depends_on: dependsOn = [], why_no_check: whyNoCheck, ...said }) =>
    Effect.map(bounded(said.task), () => ({
      footprint: nothing,
      preview: `step: ${said.title}`,
      run: Effect.gen(function* () {
        const { propose } = yield* teammate
        if (propose === undefined)
          return yield* new ToolFailure({ kind: "no_plan", reason: "There is no plan that a step could be added to." })
        return { output: yield* failing(propose({ ...said, dependsOn, whyNoCheck })) }
      })
    }))
})

/** The tools by which agents of a team talk, and say what is needed beside their own work. */
export const talk: ReadonlyArray<AnyTool> = [message, board, proposeStep]
