/** The flags of `plan edit` as edits of a plan. Pure. */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Step, type StepId } from "../../domain/model/Plan.ts"
import type { PlanEdit } from "../../domain/planner/editPlan.ts"

/** What `plan edit` may be given. */
export interface EditFlags {
  readonly add: ReadonlyArray<string>
  readonly after: Option.Option<string>
  readonly set: ReadonlyArray<string>
  readonly remove: ReadonlyArray<string>
  readonly move: Option.Option<string>
  readonly before: Option.Option<string>
}

/** An edit, and what it is in a few words. */
export interface NamedEdit {
  readonly edit: PlanEdit
  readonly what: string
}

type Read<A> = Either.Either<A, string>

/** A step as a person writes one: what goes without saying may be left out. */
const Written = Schema.Struct({
  ...Step.fields,
  task: Schema.optionalWith(Schema.String, { default: () => "" }),
  role: Schema.optionalWith(Step.fields.role, { default: () => "coder" }),
  inputs: Schema.optionalWith(Step.fields.inputs, { default: () => [] }),
  files: Schema.optionalWith(Step.fields.files, { default: () => [] }),
  dependsOn: Schema.optionalWith(Step.fields.dependsOn, { default: () => [] }),
  check: Schema.Union(Step.fields.check, Schema.NonEmptyTrimmedString)
})

const decodeWritten = Schema.decodeEither(Schema.parseJson(Written))

const checkOf = (check: typeof Written.Type.check): Step["check"] =>
  typeof check === "string" ? { run: check } : check

const added = (text: string, after: StepId | undefined): Read<NamedEdit> =>
  Either.mapBoth(decodeWritten(text), {
    onLeft: (error) =>
      `--add takes a step as JSON, as {"id":"docs","title":"Say how","check":"npm test"}: ${error.message}`,
    onRight: ({ check, ...step }) => ({
      edit: { type: "add", step: { ...step, check: checkOf(check) }, ...(after === undefined ? {} : { after }) },
      what: `added step ${step.id}: ${step.title}`
    })
  })

const list = (value: string): ReadonlyArray<string> =>
  value
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "")

type Change = Extract<PlanEdit, { type: "change" }>["to"]

/** What may be set of a step, and what a text makes of it. */
const settable: Readonly<Record<string, (value: string) => Change>> = {
  title: (title) => ({ title }),
  task: (task) => ({ task }),
  role: (role) => ({ role }),
  files: (value) => ({ files: list(value) }),
  inputs: (inputs) => ({ inputs: [inputs] }),
  check: (run) => ({ check: { run } }),
  no_check: (none) => ({ check: { none } }),
  depends_on: (value) => ({ dependsOn: list(value) })
}

const assigned = (text: string): Read<NamedEdit> => {
  const [, id = "", key = "", value = ""] = /^([^=]+)\.([a-z_]+)=(.*)$/s.exec(text) ?? []
  const change = settable[key]
  return id === "" || change === undefined || (value.trim() === "" && !["files", "depends_on", "task"].includes(key))
    ? Either.left(
        `--set takes STEP.KEY=VALUE, as api.check=npm test; a step has ${Object.keys(settable).join(", ")}. What was given: ${text}`
      )
    : Either.right({ edit: { type: "change", id, to: change(value.trim()) }, what: `${key} of ${id}` })
}

/** The edits that flags ask for, in the order in which they are made: add, change, take out, move. Left: what makes no sense. */
export const editsOf = ({ add, after, before, move, remove, set }: EditFlags): Read<ReadonlyArray<NamedEdit>> => {
  if (Option.isSome(after) && add.length === 0) return Either.left("--after says where --add goes; nothing is added.")
  if (Option.isSome(before) && Option.isNone(move))
    return Either.left("--before says where --move goes; nothing is moved.")
  const moves = Option.toArray(move).map(
    (id): NamedEdit => ({
      edit: { type: "move", id, ...Option.match(before, { onNone: () => ({}), onSome: (to) => ({ before: to }) }) },
      what: `moved ${id}${Option.match(before, { onNone: () => " to the end", onSome: (to) => ` before ${to}` })}`
    })
  )
  const removals = remove.map((id): NamedEdit => ({ edit: { type: "remove", id }, what: `without ${id}` }))
  return Either.map(
    Either.all([...add.map((text) => added(text, Option.getOrUndefined(after))), ...set.map(assigned)]),
    (made) => [...made, ...removals, ...moves]
  )
}
