/** The tools of this host, and how a model sees them. */
import * as Context from "effect/Context"
import * as JSONSchema from "effect/JSONSchema"
import * as Layer from "effect/Layer"
import type { Mode } from "../context/modes.ts"
import type { ToolSpec } from "../model/Call.ts"
import type { Config } from "../model/Config.ts"
import type { JsonObject } from "../model/Json.ts"
import type { AnyTool } from "./Tool.ts"

/** The tools of this host. */
export class Toolbox extends Context.Tag("code-mesh/domain/Toolbox")<
  Toolbox,
  {
    /** In the order in which a model is told of them, which never changes. */
    readonly tools: ReadonlyArray<AnyTool>
  }
>() {
  /** Offers these tools. */
  static readonly layer = (tools: ReadonlyArray<AnyTool>): Layer.Layer<Toolbox> => Layer.succeed(Toolbox, { tools })
}

/** The tools that a configuration takes away. */
const withheld = ({ agents, sandbox, tools }: Config): ReadonlySet<string> =>
  new Set([
    // Who wants no commands run wants none run by way of git either: it has hooks, helpers and remotes.
    ...(tools?.bash === false ? ["bash", "git"] : []),
    ...(tools?.git === false ? ["git"] : []),
    ...(agents?.max_depth === 0 ? ["task"] : []),
    ...(sandbox?.network === false ? ["webfetch", "websearch"] : []),
    ...(tools?.websearch === undefined ? ["websearch"] : [])
  ])

/**
 * The tools offered under a configuration. `tools.bash = false` removes what runs commands, `tools.git = false` git,
 * `agents.max_depth = 0` what begins other agents, and `sandbox.network = false`, said by somebody, what reads the web; there
 * is no search without an engine. Some are for some built-in modes alone, and a mode may name the tools that it leaves.
 */
export const offered = (
  tools: ReadonlyArray<AnyTool>,
  config: Config,
  mode: Pick<Mode, "base" | "tools">
): ReadonlyArray<AnyTool> => {
  const without = withheld(config)
  const left = ({ modes, name }: AnyTool) =>
    modes?.includes(mode.base) !== false && mode.tools?.includes(name) !== false && !without.has(name)
  return tools.filter(left)
}

const specs = new WeakMap<AnyTool, ToolSpec>()

/** A tool as the model sees it: its input as a JSON Schema without what only validators need. */
export const specOf = (tool: AnyTool): ToolSpec => {
  const known = specs.get(tool)
  if (known !== undefined) return known
  const { $schema: _schema, ...input } = JSON.parse(JSON.stringify(JSONSchema.make(tool.input))) as JsonObject
  const spec: ToolSpec = { name: tool.name, description: tool.description, input }
  specs.set(tool, spec)
  return spec
}
