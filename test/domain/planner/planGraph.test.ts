/** A plan's graph as text, Mermaid and SVG: all that is in the plan is in it, nothing overlaps, and no title breaks out of its place. */
import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import { noUsage } from "../../../src/domain/model/Message.ts"
import type { Step } from "../../../src/domain/model/Plan.ts"
import { graphLines, graphOf, type PlanGraph } from "../../../src/domain/planner/planGraph.ts"
import { box, layoutOf } from "../../../src/domain/planner/planLayout.ts"
import { mermaidLines } from "../../../src/domain/planner/planMermaid.ts"
import { svgLines } from "../../../src/domain/planner/planSvg.ts"
import type { PlanState, StepState } from "../../../src/domain/session/PlanState.ts"
import { acyclic, step } from "./plans.ts"

const stateOf = (steps: ReadonlyArray<Step>, far: Readonly<Record<string, Partial<StepState>>> = {}): PlanState => ({
  plan: { goal: "Show the weather", steps },
  status: "approved",
  steps: new Map(
    Object.entries(far).map(([id, now]) => [id, { phase: "waiting", attempts: 1, left: [], usage: noUsage, ...now }])
  )
})

const weather = stateOf(
  [
    step("api", [], { title: "Endpoint", check: { run: "npm test -- api" } }),
    step("data", [], { title: "Sample data", role: "analyst", check: { none: "only looks can tell" } }),
    step("page", ["api", "data"], { title: "Show it", role: "designer" }),
    step("docs", ["api"], { title: "Say how" }),
    step("more", ["page"], { title: "Another one", proposedBy: "page (designer)" }),
    step("all", ["page", "docs", "api"], { title: "Everything", role: "tester" })
  ],
  {
    api: { phase: "verified", usage: { ...noUsage, input: 900, output: 100, cost: 0.0123 } },
    data: { phase: "unverified", usage: { ...noUsage, input: 40, output: 2 } },
    page: { phase: "running" }
  }
)

const attack = `</title><script>alert("1")</script>&\n]:::x --> s0; %%{init}%% \`md\` 'q' \u001b[31mred\u0007\u202e\ud800`

const drawings = (graph: PlanGraph) => ({
  text: graphLines(graph).join("\n"),
  mermaid: mermaidLines(graph).join("\n"),
  svg: svgLines(graph).join("\n")
})

const laws = { numRuns: 60 }

