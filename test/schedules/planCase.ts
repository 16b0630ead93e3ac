/** A plan to explore: its steps and what each does to few shared files, what goes wrong, and what a person does meanwhile. */
import * as fc from "effect/FastCheck"
import type { Step, Strategy } from "../../src/domain/model/Plan.ts"
import { step } from "../domain/planner/plans.ts"

/** What a step, or a person, does to a file of lines `key: value`. */
export type Deed = { readonly file: string } & (
  | { readonly do: "set"; readonly key: string; readonly value: string }
  | { readonly do: "remove"; readonly key: string }
)

/** A step: what it waits for, what it does, and whether a command shows that it is done. */
export interface CaseStep {
  readonly id: string
  readonly dependsOn: ReadonlyArray<string>
  readonly deeds: ReadonlyArray<Deed>
  readonly checked: boolean
}

/** Where a fault meets no step's agent: whoever is only asked, such as a peer, a voter, the coordinator or the reviewer. */
export const asked = "asked"

/** What goes wrong. `at` is in milliseconds from the start; each happens once. */
export type Fault =
  | { readonly kind: "error"; readonly step: string; readonly call: number; readonly passing: boolean }
  | { readonly kind: "hang"; readonly step: string; readonly call: number }
  | { readonly kind: "check"; readonly step: string; readonly times: number }
  | { readonly kind: "interrupt"; readonly at: number }
  | { readonly kind: "death"; readonly at: number }
  | { readonly kind: "append"; readonly nth: number }
  | { readonly kind: "limit"; readonly calls: number }
  | { readonly kind: "cancel"; readonly step: string; readonly at: number }

/** What a person changes in the real tree while agents work. */
export interface Edit {
  readonly at: number
  readonly deed: Deed
}

/** One case; the same one always runs alike. */
export interface PlanCase {
  readonly seed: number
  readonly width: number
  /** How the steps are given to agents; hierarchical where absent. */
  readonly strategy?: Strategy
  readonly steps: ReadonlyArray<CaseStep>
  readonly faults: ReadonlyArray<Fault>
  readonly edits: ReadonlyArray<Edit>
}

/** The files at the start. */
export const startFiles: Readonly<Record<string, string>> = {
  "a.txt": "k1: 0\nk2: 0\nk3: 0\nk4: 0\nk5: 0\nk6: 0\n",
  "b.txt": "k1: 0\nk2: 0\nk3: 0\n"
}

/** A file with a deed done; one that is not there, or becomes empty, is `undefined`. */
export const done = (text: string | undefined, deed: Deed): string | undefined => {
  const lines = (text ?? "").split("\n").filter((line) => line !== "")
  const at = lines.findIndex((line) => line.startsWith(`${deed.key}: `))
  if (deed.do === "remove") {
    if (at >= 0) lines.splice(at, 1)
  } else if (at >= 0) lines[at] = `${deed.key}: ${deed.value}`
  else lines.push(`${deed.key}: ${deed.value}`)
  return lines.length === 0 ? text : lines.map((line) => `${line}\n`).join("")
}

/** The step as the plan has it. Any two may touch the same file: their changes are merged. */
export const planStep = ({ checked, deeds, dependsOn, id }: CaseStep): Step =>
  step(id, dependsOn, {
    files: [...new Set(deeds.map(({ file }) => file))],
    merges: true,
    check: checked ? { run: `check ${id}` } : { none: "nothing to run" }
  })

const file = fc.constantFrom("a.txt", "a.txt", "b.txt", "c.txt")
const key = fc.constantFrom("k1", "k2", "k3", "k4", "k5", "k6", "k7")

const deeds = (name: string): fc.Arbitrary<ReadonlyArray<Deed>> =>
  fc.array(
    fc.oneof(
      {
        weight: 4,
        arbitrary: fc.tuple(file, key).map(([at, one]): Deed => ({ file: at, do: "set", key: one, value: name }))
      },
      { weight: 1, arbitrary: fc.tuple(file, key).map(([at, one]): Deed => ({ file: at, do: "remove", key: one })) }
    ),
    { minLength: 1, maxLength: 3 }
  )

const drawnSteps: fc.Arbitrary<ReadonlyArray<CaseStep>> = fc
  .array(fc.tuple(fc.array(fc.nat(9), { maxLength: 2 }), fc.nat(3)), { minLength: 1, maxLength: 5 })
  .chain((rows) =>
    fc.tuple(
      ...rows.map(([wants, check], index) =>
        deeds(`s${index}`).map(
          (own): CaseStep => ({
            id: `s${index}`,
            dependsOn: index === 0 ? [] : [...new Set(wants.map((want) => `s${want % index}`))],
            deeds: own,
            checked: check > 0
          })
        )
      )
    )
  )

const at = fc.integer({ min: 1, max: 6000 })

const faultOf = (steps: ReadonlyArray<CaseStep>): fc.Arbitrary<Fault> => {
  const id = fc.constantFrom(...steps.map((one) => one.id))
  const whose = fc.constantFrom(...steps.map((one) => one.id), asked)
  const call = fc.nat(4)
  return fc.oneof(
    fc.record({ kind: fc.constant("error" as const), step: whose, call, passing: fc.boolean() }),
    fc.record({ kind: fc.constant("hang" as const), step: whose, call }),
    fc.record({ kind: fc.constant("check" as const), step: id, times: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ kind: fc.constant("interrupt" as const), at }),
    fc.record({ kind: fc.constant("death" as const), at }),
    fc.record({ kind: fc.constant("append" as const), nth: fc.integer({ min: 1, max: 120 }) }),
    fc.record({ kind: fc.constant("limit" as const), calls: fc.integer({ min: 1, max: 12 }) }),
    fc.record({ kind: fc.constant("cancel" as const), step: id, at })
  )
}

const edit: fc.Arbitrary<Edit> = fc.tuple(at, deeds("person")).map(([when, [deed]]) => ({
  at: when,
  deed: deed ?? { file: "a.txt", do: "set", key: "k1", value: "person" }
}))

/** What cases may hold beside their steps. */
export interface Wishes {
  readonly faults: number
  readonly edits: number
}

/** Any case: few steps on few files, so that they meet. */
export const planCase = ({ edits, faults }: Wishes): fc.Arbitrary<PlanCase> =>
  drawnSteps.chain((steps) =>
    fc.record({
      seed: fc.nat(2 ** 31),
      width: fc.integer({ min: 1, max: 4 }),
      strategy: fc.constantFrom<Strategy>("hierarchical", "hierarchical", "pipeline", "mesh", "swarm"),
      steps: fc.subarray([...steps], { minLength: 1 }).map((kept) => {
        const ids = new Set(kept.map(({ id }) => id))
        return kept.map((one) => ({ ...one, dependsOn: one.dependsOn.filter((id) => ids.has(id)) }))
      }),
      faults: fc.array(faultOf(steps), { maxLength: faults }),
      edits: fc.array(edit, { maxLength: edits })
    })
  )
