/** Routes: which model a turn or a task goes to, and which settings of them are refused. */
import { describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import { misfit } from "../../../src/domain/config/declared.ts"
import { merge } from "../../../src/domain/config/merge.ts"
import { modelFor, routed, routesBySize } from "../../../src/domain/config/routes.ts"
import type { Config } from "../../../src/domain/model/Config.ts"
import type { Json } from "../../../src/domain/model/Json.ts"
import type { RawLayer } from "../../../src/ports/ConfigSource.ts"
import { equal } from "../../support/contract.ts"

const withRoutes = (routes: Readonly<Record<string, string>>, small?: string): Config => ({
  model: { routes, ...(small === undefined ? {} : { small }) }
})

describe("routed", () => {
  it("matches by task, by role, and by the size of the conversation", () => {
    const config = withRoutes({
      title: "a/title",
      "role:plan": "a/plan",
      "task:test": "a/test",
      "tokens > 50000": "a/large",
      "tokens<100": "a/tiny"
    })
    equal(routed(config, { task: "title" }), { rule: "title", model: "a/title" })
    equal(routed(config, { role: "title" })?.model, "a/title")
    equal(routed(config, { role: "plan" })?.model, "a/plan")
    equal(routed(config, { task: "plan" }), undefined)
    equal(routed(config, { role: "test" }), undefined)
    equal(routed(config, { task: "test" })?.model, "a/test")
    equal(routed(config, { role: "build", tokens: 50_001 })?.model, "a/large")
    equal(routed(config, { tokens: 50_000 }), undefined)
    equal(routed(config, { tokens: 99 })?.model, "a/tiny")
    equal(routed(config, {}), undefined)
    equal(routed({}, { task: "title" }), undefined)
  })

  it("takes the first that matches, whatever follows", () => {
    const names = FastCheck.constantFrom("title", "plan", "role:plan", "task:title", "tokens > 10", "tokens < 10", "x")
    const purposes = FastCheck.record(
      {
        task: FastCheck.constantFrom("title", "summary"),
        role: FastCheck.constantFrom("plan", "build"),
        tokens: FastCheck.integer({ min: 0, max: 20 })
      },
      { requiredKeys: [] }
    )
    FastCheck.assert(
      FastCheck.property(FastCheck.uniqueArray(names), purposes, (keys, purpose) => {
        const routes = Object.fromEntries(keys.map((key, index) => [key, `a/${index}`]))
        const alone = keys.find((key) => routed(withRoutes({ [key]: "a/b" }), purpose) !== undefined)
        const found = routed(withRoutes(routes), purpose)
        equal(found?.rule, alone)
        equal(found?.model, alone === undefined ? undefined : routes[alone])
      })
    )
  })

  it("counts the conversation only where a route asks for it", () => {
    equal(routesBySize(withRoutes({ title: "a/b" })), false)
    equal(routesBySize(withRoutes({ title: "a/b", "tokens > 5": "a/b" })), true)
    equal(routesBySize({}), false)
  })
})

describe("modelFor", () => {
  it("takes a route, else the small model, else nothing", () => {
    equal(modelFor(withRoutes({ title: "a/t" }, "a/s"), "title"), { rule: "title", model: "a/t" })
    equal(modelFor(withRoutes({ title: "a/t" }, "a/s"), "summary"), { rule: "model.small", model: "a/s" })
    equal(modelFor({}, "title"), undefined)
  })
})

describe("misfit", () => {
  it("refuses a route or a fallback to a model that nobody declared", () => {
    const known = ["anthropic", "openai"]
    const reason = (config: Config) => misfit(config, known)?.reason
    equal(misfit({}, known), undefined)
    equal(misfit(withRoutes({ title: "openai/gpt-5.6" }), known), undefined)
    equal(misfit(withRoutes({ title: "nowhere/x" }), undefined), undefined)
    equal(misfit(withRoutes({ title: "opanai/gpt-5.6" }), known), {
      key: ["model", "routes", "title"],
      reason: "opanai/gpt-5.6 is not declared: there is no provider opanai; did you mean openai?"
    })
    equal(
      reason({ model: { fallback: ["openai/a", "nowhere/x"] } }),
      "nowhere/x is not declared: there is no provider nowhere"
    )
    const lab = (models: ReadonlyArray<string> | Readonly<Record<string, object>>, name: string): Config => ({
      providers: { lab: { models } },
      ...withRoutes({ plan: name })
    })
    equal(reason(lab(["coder"], "lab/coder")), undefined)
    equal(reason(lab({ coder: {} }, "lab/other")), undefined)
    equal(
      reason(lab(["coder"], "lab/codr")),
      "lab/codr is not declared: it is not among the models of [providers.lab]; did you mean coder?"
    )
  })
})

describe("merge", () => {
  const layer = (kind: RawLayer["kind"], value: Json, origin: string = kind): RawLayer => ({
    origin,
    kind,
    value,
    line: (key) => (key.length === 0 ? Option.none() : Option.some(key.length * 10))
  })
  const wrong = (layers: ReadonlyArray<RawLayer>, profile?: string) =>
    Either.match(merge(layers, Option.fromNullable(profile), ["openai"]), {
      onLeft: (error) => error.message,
      onRight: () => undefined
    })
  const noKey =
    "a key of [model.routes] is a task or a role (title, plan), task:NAME, role:NAME, tokens > N or tokens < N"
  const routes = (entries: Readonly<Record<string, string>>) => ({ model: { routes: entries } })

  it("names file and line of a route that is none, or goes nowhere", () => {
    const there = "did you mean openai?"
    equal(
      wrong([layer("project", routes({ title: "opena/x" }), "project config /p")]),
      `project config /p:30: model.routes.title: opena/x is not declared: there is no provider opena; ${there}`
    )
    for (const key of ["", "1", "a b", "kind:x", "tokens >= 5", "tokens > many"])
      equal(
        wrong([layer("project", routes({ [key]: "openai/x" }), "project config /p")]),
        `project config /p:30: model.routes.${key === "1" ? "1" : JSON.stringify(key)}: ${noKey}`
      )
    const profiles = { profiles: { fast: { model: { fallback: ["opena/x"] } } } }
    equal(
      wrong([layer("global", profiles)], "fast"),
      `global:40: profiles.fast.model.fallback: opena/x is not declared: there is no provider opena; ${there}`
    )
    equal(wrong([layer("global", profiles)]), undefined)
  })

  it("lets the routes of a higher layer match first, in their own order", () => {
    const layers = [
      layer("global", routes({ title: "openai/1", plan: "openai/2" })),
      layer("project", routes({ build: "openai/3", title: "openai/4" }))
    ]
    const merged = Either.getOrThrow(merge(layers, Option.none()))
    equal(Object.entries(merged.config.model?.routes ?? {}), [
      ["build", "openai/3"],
      ["title", "openai/4"],
      ["plan", "openai/2"]
    ])
  })
})
