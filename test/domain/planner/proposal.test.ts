/** How a model proposes a plan, and what it is told of one that cannot be carried out. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { presets } from "../../../src/domain/context/role.ts"
import { proposal } from "../../../src/domain/planner/proposal.ts"
import { toolWorld } from "../../support/toolWorld.ts"

const draft = (id: string, more: object = {}) => ({
  id,
  title: `Do ${id}`,
  task: "All of it",
  role: "coder",
  files: [`src/${id}.ts`],
  check: "npm test",
  why_no_check: null,
  depends_on: [],
  ...more
})

const propose = (...steps: ReadonlyArray<object>) =>
  Effect.flatMap(toolWorld(), (world) => world.call(proposal, { goal: " Show the weather ", steps }))

describe("The tool plan", () => {
  it.scoped("takes what a step needs to know, what it may use, and that it is merged with its neighbours", () =>
    Effect.gen(function* () {
      const { plan } = yield* propose(
        draft("api", { inputs: ["JSON"], merges: true, budget: { max_turns: 5, max_tokens: 1000, max_cost: 0.5 } }),
        draft("page", { files: ["src/api.ts"], merges: true, budget: {} })
      )
      assert.deepInclude(plan?.steps[0], {
        inputs: ["JSON"],
        merges: true,
        budget: { turns: 5, tokens: 1000, cost: 0.5 }
      })
      assert.deepStrictEqual(plan?.steps[1]?.budget, {})
    })
  )

  it.scoped("proposes the plan as it will be carried out, and shows it", () =>
    Effect.gen(function* () {
      const { output, plan } = yield* propose(
        draft("API ", { files: ["src/api.ts", " "] }),
        draft("page", {
          role: " Designer",
          check: " ",
          why_no_check: "only looks can tell",
          files: [],
          depends_on: ["Api"]
        })
      )
      assert.deepStrictEqual(plan, {
        goal: "Show the weather",
        steps: [
          {
            id: "api",
            title: "Do API",
            task: "All of it",
            role: "coder",
            inputs: [],
            files: ["src/api.ts"],
            check: { run: "npm test" },
            dependsOn: []
          },
          {
            id: "page",
            title: "Do page",
            task: "All of it",
            role: "designer",
            inputs: [],
            files: [],
            check: { none: "only looks can tell" },
            dependsOn: ["api"]
          }
        ]
      })
      assert.match(output, /^1\. api \[coder\] Do API\n {3}files: src\/api\.ts · check: npm test$/m)
      assert.match(output, /^2\. page .*\n {3}reads only · no check: only looks can tell · after: api$/m)
    })
  )

  it.scoped("says what keeps a plan from being carried out, so that the model can mend it", () =>
    Effect.gen(function* () {
      const failure = yield* Effect.flip(propose(draft("a"), draft("b", { files: ["src/a.ts"] })))
      assert.strictEqual(failure.kind, "invalid")
      assert.match(failure.reason, /a and b may both touch src\/a\.ts/)
    })
  )

  it.scoped("wants a check of each step, or why there is none", () =>
    Effect.gen(function* () {
      const failure = yield* Effect.flip(propose(draft("a", { check: null })))
      assert.match(failure.reason, /^Step a has no check/)
    })
  )

  it.scoped("takes the roles that there are here, a person's own among them", () =>
    Effect.gen(function* () {
      const world = yield* toolWorld({ run: { roles: ["mason"] } })
      const proposed = (role: string) => world.call(proposal, { goal: "A wall", steps: [draft("wall", { role })] })
      assert.strictEqual((yield* proposed("Mason")).plan?.steps[0]?.role, "mason")
      const { reason } = yield* Effect.flip(proposed("coder"))
      assert.match(reason, /no such role: mason\./)
    })
  )

  it.scoped("refuses an id that is no name", () =>
    Effect.gen(function* () {
      const failure = yield* Effect.flip(propose(draft("a step")))
      assert.strictEqual(failure.kind, "invalid")
    })
  )
})

describe("The roles that are always there", () => {
  it("are the thirteen of the design, and those that only look say so", () => {
    assert.deepStrictEqual(
      [...presets.keys()].sort(),
      "analyst architect coder coordinator debugger designer devops documenter explainer planner reviewer security tester".split(
        " "
      )
    )
    const readers = [...presets.values()].filter(({ readOnly }) => readOnly).map(({ name }) => name)
    assert.deepStrictEqual(
      readers.sort(),
      "analyst architect coordinator explainer planner reviewer security".split(" ")
    )
  })

  it.scoped("tells of a step that nothing shows to be done which checks the project has", () =>
    Effect.gen(function* () {
      const world = yield* toolWorld()
      writeFileSync(join(world.dir, "go.mod"), "module x\n")
      const bare = draft("api", { check: null, why_no_check: null })
      const failure = yield* Effect.flip(world.call(proposal, { goal: "g", steps: [bare] }))
      assert.include(failure.message, "The project has: go test ./... (tests, by go.mod)")
      const { output } = yield* world.call(proposal, { goal: "g", steps: [{ ...bare, why_no_check: "only looks" }] })
      assert.include(output, "No check shows: api. The project has: go test ./...")
    })
  )
})
