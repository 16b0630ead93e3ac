/** What every search promises; run here and in Chromium. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { Search } from "../../src/ports/Search.ts"
import type { WorkspaceService } from "../../src/ports/Workspace.ts"
import { type Contract, type ContractTest, equal, failure, ok } from "../support/contract.ts"

/** A search over a workspace that holds `searchFiles`. */
export interface SearchPlace {
  readonly search: Search["Type"]
  readonly workspace: WorkspaceService
}

/** The place that a test searches. */
export class Place extends Context.Tag("code-mesh/test/SearchPlace")<Place, SearchPlace>() {}

const bytes = (...all: ReadonlyArray<string | ReadonlyArray<number>>): Uint8Array =>
  Uint8Array.from(all.flatMap((it) => (typeof it === "string" ? [...new TextEncoder().encode(it)] : [...it])))

/** The files of a place. */
export const searchFiles: Readonly<Record<string, string | Uint8Array>> = {
  ".gitignore": "*.log\n/build\nnode_modules/\n",
  ".ignore": "!kept.log\n",
  ".git/config": "needle\n",
  ".git/info/exclude": "excluded.txt\n",
  ".github/ci.yml": "run: needle\n",
  "excluded.txt": "needle\n",
  "a.ts": "one\nneedle two\nthree\n",
  "b.log": "needle\n",
  "kept.log": "needle\n",
  "build/x.ts": "needle\n",
  "node_modules/m/i.ts": "needle\n",
  "src/build/y.ts": "a\nb\nneedle\nc\nNeedle\nd\n",
  "src/.gitignore": "hidden.ts\n!b.log\n",
  "src/b.log": "needle\n",
  "src/hidden.ts": "needle\n",
  "src/deep/hidden.ts": "needle\n",
  "src/crlf.ts": "x\r\nneedle;\r\n",
  "src/-dash.ts": "needle\n",
  "bin.dat": bytes("needle\n", [0, 1, 2], "\nneedle\n"),
  "utf16.txt": bytes(
    [0xff, 0xfe],
    [..."needle\n"].flatMap((it) => [it.charCodeAt(0), 0])
  ),
  "bom.txt": bytes([0xef, 0xbb, 0xbf], "needle at the start\n"),
  "latin1.txt": bytes("caf", [0xe9], " needle\n"),
  "long.txt": `${"é".repeat(100_000)}needle${"z".repeat(100_000)}\n`,
  "no-end.txt": "first\nneedle",
  "new\nline.ts": "needle\n"
}

const check = (name: string, body: (place: SearchPlace) => Effect.Effect<unknown, unknown>): ContractTest<Place> => ({
  name,
  run: Effect.flatMap(Place, body)
})

const hits = ({ search, workspace }: SearchPlace, query: Partial<Parameters<Search["Type"]["grep"]>[1]>) =>
  Effect.map(search.grep(workspace, { pattern: "needle", limit: 1000, ...query }), ({ lines }) =>
    lines.filter((line) => line.hit).map((line) => `${line.path}:${line.line}`)
  )
const paths = ({ search, workspace }: SearchPlace, pattern: string, path?: string) =>
  Effect.map(
    search.glob(workspace, { pattern, limit: 1000, ...(path === undefined ? {} : { path }) }),
    (it) => it.paths
  )

const found = [
  ".github/ci.yml:1",
  "a.ts:2",
  "bom.txt:1",
  "kept.log:1",
  "latin1.txt:1",
  "long.txt:1",
  "new\nline.ts:1",
  "no-end.txt:2",
  "src/-dash.ts:1",
  "src/b.log:1",
  "src/build/y.ts:3",
  "src/crlf.ts:2",
  "utf16.txt:1"
]

