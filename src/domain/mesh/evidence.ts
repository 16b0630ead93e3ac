/** Runs a check where an agent has worked, and says of which tree its outcome holds. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Digest } from "../../ports/Digest.ts"
import { Host } from "../../ports/Host.ts"
import { Shell } from "../../ports/Shell.ts"
import { WorkingCopies } from "../../ports/WorkingCopies.ts"
import { rulesOf } from "../agent/turnWorld.ts"
import type { Change } from "../model/Change.ts"
import type { Config } from "../model/Config.ts"
import type { FactOf } from "../model/Event.ts"
import type { SessionId } from "../model/Ids.ts"
import { canonical } from "../model/Json.ts"
import type { StepId } from "../model/Plan.ts"
import type { Rule } from "../model/Rule.ts"
import { mayRead } from "../permission/evaluate.ts"
import { confinedBy } from "../tools/confined.ts"

/** Characters kept of the end of a check's output. */
const keptOutput = 8000

/** One name for all that is staged: equal for equal trees over the same base. */
const treeOf = (changes: ReadonlyArray<Change>) =>
  Effect.flatMap(Digest, ({ sha256 }) =>
    sha256(canonical(changes.map(({ after, path }) => [path, after?.kind ?? "none", after?.hash ?? ""])))
  )

/** A check to run: its command, in the copy of which session, over what is staged there. */
export interface CheckInput {
  readonly session: SessionId
  readonly root: string
  readonly command: string
  readonly changes: ReadonlyArray<Change>
  readonly config: Config
  /** Rules beside those of the configuration. */
  readonly rules: ReadonlyArray<Rule>
  readonly step?: StepId
}

const ran = (input: CheckInput) =>
  Effect.gen(function* () {
    const copy = yield* (yield* WorkingCopies).open(input.session, input.root)
    const { from, readOnly, secrets = [], to } = yield* copy.materialise
    const { home } = yield* Host
    const policy = { root: input.root, home, mode: "build", rules: [...rulesOf(input.config), ...input.rules] }
    const hidden = secrets.filter((path) => !mayRead(path, policy))
    const { limits, network, sandbox } = confinedBy(input.config)
    const bounds = { timeout: limits.longest, idle: limits.idle, limits: limits.use, maxOutput: keptOutput * 2 }
    const where = { cwd: from, mount: { from, to }, sandbox, network, hidden }
    const shown = { ...where, readOnly: readOnly.filter((path) => !hidden.includes(path)) }
    const { code, output } = yield* (yield* Shell).run({ ...bounds, ...shown, command: input.command })
    return { code, output: output.slice(-keptOutput) }
  }).pipe(
    Effect.catchTags({
      CopyFailed: (error) => Effect.succeed({ code: Option.none<number>(), output: error.message }),
      ShellFailed: (error) => Effect.succeed({ code: Option.none<number>(), output: error.message })
    })
  )

/** Runs a check, confined as commands are; one that cannot be run has failed. */
export const checked = (input: CheckInput) =>
  Effect.gen(function* () {
    const tree = yield* treeOf(input.changes)
    const { code, output } = yield* ran(input)
    const record: FactOf<"check.recorded"> = {
      type: "check.recorded",
      ...(input.step === undefined ? {} : { step: input.step }),
      command: input.command,
      ...(Option.isSome(code) ? { code: code.value } : {}),
      ok: Option.contains(code, 0),
      output,
      tree
    }
    return record
  })
