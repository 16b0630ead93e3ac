/** The whole story in each strategy: an endpoint that returns the weather, shown on the home page. Its lines are golden files. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { expect } from "vitest"
import type { ScriptedTurn } from "../../../src/adapters/memory/ScriptedModel.ts"
import { CodeMesh } from "../../../src/domain/CodeMesh.ts"
import type { Event } from "../../../src/domain/model/Event.ts"
import type { SessionId } from "../../../src/domain/model/Ids.ts"
import type { Strategy } from "../../../src/domain/model/Plan.ts"
import type { ModelRequest } from "../../../src/ports/LanguageModel.ts"
import { narrate } from "../../../src/programs/cli/narrate.ts"
import { HeadlessLive } from "../../../src/programs/HeadlessLive.ts"
import { eventsOf, ofType, root, textPart } from "../../support/mesh.ts"

const goal = "Add an endpoint that returns the weather and show it on the home page"

const draft = (id: string, role: string, files: ReadonlyArray<string>, after: ReadonlyArray<string>) => ({
  id,
  title: { api: "Add GET /weather", page: "Show the weather", docs: "Describe the endpoint" }[id] ?? id,
  task: "",
  role,
  files: [...files],
  check: id === "docs" ? null : "npm test",
  why_no_check: id === "docs" ? "only a reader can tell" : null,
  depends_on: [...after]
})

const steps = [
  draft("api", "coder", ["src/api.js"], []),
  draft("docs", "documenter", ["README.md"], []),
  draft("page", "designer", ["src/page.js"], ["api"])
]

const texts = ({ messages }: ModelRequest): ReadonlyArray<string> =>
  messages.flatMap(({ parts }) => parts.flatMap((part) => (part.type === "text" ? [part.text] : [])))

const isAnswer = ({ messages }: ModelRequest): boolean =>
  messages[messages.length - 1]?.parts.at(-1)?.type === "tool-result"

const written: Record<string, string> = {
  "Add GET /weather": "src/api.js",
  "Show the weather": "src/page.js",
  "Describe the endpoint": "README.md"
}

/** Plays everybody: the planner, those who do the steps, and those who are asked about them. */
const model = (request: ModelRequest): ScriptedTurn => {
  const [first = "", ...more] = texts(request)
  const last = more.at(-1) ?? first
  const title = /## Your step\n(.*)/.exec(first)?.[1] ?? ""
  const path = written[title]
  if (path !== undefined) {
    if (isAnswer(request)) return { text: `${title}: done.` }
    return { calls: [{ name: "write", input: { file_path: `${root}/${path}`, content: `${title}\n` } }] }
  }
  if (last.startsWith("You are peer-")) return { text: /^- (\S+) \[/m.exec(last)?.[1] ?? "none" }
  if (last.includes("Which is best")) return { text: "2\nIt is shorter." }
  if (last.startsWith("Agents carried out a plan")) return { text: "All steps hold; nothing shows the documentation." }
  if (isAnswer(request)) return { text: "Three steps." }
  return { calls: [{ name: "plan", input: { goal, steps } }] }
}

/** The same, but each who tries a step writes something else. */
const various = () => {
  let count = 0
  return (request: ModelRequest): ScriptedTurn => {
    const turn = model(request)
    const call = "calls" in turn ? turn.calls?.[0] : undefined
    if (call?.name !== "write" || typeof call.input !== "object") return turn
    count += 1
    return { calls: [{ name: "write", input: { ...call.input, content: `try ${count}\n` } }] }
  }
}

const commands = { "npm test": { output: "ok\n" } }

const lineOf = (event: Event): ReadonlyArray<string> => {
  const line = narrate(event) ?? (event.type === "part.text" ? event.text : undefined)
  return line === undefined ? [] : [line.replace(/ses_[0-9a-f]{32}/g, "ses_…").replace(/[\d,]+ tokens/g, "… tokens")]
}

/** Lines as people see them, without what differs from run to run; those of a step together, as who is faster differs too. */
const storyOf = (events: ReadonlyArray<Event>): string => {
  const began = events.findIndex(({ type }) => type === "plan.started") + 1
  const of = (id?: string) => events.slice(began).filter((event) => ("step" in event ? event.step : undefined) === id)
  const all = [...events.slice(0, began), ...steps.flatMap(({ id }) => of(id)), ...of()]
  return all.flatMap(lineOf).join("\n")
}

const played = (strategy: Strategy) =>
  Effect.gen(function* () {
    const mesh = yield* CodeMesh
    const id = yield* mesh.start({ root, model: "scripted/test", mode: "plan" })
    yield* mesh.submit(id, { type: "Prompt", parts: [textPart(goal)] })
    yield* mesh.rest(id)
    yield* mesh.submit(id, { type: "ApprovePlan" })
    yield* mesh.submit(id, { type: "ExecutePlan", strategy })
    yield* mesh.rest(id)
    return id
  })

/** Every agent asked the model, has one end, and leaves nothing that waits to be applied. */
const noIdleAgents = (id: SessionId) =>
  Effect.gen(function* () {
    const mesh = yield* CodeMesh
    const state = yield* mesh.show(id)
    const traffic: Array<string> = []
    for (const [agent, { ended, spawned }] of state.agents) {
      const calls = ofType(yield* eventsOf(agent), "model.requested").length
      assert.isAbove(calls, 0, spawned.path.join())
      assert.strictEqual(ended?.calls, calls)
      assert.deepStrictEqual((yield* mesh.diff(agent)).changes, [])
      traffic.push(`${spawned.path.join(" > ")}: ${calls}`)
    }
    return traffic.sort().join("\n")
  })

const strategies: ReadonlyArray<Strategy> = ["hierarchical", "pipeline", "mesh", "swarm"]

describe("The weather", () => {
  for (const strategy of strategies)
    it.scoped(`is planned, made, checked and summed up: ${strategy}`, () =>
      Effect.gen(function* () {
        const mesh = yield* CodeMesh
        const id = yield* played(strategy)
        const events = yield* eventsOf(id)
        const { hash, plan } = yield* mesh.show(id)
        assert.strictEqual(plan?.status, "done")
        assert.deepStrictEqual(
          (yield* mesh.diff(id)).changes.map(({ path }) => path),
          ["README.md", "src/api.js", "src/page.js"]
        )
        const traffic = yield* noIdleAgents(id)
        yield* Effect.promise(() =>
          expect(`${storyOf(events)}\n\nModel calls by agent:\n${traffic}\n`).toMatchFileSnapshot(
            `stories/${strategy}.txt`
          )
        )
        assert.strictEqual(yield* mesh.replay(events), hash)
      }).pipe(Effect.provide(HeadlessLive({ model: strategy === "swarm" ? various() : model, commands })))
    )
})
