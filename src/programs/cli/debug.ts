/** `debug tool|tokens`: one tool, or a count; no model is asked. */
import { resolve } from "node:path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { CodeMesh } from "../../domain/CodeMesh.ts"
import { Rule } from "../../domain/model/Rule.ts"
import { Tokenizer } from "../../ports/Tokenizer.ts"
import { answerLines } from "./batch.ts"
import { Io } from "./Io.ts"
import { exit, told, usage } from "./report.ts"
import { modelNamed } from "./runOptions.ts"
import type { Invocation } from "./spec.ts"
import { jsonText } from "./words.ts"
import { inWorld } from "./world.ts"

type Tried = Effect.Effect.Success<ReturnType<CodeMesh["Type"]["tryTool"]>>

interface ToolFlags {
  readonly params: Option.Option<string>
  readonly rules: Option.Option<string>
  readonly mode: Option.Option<string>
  readonly decideOnly: boolean
  readonly batch: boolean
}

/** One line of a batch. */
const Line = Schema.Struct({
  id: Schema.Unknown,
  tool: Schema.String,
  params: Schema.optional(Schema.Unknown),
  cwd: Schema.optional(Schema.String),
  rules: Schema.optional(Schema.Array(Rule)),
  mode: Schema.optional(Schema.String),
  decideOnly: Schema.optional(Schema.Boolean)
})

const json = (flag: string, text: string) =>
  Effect.try({
    try: (): unknown => JSON.parse(text),
    catch: (error) =>
      usage(
        `${flag} is not JSON: ${error instanceof Error ? error.message : String(error)}.`,
        "Quote it for the shell."
      )
  })

const rulesFrom = (text: string) =>
  Effect.flatMap(json("--rules", text), (value) =>
    Effect.mapError(Schema.decodeUnknown(Schema.Array(Rule))(value), () =>
      usage("--rules is not a list of rules.", `Write '[{"decision":"allow","rule":"bash(npm test)"}]'.`)
    )
  )

const codeOf = (tried: Tried): number =>
  tried.ok === false ? exit.failed : tried.ok === undefined && tried.decision !== "allow" ? exit.refused : exit.done

const one = (flags: ToolFlags, name: string, root: string) =>
  Effect.gen(function* () {
    const io = yield* Io
    const mesh = yield* CodeMesh
    const params = yield* Option.match(flags.params, {
      onNone: () => Effect.succeed({}),
      onSome: (text) => json("--params", text)
    })
    const rules = yield* Option.match(flags.rules, { onNone: () => Effect.succeed(undefined), onSome: rulesFrom })
    const mode = Option.getOrUndefined(flags.mode)
    const tried = yield* mesh.tryTool({
      root,
      tool: name,
      params,
      decideOnly: flags.decideOnly,
      ...(rules === undefined ? {} : { rules }),
      ...(mode === undefined ? {} : { mode })
    })
    yield* io.out(jsonText(tried))
    if (tried.error?.kind === "no_such_tool" || tried.error?.kind === "bad_rule") return exit.usage
    return flags.decideOnly && tried.ok !== false ? exit.done : codeOf(tried)
  })

const idOf = (value: unknown): unknown =>
  typeof value === "object" && value !== null && "id" in value ? value.id : undefined

const tryLine = (text: string, root: string) =>
  Effect.gen(function* () {
    const mesh = yield* CodeMesh
    const line = yield* Schema.decodeUnknown(Line)(yield* json("the line", text))
    const { cwd, decideOnly = false, id, mode, params = {}, rules, tool } = line
    const tried = yield* mesh.tryTool({
      root: cwd === undefined ? root : resolve(root, cwd),
      tool,
      params,
      decideOnly,
      ...(rules === undefined ? {} : { rules }),
      ...(mode === undefined ? {} : { mode })
    })
    const { preview: _preview, ...answer } = tried
    return { id, ...answer }
  })

/** A line that cannot be tried is answered too: a batch always goes on. */
const answered = (text: string, root: string) =>
  Effect.catchAll(tryLine(text, root), (error) => {
    const { message } = told(error)
    const id = Option.getOrUndefined(Option.map(Option.liftThrowable((): unknown => JSON.parse(text))(), idOf))
    return Effect.succeed({ id: id ?? null, decision: "deny", ok: false, error: { kind: "invalid_line", message } })
  })

const batch = (root: string) => answerLines((line) => answered(line, root))

/** Tries one tool in place, under rules, or only says what they decide. */
export const tool = (flags: ToolFlags, call: Invocation) => {
  const [name] = call.operands
  if (flags.batch) return inWorld(call, {}, batch)
  if (name === undefined)
    return Effect.fail(usage("'code-mesh debug tool' needs a tool's name.", "Name one, or read calls with --batch."))
  return inWorld(call, {}, (root) => one(flags, name, root))
}

const counted = (name: string, line: string, number: number) =>
  Effect.gen(function* () {
    const tokenizer = yield* Tokenizer
    const value = yield* json(`Line ${number}`, line)
    if (typeof value !== "string")
      return yield* Effect.fail(usage(`Line ${number} is not a JSON string.`, "Write each text as JSON, in quotes."))
    return yield* tokenizer.count(yield* modelNamed(name), value)
  })

/** Counts the tokens of each line's text as a model would. */
export const tokens = (flags: { readonly model: Option.Option<string> }, call: Invocation) =>
  inWorld(call, {}, (root) =>
    Effect.gen(function* () {
      const io = yield* Io
      const mesh = yield* CodeMesh
      const { config } = yield* mesh.settings(root)
      const name = Option.getOrElse(flags.model, () => config.model?.default ?? "openai/gpt-4o")
      const model = name.includes("/") ? name : `openai/${name}`
      let number = 0
      const all = Stream.fromAsyncIterable(io.lines, (error) => usage(`stdin: ${String(error)}`, "Pipe JSON lines in."))
      yield* Stream.runForEach(all, (line) => {
        number += 1
        return line.trim() === "" ? Effect.void : Effect.flatMap(counted(model, line, number), (n) => io.out(`${n}\n`))
      })
      return exit.done
    })
  )
