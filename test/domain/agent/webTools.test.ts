/** The web in a session: which tools a model is told of, what is asked, and that a replay fetches nothing. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { ScriptedPage } from "../../../src/adapters/memory/ScriptedWeb.ts"
import { CodeMesh } from "../../../src/domain/CodeMesh.ts"
import type { Json } from "../../../src/domain/model/Json.ts"
import { portable, shell, web } from "../../../src/domain/tools/sets.ts"
import { inMesh, ofType, prompted } from "../../support/mesh.ts"

const engine = { url: "https://search.example/?q={query}" }

/** The names of the tools in the request that a model really gets. */
const toldOf = (config: Json) => {
  let told: ReadonlyArray<string> = []
  const model = (request: { readonly tools: ReadonlyArray<{ readonly name: string }> }) => {
    told = request.tools.map(({ name }) => name)
    return { text: "Done." }
  }
  return Effect.map(inMesh({ model, config, tools: [...portable, ...shell, ...web] }, prompted("Go")), () => told)
}

describe("the tools that a model is told of", () => {
  it.effect("hold webfetch, and websearch where there is an engine", () =>
    Effect.gen(function* () {
      assert.includeMembers([...(yield* toldOf({}))], ["bash", "git", "webfetch"])
      assert.notInclude(yield* toldOf({}), "websearch")
      assert.include(yield* toldOf({ tools: { websearch: engine } }), "websearch")
    })
  )

  it.effect("hold nothing that runs commands with tools.bash = false", () =>
    Effect.gen(function* () {
      const told = yield* toldOf({ tools: { bash: false } })
      assert.notInclude(told, "bash")
      assert.notInclude(told, "git")
      assert.include(told, "read")
      assert.notInclude(yield* toldOf({ tools: { git: false } }), "git")
      assert.include(yield* toldOf({ tools: { git: false } }), "bash")
    })
  )

  it.effect("hold nothing that reads the web with sandbox.network = false", () =>
    Effect.gen(function* () {
      const told = yield* toldOf({ sandbox: { network: false }, tools: { websearch: engine } })
      assert.notInclude(told, "webfetch")
      assert.notInclude(told, "websearch")
      assert.include(told, "bash")
    })
  )
})

const session = (options: {
  readonly allow?: ReadonlyArray<string>
  readonly yes?: boolean
  readonly url?: string
}) => {
  let fetched = 0
  const pages = (address: string): ScriptedPage | undefined => {
    fetched += 1
    return address === "https://e.org/" ? { type: "text/plain", body: "the page" } : undefined
  }
  const input = { url: options.url ?? "https://e.org" }
  const run = inMesh(
    {
      model: { turns: [{ calls: [{ name: "webfetch", input }] }, { text: "Done." }] },
      web: { pages },
      tools: [...portable, ...web],
      config: { permission: { allow: [...(options.allow ?? [])] } }
    },
    Effect.gen(function* () {
      const { events } = yield* prompted("Go", options.yes === true ? { yes: true } : {})
      const live = fetched
      const mesh = yield* CodeMesh
      const hash = yield* mesh.replay(events)
      return { events, live, again: fetched - live, same: hash === events[events.length - 1]?.hash }
    })
  )
  return run
}

describe("webfetch in a session", () => {
  it.effect("runs where a rule allows its host; its result is recorded, and a replay fetches nothing", () =>
    Effect.gen(function* () {
      const { again, events, live, same } = yield* session({ allow: ["webfetch(domain:e.org)"] })
      assert.deepStrictEqual([live, again, same], [1, 0, true])
      assert.include(ofType(events, "tool.finished")[0]?.output ?? "", "the page")
      assert.deepStrictEqual(ofType(events, "tool.allowed")[0]?.footprint?.net, ["e.org"])
    })
  )

  it.effect("is refused where nobody can be asked, with the rule that would allow it", () =>
    Effect.gen(function* () {
      const { events, live, same } = yield* session({})
      assert.deepStrictEqual([live, same], [0, true])
      assert.strictEqual(ofType(events, "tool.asked")[0]?.always, "webfetch(domain:e.org)")
      assert.strictEqual(ofType(events, "tool.refused")[0]?.by, "nobody")
      assert.strictEqual(ofType(events, "turn.failed")[0]?.reason, "refused")
    })
  )

  it.effect("is never asked for a private address, and not even --yes and * fetch one", () =>
    Effect.gen(function* () {
      for (const url of [
        "http://127.0.0.1/",
        "http://169.254.169.254/",
        "http://localhost:3000/",
        "file:///etc/passwd"
      ]) {
        const { events, live, same } = yield* session({ allow: ["*"], yes: true, url })
        assert.deepStrictEqual([live, same, ofType(events, "tool.asked").length], [0, true, 0], url)
        assert.match(ofType(events, "tool.finished")[0]?.output ?? "", /^refused: /)
      }
    })
  )
})
