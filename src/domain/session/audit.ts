/**
 * The audit of a session: who did what, when, by which rule, with what footprint and outcome. A projection of its log
 * without contents: no prompts, answers, inputs, outputs or command lines. Each line holds the hash of the chain so far
 * and the log's own hash at its event, so that neither can be changed alone.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { Digest } from "../../ports/Digest.ts"
import type { Change } from "../model/Change.ts"
import type { Event } from "../model/Event.ts"
import type { Footprint } from "../model/Footprint.ts"
import { canonical, type Json, JsonObject } from "../model/Json.ts"
import { isRaised } from "./raisedCall.ts"

/** An audit does not say what was written: its first line that differs from its own hash. */
export class AuditAltered extends Schema.TaggedError<AuditAltered>()("AuditAltered", {
  line: Schema.Int,
  reason: Schema.String
}) {
  override get message(): string {
    return `The audit was changed at line ${this.line}: ${this.reason}. Nothing from there on can be trusted.`
  }
}

type Who = "person" | "model" | "rule" | "program"

/** What a line says beside where it stands. */
interface Deed {
  readonly who: Who
  readonly [member: string]: Json
}

/** What could not be told of a command is counted: its words would be contents. */
const touched = ({ env, exec, net, read, unknown, write }: Footprint): Json => ({
  read,
  write,
  exec,
  net,
  env,
  unknown: unknown.length
})

const touches = (footprint: Footprint | undefined): { readonly footprint?: Json } =>
  footprint === undefined ? {} : { footprint: touched(footprint) }

const paths = (changes: ReadonlyArray<Change>): Json => changes.map(({ kind, path }) => ({ path, kind }))

const allowedBy = { rule: "rule", person: "person", yes: "person" } as const
const refusedBy = { rule: "rule", person: "person", nobody: "program" } as const

type Of<T extends Event["type"]> = Extract<Event, { readonly type: T }>

const callDeed = (event: Of<"tool.asked" | "tool.allowed" | "tool.refused" | "tool.finished">): Deed => {
  const { call, turn, type } = event
  switch (type) {
    case "tool.asked":
      return {
        ...{ who: "rule", turn, call, tool: event.name, rule: event.rule },
        ...(event.from === undefined ? {} : { agent: event.from.agent }),
        ...touches(event.footprint)
      }
    case "tool.allowed":
      return {
        ...{ who: allowedBy[event.by], turn, call, by: event.by, rule: event.rule, outcome: "allowed" },
        ...(event.always === true ? { always: true } : {}),
        ...touches(event.footprint)
      }
    case "tool.refused":
      return { who: refusedBy[event.by], turn, call, by: event.by, outcome: "refused", ...touches(event.footprint) }
    case "tool.finished":
      return { who: "program", turn, call, outcome: event.ok ? "ok" : "failed" }
  }
}

const turnDeed = (event: Of<"turn.started" | "turn.finished" | "turn.failed" | "turn.interrupted">): Deed => {
  const { turn, type } = event
  switch (type) {
    case "turn.started": {
      const { apply, attended, mode, model, rules, sandbox, yes } = event
      const inForce = rules.map(({ decision, rule }) => `${decision} ${rule}`)
      return { who: "program", turn, model, mode, apply, sandbox, attended, yes, rules: inForce }
    }
    case "turn.finished":
      return { who: "program", turn, outcome: "done" }
    case "turn.failed":
      return { who: "program", turn, outcome: event.reason, error: event.error.name }
    case "turn.interrupted":
      return { who: "person", turn, outcome: "interrupted" }
  }
}