const greps: ReadonlyArray<ContractTest<Place>> = [
  check("hits come sorted by path and line, without what ignore files hide, `.git` and binary files", (place) =>
    Effect.map(hits(place, {}), (it) => equal(it, found))
  ),
  check("case is kept or not, as asked", (place) =>
    Effect.gen(function* () {
      equal(yield* hits(place, { path: "src/build", ignoreCase: true }), ["src/build/y.ts:3", "src/build/y.ts:5"])
      equal(yield* hits(place, { path: "src/build", pattern: "NEEDLE" }), [])
    })
  ),
  check("a filter without a slash holds at any depth, one with a slash from the start or the root", (place) =>
    Effect.gen(function* () {
      const all = ["a.ts:2", "new\nline.ts:1", "src/-dash.ts:1", "src/build/y.ts:3", "src/crlf.ts:2"]
      equal(yield* hits(place, { glob: "*.ts" }), all)
      equal(yield* hits(place, { glob: "src/*.ts" }), ["src/-dash.ts:1", "src/crlf.ts:2"])
      equal(yield* hits(place, { glob: "build/*.{ts,js}", path: "src" }), ["src/build/y.ts:3"])
      equal(yield* hits(place, { glob: "!*.ts", path: "src" }), ["src/b.log:1"])
    })
  ),
  check("a path may be a file, also an ignored one, or a folder, also an ignored one", (place) =>
    Effect.gen(function* () {
      equal(yield* hits(place, { path: "b.log" }), ["b.log:1"])
      equal(yield* hits(place, { path: "node_modules" }), ["node_modules/m/i.ts:1"])
      equal(yield* hits(place, { path: `${place.workspace.root}/src/deep/..`, glob: "-*" }), ["src/-dash.ts:1"])
      equal((yield* failure(hits(place, { path: "nowhere" }))) instanceof Error, true)
    })
  ),
  check("context comes with its own numbers, and overlapping context once", ({ search, workspace }) =>
    Effect.gen(function* () {
      const path = "src/build/y.ts"
      const it = yield* search.grep(workspace, {
        pattern: "needle",
        ignoreCase: true,
        path,
        before: 1,
        after: 1,
        limit: 9
      })
      equal(it.lines, [
        { path, line: 2, text: "b", hit: false },
        { path, line: 3, text: "needle", hit: true },
        { path, line: 4, text: "c", hit: false },
        { path, line: 5, text: "Needle", hit: true },
        { path, line: 6, text: "d", hit: false }
      ])
    })
  ),
  check("the limit cuts after sorting, and says so", ({ search, workspace }) =>
    Effect.gen(function* () {
      const it = yield* search.grep(workspace, { pattern: "needle", limit: 2 })
      equal([it.lines.map((line) => line.path), it.truncated], [[".github/ci.yml", "a.ts"], true])
      const all = yield* search.grep(workspace, { pattern: "needle", limit: found.length })
      equal([all.lines.length, all.truncated], [found.length, false])
    })
  ),
  check("a long line is shown around its hit, a short one whole and without its line end", ({ search, workspace }) =>
    Effect.gen(function* () {
      const long = yield* search.grep(workspace, { pattern: "needle", path: "long.txt", limit: 5 })
      const text = long.lines[0]?.text ?? ""
      ok(text.length < 1000 && text.includes("éneedlez"), `${text.length}: ${text.slice(0, 80)}`)
      const crlf = yield* search.grep(workspace, { pattern: "needle;$", path: "src/crlf.ts", limit: 5 })
      equal(crlf.lines[0]?.text, "needle;")
      const bom = yield* search.grep(workspace, { pattern: "^needle", path: "bom.txt", limit: 5 })
      equal(bom.lines[0]?.text, "needle at the start")
    })
  ),
  check("a pattern may span lines where that is asked for", ({ search, workspace }) =>
    Effect.gen(function* () {
      const query = { pattern: "needle two.three", path: "a.ts", limit: 5 }
      equal((yield* search.grep(workspace, query)).lines, [])
      const it = yield* search.grep(workspace, { ...query, multiline: true })
      equal(
        it.lines.map((line) => [line.line, line.text]),
        [
          [2, "needle two"],
          [3, "three"]
        ]
      )
    })
  ),
  check("a pattern that is none is refused, one that starts with a dash is not", (place) =>
    Effect.gen(function* () {
      for (const pattern of ["a(b", "[z-a]", "x{3,1}"]) {
        equal(((yield* failure(hits(place, { pattern }))) as { _tag?: string })._tag, "BadPattern", pattern)
      }
      equal(yield* hits(place, { pattern: "-needle|--files|-x", path: "a.ts" }), [])
      equal(yield* hits(place, { pattern: "(?i)NEEDLE two", path: "a.ts" }), ["a.ts:2"])
      equal(yield* hits(place, { pattern: "need(?=le two)", path: "a.ts" }), ["a.ts:2"])
      equal(yield* hits(place, { pattern: "[[:alpha:]]{6}\\s\\w+$", path: "a.ts" }), ["a.ts:2"])
    })
  )
]

const globs: ReadonlyArray<ContractTest<Place>> = [
  check("files whose path matches come sorted, without what ignore files hide", (place) =>
    Effect.gen(function* () {
      equal(yield* paths(place, "**/*.ts"), ["a.ts", "new\nline.ts", "src/-dash.ts", "src/build/y.ts", "src/crlf.ts"])
      equal(yield* paths(place, "*.log"), ["kept.log"])
      equal(yield* paths(place, "src/**"), ["src/-dash.ts", "src/b.log", "src/build/y.ts", "src/crlf.ts"])
      equal(yield* paths(place, "build/*.ts", "src"), ["src/build/y.ts"])
      equal(yield* paths(place, "**/*.nothing"), [])
    })
  ),
  check("hidden files match only a pattern that says the dot, and `.git` never", (place) =>
    Effect.gen(function* () {
      equal(yield* paths(place, "**/*.yml"), [])
      equal(yield* paths(place, ".github/*"), [".github/ci.yml"])
      equal(yield* paths(place, "**/.git*"), [".gitignore", "src/.gitignore"])
      equal(yield* paths(place, ".git/**"), [])
    })
  ),
  check("the limit cuts after sorting, and says so", ({ search, workspace }) =>
    Effect.gen(function* () {
      equal(yield* search.glob(workspace, { pattern: "**/*.ts", limit: 2 }), {
        paths: ["a.ts", "new\nline.ts"],
        truncated: true
      })
      equal((yield* search.glob(workspace, { pattern: "**/*.ts", limit: 5 })).truncated, false)
    })
  ),
  check("a path that is missing or a file is refused", (place) =>
    Effect.gen(function* () {
      equal(((yield* failure(paths(place, "*", "nowhere"))) as { kind?: string }).kind, "missing")
      equal(((yield* failure(paths(place, "*", "a.ts"))) as { kind?: string }).kind, "not_directory")
    })
  ),
  check("what was written or removed a moment ago counts", (place) =>
    Effect.gen(function* () {
      yield* place.workspace.write("src/new.ts", bytes("fresh needle\n"))
      yield* place.workspace.remove("src/crlf.ts")
      yield* place.workspace.write("src/.gitignore", bytes("y.ts\n"))
      equal(yield* paths(place, "src/**/*.ts"), ["src/-dash.ts", "src/deep/hidden.ts", "src/hidden.ts", "src/new.ts"])
      equal(yield* hits(place, { pattern: "fresh" }), ["src/new.ts:1"])
    })
  )
]

/** All that a search promises. */
export const searchContract: Contract<Place> = { name: "Search", tests: [...greps, ...globs] }
