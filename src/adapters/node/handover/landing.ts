/** Puts a commit's files into a folder of this machine, where they become a task's root. */
import * as fs from "node:fs"
import { dirname } from "node:path"
import * as Effect from "effect/Effect"
import { fresh } from "../copies/own.ts"
import { filesIn, type Listed, unpack } from "./packing.ts"
import { GitFailed, runGit } from "./runGit.ts"

/** Whether a path stays in the folder that it is put into, and out of what git keeps there. */
const isHarmless = (path: string): boolean =>
  path.split("/").every((part) => part !== "" && part !== "." && part !== ".." && part.toLowerCase() !== ".git")

const put = (folder: string, { mode, path }: Listed, bytes: Buffer): void => {
  const disk = `${folder}/${path}`
  fs.mkdirSync(dirname(disk), { recursive: true, mode: 0o755 })
  if (mode === "120000") fs.symlinkSync(bytes, disk)
  else fs.writeFileSync(disk, bytes, { flag: "wx", mode: mode === "100755" ? 0o755 : 0o644 })
}

/** Links come last, so that nothing is written through one. */
const linksLast = (files: ReadonlyArray<Listed>): ReadonlyArray<Listed> => [
  ...files.filter(({ mode }) => mode !== "120000"),
  ...files.filter(({ mode }) => mode === "120000")
]

/** A folder that nobody but this account can have made. */
const ownFolder = (path: string): void => {
  fs.mkdirSync(path, { recursive: true, mode: 0o700 })
  const stat = fs.lstatSync(path)
  if (!stat.isDirectory() || stat.uid !== process.getuid?.())
    throw new Error(`${path} belongs to somebody else; remove it`)
}

/** Puts a commit's files there, unless they are there already: all of them or none. */
export const land = (store: string, commit: string, root: string): Effect.Effect<void, GitFailed> =>
  Effect.gen(function* () {
    const parent = dirname(root)
    yield* Effect.try({
      try: () => ownFolder(parent),
      catch: (error) => new GitFailed({ reason: String(error), out: Buffer.alloc(0) })
    })
    if (fs.existsSync(root)) return
    const part = `${parent}/${fresh()}`
    const files = yield* filesIn(store, commit, "files")
    const odd = files.find(({ path }) => !isHarmless(path))
    if (odd !== undefined)
      return yield* new GitFailed({ reason: `the hub has a file with the name ${odd.path}`, out: Buffer.alloc(0) })
    fs.mkdirSync(part, { mode: 0o700 })
    yield* Effect.gen(function* () {
      // A repository of its own, without a history, so that ignore files count and none above does.
      yield* runGit({ cwd: part, args: ["init", "-q", "--template=", "."] })
      yield* unpack(store, linksLast(files), (file, bytes) => put(part, file, bytes))
      yield* Effect.try({
        try: () => fs.renameSync(part, root),
        catch: (error) => new GitFailed({ reason: String(error), out: Buffer.alloc(0) })
      })
    }).pipe(
      Effect.ensuring(Effect.sync(() => fs.rmSync(part, { recursive: true, force: true }))),
      // Another process of this machine may have been faster.
      Effect.catchIf(
        () => fs.existsSync(root),
        () => Effect.void
      )
    )
  })
