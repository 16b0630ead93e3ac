/** The tool that shows a file to the model. */
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as Schema from "effect/Schema"
import { type Located, Workspace } from "../../ports/Workspace.ts"
import { footprint } from "../model/Footprint.ts"
import { bound } from "./bound.ts"
import { failed, type Loaded, load, locate, locateAgain, locateFile } from "./file.ts"
import { mediaOf } from "./media.ts"
import { notebookText } from "./notebook.ts"
import { defaultLines, type Range, showLines } from "./readText.ts"
import { defineTool, type Outcome, type ToolFailure } from "./Tool.ts"

const megabyte = 1024 * 1024
const imageLimit = 5 * megabyte
const wholeLimit = 10 * megabyte
const rangeLimit = 64 * megabyte
const notebookLimit = 30_000

/** What a model asks for; `ranged` where it names a part. */
interface Asked extends Range {
  readonly path: string
  readonly ranged: boolean
}

const remarks: Partial<Record<Loaded["encoding"], string>> = {
  "utf-16le": "(The file is UTF-16LE; edits keep that.)\n",
  "utf-16be": "(The file is UTF-16BE; edits keep that.)\n",
  latin1: "(The file is not valid UTF-8; it is shown as Latin-1, and edits keep its bytes.)\n"
}

const image = (path: string, mime: string, file: Loaded): Effect.Effect<Outcome, ToolFailure> =>
  file.bytes.length > imageLimit
    ? Effect.fail(
        failed("too_large", `${path} is an image of ${file.bytes.length} bytes; at most ${imageLimit} are shown.`)
      )
    : Effect.succeed({
        output: `${path} is an image (${mime}, ${file.bytes.length} bytes).`,
        images: [{ type: "image", mime, data: Encoding.encodeBase64(file.bytes) }]
      })

const textual = (shown: string, text: string, file: Loaded, asked: Asked): Effect.Effect<Outcome, ToolFailure> => {
  const notebook = /\.ipynb$/i.test(shown) && !asked.ranged ? notebookText(text) : undefined
  if (notebook !== undefined) {
    const head = `${shown} is a Jupyter notebook with ${notebook.cells} cells; with an offset its JSON is shown, which edits work on.`
    return Effect.succeed({ output: `${head}\n\n${bound(notebook.text, notebookLimit).text}` })
  }
  const lines = showLines(text, asked)
  return "total" in lines
    ? Effect.fail(failed("invalid", `${shown} has ${lines.total} lines; offset ${asked.offset} is beyond its end.`))
    : Effect.succeed({ output: (remarks[file.encoding] ?? "") + lines.text })
}

const show = (shown: string, file: Loaded, asked: Asked): Effect.Effect<Outcome, ToolFailure> => {
  const media = mediaOf(file.bytes)
  if (media?.kind === "image") return image(shown, media.mime, file)
  if (file.text !== undefined && media === undefined) return textual(shown, file.text, file, asked)
  const name = media?.name ?? "a binary file"
  return Effect.fail(
    failed("binary", `${shown} is ${name} of ${file.bytes.length} bytes, which can't be shown as text.`)
  )
}

/** Names in the same folder that a misspelt one may have meant. */
const similar = (path: string): Effect.Effect<ReadonlyArray<string>, never, Workspace> =>
  Effect.gen(function* () {
    const slash = path.lastIndexOf("/")
    const folder = slash === -1 ? "" : path.slice(0, slash)
    const stem = (name: string) => name.toLowerCase().replace(/\.[^.]*$/, "")
    const wanted = stem(path.slice(slash + 1))
    const workspace = yield* Workspace
    const entries = yield* Effect.orElseSucceed(workspace.list(slash === 0 ? "/" : folder || "."), () => [])
    return entries
      .filter((entry) => entry.kind !== "directory" && wanted !== "" && stem(entry.name) === wanted)
      .slice(0, 3)
      .map((entry) => (folder === "" ? entry.name : `${folder}/${entry.name}`))
  })

const tooLarge = (path: string, size: number, asked: Asked) =>
  failed(
    "too_large",
    asked.ranged
      ? `${path} has ${size} bytes; more than ${rangeLimit} are not read. Search it with grep.`
      : `${path} has ${size} bytes. Read a part of it with offset and limit, or search it with grep.`
  )

const loadAsked = (asked: Asked, { path, real, stat }: Located) =>
  Effect.gen(function* () {
    const size = stat?.size ?? 0
    const limit = asked.ranged ? rangeLimit : wholeLimit
    if (size > limit) return yield* Effect.fail(tooLarge(path, size, asked))
    const file = yield* load(real, limit)
    if (file !== undefined) return file
    const meant = yield* similar(asked.path)
    const hint = meant.length === 0 ? "Look for it with glob or ls." : `Did you mean ${meant.join(" or ")}?`
    return yield* Effect.fail(failed("missing_file", `${path} does not exist. ${hint}`))
  })

/** Shows a file. */
export const read = defineTool({
  name: "read",
  description:
    `Shows a file with line numbers, at most ${defaultLines} lines from offset (1 is the first line). ` +
    "Images are shown as images, notebooks as cells. Directories: use ls.",
  input: Schema.Struct({
    file_path: Schema.String,
    offset: Schema.optional(Schema.Number.pipe(Schema.int(), Schema.nonNegative())),
    limit: Schema.optional(Schema.Number.pipe(Schema.int(), Schema.positive()))
  }),
  prepare: ({ file_path, limit, offset }) =>
    Effect.gen(function* () {
      const asked: Asked = {
        path: file_path,
        offset: Math.max(1, offset ?? 1),
        limit: limit ?? defaultLines,
        ranged: offset !== undefined || limit !== undefined
      }
      const located = yield* locate(file_path)
      const run = Effect.gen(function* () {
        yield* locateFile(file_path)
        const now = yield* locateAgain(file_path, located)
        const file = yield* loadAsked(asked, now)
        const outcome = yield* show(now.path, file, asked)
        return { ...outcome, seen: [{ path: now.real, hash: file.hash }] }
      })
      return { footprint: footprint({ read: [located.real] }), preview: located.path, run }
    })
})
