/** What is wrong with a plan, in sentences that a model or a person can act on. */
import type { Plan, Step } from "../model/Plan.ts"
import { circular, predecessors } from "./graph.ts"
import { globParts, partsOverlap } from "./overlap.ts"

/** A plan has no more steps: what is larger is several plans. */
export const mostSteps = 100

const twice = (steps: ReadonlyArray<Step>): ReadonlyArray<string> => {
  const ids = steps.map(({ id }) => id)
  return [...new Set(ids.filter((id, index) => ids.indexOf(id) < index))].map(
    (id) => `Two steps are called ${id}: each needs an id of its own.`
  )
}

const missing = (steps: ReadonlyArray<Step>): ReadonlyArray<string> => {
  const known = new Set(steps.map(({ id }) => id))
  return steps.flatMap(({ dependsOn, id }) =>
    dependsOn.filter((it) => !known.has(it)).map((it) => `Step ${id} depends on ${it}, and there is no such step.`)
  )
}

const circles = (steps: ReadonlyArray<Step>): ReadonlyArray<string> => {
  const found = circular(steps)
  return found.length === 0
    ? []
    : [`These steps wait for themselves through each other: ${found.join(", ")}. One of them must come first.`]
}

const isOutside = (glob: string): boolean => /^([/~]|[a-zA-Z]:)/.test(glob) || glob.split(/[/\\]/).includes("..")

const outside = (steps: ReadonlyArray<Step>): ReadonlyArray<string> =>
  steps.flatMap(({ files, id }) =>
    files
      .filter(isOutside)
      .map((file) => `Step ${id} may touch ${file}, which is not in the project: name files from its root.`)
  )

const strangers = (steps: ReadonlyArray<Step>, roles: ReadonlyArray<string>): ReadonlyArray<string> =>
  steps
    .filter(({ role }) => !roles.includes(role))
    .map(({ id, role }) => `Step ${id} is for the role ${role}, and there is no such role: ${roles.join(", ")}.`)

const clashes = (steps: ReadonlyArray<Step>): ReadonlyArray<string> => {
  const earlier = predecessors(steps)
  const all = steps.map((step) => ({ step, globs: step.files.map((file) => ({ file, parts: globParts(file) })) }))
  const ordered = (a: Step, b: Step) => earlier.get(a.id)?.has(b.id) === true || earlier.get(b.id)?.has(a.id) === true
  return all.flatMap((a, index) =>
    all.slice(index + 1).flatMap((b) => {
      if (ordered(a.step, b.step) || (a.step.merges === true && b.step.merges === true)) return []
      const shared = a.globs.find(({ parts }) => b.globs.some((other) => partsOverlap(parts, other.parts)))
      return shared === undefined
        ? []
        : [
            `Steps ${a.step.id} and ${b.step.id} may both touch ${shared.file} at the same time: let one depend on the other, or say of both that they merge.`
          ]
    })
  )
}

/** Everything that keeps a plan from being carried out, in the order of its steps; nothing where it can be. */
export const problemsOf = (plan: Plan, roles: ReadonlyArray<string>): ReadonlyArray<string> => {
  const { steps } = plan
  if (steps.length === 0) return ["The plan has no steps."]
  if (steps.length > mostSteps)
    return [`The plan has ${steps.length} steps, more than ${mostSteps}: plan a part of it.`]
  // What comes before what is known only where every id names one step.
  const named = [...twice(steps), ...missing(steps)]
  const flow = named.length > 0 ? named : [...circles(steps), ...clashes(steps)]
  return [...flow, ...outside(steps), ...strangers(steps, roles)]
}
