/** `plan edit|cancel|approve|reject`: what a person makes of a plan, and of single steps of it. */
import { readFile } from "node:fs/promises"
import { resolve } from "node:path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { CodeMesh } from "../../domain/CodeMesh.ts"
import type { Command } from "../../domain/model/Command.ts"
import { Plan } from "../../domain/model/Plan.ts"
import { edited } from "../../domain/planner/editPlan.ts"
import { Io } from "./Io.ts"
import { type EditFlags, editsOf } from "./planEdits.ts"
import { planOf, shownPlan } from "./planRun.ts"
import { exit, usage } from "./report.ts"
import { looksLikeId } from "./sessions.ts"
import type { Invocation } from "./spec.ts"
import { visible } from "./visible.ts"
import { inWorld } from "./world.ts"

const readPlan = (path: string) =>
  Effect.gen(function* () {
    const io = yield* Io
    const text =
      path === "-"
        ? Option.getOrElse(yield* io.piped(true), () => "")
        : yield* Effect.tryPromise({
            try: () => readFile(resolve(io.cwd, path), "utf8"),
            catch: (error) => usage(`${path} cannot be read: ${String(error)}`, "Name a file that is there.")
          })
    return yield* Effect.mapError(Schema.decode(Schema.parseJson(Plan))(text), (error) =>
      usage(`${path} is no plan: ${error.message}`, "`code-mesh plan show --format json` prints one to begin with.")
    )
  })

/** Submits something about a plan, and shows the plan after it. */
const changed = (id: string, root: string, command: Command) =>
  Effect.gen(function* () {
    const io = yield* Io
    const state = yield* planOf(id, root)
    yield* (yield* CodeMesh).submit(state.id, command)
    yield* io.out(visible(shownPlan(yield* planOf(state.id, root))))
    return exit.done
  })

/** Changes a plan before it is carried out, or between: single edits, or the whole from a file. */
export const edit = (flags: EditFlags & { readonly from: Option.Option<string> }, call: Invocation) =>
  inWorld(call, {}, (root) =>
    Effect.gen(function* () {
      const edits = yield* Effect.mapError(editsOf(flags), (reason) =>
        usage(reason, "`code-mesh plan edit --help` explains them.")
      )
      if (edits.length === 0 && Option.isNone(flags.from))
        return yield* Effect.fail(
          usage(
            "'plan edit' needs to know what to change.",
            "--add, --set, --remove and --move change a step; --from FILE takes a whole plan, as `plan show --format json` prints one."
          )
        )
      const state = yield* planOf(call.operands[0], root)
      const base = Option.isSome(flags.from) ? yield* readPlan(flags.from.value) : state.plan.plan
      const plan = yield* Effect.reduce(edits, base, (left, { edit: one }) =>
        Effect.mapError(edited(left, one), (reason) => usage(reason, "`code-mesh plan show` lists the steps."))
      )
      const whole = Option.isSome(flags.from) ? ["a plan of the person's own"] : []
      const what = [...whole, ...edits.map((one) => one.what)].join(", ")
      return yield* changed(state.id, root, { type: "EditPlan", plan, what })
    })
  )

/** The session that the first word names, if it does, and the step that the other one names. */
const named = ({ operands }: Invocation) => {
  const [first, second] = operands
  return first !== undefined && looksLikeId(first) ? { id: first, step: second } : { id: undefined, step: first }
}

const about = (call: Invocation, command: (step: string | undefined) => Command | undefined) =>
  inWorld(call, {}, (root) =>
    Effect.gen(function* () {
      const { id, step } = named(call)
      const asked = command(step)
      if (asked === undefined)
        return yield* Effect.fail(usage("'plan cancel' needs a step.", "`code-mesh plan show` lists the steps."))
      return yield* changed((yield* planOf(id, root)).id, root, asked)
    })
  )

type WithReason = { readonly reason: Option.Option<string> }

const reasonOf = ({ reason }: WithReason) =>
  Option.match(reason, { onNone: () => ({}), onSome: (why) => ({ reason: why }) })

/** Takes a step out of what is still to be done; what depends on it is not begun. */
export const cancel = (flags: WithReason, call: Invocation) =>
  about(call, (step) => (step === undefined ? undefined : { type: "CancelStep", step, ...reasonOf(flags) }))

/** Approves a plan, or a step that an agent proposed. */
export const approve = (call: Invocation) =>
  about(call, (step) => (step === undefined ? { type: "ApprovePlan" } : { type: "ApproveStep", step }))

/** Rejects a plan, or a step that an agent proposed. */
export const reject = (flags: WithReason, call: Invocation) =>
  about(call, (step) => ({
    ...(step === undefined ? { type: "RejectPlan" as const } : { type: "RejectStep" as const, step }),
    ...reasonOf(flags)
  }))
