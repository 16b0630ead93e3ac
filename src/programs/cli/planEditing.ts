/** `plan edit`: a person takes steps out, or brings a plan of their own. */
import { readFile } from "node:fs/promises"
import { resolve } from "node:path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { CodeMesh } from "../../domain/CodeMesh.ts"
import { Plan } from "../../domain/model/Plan.ts"
import { edited } from "../../domain/planner/editPlan.ts"
import { Io } from "./Io.ts"
import { planOf, shownPlan } from "./planRun.ts"
import { exit, usage } from "./report.ts"
import type { Invocation } from "./spec.ts"
import { visible } from "./visible.ts"
import { inWorld } from "./world.ts"

/** The plan without some of its steps; who waited for them waits for what they waited for. */
const withoutSteps = (plan: Plan, ids: ReadonlyArray<string>) =>
  Effect.reduce(ids, plan, (left, id) =>
    Effect.mapError(edited(left, { type: "remove", id }), (reason) =>
      usage(reason, "`code-mesh plan show` lists the steps.")
    )
  )

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

/** Changes a plan before it is carried out, or between: steps taken out, or the whole from a file. */
export const edit = (
  flags: { readonly remove: ReadonlyArray<string>; readonly from: Option.Option<string> },
  call: Invocation
) =>
  inWorld(call, {}, (root) =>
    Effect.gen(function* () {
      const io = yield* Io
      const mesh = yield* CodeMesh
      if (flags.remove.length === 0 && Option.isNone(flags.from))
        return yield* Effect.fail(
          usage(
            "'plan edit' needs to know what to change.",
            "--remove STEP takes a step out; --from FILE takes a whole plan, as `plan show --format json` prints one."
          )
        )
      const state = yield* planOf(call.operands[0], root)
      const base = Option.isSome(flags.from) ? yield* readPlan(flags.from.value) : state.plan.plan
      const next = yield* withoutSteps(base, flags.remove)
      const what = [
        ...(Option.isSome(flags.from) ? ["a plan of the person's own"] : []),
        ...flags.remove.map((id) => `without ${id}`)
      ]
      yield* mesh.submit(state.id, { type: "EditPlan", plan: next, what: what.join(", ") })
      yield* io.out(visible(shownPlan(yield* planOf(state.id, root))))
      return exit.done
    })
  )
