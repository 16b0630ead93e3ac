/** The host of a page: no machine and no home, and the instructions that lie in the project itself. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Host } from "../../ports/Host.ts"
import type { FileError, WorkspaceService } from "../../ports/Workspace.ts"

/** The program's version, and where a project's files are. */
export interface BrowserHostOptions {
  readonly version: string
  readonly workspace: (root: string) => Effect.Effect<WorkspaceService, FileError>
}

/** Bytes of the instructions that the model is given. */
const most = 32 * 1024

/** Names in the order in which they are looked for; only the first that is there counts. */
const names = ["AGENTS.md", "CLAUDE.md"] as const

const textAt = (files: WorkspaceService, name: string) =>
  Effect.map(files.read(name), (bytes) => {
    const text = new TextDecoder().decode(bytes.subarray(0, most), { stream: true }).replace(/^\uFEFF/, "")
    return bytes.length > most ? `${text}\n[cut: only the first ${most} of ${bytes.length} bytes are shown]` : text
  })

const collect = (files: WorkspaceService) =>
  Effect.gen(function* () {
    for (const name of names) {
      const text = yield* Effect.orElseSucceed(textAt(files, name), () => undefined)
      if (text !== undefined) return text.trim() === "" ? [] : [{ name: `${files.root}/${name}`, text }]
    }
    return []
  })

/** The host of a page, with the instructions of the project that it works on. */
export const layer = (options: BrowserHostOptions): Layer.Layer<Host> =>
  Layer.succeed(Host, {
    platform: "browser",
    home: "",
    version: options.version,
    instructions: (root) => Effect.orElseSucceed(Effect.flatMap(options.workspace(root), collect), () => [])
  })
