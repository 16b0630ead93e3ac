/** Puts a turn's questions to the person at the terminal. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { FactOf } from "../../domain/model/Event.ts"
import type { Footprint } from "../../domain/model/Footprint.ts"
import type { SessionId } from "../../domain/model/Ids.ts"
import type { Asker } from "../../domain/model/MeshFacts.ts"
import type { Reply } from "../../domain/model/Rule.ts"
import { covered, judgedCalls, policyThen } from "../../domain/permission/covered.ts"
import { ownCall } from "../../domain/session/raisedCall.ts"
import { ShellGrammar } from "../../ports/ShellGrammar.ts"
import { storedEvents } from "../storedEvents.ts"
import { Io } from "./Io.ts"
import { visible } from "./visible.ts"
import { count, oneLine } from "./words.ts"

const effects: ReadonlyArray<readonly [keyof Footprint, string]> = [
  ["read", "reads"],
  ["write", "writes"],
  ["exec", "runs"],
  ["net", "connects to"],
  ["env", "reads the environment"],
  ["unknown", "cannot be told"]
]

/** What a call would touch, one line a kind. */
export const effectLines = (footprint: Footprint): string =>
  effects
    .filter(([key]) => footprint[key].length > 0)
    .map(([key, words]) => `  ${words}: ${visible(footprint[key].join(", "))}\n`)
    .join("")

/** So many calls are named; more are counted. */
const most = 5

/** How far the rule of `always` reaches: the session's last calls that it would have allowed. */
const reachText = (id: SessionId, asked: FactOf<"tool.asked">) =>
  Effect.gen(function* () {
    // Of another agent, its own calls are looked at.
    const events = yield* storedEvents(asked.from?.agent ?? id)
    const calls = judgedCalls(events, ownCall(asked.call))
    if (calls.length === 0) return ""
    const grammar = yield* (yield* ShellGrammar).load
    const would = covered(asked.always, calls, { ...policyThen(events), grammar })
    const named = would.slice(-most).map(({ footprint, subjects, tool }) => {
      const [what = ""] = [...subjects, ...footprint.write, ...footprint.read]
      return `       ${oneLine(visible(`${tool} ${what}`), 100)}\n`
    })
    return `       of the last ${count(calls.length, "call")} it would have allowed ${would.length === 0 ? "none" : `${would.length}:`}\n${named.join("")}`
  })

/** Who asks, where it is another agent: the names from the first one down to it. */
const askerText = (from: Asker | undefined): string =>
  from === undefined ? "" : `${visible(from.path.map((name) => oneLine(name)).join(" > "))} asks: `

/** The question for one call, in full. */
const permissionText = (asked: FactOf<"tool.asked">, reach: string): string =>
  `\n${askerText(asked.from)}${visible(asked.name)} asks for permission (${visible(asked.rule)}):\n${visible(asked.preview).trimEnd()}\n${effectLines(asked.footprint)}` +
  `  y = this once, a = always in this session${asked.from === undefined ? "" : " and for all its agents"} (${visible(asked.always)}), n = no\n${reach}`

const replies: Readonly<Record<string, Reply>> = {
  y: "once",
  yes: "once",
  a: "always",
  always: "always",
  n: "reject",
  no: "reject"
}

/** Asks until the answer is one; the end of input is a no. */
export const askPermission = (id: SessionId, asked: FactOf<"tool.asked">) =>
  Effect.gen(function* () {
    const io = yield* Io
    // A log that cannot be read just now is no reason not to ask.
    const reach = yield* Effect.orElseSucceed(reachText(id, asked), () => "")
    yield* io.err(permissionText(asked, reach))
    for (;;) {
      const line = yield* io.ask("Allow? [y/a/n] ")
      if (Option.isNone(line)) return "reject" satisfies Reply
      const reply = replies[line.value.trim().toLowerCase()]
      if (reply !== undefined) return reply
    }
  })

/** A question of the model; a number chooses one of its options. */
export const askQuestion = ({ from, question }: FactOf<"question.asked">): Effect.Effect<string, never, Io> =>
  Effect.gen(function* () {
    const io = yield* Io
    const { options } = question
    const list = options.map((option, index) => `  ${index + 1}. ${visible(option)}\n`).join("")
    yield* io.err(`\n${askerText(from)}${visible(question.question)}\n${list}`)
    const line = yield* io.ask("> ")
    const answer = Option.getOrElse(line, () => "").trim()
    return options[Number(answer) - 1] ?? (answer === "" ? "(no answer)" : answer)
  })

/** A question that is answered with yes or no; the end of input is a no. */
export const confirm = (question: string): Effect.Effect<boolean, never, Io> =>
  Effect.gen(function* () {
    const io = yield* Io
    const line = yield* io.ask(`${question} [y/n] `)
    return Option.exists(line, (answer) => /^y(es)?$/i.test(answer.trim()))
  })
