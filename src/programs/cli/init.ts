/** `init`: config, AGENTS.md and .gitignore lines; nothing that is there is overwritten unasked. */
import { existsSync } from "node:fs"
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { join, resolve } from "node:path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { confirm } from "./asking.ts"
import { Io } from "./Io.ts"
import { CliError, exit, usage } from "./report.ts"
import { modelNamed } from "./runOptions.ts"
import type { Invocation } from "./spec.ts"
import { inOwnName } from "./trusting.ts"
import { rootOf } from "./world.ts"

interface InitFlags {
  readonly provider: Option.Option<string>
  readonly model: Option.Option<string>
  readonly yes: boolean
}

const configs = ["code-mesh.toml", ".code-mesh/config.json", ".code-mesh/config.jsonc"]
const ignoreLines = [".code-mesh/cache/", ".code-mesh/*.local.*"]

const configText = (model: string | undefined): string =>
  `# Settings of code-mesh for this project. \`code-mesh config\` shows what is in force.

[model]
${model === undefined ? '# default = "provider/model"' : `default = ${JSON.stringify(model)}`}
`

const agentsText = `# For agents

What this project is, how it is built and tested, and the rules of the house. Keep it short: every agent reads it first.

## Commands

## Rules
`

/** The model's full name of \`--provider P --model M\`, or of \`--model P/M\` alone. */
const modelOf = (flags: InitFlags) =>
  Effect.gen(function* () {
    const provider = Option.getOrUndefined(flags.provider)
    const model = Option.getOrUndefined(flags.model)
    if (model === undefined) {
      if (provider === undefined) return undefined
      return yield* Effect.fail(usage("--provider needs --model beside it.", "Name the default model."))
    }
    const full = provider === undefined || model.startsWith(`${provider}/`) ? model : `${provider}/${model}`
    return yield* modelNamed(full)
  })

const attempt = <A>(what: string, run: () => Promise<A>) =>
  Effect.tryPromise({
    try: run,
    catch: (error) =>
      new CliError(
        `${what} could not be written: ${error instanceof Error ? error.message : String(error)}.`,
        "Look at the folder's rights."
      )
  })

const mayOverwrite = (flags: InitFlags, there: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const io = yield* Io
    if (there.length === 0 || flags.yes) return true
    if (io.attended) return yield* confirm(`${there.join(", ")} is there already. Overwrite it?`)
    return false
  })

/** The text with the lines that it lacks. */
export const withLines = (text: string, lines: ReadonlyArray<string>): string => {
  const have = new Set(text.split(/\r?\n/).map((line) => line.trim()))
  const missing = lines.filter((line) => !have.has(line))
  if (missing.length === 0) return text
  const end = text === "" || text.endsWith("\n") ? "" : "\n"
  return `${text}${end}${missing.join("\n")}\n`
}

const folderOf = (call: Invocation) =>
  Effect.gen(function* () {
    const [path] = call.operands
    const root = yield* rootOf(call.globals)
    const folder = path === undefined ? root : resolve(root, path)
    yield* attempt(folder, () => mkdir(folder, { recursive: true }))
    return folder
  })

/** Makes a folder a project of code-mesh. */
export const init = (flags: InitFlags, call: Invocation) =>
  Effect.gen(function* () {
    const io = yield* Io
    const model = yield* modelOf(flags)
    const folder = yield* folderOf(call)
    const there = configs.filter((name) => existsSync(join(folder, name)))
    if (!(yield* mayOverwrite(flags, there)))
      return yield* Effect.fail(
        new CliError(`${there.join(", ")} is there already; nothing was written.`, "Overwrite it with --yes.")
      )
    const other = there.find((name) => name !== "code-mesh.toml")
    if (other !== undefined)
      return yield* Effect.fail(
        new CliError(
          `The settings of this project are in ${other}; nothing was written.`,
          "Change them with `code-mesh config set`."
        )
      )
    const write = attempt("code-mesh.toml", () => writeFile(join(folder, "code-mesh.toml"), configText(model)))
    const trusted = yield* inOwnName(folder, write)
    const agents = join(folder, "AGENTS.md")
    const hasAgents = existsSync(agents)
    if (!hasAgents) yield* attempt("AGENTS.md", () => writeFile(agents, agentsText, { flag: "wx" }))
    const ignore = join(folder, ".gitignore")
    const before = existsSync(ignore) ? yield* attempt(".gitignore", () => readFile(ignore, "utf8")) : ""
    const after = withLines(before, ignoreLines)
    if (after !== before) yield* attempt(".gitignore", () => writeFile(ignore, after))
    yield* io.out(`code-mesh.toml written${model === undefined ? "" : `, model ${model}`}\n`)
    if (!trusted) yield* io.out("it has no effect until you trust this folder: code-mesh trust\n")
    yield* io.out(hasAgents ? "AGENTS.md left as it is\n" : "AGENTS.md written\n")
    yield* io.out(after === before ? ".gitignore left as it is\n" : ".gitignore lines added\n")
    return exit.done
  })
