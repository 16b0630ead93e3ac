/** Plans for tests: steps by a short hand, and any plan at all. */
import * as fc from "effect/FastCheck"
import type { Step } from "../../../src/domain/model/Plan.ts"

/** A step of a coder with a check. */
export const step = (id: string, dependsOn: ReadonlyArray<string> = [], more: Partial<Step> = {}): Step => ({
  id,
  title: `Do ${id}`,
  task: "",
  role: "coder",
  inputs: [],
  files: [`src/${id}.ts`],
  check: { run: "npm test" },
  dependsOn,
  ...more
})

/** Steps that depend only on ones before them, and stand in any order. */
export const acyclic: fc.Arbitrary<ReadonlyArray<Step>> = fc
  .array(fc.array(fc.nat(9), { maxLength: 3 }), { minLength: 1, maxLength: 10 })
  .map((rows) =>
    rows.map((wants, index) =>
      step(`s${index}`, index === 0 ? [] : [...new Set(wants.map((want) => `s${want % index}`))])
    )
  )
  .chain((steps) => fc.shuffledSubarray(steps, { minLength: steps.length }))
