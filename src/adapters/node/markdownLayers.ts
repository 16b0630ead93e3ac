/** Modes and agents from files of their own, `modes/NAME.md` and `agents/NAME.md`: each is a layer of settings that says `[modes.NAME]`. */
import { readdir, readFile } from "node:fs/promises"
import { basename, join } from "node:path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { ConfigInvalid, type RawLayer } from "../../ports/ConfigSource.ts"
import { frontMatter } from "../shared/frontMatter.ts"

/** What such a file is of: the name of its folder, and of the table that it stands for. */
export const kindsOfFile = ["modes", "agents"] as const
/** What such a file is of. */
export type KindOfFile = (typeof kindsOfFile)[number]

/** A file of a mode or of an agent, by its path, and its text. */
export interface MarkdownFile {
  readonly of: KindOfFile
  readonly path: string
  readonly text: string
}

const words: Readonly<Record<KindOfFile, string>> = { modes: "a mode", agents: "an agent" }

/** The layer that a file stands for; its body is the prompt. */
const layerOf = (kind: RawLayer["kind"], { of, path, text }: MarkdownFile): Effect.Effect<RawLayer, ConfigInvalid> => {
  const name = basename(path, ".md")
  const origin = `${kind} ${of.slice(0, -1)} ${path}`
  if (!/^[a-z0-9][a-z0-9_-]{0,63}$/.test(name))
    return Effect.fail(new ConfigInvalid({ origin, reason: `${words[of]} is named in small letters, digits, - and _` }))
  const read = frontMatter(text)
  if (read._tag === "Wrong") return Effect.fail(new ConfigInvalid({ origin, line: read.line, reason: read.reason }))
  const { body, fields, lines } = read
  if ("prompt" in fields && body !== "")
    return Effect.fail(new ConfigInvalid({ origin, key: "prompt", reason: "the text below is the prompt; keep one" }))
  const said = body === "" ? fields : { ...fields, prompt: body }
  const line = ([, , key]: ReadonlyArray<string>) => Option.fromNullable(key === undefined ? 1 : lines.get(key))
  return Effect.succeed({ origin, kind, value: { [of]: { [name]: said } }, line })
}

/** The layers of such files, by name. */
export const markdownLayers = (
  kind: RawLayer["kind"],
  files: ReadonlyArray<MarkdownFile>
): Effect.Effect<ReadonlyArray<RawLayer>, ConfigInvalid> => Effect.forEach(files, (file) => layerOf(kind, file))

const filesOf = async (folder: string, of: KindOfFile): Promise<ReadonlyArray<MarkdownFile>> => {
  const names = await readdir(join(folder, of)).catch(() => [])
  const found = names.filter((name) => name.endsWith(".md")).sort()
  const texts = await Promise.all(found.map((name) => readFile(join(folder, of, name), "utf8").catch(() => undefined)))
  return found.flatMap((name, index) => {
    const text = texts[index]
    return text === undefined ? [] : [{ of, path: join(folder, of, name), text }]
  })
}

/** The files of modes and agents in a folder; none where it is not there. */
export const markdownFilesIn = (folder: string): Effect.Effect<ReadonlyArray<MarkdownFile>> =>
  Effect.promise(async () => (await Promise.all(kindsOfFile.map((of) => filesOf(folder, of)))).flat())
