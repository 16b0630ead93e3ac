/** The agents of a session as they are shown: who each is, what it does, what it used, and for whom it waits. Pure. */
import * as HashMap from "effect/HashMap"
import type { SessionId } from "../../domain/model/Ids.ts"
import { noUsage, type Usage } from "../../domain/model/Message.ts"
import { stepOf } from "../../domain/session/evolvePlan.ts"
import { usedText } from "./used.ts"
import { count, oneLine } from "./words.ts"
import type { State } from "./world.ts"

/** An agent as programs read it. */
export interface AgentRow {
  readonly agent: SessionId
  /** The names down to it. */
  readonly path: ReadonlyArray<string>
  readonly role: string
  readonly model: string
  readonly step?: string
  readonly attempt?: number
  /** What it does, or what became of it. */
  readonly state: string
  /** For whom or what it waits: a person, another agent. */
  readonly waitsFor: ReadonlyArray<string>
  readonly usage: Usage
}

/** What a session does just now, and for whom it waits. */
export const doing = (state: State): Pick<AgentRow, "state" | "waitsFor"> => {
  const [asked] = HashMap.values(state.asked)
  if (asked !== undefined) return { state: `asks for permission: ${asked.rule}`, waitsFor: ["a person's yes or no"] }
  const [question] = HashMap.values(state.questions)
  if (question !== undefined) return { state: `asks: ${question.question}`, waitsFor: ["a person's answer"] }
  const [call] = Array.from(HashMap.values(state.open)).filter(({ phase }) => phase === "started")
  if (call !== undefined) return { state: `runs ${call.name}`, waitsFor: [] }
  if (state.answering) return { state: "asks its model", waitsFor: [] }
  return { state: state.running ? "works" : "is at rest", waitsFor: [] }
}

/** The agents that work for a session, or did, in the order in which they began; `own` has the states of their own sessions. */
export const agentRows = (root: State, own: ReadonlyMap<SessionId, State> = new Map()): ReadonlyArray<AgentRow> =>
  [...root.agents.values()].map(({ ended, spawned }) => {
    const { agent, attempt, model, path, role, step } = spawned
    const self = own.get(agent)
    const now =
      ended !== undefined
        ? { state: ended.reason === undefined ? ended.result : `${ended.result}: ${ended.reason}`, waitsFor: [] }
        : self === undefined
          ? { state: "works", waitsFor: [] }
          : doing(self)
    return {
      agent,
      path,
      role,
      model,
      ...(step === undefined ? {} : { step }),
      ...(attempt === undefined ? {} : { attempt }),
      ...now,
      usage: ended?.usage ?? self?.usage ?? noUsage
    }
  })

/** A step of a plan as programs read it: how far it is, and what it waits for. */
export interface StepRow {
  readonly step: string
  readonly title: string
  readonly phase: string
  readonly waitsFor: ReadonlyArray<string>
}

const over: ReadonlySet<string> = new Set(["verified", "unverified"])

/** The steps of a session's plan, and for whom each that has not begun waits. */
export const stepRows = ({ plan }: State): ReadonlyArray<StepRow> =>
  plan === undefined
    ? []
    : plan.plan.steps.map((step) => {
        const { phase } = stepOf(plan, step.id)
        const before = step.dependsOn.filter((id) => !over.has(stepOf(plan, id).phase)).map((id) => `step ${id}`)
        const yes = step.proposedBy === undefined ? [] : [`a person's yes, as ${step.proposedBy} proposed it`]
        const others = before.length + yes.length === 0 ? ["an agent that is free"] : []
        return {
          step: step.id,
          title: step.title,
          phase,
          waitsFor: phase === "waiting" ? [...before, ...yes, ...others] : []
        }
      })

const parts = (words: ReadonlyArray<string>): string => words.filter((word) => word !== "").join(" · ")

/** The agents, a line each. */
export const agentLines = (rows: ReadonlyArray<AgentRow>): ReadonlyArray<string> =>
  rows.map(({ agent, attempt, model, path, role, state, step, usage, waitsFor }) => {
    const task =
      step === undefined ? "" : `step ${step}${attempt === undefined || attempt === 1 ? "" : `, try ${attempt}`}`
    const waits = waitsFor.length === 0 ? "" : `waits for ${waitsFor.join(", ")}`
    return `  ${parts([path.join(" > ") || role, model, task, oneLine(state, 120), waits, usedText({ usage }), agent])}\n`
  })

/** The steps that wait, a line each, and how many are done. */
export const stepLines = (rows: ReadonlyArray<StepRow>): ReadonlyArray<string> => [
  `  ${rows.filter(({ phase }) => over.has(phase)).length} of ${count(rows.length, "step")} done\n`,
  ...rows
    .filter(({ waitsFor }) => waitsFor.length > 0)
    .map(({ step, waitsFor }) => `  step ${step} waits for ${waitsFor.join(", ")}\n`)
]
