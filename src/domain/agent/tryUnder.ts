/** A tool tried under the settings of a project: its rules, its mode, its sandbox. */
import * as Effect from "effect/Effect"
import { modeNamed } from "../context/modes.ts"
import type { Config } from "../model/Config.ts"
import type { Rule } from "../model/Rule.ts"
import { confinedBy } from "../tools/confined.ts"
import { offered, Toolbox } from "../tools/Toolbox.ts"
import { type Trial, tryTool } from "./trial.ts"
import { rulesOf } from "./turnWorld.ts"

/** A call to try. `rules` replace the configured ones; `build` is the mode where none is named. */
export interface Wanted extends Pick<Trial, "root" | "tool" | "params"> {
  readonly rules?: ReadonlyArray<Rule>
  readonly mode?: string
  readonly decideOnly?: boolean
  readonly explain?: boolean
}

/** Tries one tool in place, without a session. */
export const tryUnder = (config: Config, home: string, wanted: Wanted) =>
  Effect.gen(function* () {
    const { tools } = yield* Toolbox
    const mode = yield* modeNamed(config, wanted.mode ?? "build")
    const full: Trial = {
      root: wanted.root,
      tool: wanted.tool,
      params: wanted.params,
      rules: [...(wanted.rules ?? rulesOf(config)), ...mode.rules],
      mode: mode.base,
      home,
      ...confinedBy(config),
      decideOnly: wanted.decideOnly ?? false,
      explain: wanted.explain ?? false
    }
    return yield* tryTool(offered(tools, config, mode), full)
  })
