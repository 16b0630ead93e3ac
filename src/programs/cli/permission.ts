/** `permission check`: what the rules decide of a call, and by which rule. Nothing runs. */
import { resolve } from "node:path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { CodeMesh } from "../../domain/CodeMesh.ts"
import { Rule } from "../../domain/model/Rule.ts"
import { parseRule } from "../../domain/permission/match.ts"
import { effectLines } from "./asking.ts"
import { answerLines } from "./batch.ts"
import { Io } from "./Io.ts"
import { exit, told, usage } from "./report.ts"
import type { Invocation } from "./spec.ts"
import { visible } from "./visible.ts"
import { jsonText } from "./words.ts"
import { inWorld } from "./world.ts"

interface Flags {
  readonly format: Option.Option<"text" | "json">
  readonly mode: Option.Option<string>
  readonly allow: ReadonlyArray<string>
  readonly ask: ReadonlyArray<string>
  readonly deny: ReadonlyArray<string>
  readonly batch: boolean
}

/** One line of a batch; `rules` are the only ones in force. */
const Line = Schema.Struct({
  id: Schema.optional(Schema.Unknown),
  call: Schema.String,
  cwd: Schema.optional(Schema.String),
  rules: Schema.optional(Schema.Array(Rule)),
  mode: Schema.optional(Schema.String)
})
type Line = typeof Line.Type

interface Call {
  readonly tool: string
  readonly params: unknown
}

const isObject = (value: unknown): boolean => typeof value === "object" && value !== null && !Array.isArray(value)

/** The input that a tool takes, from the one text that matters to rules. */
const inputs: Readonly<Record<string, (text: string) => unknown>> = {
  bash: (command) => ({ command }),
  read: (file_path) => ({ file_path }),
  write: (file_path) => ({ file_path, content: "" }),
  // What an edit would change does not matter to rules.
  edit: (file_path) => ({ file_path, old_string: "-", new_string: "" }),
  multiedit: (file_path) => ({ file_path, edits: [{ old_string: "-", new_string: "" }] }),
  ls: (path) => ({ path }),
  glob: (pattern) => ({ pattern }),
  grep: (path) => ({ pattern: ".", path }),
  webfetch: (url) => ({ url }),
  websearch: (query) => ({ query }),
  git: (text) => {
    const [action = "", ...args] = text.trim().split(/\s+/)
    return { action, args }
  }
}

/** A call as `tool(text)`, or `tool({…})` with its whole input. */
const callOf = (text: string): Call | undefined => {
  const match = /^\s*([\w-]+)\s*\(([\s\S]*)\)\s*$/.exec(text)
  const tool = match?.[1] ?? parseRule(text)?.tool
  if (tool === undefined) return undefined
  const input = match?.[2] ?? ""
  const whole = Option.getOrUndefined(Option.liftThrowable((): unknown => JSON.parse(input))())
  if (isObject(whole)) return { tool, params: whole }
  return { tool, params: inputs[tool]?.(input) ?? {} }
}

const decided = (line: Line, root: string) =>
  Effect.gen(function* () {
    const mesh = yield* CodeMesh
    const call = callOf(line.call)
    if (call === undefined)
      return yield* Effect.fail(usage(`${line.call} is not a call.`, "Write tool(input), as 'bash(npm test)'."))
    const { mode } = line
    const { preview: _preview, ...tried } = yield* mesh.tryTool({
      root: line.cwd === undefined ? root : resolve(root, line.cwd),
      ...call,
      decideOnly: true,
      explain: true,
      ...(line.rules === undefined ? {} : { rules: line.rules }),
      ...(mode === undefined ? {} : { mode })
    })
    // Nothing was decided of what could not even be prepared.
    return { call: line.call, ...tried, ...(tried.error === undefined ? {} : { decision: "deny" as const }) }
  })

type Decided = Effect.Effect.Success<ReturnType<typeof decided>>

const words = { allow: "allowed", ask: "asked", deny: "denied" } as const

const text = (it: Decided): string => {
  if (it.error !== undefined) return `${visible(it.call)}: ${visible(it.error.message)}\n`
  const head = `${visible(it.call)}: ${words[it.decision]}, by ${visible(it.rule ?? "")}\n`
  const commands = (it.commands ?? []).map(
    ({ command, decision, rule }) => `  ${visible(command)}: ${words[decision]}, by ${visible(rule)}\n`
  )
  return `${head}${commands.join("")}${it.footprint === undefined ? "" : effectLines(it.footprint)}`
}

/** A line that cannot be decided is answered too: a batch always goes on. */
const answered = (line: string, root: string) =>
  Effect.suspend(() => {
    const value = Option.getOrUndefined(Option.liftThrowable((): unknown => JSON.parse(line))())
    const asked = typeof value === "string" ? { call: value } : value
    return Schema.decodeUnknown(Line)(asked)
  }).pipe(
    Effect.flatMap((it) => Effect.map(decided(it, root), (found) => ("id" in it ? { id: it.id, ...found } : found))),
    Effect.catchAll((error) =>
      Effect.succeed({ decision: "deny", error: { kind: "invalid_line", message: told(error).message } })
    )
  )

const batch = (root: string) => answerLines((line) => answered(line, root))

/** Says what the rules decide of a call. */
export const check = (flags: Flags, call: Invocation) => {
  const [asked] = call.operands
  const permission = { allow: flags.allow, ask: flags.ask, deny: flags.deny }
  return inWorld(call, { flags: { permission } }, (root) =>
    Effect.gen(function* () {
      if (flags.batch) return yield* batch(root)
      const io = yield* Io
      if (asked === undefined)
        return yield* Effect.fail(
          usage("'code-mesh permission check' needs a call.", "Write tool(input), or pipe JSON lines in with --batch.")
        )
      const mode = Option.getOrUndefined(flags.mode)
      const it = yield* decided({ call: asked, ...(mode === undefined ? {} : { mode }) }, root)
      yield* io.out(Option.contains(flags.format, "json") ? jsonText(it) : text(it))
      return it.error === undefined ? exit.done : exit.usage
    })
  )
}
