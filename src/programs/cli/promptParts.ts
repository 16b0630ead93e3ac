/** What a run says to the model: words, stdin and attached files, each as it is. */
import { realpathSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { basename, extname, resolve } from "node:path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { PromptPart } from "../../domain/model/Message.ts"
import { isKeyFile } from "../../domain/permission/protected.ts"
import { Io } from "./Io.ts"
import { usage } from "./report.ts"

/** The most bytes that one attached file may have. */
const mostBytes = 10_000_000

const images: Readonly<Record<string, string>> = {
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".gif": "image/gif",
  ".webp": "image/webp"
}

const textOf = (bytes: Uint8Array): string | undefined => {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)
    return text.includes("\0") ? undefined : text
  } catch {
    return undefined
  }
}

/** The part that a file's bytes come to; nothing where they are neither text nor a known image. */
export const partOf = (name: string, bytes: Uint8Array): PromptPart | undefined => {
  const mime = images[extname(name).toLowerCase()]
  if (mime !== undefined) return { type: "image", mime, data: Buffer.from(bytes).toString("base64") }
  const text = textOf(bytes)
  return text === undefined ? undefined : { type: "file", name: basename(name), mime: "text/plain", text }
}

const realOf = (path: string): string => {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

const attach = (path: string, cwd: string) =>
  Effect.gen(function* () {
    // By either name: a link may have a harmless one.
    const full = resolve(cwd, path)
    if (isKeyFile(full) || isKeyFile(realOf(full)))
      return yield* Effect.fail(
        usage(
          `${path} is a file that holds keys; what is attached is sent to the provider and kept in the session.`,
          "Attach a copy without the keys, under another name."
        )
      )
    const bytes = yield* Effect.tryPromise({
      try: () => readFile(full),
      catch: (error) =>
        usage(
          `${path} cannot be attached: ${error instanceof Error ? error.message : String(error)}`,
          "Name a file that can be read."
        )
    })
    if (bytes.length > mostBytes)
      return yield* Effect.fail(usage(`${path} is too large to be attached.`, "Attach at most 10 MB a file."))
    const part = partOf(path, bytes)
    if (part === undefined)
      return yield* Effect.fail(
        usage(`${path} is neither text nor a picture (png, jpeg, gif, webp).`, "Attach a text or a picture.")
      )
    return part
  })

/** The words joined by blanks, stdin after them on a line of its own, then the files. Fails where nothing is said. */
export const promptParts = (words: ReadonlyArray<string>, files: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const io = yield* Io
    const said = words.join(" ")
    const piped = Option.getOrElse(yield* io.piped(said === "" && files.length === 0), () => "")
    const text = said === "" ? piped : piped === "" ? said : `${said}\n${piped}`
    const attached = yield* Effect.forEach(files, (path) => attach(path, io.cwd))
    if (text.trim() === "")
      return yield* Effect.fail(
        usage("The prompt is empty.", 'Say what is to be done: `code-mesh run "fix the failing test"`, or pipe it in.')
      )
    const parts: readonly [PromptPart, ...ReadonlyArray<PromptPart>] = [{ type: "text", text }, ...attached]
    return parts
  })
