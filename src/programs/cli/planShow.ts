/** `plan show`: a plan and how far each step is, as text, JSON, or as a graph. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { graphLines, graphOf } from "../../domain/planner/planGraph.ts"
import { mermaidLines } from "../../domain/planner/planMermaid.ts"
import { svgLines } from "../../domain/planner/planSvg.ts"
import { Io } from "./Io.ts"
import { type HasPlan, planJson, planOf, shownPlan } from "./planRun.ts"
import { exit } from "./report.ts"
import type { Invocation } from "./spec.ts"
import { visible } from "./visible.ts"
import { jsonText } from "./words.ts"
import { inWorld } from "./world.ts"

type Format = "text" | "json" | "mermaid" | "svg"

const asLines = (lines: ReadonlyArray<string>): string => `${lines.join("\n")}\n`

const text = (state: HasPlan, format: Format, graph: boolean): string => {
  switch (format) {
    case "json":
      return jsonText(planJson(state))
    case "mermaid":
      return asLines(mermaidLines(graphOf(state.plan)))
    case "svg":
      return asLines(svgLines(graphOf(state.plan)))
    case "text":
      return visible(graph ? asLines(graphLines(graphOf(state.plan))) : shownPlan(state))
  }
}

/** Shows a plan, and how far each of its steps is. */
export const show = (flags: { readonly format: Option.Option<Format>; readonly graph: boolean }, call: Invocation) =>
  inWorld(call, {}, (root) =>
    Effect.gen(function* () {
      const io = yield* Io
      const state = yield* planOf(call.operands[0], root)
      yield* io.out(
        text(
          state,
          Option.getOrElse(flags.format, (): Format => "text"),
          flags.graph
        )
      )
      return exit.done
    })
  )
