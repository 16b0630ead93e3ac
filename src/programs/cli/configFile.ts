/** Changes a config file where it stands: comments and all else in it stay. */
import { existsSync } from "node:fs"
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import { pathsOf } from "../../adapters/node/Paths.ts"
import { CodeMesh } from "../../domain/CodeMesh.ts"
import { homeOf } from "./home.ts"
import { Io } from "./Io.ts"
import { CliError, usage } from "./report.ts"
import { setToml, tomlValue } from "./tomlEdit.ts"
import { inOwnName } from "./trusting.ts"

/** What to do about settings that nobody has trusted. */
export const trustRemedy = "Look at it, then trust it with `code-mesh trust`."

/** What the config of all projects may be called. */
export const names = ["config.toml", "config.json", "config.jsonc"]

/** The config file that is there, or the one that would be made. */
export const configFile = (root: string, global: boolean) =>
  Effect.map(Io, (io) => {
    const { config } = pathsOf(io.env, homeOf(io.env))
    const files = global
      ? names.map((name) => join(config, name))
      : [
          join(root, "code-mesh.toml"),
          join(root, ".code-mesh", "config.json"),
          join(root, ".code-mesh", "config.jsonc")
        ]
    return files.find((file) => existsSync(file)) ?? files[0] ?? ""
  })

/** The text of a config file with one setting changed. */
export const edited = (path: string, text: string, key: ReadonlyArray<string>, value: unknown) =>
  Effect.gen(function* () {
    if (!path.endsWith(".toml")) {
      const { applyEdits, modify } = yield* Effect.promise(() => import("jsonc-parser"))
      const formattingOptions = { insertSpaces: true, tabSize: 2 }
      return applyEdits(text, modify(text, [...key], value, { formattingOptions }))
    }
    const spelt = tomlValue(value)
    const result = spelt === undefined ? undefined : setToml(text, key, spelt)
    return result === undefined
      ? yield* Effect.fail(
          usage(
            `${key.join(".")} in ${path} cannot be changed by a program.`,
            "Its value spans lines or is null: edit the file."
          )
        )
      : result
  })

/** Replaces a file in one step. */
const put = (path: string, text: string) =>
  Effect.tryPromise({
    try: async () => {
      await mkdir(dirname(path), { recursive: true })
      await writeFile(`${path}.new`, text)
      await rename(`${path}.new`, path)
    },
    catch: (error) =>
      new CliError(
        `${path} could not be written: ${error instanceof Error ? error.message : String(error)}.`,
        "Nothing was changed."
      )
  })

/** Which file of which project is changed. */
export interface Changed {
  readonly root: string
  readonly path: string
  readonly global: boolean
}

/** Changes a file, and takes that back where the settings then make no sense; answers whether what it holds counts. */
export const changeFile = <E>({ global, path, root }: Changed, edit: (before: string) => Effect.Effect<string, E>) =>
  Effect.gen(function* () {
    const mesh = yield* CodeMesh
    const before = existsSync(path) ? yield* Effect.promise(() => readFile(path, "utf8")) : undefined
    const write = Effect.gen(function* () {
      yield* put(path, yield* edit(before ?? ""))
      yield* Effect.tapError(mesh.settings(root), () =>
        before === undefined ? Effect.promise(() => rm(path, { force: true })) : put(path, before)
      )
    })
    return global ? yield* Effect.as(write, true) : yield* inOwnName(root, write)
  })
