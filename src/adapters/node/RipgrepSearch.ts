/** Search with ripgrep, where it and the files are on this machine; else by walking. The answers are the same. */
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { BadPattern, type GrepLine, type GrepQuery, Search } from "../../ports/Search.ts"
import { FileError, type WorkspaceService } from "../../ports/Workspace.ts"
import { globOf } from "../shared/globs.ts"
import { FirstHits } from "../shared/grepLines.ts"
import { whyNoPattern } from "../shared/regexes.ts"
import { startOf } from "../shared/searchStart.ts"
import * as walkSearch from "../shared/walkFiles.ts"
import { diskOf } from "./disk.ts"
import { Directories, type DiskFiles, diskFiles, walkDisk } from "./diskWalk.ts"
import { readRegular } from "./files.ts"
import { findProgram } from "./findProgram.ts"
import { plainLine, RipgrepOutput } from "./ripgrepOutput.ts"
import { hasLines } from "./shownLines.ts"

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
  { dir, program }: OnDisk,
  args: ReadonlyArray<string>,
  output: RipgrepOutput,
  input?: Uint8Array
): Effect.Effect<Ended, FileError> =>
  Effect.async((resume) => {
    const stdin = input === undefined ? "ignore" : "pipe"
    // A folder of another mount namespace has a name by this alone.
    const env = { ...environment(), PWD: dir }
    const child = spawn(program, args, { cwd: dir, env, stdio: [stdin, "pipe", "pipe"] })
    // It may end before it has read all.
    child.stdin?.on("error", () => undefined).end(input)
    let complaint = ""
    child.stdout?.on("data", (chunk: Buffer) => output.push(chunk))
    child.stderr?.on("data", (chunk: Buffer) => {
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

/** The lines of bytes that are at hand, as ripgrep sees them. */
const grepBytes = (query: GrepQuery, on: OnDisk, path: string, bytes: Uint8Array) =>
  Effect.gen(function* () {
    const all = new FirstHits(query.limit + 1)
    if (bytes.length > walkSearch.mostSearched) return []
    yield* run(on, [...flagsOf(query), "-"], new RipgrepOutput(() => path, all), bytes)
    return all.result().lines
  })

/** The lines of a file whose bytes are read by handle; none where it is not there any more. */
const grepByHandle = (query: GrepQuery, on: OnDisk, path: string) => {
  const place = on.files.place(path)
  const maxBytes = walkSearch.mostSearched
  return Effect.try((): Uint8Array => {
    if (place === undefined) return new Uint8Array()
    return typeof place === "string" ? readRegular({ path, disk: place, maxBytes }) : place()
  }).pipe(
    Effect.orElseSucceed(() => new Uint8Array()),
    Effect.flatMap((bytes) => grepBytes(query, on, path, bytes))
  )
}

const fileOf = (path: string, lines: ReadonlyArray<GrepLine>) => ({
  path,
  lines,
  hits: lines.filter((line) => line.hit).length
})

type Result = ReturnType<FirstHits["result"]>

/**
 * What is shown, line by line held against the file that is opened by handle: ripgrep opens files by name, and a link may
 * have led it elsewhere meanwhile. A file that does not have its lines is searched again, by its bytes.
 */
const checked = (query: GrepQuery, on: OnDisk, result: Result) =>
  Effect.gen(function* () {
    const byPath = new Map<string, Array<GrepLine>>()
    for (const line of result.lines) {
      const known = byPath.get(line.path)
      if (known === undefined) byPath.set(line.path, [line])
      else known.push(line)
    }
    const strange = [...byPath].filter(([path, lines]) => !hasLines(path, on.files.place(path), lines))
    if (strange.length === 0) return { ...result, lines: result.lines.map(plainLine) }
    const first = new FirstHits(query.limit)
    const names = new Set(strange.map(([path]) => path))
    for (const [path, lines] of byPath)
      first.add(fileOf(path, names.has(path) ? yield* grepByHandle(query, on, path) : lines))
    const { lines, truncated } = first.result()
    return { lines: lines.map(plainLine), truncated: truncated || result.truncated }
  })

/** The names to give to ripgrep, the paths that they stand for where those differ, and paths that no file holds. */
const namesOf = (files: DiskFiles, paths: ReadonlyArray<string>) => {
  const names: Array<string> = []
  const elsewhere = new Map<string, string>()
  const unfiled: Array<string> = []
  for (const path of [...paths].sort()) {
    const place = files.spelled(path)
    if (typeof place === "function") unfiled.push(path)
    if (typeof place !== "string") continue
    // A lone `-` would be what ripgrep is handed.
    const name = place === "-" ? "./-" : place
    names.push(name)
    if (name !== path) elsewhere.set(name, path)
  }
  return { names, elsewhere, unfiled }
}

const grepOnDisk = (workspace: WorkspaceService, query: GrepQuery, on: OnDisk) =>
  Effect.gen(function* () {
    const { elsewhere, names, unfiled } = namesOf(on.files, yield* pathsOf(workspace, query, on.files))
    const first = new FirstHits(query.limit)
    const output = new RipgrepOutput((name) => elsewhere.get(name) ?? name, first)
    const groups = names.length === 0 ? [["/dev/null"]] : groupsOf(names, query.limit)
    for (const path of unfiled) first.add(fileOf(path, yield* grepByHandle(query, on, path)))
    for (const group of groups) {
      const ended = yield* run(on, [...flagsOf(query), ...group], output)
      if (first.full && unfiled.length === 0) break
      if (ended === "done") continue
      // What the host's engine takes and ripgrep's does not is left to the walk; so both take the same patterns.
      if (whyNoPattern(query.pattern) === undefined) return yield* walkSearch.grep(workspace, query)
      return yield* new BadPattern({ pattern: query.pattern, reason: brief(ended.complaint) })
    }
    return yield* checked(query, on, first.result())
  })

const brief = (complaint: string): string => {
  const line = complaint.split("\n").find((it) => it.startsWith("error:")) ?? complaint.split("\n")[0] ?? ""
  return line.replace(/^(error|rg): */, "").slice(0, 300)
}

const isFileLink = (files: DiskFiles, path: string): boolean => {
  const place = files.place(path)
  if (typeof place !== "string") return place !== undefined
  return fs.statSync(place, { throwIfNoEntry: false })?.isDirectory() !== true
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
