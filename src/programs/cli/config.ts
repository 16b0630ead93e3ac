/** `config [get|set|path|check]`: the settings in force, where each comes from, and changing one. */
import { existsSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { pathsOf } from "../../adapters/node/Paths.ts"
import { CodeMesh } from "../../domain/CodeMesh.ts"
import { notYet } from "../../domain/config/notYet.ts"
import { nearest } from "../../domain/config/suggest.ts"
import { changeFile, configFile, edited, names, trustRemedy } from "./configFile.ts"
import { homeOf } from "./home.ts"
import { Io } from "./Io.ts"
import { CliError, exit, usage } from "./report.ts"
import type { Invocation } from "./spec.ts"
import { visible } from "./visible.ts"
import { jsonText, settingText, shownValue, table } from "./words.ts"
import { inWorld } from "./world.ts"

/** What is not trusted is said in the answer itself. */
const quiet = { quiet: true }

const at = (value: unknown, key: ReadonlyArray<string>): unknown =>
  key.reduce<unknown>(
    (inner, name) =>
      typeof inner === "object" && inner !== null && Object.hasOwn(inner, name)
        ? Object.entries(inner).find(([one]) => one === name)?.[1]
        : undefined,
    value
  )

/** A dotted key in parts; parts in quotes may hold dots. */
export const keyParts = (key: string): ReadonlyArray<string> =>
  (key.match(/"[^"]*"|[^.]+/g) ?? []).map((part) => part.replace(/^"|"$/g, ""))

/** Prints every setting and where it comes from, and those that have no effect as nobody has trusted their file. */
export const print = (flags: { readonly format: Option.Option<"text" | "json"> }, call: Invocation) =>
  inWorld(call, quiet, (root) =>
    Effect.gen(function* () {
      const io = yield* Io
      const mesh = yield* CodeMesh
      const { config, ignored, origins } = yield* mesh.settings(root)
      const inForce = [...origins]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, origin]) => ({ key, value: at(config, keyParts(key)), origin }))
      const rows = [...inForce, ...ignored.map((one) => ({ ...one, ignored: true }))]
      if (Option.contains(flags.format, "json"))
        yield* io.out(jsonText(rows.map((row) => ({ ...row, value: shownValue(row.key, row.value) }))))
      else
        yield* io.out(
          visible(
            table(
              rows.map((row) => [
                settingText(row.key, row.value),
                `# ${row.origin}${"ignored" in row ? " (ignored: not trusted, see `code-mesh trust`)" : ""}`
              ])
            )
          )
        )
      return exit.done
    })
  )

/** Prints one setting: a text as it is, all else as JSON. */
export const get = (call: Invocation) =>
  inWorld(call, quiet, (root) =>
    Effect.gen(function* () {
      const io = yield* Io
      const mesh = yield* CodeMesh
      const { config, ignored, origins } = yield* mesh.settings(root)
      const key = call.operands[0] ?? ""
      const value = at(config, keyParts(key))
      if (value === undefined) {
        const untrusted = ignored.find((one) => one.key === key)
        if (untrusted !== undefined)
          return yield* Effect.fail(
            new CliError(`${key} is set in ${untrusted.origin} alone, which you have not trusted.`, trustRemedy)
          )
        const meant = nearest(key, [...origins.keys()])
        return yield* Effect.fail(
          new CliError(
            `${key} is not set.`,
            meant === undefined ? "`code-mesh config` lists what is." : `Did you mean ${meant}?`
          )
        )
      }
      yield* io.out(typeof value === "string" ? `${value}\n` : `${JSON.stringify(value)}\n`)
      return exit.done
    })
  )

const valueOf = (text: string): unknown =>
  Option.getOrElse(Option.liftThrowable((): unknown => JSON.parse(text))(), () => text)

/** Writes one setting, and takes it back where the settings then make no sense. */
export const set = (flags: { readonly global: boolean }, call: Invocation) =>
  inWorld(call, quiet, (root) =>
    Effect.gen(function* () {
      const io = yield* Io
      const [name = "", text = ""] = call.operands
      const key = keyParts(name)
      if (key.length === 0) return yield* Effect.fail(usage("The key is empty.", "Write it as model.default."))
      const path = yield* configFile(root, flags.global)
      const trusted = yield* changeFile({ root, path, global: flags.global }, (before) =>
        edited(path, before, key, valueOf(text))
      )
      yield* io.err(`${name} is set in ${path}.\n${trusted ? "" : `It has no effect yet. ${trustRemedy}\n`}`)
      return exit.done
    })
  )

/** Prints where settings are read from, and which of these files are there. */
export const path = (call: Invocation) =>
  inWorld(call, quiet, (root) =>
    Effect.gen(function* () {
      const io = yield* Io
      const { auth, config, database } = pathsOf(io.env, homeOf(io.env))
      const rows = [
        ...names.map((name) => ["global config", join(config, name)]),
        ...["code-mesh.toml", ".code-mesh/config.json", ".code-mesh/config.jsonc"].map((name) => [
          "project config",
          join(root, name)
        ]),
        ["keys", auth],
        ["sessions", database]
      ]
      yield* io.out(table(rows.map(([what = "", file = ""]) => [what, existsSync(file) ? "there" : "-", file])))
      return exit.done
    })
  )

/** Whether all settings make sense; names those that have no effect yet. */
export const check = (call: Invocation) =>
  inWorld(call, {}, (root) =>
    Effect.gen(function* () {
      const io = yield* Io
      const mesh = yield* CodeMesh
      const { origins } = yield* mesh.settings(root)
      for (const key of notYet(origins))
        yield* io.out(`${key}: has no effect in this version (${origins.get(key) ?? ""})\n`)
      yield* io.out("The settings are in order.\n")
      return exit.done
    })
  )