describe("the graph of a plan", () => {
  it("as text shows layers, marks, checks, what was spent, and what waits for what", () => {
    assert.deepStrictEqual(graphLines(graphOf(weather)), [
      "Goal: Show the weather",
      "  1 ✓ api [coder] Endpoint · verified · check: npm test -- api · 0.0123 USD",
      "    ~ data [analyst] Sample data · unverified · no check: only looks can tell · 42 tokens",
      "  2 … page [designer] Show it ← api, data · running · check: npm test",
      "    · docs [coder] Say how ← api · waiting · check: npm test",
      "  3 ? more [coder] Another one ← page · proposed · check: npm test",
      "    · all [tester] Everything ← page, docs, api · waiting · check: npm test",
      "Plan: approved"
    ])
  })

  it("as Mermaid names its own boxes, so that a step may be called end", () => {
    assert.deepStrictEqual(
      mermaidLines(graphOf(stateOf([step("end"), step("b", ["end"])], { b: { phase: "failed" } }))),
      [
        "flowchart LR",
        "  %% Show the weather, approved",
        '  s0["· end (coder), waiting<br/>Do end<br/>check: npm test"]:::waiting',
        '  s1["✗ b (coder), failed<br/>Do b<br/>check: npm test"]:::failed',
        "  s0 --> s1",
        "  classDef waiting fill:#f3f4f6,stroke:#6b7280,color:#111827",
        "  classDef failed fill:#fee2e2,stroke:#b91c1c,color:#111827"
      ]
    )
    assert.include(mermaidLines(graphOf(weather)).join("\n"), "0.0123 USD")
  })

  it("as SVG is what it was", () => {
    assert.deepStrictEqual(layoutOf(graphOf(weather)).boxes.length, 6)
    // The picture itself was looked at; a change of it is to be looked at again.
    const svg = svgLines(graphOf(weather)).join("\n")
    assert.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="986" height="310" /)
    assert.match(
      svg,
      /<title id="plan-title">Plan: Show the weather<\/title>\n<desc id="plan-text">Goal: Show the weather/
    )
    assert.include(svg, "prefers-color-scheme:dark")
  })

  it("has every step in one box and every dependency as one line, from a layer to one behind it", () => {
    fc.assert(
      fc.property(acyclic, (steps) => {
        const graph = graphOf(stateOf(steps))
        const layer = new Map(graph.layers.flatMap((nodes, at) => nodes.map(({ id }) => [id, at] as const)))
        assert.sameMembers(
          graph.layers.flat().map(({ id }) => id),
          steps.map(({ id }) => id)
        )
        assert.sameMembers(
          graph.edges.map(({ from, to }) => `${from}>${to}`),
          steps.flatMap(({ dependsOn, id }) => dependsOn.map((from) => `${from}>${id}`))
        )
        for (const { from, to } of graph.edges) assert.isBelow(layer.get(from) ?? 99, layer.get(to) ?? -1)
        const { mermaid, svg, text } = drawings(graph)
        assert.lengthOf(mermaid.match(/ --> /g) ?? [], graph.edges.length)
        assert.lengthOf(svg.match(/class="line"/g) ?? [], graph.edges.length)
        assert.lengthOf(svg.match(/class="box /g) ?? [], steps.length)
        for (const { id } of steps) for (const drawn of [mermaid, svg, text]) assert.include(drawn, `Do ${id}`)
      }),
      laws
    )
  })

  it("draws no box over another, and no line that passes a column through a box of it", () => {
    fc.assert(
      fc.property(acyclic, (steps) => {
        const { boxes, height, lines, width } = layoutOf(graphOf(stateOf(steps)))
        const inside = (x: number, y: number, of: (typeof boxes)[number]) =>
          x > of.x && x < of.x + box.width && y > of.y && y < of.y + box.height
        for (const one of boxes) {
          assert.isTrue(one.x >= 0 && one.y >= 0 && one.x + box.width <= width && one.y + box.height <= height)
          for (const other of boxes)
            assert.isTrue(
              one === other || Math.abs(one.x - other.x) >= box.width || Math.abs(one.y - other.y) >= box.height
            )
          for (const points of lines)
            for (const { x, y } of points.slice(1, -1))
              for (const at of [x + 1, x - 1]) assert.isFalse(inside(at, y, one))
        }
      }),
      laws
    )
  })

  it("lets no title, check or goal break out of its place, whatever is in it", () => {
    const odd = fc.constantFrom(attack, ...attack.split(" "), "界".repeat(80), "]]>", "<!--", "%%", '"', "#quot;")
    fc.assert(
      fc.property(fc.array(odd, { minLength: 1, maxLength: 4 }), (parts) => {
        const title = parts.join(" ")
        const state = stateOf([step("a", [], { title, role: title, check: { none: title } }), step("b", ["a"])])
        const { mermaid, svg, text } = drawings(graphOf({ ...state, plan: { ...state.plan, goal: title } }))
        for (const drawn of [mermaid, svg, text]) assert.notMatch(drawn, /(?!\n)\p{Cc}|\p{Cf}|\p{Cs}|\u2028|\u2029/u)
        assert.lengthOf(text.split("\n"), 4)
        assert.lengthOf(mermaid.split("\n"), 6)
        for (const line of mermaid.split("\n"))
          assert.match(
            line,
            /^(flowchart LR| {2}%% [^"{}<>`]*| {2}s\d\["([^"<>`[\]{}]|<br\/>)*"\]:::\w+| {2}s0 --> s1| {2}classDef .*)$/
          )
        const tags = svg.replace(/<style>.*<\/style>/, "").match(/<[^>]*>/g) ?? []
        assert.deepStrictEqual(
          tags.filter((tag) => !/^<\/?(svg|title|desc|defs|marker|path|rect|text|tspan|style)[ />]/.test(tag)),
          []
        )
        assert.lengthOf(
          tags.filter((tag) => /^<svg/.test(tag)),
          3
        )
        assert.notMatch(svg.replace(/<[^<>]*>/g, ""), /[<>"']|&(?!amp;|lt;|gt;|quot;|#39;)/)
      }),
      laws
    )
  })

  it("stands steps in a circle behind all others, and leaves out edges to steps that are not there", () => {
    const circle = graphOf(stateOf([step("a", ["b", "gone"]), step("b", ["a"]), step("c")]))
    assert.deepStrictEqual(
      circle.layers.map((nodes) => nodes.map(({ id }) => id)),
      [["c"], ["a", "b"]]
    )
    assert.lengthOf(layoutOf(circle).lines, 2)
    const loose = {
      ...circle,
      edges: [
        { from: "c", to: "gone" },
        { from: "gone", to: "c" }
      ]
    }
    assert.lengthOf(layoutOf(loose).lines, 0)
    const none = graphOf(stateOf([]))
    assert.deepStrictEqual([none.layers, layoutOf(none).boxes], [[], []])
  })
})
