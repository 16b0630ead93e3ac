/** What a command's end means for a model. */
import * as Option from "effect/Option"
import type { Connection, ShellFailed, ShellRequest, ShellResult } from "../../ports/Shell.ts"
import type { CopyFailed } from "../../ports/WorkingCopies.ts"
import { type Outcome, ToolFailure } from "./Tool.ts"

/** The bounds that a command was run with. */
type Bounds = Pick<ShellRequest, "timeout" | "idle" | "limits">

const seconds = (millis = 0): string => `${millis / 1000} s`
const megabytes = (bytes = 0): string => `${Math.round(bytes / 2 ** 20)} MB`

const endings: Record<Exclude<ShellResult["ended"], "exit">, (result: ShellResult, bounds: Bounds) => string> = {
  timeout: (_, { timeout }) => `stopped at its limit of ${timeout} ms`,
  idle: (_, { idle }) => `stopped, as it printed nothing for ${seconds(idle)}`,
  cpu: (_, { limits }) => `stopped at its limit of ${seconds(limits?.cpu)} of CPU time`,
  memory: (_, { limits }) => `stopped at its limit of ${megabytes(limits?.memory)} of memory`,
  processes: (_, { limits }) => `stopped at its limit of ${limits?.processes} processes and threads`,
  output: (_, { limits }) => `stopped, as it printed more than ${megabytes(limits?.output)}`,
  signal: ({ signal }) => `ended by ${signal ?? "a signal"}`
}

const ending = (result: ShellResult, bounds: Bounds): string | undefined => {
  if (result.ended !== "exit") return endings[result.ended](result, bounds)
  const code = Option.getOrElse(result.code, () => 0)
  return code === 0 ? undefined : `exit code ${code}`
}

const connected = ({ host, port, refused, times }: Connection): string => {
  const often = times === 1 ? "" : ` (${times} times)`
  return refused === undefined
    ? `network: reached ${host}:${port}${often}`
    : `network: ${host}:${port} was refused${often}: ${refused}`
}

const withdrew = (name: string): string =>
  `${name} was taken away again: a command may not make it; use the write tool, which asks`

/** The output as it is, and last lines on what it did beside, and on how it ended where it did not succeed. */
export const outcomeOf = (result: ShellResult, bounds: Bounds): Outcome => {
  const text = result.output.trimEnd()
  const how = ending(result, bounds)
  const notes = [
    ...(result.connections ?? []).map(connected),
    ...(result.withdrawn ?? []).map(withdrew),
    ...(how === undefined ? [] : [how])
  ].map((note) => `[${note}]`)
  const said = text === "" && how === undefined ? "(no output)" : text
  return { output: [said, ...notes].filter((line) => line !== "").join("\n"), ok: how === undefined }
}

/** Why a command was not run at all. */
export const notRun = (error: ShellFailed | CopyFailed): ToolFailure =>
  new ToolFailure({ kind: error._tag === "CopyFailed" ? "copy" : error.kind, reason: error.message })
