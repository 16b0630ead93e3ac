/** `doctor`: whether this machine has what code-mesh needs. Nothing is sent anywhere. */
import { execFile } from "node:child_process"
import { accessSync, constants, existsSync } from "node:fs"
import { dirname } from "node:path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { findProgram } from "../../adapters/node/findProgram.ts"
import { pathsOf } from "../../adapters/node/Paths.ts"
import { CodeMesh } from "../../domain/CodeMesh.ts"
import { Shell } from "../../ports/Shell.ts"
import { homeOf } from "./home.ts"
import { Io } from "./Io.ts"
import { type Finding, integrity } from "./integrity.ts"
import { exit } from "./report.ts"
import type { Invocation } from "./spec.ts"
import { jsonText, oneLine, table } from "./words.ts"
import { inWorld } from "./world.ts"

const versionOf = (name: string, root: string): Effect.Effect<Option.Option<string>> =>
  Effect.async((resume) => {
    const program = findProgram(name, process.env.PATH ?? "", root)
    if (program === undefined) return resume(Effect.succeedNone)
    execFile(program, ["--version"], { timeout: 5000 }, (error, stdout) => {
      resume(Effect.succeed(error === null ? Option.some(oneLine(stdout.split("\n")[0] ?? "", 60)) : Option.none()))
    })
  })

const program = (name: string, root: string, without: string): Effect.Effect<Finding> =>
  Effect.map(versionOf(name, root), (found) =>
    Option.match(found, {
      onSome: (text): Finding => ({ name, state: "ok", text }),
      onNone: (): Finding => ({ name, state: "note", text: `not found: ${without}` })
    })
  )

const node = (): Finding => {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number)
  const fits = major > 20 || (major === 20 && minor >= 19)
  return { name: "node", state: fits ? "ok" : "bad", text: `${process.versions.node}${fits ? "" : ", needs 20.19"}` }
}

const writable = (name: string, folder: string): Finding => {
  let existing = folder
  while (!existsSync(existing) && dirname(existing) !== existing) existing = dirname(existing)
  try {
    accessSync(existing, constants.W_OK)
    return { name, state: "ok", text: folder }
  } catch {
    return { name, state: "bad", text: `${folder} cannot be written` }
  }
}

const settings = (root: string) =>
  Effect.flatMap(CodeMesh, (mesh) => mesh.settings(root)).pipe(
    Effect.as<Finding>({ name: "settings", state: "ok", text: "in order" }),
    Effect.catchAll((error) => Effect.succeed<Finding>({ name: "settings", state: "bad", text: error.message }))
  )

const sandbox = Effect.gen(function* () {
  const { kind, note } = yield* (yield* Shell).confinement("auto")
  return { name: "sandbox", state: kind === "none" ? "note" : "ok", text: `${kind}: ${note}` } satisfies Finding
})

/** Looks at everything, and mends the data folder where that is wanted; exit code 1 where something keeps code-mesh from working. */
export const doctor = (
  flags: { readonly format: Option.Option<"text" | "json">; readonly repair: boolean },
  call: Invocation
) =>
  inWorld(call, {}, (root) =>
    Effect.gen(function* () {
      const io = yield* Io
      const places = pathsOf(io.env, homeOf(io.env))
      const findings: ReadonlyArray<Finding> = [
        node(),
        yield* program("git", root, "repositories cannot be read"),
        yield* program("rg", root, "searching is slower"),
        yield* program("bwrap", root, "commands are not confined, and ask more often"),
        yield* sandbox,
        writable("data", places.data),
        writable("cache", places.cache),
        ...(yield* integrity(places, flags.repair)),
        yield* settings(root)
      ]
      if (Option.contains(flags.format, "json")) yield* io.out(jsonText(findings))
      else yield* io.out(table(findings.map(({ name, state, text }) => [state, name, text])))
      return findings.some((finding) => finding.state === "bad") ? exit.failed : exit.done
    })
  )
