/** What a model is given for a turn beside the conversation: its system prompt and its tools. */
import * as Effect from "effect/Effect"
import { Host } from "../../ports/Host.ts"
import { Secrets } from "../../ports/Secrets.ts"
import type { Mode } from "../context/modes.ts"
import { affordable, type Shown, shownOf, systemFragments } from "../context/prompt.ts"
import type { ToolSpec } from "../model/Call.ts"
import type { Config } from "../model/Config.ts"
import type { Model } from "../model/Model.ts"
import { hiding } from "../session/redact.ts"
import type { AnyTool } from "../tools/Tool.ts"
import { offered, specOf, Toolbox } from "../tools/Toolbox.ts"

/** The system prompt, in one and by its fragments, and the tools. */
export interface Outfit {
  readonly system: string
  readonly fragments: ReadonlyArray<Shown>
  readonly tools: ReadonlyArray<AnyTool>
  readonly specs: ReadonlyArray<ToolSpec>
}

/** The tools that are left under a configuration, in a mode, in a window. */
const toolsFor = (all: ReadonlyArray<AnyTool>, config: Config, mode: Mode, window: number): ReadonlyArray<AnyTool> => {
  const left = offered(all, config, mode)
  const kept = affordable(left.map(specOf), window)
  return left.filter(({ name }) => kept.has(name))
}

/** What a model is given at a root in a mode; the model's window is that which the settings leave it. */
export const outfit = (root: string, config: Config, mode: Mode, model: Model) =>
  Effect.gen(function* () {
    const { instructions, platform } = yield* Host
    const hide = hiding(yield* (yield* Secrets).known)
    const window = model.context
    const shown = shownOf(systemFragments({ mode, platform, root, window, instructions: yield* instructions(root) }))
    const fragments = shown.map(({ label, text }) => ({ label, text: hide(text) }))
    const tools = toolsFor((yield* Toolbox).tools, config, mode, window)
    const outfit: Outfit = {
      system: fragments.map(({ text }) => text).join("\n\n"),
      fragments,
      tools,
      specs: tools.map(specOf)
    }
    return outfit
  })
