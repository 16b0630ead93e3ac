/** `permission import`: the rules of other programs' settings files as rules of ours. */
import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { join, resolve } from "node:path"
import * as Effect from "effect/Effect"
import { parseJsonc, parseToml } from "../../adapters/node/configFormats.ts"
import type { Json } from "../../domain/model/Json.ts"
import { fromClaude } from "../../domain/permission/claudeRules.ts"
import { fromOpencode } from "../../domain/permission/opencodeRules.ts"
import { memberOf, permissionToml, type Translated, textsOf, together } from "../../domain/permission/translated.ts"
import { changeFile, configFile, edited, trustRemedy } from "./configFile.ts"
import { homeOf } from "./home.ts"
import { Io } from "./Io.ts"
import { CliError, exit, usage } from "./report.ts"
import type { Invocation } from "./spec.ts"
import { visible } from "./visible.ts"
import { count } from "./words.ts"
import { inWorld } from "./world.ts"

interface Flags {
  readonly write: boolean
  readonly global: boolean
}

/** Where other programs keep their settings: this project's, or the person's. */
const places = (root: string, global: boolean) =>
  Effect.map(Io, ({ env }) => {
    const home = homeOf(env)
    const config = env.XDG_CONFIG_HOME || join(home, ".config")
    const folder = global ? home : root
    return [
      ...["settings.json", ...(global ? [] : ["settings.local.json"])].map((name) => join(folder, ".claude", name)),
      ...["opencode.json", "opencode.jsonc"].map((name) => join(global ? join(config, "opencode") : root, name))
    ]
  })

const parsed = (path: string) =>
  Effect.gen(function* () {
    const text = yield* Effect.tryPromise({
      try: () => readFile(path, "utf8"),
      catch: () => usage(`${path} cannot be read.`, "Name a settings file of Claude Code or opencode.")
    })
    const value = yield* Effect.promise(() => parseJsonc(text))
    if (value._tag === "Wrong")
      return yield* Effect.fail(
        new CliError(`${path}:${value.line}: it ${value.reason}.`, "Correct it, then import it.")
      )
    return value.value
  })

/** By its shape: Claude Code's files hold `permissions`, opencode's `permission`, `tools` or `agent`. */
const translated = (path: string, value: Json, global: boolean) => {
  if (memberOf(value, "permissions") !== undefined)
    return Effect.succeed(fromClaude(value, global ? "user" : "project"))
  if (["permission", "tools", "agent", "$schema"].some((key) => memberOf(value, key) !== undefined))
    return Effect.succeed(fromOpencode(value))
  return /settings(\.local)?\.json$/.test(path)
    ? Effect.succeed(fromClaude(value, "project"))
    : Effect.fail(usage(`${path} holds no permissions.`, "Name a settings file of Claude Code or opencode."))
}

const leftText = ({ left }: Translated): string =>
  left.length === 0
    ? ""
    : `Left out:\n${left
        .map(({ loosens, rule, why }) => `  ${visible(rule)}: ${why}${loosens ? " — NOT RESTRICTED HERE" : ""}\n`)
        .join("")}`

const settingsIn = (path: string, text: string) =>
  Effect.flatMap(
    Effect.promise(() => (path.endsWith(".toml") ? parseToml(text) : parseJsonc(text))),
    (it) =>
      it._tag === "Right"
        ? Effect.succeed(it.value)
        : Effect.fail(new CliError(`${path}:${it.line}: it ${it.reason}.`, "Correct it, then import again."))
  )

/** The config with these rules beside those that it holds. */
const withRules = (path: string, before: string, { rules }: Translated) =>
  Effect.gen(function* () {
    const permission = memberOf(yield* settingsIn(path, before), "permission")
    let text = before
    for (const decision of ["allow", "ask", "deny"] as const) {
      const held = textsOf(memberOf(permission, decision))
      const more = rules.filter((it) => it.decision === decision && !held.includes(it.rule)).map((it) => it.rule)
      if (more.length > 0) text = yield* edited(path, text, ["permission", decision], [...held, ...more])
    }
    return text
  })

const write = (root: string, global: boolean, all: Translated) =>
  Effect.gen(function* () {
    const io = yield* Io
    const path = yield* configFile(root, global)
    const trusted = yield* changeFile({ root, path, global }, (before) => withRules(path, before, all))
    yield* io.err(
      `${count(all.rules.length, "rule")} in ${path}.\n${trusted ? "" : `They have no effect yet. ${trustRemedy}\n`}`
    )
  })

/** Prints the rules that a settings file of Claude Code or opencode comes to, and what has no equal; writes them if asked. */
export const importRules = (flags: Flags, call: Invocation) =>
  inWorld(call, { quiet: true }, (root) =>
    Effect.gen(function* () {
      const io = yield* Io
      const [named] = call.operands
      const files =
        named === undefined
          ? (yield* places(root, flags.global)).filter((path) => existsSync(path))
          : [resolve(root, named)]
      if (files.length === 0)
        return yield* Effect.fail(
          usage(
            "There are no settings of Claude Code or opencode here.",
            "Name a file, or look at yours with --global."
          )
        )
      const each = yield* Effect.forEach(files, (path) =>
        Effect.flatMap(parsed(path), (value) => translated(path, value, flags.global))
      )
      const all = together(each)
      yield* io.out(`${files.map((path) => `# from ${visible(path)}\n`).join("")}${permissionToml(all.rules)}`)
      yield* io.err(leftText(all))
      if (flags.write && all.rules.length > 0) yield* write(root, flags.global, all)
      return exit.done
    })
  )
