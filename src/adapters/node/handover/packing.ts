/** Trees and contents as commits of git: exactly their bytes, through no filter, by no name that leads elsewhere. */
import * as Effect from "effect/Effect"
import { GitFailed, runGit } from "./runGit.ts"

/** A file's mode as git has it. */
export type Mode = "100644" | "100755" | "120000"

/** A file of a commit: its path in the commit, and where its bytes come from when they are asked for. */
export interface Packed {
  readonly path: string
  readonly mode: Mode
  readonly bytes: () => Uint8Array
}

/** A commit to make. */
export interface Packing {
  readonly ref: string
  /** What it goes on from: all of that stays that is not put anew or removed. */
  readonly parent?: string
  readonly message: string
  readonly put: Iterable<Packed>
  readonly removed: ReadonlyArray<string>
}

const quoted = (path: string): string =>
  `"${path.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`

const lineBreak = Buffer.from("\n")

function* script({ message, parent, put, ref, removed }: Packing): Generator<Uint8Array> {
  const said = Buffer.from(message)
  yield Buffer.from(
    `feature done\ncommit ${ref}\nmark :1\ncommitter code-mesh <code-mesh@localhost> 0 +0000\ndata ${said.length}\n`
  )
  yield said
  yield Buffer.from(parent === undefined ? "\n" : `\nfrom ${parent}\n`)
  for (const path of removed) yield Buffer.from(`D ${quoted(path)}\n`)
  for (const { bytes, mode, path } of put) {
    const content = bytes()
    yield Buffer.from(`M ${mode} inline ${quoted(path)}\ndata ${content.length}\n`)
    yield content
    yield lineBreak
  }
  yield Buffer.from("\nget-mark :1\ndone\n")
}

/** Makes a commit in a bare repository and answers its name. */
export const commit = (store: string, packing: Packing): Effect.Effect<string, GitFailed> =>
  Effect.map(
    runGit({ cwd: store, args: ["fast-import", "--quiet", "--force", "--date-format=raw"], input: script(packing) }),
    (out) => out.toString("latin1").trim()
  )

/** A file of a commit that is there. */
export interface Listed {
  readonly path: string
  readonly mode: Mode
  readonly id: string
}

const isMode = (mode: string | undefined): mode is Mode => mode === "100644" || mode === "100755" || mode === "120000"

const listedOf = (line: string): Listed | undefined => {
  const [, mode, id, path] = /^(\d+) blob ([0-9a-f]+)\t(.+)$/s.exec(line) ?? []
  return isMode(mode) && id !== undefined && path !== undefined ? { mode, id, path } : undefined
}

/** The files under a folder of a commit, by their paths in it; none where it has no such folder. */
export const filesIn = (store: string, name: string, folder: string): Effect.Effect<ReadonlyArray<Listed>, GitFailed> =>
  Effect.map(runGit({ cwd: store, args: ["ls-tree", "-r", "-z", "--full-tree", name, `${folder}/`] }), (out) =>
    out
      .toString("utf8")
      .split("\0")
      .flatMap((line) => {
        const listed = listedOf(line)
        return listed === undefined ? [] : [{ ...listed, path: listed.path.slice(folder.length + 1) }]
      })
  )

const none = Buffer.alloc(0)

/** Some at a time, so that no more than these are in memory. */
const mostAtOnce = 500

/** Hands the bytes of each file to `use`. */
export const unpack = (
  store: string,
  files: ReadonlyArray<Listed>,
  use: (file: Listed, bytes: Buffer) => void
): Effect.Effect<void, GitFailed> =>
  Effect.gen(function* () {
    for (let from = 0; from < files.length; from += mostAtOnce) {
      const some = files.slice(from, from + mostAtOnce)
      const input = [Buffer.from(some.map(({ id }) => `${id}\n`).join(""))]
      const out = yield* runGit({ cwd: store, args: ["cat-file", "--batch"], input })
      let at = 0
      for (const file of some) {
        const end = out.indexOf(10, at)
        const size = Number(/^[0-9a-f]+ blob (\d+)$/.exec(out.toString("latin1", at, end))?.[1] ?? Number.NaN)
        if (Number.isNaN(size)) return yield* new GitFailed({ reason: `${file.path} is not there`, out })
        yield* Effect.try({
          try: () => use(file, out.subarray(end + 1, end + 1 + size)),
          catch: (error) => new GitFailed({ reason: error instanceof Error ? error.message : String(error), out: none })
        })
        at = end + 1 + size + 1
      }
    }
  })
