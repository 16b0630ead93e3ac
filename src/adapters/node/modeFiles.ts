/** Modes from files of their own, `modes/NAME.md`: each is a layer of settings that says `[modes.NAME]`. */
import { readdir, readFile } from "node:fs/promises"
import { basename, join } from "node:path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { ConfigInvalid, type RawLayer } from "../../ports/ConfigSource.ts"
import { frontMatter } from "../shared/frontMatter.ts"

/** A file of a mode, by its path, and its text. */
export interface ModeFile {
  readonly path: string
  readonly text: string
}

/** The layer that a mode's file stands for; its body is the prompt. */
const layerOf = (kind: RawLayer["kind"], { path, text }: ModeFile): Effect.Effect<RawLayer, ConfigInvalid> => {
  const name = basename(path, ".md")
  const origin = `${kind} mode ${path}`
  if (!/^[a-z0-9][a-z0-9_-]{0,63}$/.test(name))
    return Effect.fail(new ConfigInvalid({ origin, reason: "a mode is named in small letters, digits, - and _" }))
  const read = frontMatter(text)
  if (read._tag === "Wrong") return Effect.fail(new ConfigInvalid({ origin, line: read.line, reason: read.reason }))
  const { body, fields, lines } = read
  if ("prompt" in fields && body !== "")
    return Effect.fail(new ConfigInvalid({ origin, key: "prompt", reason: "the text below is the prompt; keep one" }))
  const mode = body === "" ? fields : { ...fields, prompt: body }
  const line = ([, , key]: ReadonlyArray<string>) => Option.fromNullable(key === undefined ? 1 : lines.get(key))
  return Effect.succeed({ origin, kind, value: { modes: { [name]: mode } }, line })
}

/** The layers of mode files, by name. */
export const modeLayers = (
  kind: RawLayer["kind"],
  files: ReadonlyArray<ModeFile>
): Effect.Effect<ReadonlyArray<RawLayer>, ConfigInvalid> => Effect.forEach(files, (file) => layerOf(kind, file))

/** The files of modes in a folder; none where it is not there. */
export const modeFilesIn = (folder: string): Effect.Effect<ReadonlyArray<ModeFile>> =>
  Effect.promise(async () => {
    const names = await readdir(folder).catch(() => [])
    const found = names.filter((name) => name.endsWith(".md")).sort()
    const texts = await Promise.all(found.map((name) => readFile(join(folder, name), "utf8").catch(() => undefined)))
    return found.flatMap((name, index) => {
      const text = texts[index]
      return text === undefined ? [] : [{ path: join(folder, name), text }]
    })
  })
