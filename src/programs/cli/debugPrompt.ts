/** `debug prompt`: what a model is given before a word is said, and what that costs; no model is asked. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { CodeMesh } from "../../domain/CodeMesh.ts"
import { LanguageModel } from "../../ports/LanguageModel.ts"
import { Io } from "./Io.ts"
import { exit } from "./report.ts"
import { modelNamed } from "./runOptions.ts"
import type { Invocation } from "./spec.ts"
import { visible } from "./visible.ts"
import { jsonText } from "./words.ts"
import { inWorld } from "./world.ts"

type Cost = Effect.Effect.Success<ReturnType<CodeMesh["Type"]["prompt"]>>

/** What each piece of the prompt and each tool costs, in tokens. */
export const costTable = ({ fragments, mode, model, tools, total, window }: Cost): string => {
  const rows = [
    ...fragments.map(({ label, tokens }) => [label, tokens] as const),
    ...tools.map(({ label, tokens }) => [`tool ${label}`, tokens] as const),
    ["total", total] as const
  ]
  const width = Math.max(...rows.map(([label]) => label.length))
  const lines = rows.map(([label, tokens]) => `${label.padEnd(width)}  ${String(tokens).padStart(6)}\n`)
  return `\nTokens of every request in ${mode} mode, by ${model} with a window of ${window}:\n${lines.join("")}`
}

/** The model whose tokens are counted: of the flag, of the settings, the first that can be used, or any. */
const modelFor = (given: Option.Option<string>, root: string) =>
  Effect.gen(function* () {
    if (Option.isSome(given)) return yield* modelNamed(given.value)
    const { config } = yield* (yield* CodeMesh).settings(root)
    if (config.model?.default !== undefined) return config.model.default
    const [first] = yield* (yield* LanguageModel).available
    return first?.name ?? (yield* modelNamed("openai/gpt-5.6"))
  })

interface Flags {
  readonly mode: Option.Option<string>
  readonly model: Option.Option<string>
  readonly format: Option.Option<"text" | "json">
}

/** Shows the assembled prompt, and the tokens of each of its pieces and of each tool. */
export const prompt = (flags: Flags, call: Invocation) =>
  inWorld(call, {}, (root) =>
    Effect.gen(function* () {
      const io = yield* Io
      const mesh = yield* CodeMesh
      const cost = yield* mesh.prompt(root, yield* modelFor(flags.model, root), Option.getOrUndefined(flags.mode))
      if (Option.contains(flags.format, "json")) yield* io.out(jsonText(cost))
      else yield* io.out(visible(`${cost.system}\n${costTable(cost)}`))
      return exit.done
    })
  )