/** What an event says to an audit; nothing where it only says what was written or read. */
const deedOf = (event: Event): Deed | undefined => {
  switch (event.type) {
    case "session.created":
      return { who: "person", root: event.root, model: event.model, mode: event.mode, program: event.program }
    case "session.forked":
      return { who: "person", from: event.from, upTo: event.upTo }
    case "prompt.submitted":
      return { who: "person", turn: event.turn }
    case "prompt.steered":
      return event.from === undefined
        ? { who: "person", turn: event.turn }
        : { who: "model", turn: event.turn, from: event.from }
    case "message.sent":
      return { who: "model", turn: event.turn, from: event.from, to: event.to, kind: event.kind }
    case "turn.started":
    case "turn.finished":
    case "turn.failed":
    case "turn.interrupted":
      return turnDeed(event)
    case "model.requested":
      return { who: "program", turn: event.turn, model: event.model }
    case "model.switched":
      return { who: "program", from: event.from, to: event.to }
    case "tool.called":
      return { who: "model", turn: event.turn, call: event.call, tool: event.name }
    case "tool.asked":
    case "tool.allowed":
    case "tool.refused":
    case "tool.finished":
      return callDeed(event)
    case "tool.unknown":
      return {
        who: "program",
        turn: event.turn,
        call: event.call,
        outcome: isRaised(event.call) ? "closed" : "unknown"
      }
    case "changes.staged":
      return { who: "model", turn: event.turn, changes: paths(event.changes) }
    case "changes.applied":
      // By a person's word, or at once where the turn said so.
      return { who: "program", changes: paths(event.changes) }
    case "changes.undone":
      return { who: "person", changes: paths(event.changes) }
    case "changes.discarded":
      return { who: "person", paths: event.paths }
    case "changes.conflicted":
      return { who: "program", paths: event.conflicts.map(({ path }) => path), outcome: "conflict" }
    case "error.occurred":
      return { who: "program", error: event.error.name }
    default:
      return undefined
  }
}

const hashed = (before: string, line: Json): Effect.Effect<string, never, Digest> =>
  Effect.flatMap(Digest, (digest) => digest.sha256(before + canonical(line)))

/** The audit of a whole log, as JSON lines; the last one says how many there are. */
export const auditOf = (events: Iterable<Event>): Effect.Effect<string, never, Digest> =>
  Effect.gen(function* () {
    const out: Array<string> = []
    let before = ""
    let end: Json = {}
    const add = (line: { readonly [member: string]: Json }) =>
      Effect.map(hashed(before, line), (hash) => {
        before = hash
        out.push(`${JSON.stringify({ ...line, hash })}\n`)
      })
    for (const event of events) {
      const { at, hash: log, seq, session } = event
      const deed = deedOf(event)
      end = { session, seq, log }
      if (deed !== undefined) yield* add({ audit: 1, session, seq, at, what: event.type, ...deed, log })
    }
    yield* add({ audit: 1, what: "end", lines: out.length, ...end })
    return out.join("")
  })

const Line = Schema.parseJson(Schema.extend(Schema.Struct({ hash: Schema.String }), JsonObject))
const decodeLine = Schema.decodeUnknownEither(Line)

/** Whether a text is an audit rather than a log. */
export const isAudit = (text: string): boolean => /^\s*\{"audit":/.test(text)

/** Checks every line's hash and that none is missing; answers the hash at the end. */
export const verifyAudit = (text: string): Effect.Effect<string, AuditAltered, Digest> =>
  Effect.gen(function* () {
    const lines = text.split("\n").slice(0, -1)
    let before = ""
    let last: { readonly [member: string]: Json } = {}
    for (const [index, raw] of lines.entries()) {
      const altered = (reason: string) => new AuditAltered({ line: index + 1, reason })
      const { hash, ...line } = yield* Either.mapLeft(decodeLine(raw), () => altered("it is no line of an audit"))
      if ((yield* hashed(before, line)) !== hash) return yield* altered("its content does not match its hash")
      before = hash
      last = line
    }
    if (last.what !== "end" || !text.endsWith("\n"))
      return yield* new AuditAltered({ line: lines.length + 1, reason: "it does not end with its last line" })
    return before
  })
