/** Search with ripgrep, where it and the files are on this machine; else by walking. The answers are the same. */
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { BadPattern, type GrepQuery, Search } from "../../ports/Search.ts"
import { FileError, type WorkspaceService } from "../../ports/Workspace.ts"
import { globOf } from "../shared/globs.ts"
import { FirstHits } from "../shared/grepLines.ts"
import { whyNoPattern } from "../shared/regexes.ts"
import { startOf } from "../shared/searchStart.ts"
import * as walkSearch from "../shared/walkFiles.ts"
import { diskOf } from "./disk.ts"
import { Directories, type DiskFiles, diskFiles, walkDisk } from "./diskWalk.ts"
import { findProgram } from "./findProgram.ts"
import { RipgrepOutput } from "./ripgrepOutput.ts"

/** The most bytes of file names that one ripgrep is given; Linux takes two million with its defaults. */
const mostNames = 1_000_000

/** The program, if it is here: the one that came with this package, else one on the PATH and not in the project. */
export const findRipgrep = (project: string): Effect.Effect<string | undefined> =>
  Effect.promise(async () => {
    try {
      const { rgPath } = await import("@vscode/ripgrep")
      if (fs.existsSync(rgPath)) return rgPath
    } catch {
      // Not installed for this platform.
    }
    return findProgram("rg", process.env.PATH ?? "", project)
  })

const flagsOf = (query: GrepQuery): ReadonlyArray<string> => [
  "--no-config",
  "--json",
  "--no-messages",
  "--no-ignore",
  "--hidden",
  "--no-mmap",
  "--crlf",
  "--engine=auto",
  `--max-filesize=${walkSearch.mostSearched}`,
  `--max-count=${query.limit + 1}`,
  `--before-context=${query.before ?? 0}`,
  `--after-context=${query.after ?? 0}`,
  query.ignoreCase === true ? "--ignore-case" : "--case-sensitive",
  ...(query.multiline === true ? ["--multiline", "--multiline-dotall"] : []),
  `--regexp=${query.pattern}`,
  "--"
]

/** What one run came to: nothing, or ripgrep's own words for what is wrong. */
type Ended = "done" | { readonly complaint: string }

const environment = (): NodeJS.ProcessEnv => {
  const { RIPGREP_CONFIG_PATH: _, ...rest } = process.env
  return rest
}

const run = (
  program: string,
  cwd: string,
  args: ReadonlyArray<string>,
  output: RipgrepOutput
): Effect.Effect<Ended, FileError> =>
  Effect.async((resume) => {
    const child = spawn(program, args, { cwd, env: environment(), stdio: ["ignore", "pipe", "pipe"] })
    let complaint = ""
    child.stdout.on("data", (chunk: Buffer) => output.push(chunk))
    child.stderr.on("data", (chunk: Buffer) => {
      if (complaint.length < 2000) complaint += chunk.toString("utf8")
    })
    child.on("error", (cause) =>
      resume(new FileError({ kind: "other", path: program, reason: `ripgrep did not start: ${cause.message}` }))
    )
    child.on("close", (code) => {
      resume(Effect.succeed(code === 2 && complaint !== "" ? { complaint: complaint.trim() } : "done"))
    })
    return Effect.sync(() => child.kill("SIGKILL"))
  })

/** Of so many files the first few are searched alone: a common word fills the answer with them. */
const manyFiles = 2000
const fewFiles = 400

/** Names in groups that fit on a command line; the first is small where a small limit may be reached early. */
const groupsOf = (names: ReadonlyArray<string>, limit: number): ReadonlyArray<ReadonlyArray<string>> => {
  const first = names.length > manyFiles && limit <= manyFiles ? fewFiles : 0
  const groups: Array<ReadonlyArray<string>> = first === 0 ? [] : [names.slice(0, first)]
  return groups.concat(fitting(names.slice(first)))
}

