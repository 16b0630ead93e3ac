/** `code-mesh` without a command. */
import * as Effect from "effect/Effect"
import { exit, usage } from "./report.ts"
import type { Invocation } from "./spec.ts"

/** Says what there is instead of the terminal UI, which this version does not have. */
export const alone = (_call: Invocation) =>
  Effect.fail(
    usage(
      "The terminal UI comes in a later version of code-mesh.",
      'Use `code-mesh run "…"`; `code-mesh --help` lists all commands.'
    )
  ).pipe(Effect.as(exit.usage))
