/** What a model is given for a turn beside the conversation: its system prompt and its tools. */
import * as Effect from "effect/Effect"
import { Host } from "../../ports/Host.ts"
import { Secrets } from "../../ports/Secrets.ts"
import { WorkingCopies } from "../../ports/WorkingCopies.ts"
import { findChecks } from "../context/findChecks.ts"
import { checkLines } from "../context/foundChecks.ts"
import type { Mode } from "../context/modes.ts"
import { affordable, type Shown, shownOf, systemFragments } from "../context/prompt.ts"
import { ownRoles } from "../context/role.ts"
import type { ToolSpec } from "../model/Call.ts"
import type { Config } from "../model/Config.ts"
import type { Model } from "../model/Model.ts"
import { hiding } from "../session/redact.ts"
import type { AnyTool } from "../tools/Tool.ts"
import { offered, specOf, Toolbox } from "../tools/Toolbox.ts"

/** The tools that give work to others: they tell of the roles that are always there. */
const giving: ReadonlySet<string> = new Set(["plan", "task"])

/** The system prompt, in one and by its fragments, and the tools. */
export interface Outfit {
  readonly system: string
  readonly fragments: ReadonlyArray<Shown>
  readonly tools: ReadonlyArray<AnyTool>
  readonly specs: ReadonlyArray<ToolSpec>
}

/** The tools that a window has room for. */
const toolsFor = (left: ReadonlyArray<AnyTool>, window: number): ReadonlyArray<AnyTool> => {
  const kept = affordable(left.map(specOf), window)
  return left.filter(({ name }) => kept.has(name))
}

/** The checks that a project has, for whoever plans work on it. */
const checksIn = (root: string, config: Config) =>
  Effect.flatMap(WorkingCopies, ({ inPlace }) => inPlace(root)).pipe(
    Effect.flatMap((workspace) => findChecks(workspace, config.tools)),
    Effect.map((checks) => checkLines(checks).join("\n")),
    Effect.orElseSucceed(() => "")
  )

/** What a model is given at a root in a mode; the model's window is that which the settings leave it. */
export const outfit = (
  root: string,
  config: Config,
  mode: Mode,
  model: Model,
  /** Tools beside those of this host, which no mode takes away. */
  more: ReadonlyArray<AnyTool> = []
) =>
  Effect.gen(function* () {
    const { instructions, platform } = yield* Host
    const hide = hiding(yield* (yield* Secrets).known)
    const window = model.context
    const left = [...offered((yield* Toolbox).tools, config, mode), ...more]
    const tools = toolsFor(left, window)
    const roles = tools.some(({ name }) => giving.has(name)) ? ownRoles(config) : ""
    const checks = tools.some(({ name }) => name === "plan") ? yield* checksIn(root, config) : ""
    const facts = { mode, platform, root, window, instructions: yield* instructions(root), roles, checks }
    const fragments = shownOf(systemFragments(facts)).map(({ label, text }) => ({ label, text: hide(text) }))
    const outfit: Outfit = {
      system: fragments.map(({ text }) => text).join("\n\n"),
      fragments,
      tools,
      specs: tools.map(specOf)
    }
    return outfit
  })