const fitting = (names: ReadonlyArray<string>): ReadonlyArray<ReadonlyArray<string>> => {
  // Counted at once: a count for each of many thousand names takes longer than the search.
  if (Buffer.byteLength(names.join(" ")) + 8 * names.length <= mostNames) return names.length === 0 ? [] : [names]
  const groups: Array<Array<string>> = []
  let room = 0
  for (const name of names) {
    const size = Buffer.byteLength(name) + 9
    if (size > room) {
      groups.push([])
      room = mostNames
    }
    room -= size
    groups.at(-1)?.push(name)
  }
  return groups
}

interface OnDisk {
  readonly program: string
  readonly dir: string
  readonly files: DiskFiles
}

const pathsOf = (workspace: WorkspaceService, query: GrepQuery, files: DiskFiles) =>
  Effect.gen(function* () {
    const start = yield* startOf(workspace, query.path, "any")
    if (start.isFile) return [start.path]
    const found = walkSearch.filtered(query, start, (yield* walkDisk(files, start, "all")).files)
    return found instanceof BadPattern ? yield* found : found
  })

const grepOnDisk = (workspace: WorkspaceService, query: GrepQuery, on: OnDisk) =>
  Effect.gen(function* () {
    const names: Array<string> = []
    const elsewhere = new Map<string, string>()
    for (const path of [...(yield* pathsOf(workspace, query, on.files))].sort()) {
      const name = on.files.spelled(path)
      if (name !== undefined) names.push(name)
      if (name !== undefined && name !== path) elsewhere.set(name, path)
    }
    const first = new FirstHits(query.limit)
    const output = new RipgrepOutput((name) => elsewhere.get(name) ?? name, first)
    const groups = names.length === 0 ? [["/dev/null"]] : groupsOf(names, query.limit)
    for (const group of groups) {
      const ended = yield* run(on.program, on.dir, [...flagsOf(query), ...group], output)
      if (first.full) break
      if (ended === "done") continue
      // What the host's engine takes and ripgrep's does not is left to the walk; so both take the same patterns.
      if (whyNoPattern(query.pattern) === undefined) return yield* walkSearch.grep(workspace, query)
      return yield* new BadPattern({ pattern: query.pattern, reason: brief(ended.complaint) })
    }
    return first.result()
  })

const brief = (complaint: string): string => {
  const line = complaint.split("\n").find((it) => it.startsWith("error:")) ?? complaint.split("\n")[0] ?? ""
  return line.replace(/^(error|rg): */, "").slice(0, 300)
}

const isFileLink = (files: DiskFiles, path: string): boolean => {
  const place = files.place(path)
  return place !== undefined && fs.statSync(place, { throwIfNoEntry: false })?.isDirectory() !== true
}

/** Search with the ripgrep that `program` finds, looked for on first use. */
export const make = (
  program: Effect.Effect<string | undefined> = findRipgrep(process.cwd())
): Effect.Effect<Search["Type"]> =>
  Effect.map(Effect.cached(program), (found) => {
    const directories = new Directories()
    return {
      grep: Effect.fn("RipgrepSearch.grep")(function* (workspace, query) {
        const disk = diskOf(workspace)
        const rg = disk === undefined ? undefined : yield* found
        if (disk === undefined || rg === undefined) return yield* walkSearch.grep(workspace, query)
        return yield* grepOnDisk(workspace, query, { program: rg, dir: disk.dir, files: diskFiles(disk, directories) })
      }),
      glob: Effect.fn("RipgrepSearch.glob")(function* (workspace, query) {
        const disk = diskOf(workspace)
        if (disk === undefined) return yield* walkSearch.glob(workspace, query)
        const quarry = globOf(query.pattern)
        if (typeof quarry === "string") return yield* new BadPattern({ pattern: query.pattern, reason: quarry })
        const start = yield* startOf(workspace, query.path, "directory")
        const files = diskFiles(disk, directories)
        const all = yield* walkDisk(files, start, { glob: quarry })
        return walkSearch.firstPaths(
          [...all.files, ...all.links.filter((path) => isFileLink(files, path))],
          query.limit
        )
      })
    }
  })

/** Search with ripgrep, or by walking where it is missing; `project` is where no program of ours is. */
export const layerIn = (project: string): Layer.Layer<Search> => Layer.effect(Search, make(findRipgrep(project)))
