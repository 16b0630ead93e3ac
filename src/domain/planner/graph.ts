/** A plan as a graph: what comes before what, what may begin, and in which order it is merged. */
import type { Step, StepId } from "../model/Plan.ts"

/** The steps that must be done before each step, directly or through others; a step in a circle is before itself. */
export const predecessors = (steps: ReadonlyArray<Step>): ReadonlyMap<StepId, ReadonlySet<StepId>> => {
  const known = new Map(steps.map((step) => [step.id, step]))
  return new Map(
    steps.map(({ dependsOn, id }) => {
      const found = new Set<StepId>()
      const open = [...dependsOn]
      for (let next = open.pop(); next !== undefined; next = open.pop()) {
        if (found.has(next)) continue
        found.add(next)
        open.push(...(known.get(next)?.dependsOn ?? []))
      }
      return [id, found]
    })
  )
}

/** The steps that wait for themselves, through others or not; none in a plan that can be carried out. */
export const circular = (steps: ReadonlyArray<Step>): ReadonlyArray<StepId> =>
  [...predecessors(steps)].filter(([id, earlier]) => earlier.has(id)).map(([id]) => id)

/**
 * The steps in an order in which each follows all that it depends on; of those that could come next, the one that stands
 * first in the plan. What is in a circle, or waits for it, is left out.
 */
export const inOrder = (steps: ReadonlyArray<Step>): ReadonlyArray<Step> => {
  const done = new Set<StepId>()
  const ordered: Array<Step> = []
  for (;;) {
    const next = steps.find(({ dependsOn, id }) => !done.has(id) && dependsOn.every((it) => done.has(it)))
    if (next === undefined) return ordered
    done.add(next.id)
    ordered.push(next)
  }
}

/** The steps that may begin: not begun yet, and all that they depend on is done; as they stand in the plan. */
export const ready = (
  steps: ReadonlyArray<Step>,
  done: ReadonlySet<StepId>,
  begun: ReadonlySet<StepId>
): ReadonlyArray<Step> =>
  steps.filter(({ dependsOn, id }) => !begun.has(id) && !done.has(id) && dependsOn.every((it) => done.has(it)))
