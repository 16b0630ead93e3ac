/** A plan as a graph that people look at: its steps in layers, how far each is, and the text that says all of it. */
import type { Step, StepId } from "../model/Plan.ts"
import { stepOf } from "../session/evolvePlan.ts"
import type { PlanState, StepState } from "../session/PlanState.ts"
import { inOrder } from "./graph.ts"

/** How a step stands, as it is shown: its phase, or that it waits for a person's yes. */
export type Standing = StepState["phase"] | "proposed"

/** A step as it is drawn; no text of it holds a line end or anything that a terminal would act on. */
export interface GraphNode {
  readonly id: StepId
  readonly role: string
  readonly title: string
  readonly standing: Standing
  readonly mark: string
  /** The check, or why there is none. */
  readonly check: string
  /** What its tries have used so far; empty where that is nothing. */
  readonly spent: string
  readonly after: ReadonlyArray<StepId>
}

/** A plan's steps, each in the layer behind all that it depends on, and what depends on what. */
export interface PlanGraph {
  readonly goal: string
  readonly status: PlanState["status"]
  readonly layers: ReadonlyArray<ReadonlyArray<GraphNode>>
  readonly edges: ReadonlyArray<{ readonly from: StepId; readonly to: StepId }>
}

const marks: Readonly<Record<Standing, string>> = {
  waiting: "·",
  running: "…",
  verified: "✓",
  unverified: "~",
  failed: "✗",
  cancelled: "-",
  proposed: "?"
}

/** The text on one line, without what a terminal, a browser or an XML reader would take for something else than text. */
const plain = (text: string): string =>
  text
    .replace(/[\s\p{Cc}]+/gu, " ")
    .replace(/[\p{Cf}\p{Cs}\ufffe\uffff]/gu, "\ufffd")
    .trim()

const spentOf = ({ usage }: StepState): string => {
  if (usage.cost > 0) return `${usage.cost.toFixed(4)} USD`
  const tokens = usage.input + usage.output + usage.cacheRead + usage.cacheWrite
  return tokens > 0 ? `${tokens} tokens` : ""
}

/** Of each step, the length of the longest way to it; what is in a circle stands behind all others. */
const depths = (steps: ReadonlyArray<Step>): ReadonlyMap<StepId, number> => {
  const known = new Map<StepId, number>()
  for (const { dependsOn, id } of inOrder(steps)) {
    const before = [...known].filter(([it]) => dependsOn.includes(it)).map(([, depth]) => depth)
    known.set(id, Math.max(-1, ...before) + 1)
  }
  const behind = Math.max(-1, ...known.values()) + 1
  for (const { id } of steps.filter((it) => !known.has(it.id))) known.set(id, behind)
  return known
}

const nodeOf = (state: PlanState, step: Step, after: ReadonlyArray<StepId>): GraphNode => {
  const now = stepOf(state, step.id)
  const standing = step.proposedBy !== undefined && now.phase === "waiting" ? "proposed" : now.phase
  return {
    id: step.id,
    role: plain(step.role),
    title: plain(step.title),
    standing,
    mark: marks[standing],
    check: plain("run" in step.check ? `check: ${step.check.run}` : `no check: ${step.check.none}`),
    spent: spentOf(now),
    after
  }
}

/** The graph of a plan as it stands; within a layer, steps stand as in the plan. */
export const graphOf = (state: PlanState): PlanGraph => {
  const { goal, steps } = state.plan
  const depth = depths(steps)
  const after = ({ dependsOn }: Step) => [...new Set(dependsOn)].filter((it) => depth.has(it))
  const layers = Array.from({ length: Math.max(-1, ...depth.values()) + 1 }, (_, layer) =>
    steps.filter(({ id }) => depth.get(id) === layer).map((step) => nodeOf(state, step, after(step)))
  )
  const edges = layers.flat().flatMap((node) => node.after.map((from) => ({ from, to: node.id })))
  return { goal: plain(goal), status: state.status, layers, edges }
}

const nodeText = ({ after, check, id, mark, role, spent, standing, title }: GraphNode): string =>
  [
    `${mark} ${id} [${role}] ${title}${after.length === 0 ? "" : ` ← ${after.join(", ")}`}`,
    standing,
    check,
    ...(spent === "" ? [] : [spent])
  ].join(" · ")

/** The graph as lines: a number for each layer, whose steps may run side by side, and behind `←` what a step waits for. */
export const graphLines = ({ goal, layers, status }: PlanGraph): ReadonlyArray<string> => [
  `Goal: ${goal}`,
  ...layers.flatMap((nodes, layer) =>
    nodes.map((node, index) => `${index === 0 ? String(layer + 1).padStart(3) : "   "} ${nodeText(node)}`)
  ),
  `Plan: ${status}`
]
