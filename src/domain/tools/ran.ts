/** What a command's end means for a model. */
import * as Option from "effect/Option"
import type { ShellFailed, ShellResult } from "../../ports/Shell.ts"
import type { CopyFailed } from "../../ports/WorkingCopies.ts"
import { type Outcome, ToolFailure } from "./Tool.ts"

const endings: Record<Exclude<ShellResult["ended"], "exit">, (result: ShellResult, timeout: number) => string> = {
  timeout: (_, timeout) => `stopped at its limit of ${timeout} ms`,
  idle: () => "stopped, as it printed nothing for too long",
  signal: ({ signal }) => `ended by ${signal ?? "a signal"}`
}

const ending = (result: ShellResult, timeout: number): string | undefined => {
  if (result.ended !== "exit") return endings[result.ended](result, timeout)
  const code = Option.getOrElse(result.code, () => 0)
  return code === 0 ? undefined : `exit code ${code}`
}

/** The output as it is, and a last line that says how the command ended where it did not succeed. */
export const outcomeOf = (result: ShellResult, timeout: number): Outcome => {
  const text = result.output.trimEnd()
  const how = ending(result, timeout)
  if (how === undefined) return { output: text === "" ? "(no output)" : text, ok: true }
  return { output: text === "" ? `[${how}]` : `${text}\n[${how}]`, ok: false }
}

/** Why a command was not run at all. */
export const notRun = (error: ShellFailed | CopyFailed): ToolFailure =>
  new ToolFailure({ kind: error._tag === "CopyFailed" ? "copy" : error.kind, reason: error.message })
