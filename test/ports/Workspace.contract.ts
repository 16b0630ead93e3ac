/** What every workspace promises; run here and in Chromium. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as fc from "effect/FastCheck"
import type { FileError, WorkspaceService } from "../../src/ports/Workspace.ts"
import {
  type Contract,
  type ContractTest,
  failure as failureOf,
  ok as holds,
  equal as same
} from "../support/contract.ts"

/** A workspace under test. `links`: the place can hold symbolic links, so those of `seedLinks` are in it. */
export interface WorkspacePlace {
  readonly workspace: WorkspaceService
  /** The root's real name where the root is a link. */
  readonly otherName?: string
  /** A directory outside the root that holds `secret.txt` and may be written; absent where there is no outside. */
  readonly outside?: string
  /** Replaces the directory `d` of the root by a link to `outside`. */
  readonly swap?: Effect.Effect<void>
}

/** The files in a place: path relative to the root → text. */
export const seedFiles: Readonly<Record<string, string>> = {
  "a.txt": "alpha\n",
  "d/f.txt": "in d\n",
  "d/e/g.txt": "deep\n",
  "sp ace/-x": "dash\n",
  "file:/x": "literal\n",
  "Z.txt": "upper\n",
  "é.txt": "accent\n"
}

/** The links in a place that can hold them: name → text, where OUT is the outside directory. */
export const seedLinks: Readonly<Record<string, string>> = {
  "to-a": "a.txt",
  "to-d": "d",
  "to-e": "d/e",
  "out-file": "OUT/secret.txt",
  "out-dir": "OUT",
  "out-new": "OUT/new.txt",
  dangling: "not-there.txt",
  loop1: "loop2",
  loop2: "loop1",
  "d/up": ".."
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
const bytes = (it: string): Uint8Array => new TextEncoder().encode(it)
const kindOf = (effect: Effect.Effect<unknown, FileError>): Effect.Effect<string, Error> =>
  Effect.map(failureOf(effect), (error) => error.kind)

type Check = (place: WorkspacePlace) => Effect.Effect<unknown, unknown>

/** The place that a law is checked on. */
export class Place extends Context.Tag("code-mesh/test/WorkspacePlace")<Place, WorkspacePlace>() {}

const law = (name: string, check: Check): ContractTest<Place> => ({ name, run: Effect.flatMap(Place, check) })

/** Laws for places that have an outside and can hold links. */
const outsideLaw = (
  name: string,
  check: (place: WorkspacePlace, outside: string) => Effect.Effect<unknown, unknown>
): ContractTest<Place> => law(name, (place) => check(place, place.outside ?? ""))

const basics: ReadonlyArray<ContractTest<Place>> = [
  law("a file's bytes are read as they are, by relative and by absolute path", ({ workspace }) =>
    Effect.gen(function* () {
      same(text(yield* workspace.read("a.txt")), "alpha\n")
      same(text(yield* workspace.read(`${workspace.root}/a.txt`)), "alpha\n")
      same(text(yield* workspace.read("./d//e/../f.txt")), "in d\n")
      same(text(yield* workspace.read("sp ace/-x")), "dash\n")
    })
  ),
  law("a located file is named relative to the root and by its real path under the root", ({ workspace }) =>
    Effect.gen(function* () {
      const it = yield* workspace.locate(`${workspace.root}/d/../d/f.txt`)
      same(
        [it.path, it.real, it.inside, it.stat?.kind, it.stat?.size],
        ["d/f.txt", `${workspace.root}/d/f.txt`, true, "file", 5]
      )
    })
  ),
  law("the root itself is the empty path, however it is spelled", ({ workspace }) =>
    Effect.gen(function* () {
      for (const spelled of ["", ".", "./", "d/..", workspace.root, `${workspace.root}/`]) {
        const it = yield* workspace.locate(spelled)
        same([it.path, it.real, it.inside, it.stat?.kind], ["", workspace.root, true, "directory"], spelled)
      }
    })
  ),
  law("a path where nothing stands is located without a stat and reads as missing", ({ workspace }) =>
    Effect.gen(function* () {
      const it = yield* workspace.locate("no/such/../thing.txt")
      same(it, { path: "no/thing.txt", real: `${workspace.root}/no/thing.txt`, inside: true })
      same(yield* kindOf(workspace.read("no/thing.txt")), "missing")
      same(yield* kindOf(workspace.list("no")), "missing")
      same(yield* kindOf(workspace.remove("no/thing.txt")), "missing")
    })
  ),
  law("a file:// address is a file's name like any other", ({ workspace }) =>
    Effect.gen(function* () {
      same((yield* workspace.locate("file:///etc/passwd")).path, "file:/etc/passwd")
      same(text(yield* workspace.read("file:///x")), "literal\n")
    })
  ),
  law("a neighbour whose name starts with the root's is outside", ({ workspace }) =>
    Effect.gen(function* () {
      for (const spelled of [`${workspace.root}-evil/a.txt`, `../${workspace.root.split("/").pop()}-evil/a.txt`]) {
        const it = yield* workspace.locate(spelled)
        same([it.inside, it.path.startsWith("/")], [false, true], spelled)
      }
    })
  ),
  law("home is not the root, and a tilde elsewhere is a name", ({ workspace }) =>
    Effect.gen(function* () {
      same((yield* workspace.locate("~/nowhere-at-all")).inside, false)
      same((yield* workspace.locate("~")).inside, false)
      same((yield* workspace.locate("~x/y")).path, "~x/y")
      same((yield* workspace.locate("d/~/y")).path, "d/~/y")
    })
  ),
  law("a NUL byte is refused everywhere", ({ workspace }) =>
    Effect.gen(function* () {
      const all = [
        workspace.locate("a\0.txt"),
        workspace.read("a.txt\0"),
        workspace.write("\0", bytes("x")),
        workspace.remove("a.txt\0"),
        workspace.list("\0")
      ]
      for (const each of all) same(yield* kindOf(each), "other")
      same(text(yield* workspace.read("a.txt")), "alpha\n")
    })
  ),
  law("a directory is no file, and a file is no directory", ({ workspace }) =>
    Effect.gen(function* () {
      same(yield* kindOf(workspace.read("d")), "is_directory")
      same(yield* kindOf(workspace.write("d", bytes("x"))), "is_directory")
      same(yield* kindOf(workspace.remove("d")), "is_directory")
      same(yield* kindOf(workspace.list("a.txt")), "not_directory")
      same(yield* kindOf(workspace.read("a.txt/x")), "not_directory")
      same(yield* kindOf(workspace.write("a.txt/x", bytes("x"))), "not_directory")
      same((yield* workspace.locate("a.txt/x")).stat, undefined)
    })
  ),
  law("a file larger than the limit is refused, one of just that size is not", ({ workspace }) =>
    Effect.gen(function* () {
      same(yield* kindOf(workspace.read("a.txt", 5)), "too_large")
      same(text(yield* workspace.read("a.txt", 6)), "alpha\n")
    })
  ),
  law("a directory's entries come sorted by code unit, with their own kinds", ({ workspace }) =>
    Effect.gen(function* () {
      const names = (yield* workspace.list("")).map((it) => it.name)
      same(
        names,
        [...names].sort((a, b) => (a < b ? -1 : 1))
      )
      holds(names.indexOf("Z.txt") < names.indexOf("a.txt"), "capitals come first")
      const here = (yield* workspace.list("d")).filter((it) => it.kind !== "symlink")
      same(here, [
        { name: "e", kind: "directory" },
        { name: "f.txt", kind: "file" }
      ])
    })
  )
]

const changes: ReadonlyArray<ContractTest<Place>> = [
  law("what is written is read back, with parent folders made", ({ workspace }) =>
    Effect.gen(function* () {
      yield* workspace.write("n/e/w.txt", bytes("one"))
      same(text(yield* workspace.read("n/e/w.txt")), "one")
      same(yield* workspace.list("n/e"), [{ name: "w.txt", kind: "file" }])
      yield* workspace.write("n/e/w.txt", bytes(""))
      same((yield* workspace.read("n/e/w.txt")).length, 0)
      same((yield* workspace.locate("n/e/w.txt")).stat?.size, 0)
    })
  ),
  law("what is removed is gone, and its folder stays", ({ workspace }) =>
    Effect.gen(function* () {
      yield* workspace.remove("d/e/g.txt")
      same(yield* workspace.list("d/e"), [])
      same(yield* kindOf(workspace.remove("d/e/g.txt")), "missing")
      same((yield* workspace.locate("d/e/g.txt")).stat, undefined)
    })
  ),
  law("bytes handed over or back are nobody else's", ({ workspace }) =>
    Effect.gen(function* () {
      const mine = bytes("mine")
      yield* workspace.write("m", mine)
      mine.fill(0)
      const got = yield* workspace.read("m")
      same(text(got), "mine")
      got.fill(0)
      same(text(yield* workspace.read("m")), "mine")
    })
  ),
  law("any bytes under any path come back as they were (property)", ({ workspace }) =>
    Effect.promise(() =>
      fc.assert(
        fc.asyncProperty(
          fc.array(fc.stringMatching(/^[a-zA-Z0-9 é漢._-]{1,12}$/), { minLength: 1, maxLength: 4 }),
          fc.uint8Array({ maxLength: 300 }),
          async (names, content) => {
            const plain = names.filter((it) => !/^\.+$/.test(it) && it === it.normalize("NFC"))
            if (plain.length === 0) return
            const path = ["p", ...plain.map((it, at) => (at < plain.length - 1 ? `${it}.d` : `${it}.f`))].join("/")
            await Effect.runPromise(workspace.write(path, content))
            same(await Effect.runPromise(workspace.read(path)), content)
            same((await Effect.runPromise(workspace.locate(path))).path, path)
          }
        ),
        { numRuns: 60 }
      )
    )
  ),
  law("locating is idempotent: what a path came to comes to itself (property)", ({ workspace }) =>
    Effect.promise(() =>
      fc.assert(
        fc.asyncProperty(
          fc.array(fc.constantFrom("..", ".", "", "d", "e", "a.txt", "to-d", "to-e", "up", "no", "~", "out-dir"), {
            maxLength: 7
          }),
          fc.boolean(),
          async (names, absolute) => {
            const path = (absolute ? `${workspace.root}/` : "") + names.join("/")
            const once = await Effect.runPromise(workspace.locate(path))
            const twice = await Effect.runPromise(workspace.locate(once.real))
            same(twice, once)
            same(once.inside, once.real === workspace.root || once.real.startsWith(`${workspace.root}/`), path)
            holds(!/(^|\/)\.\.?(\/|$)/.test(once.path), `${once.path} is not normal`)
          }
        ),
        { numRuns: 200 }
      )
    )
  )
]

const links: ReadonlyArray<ContractTest<Place>> = [
  outsideLaw("links are followed, and the located name is where they lead", ({ workspace }) =>
    Effect.gen(function* () {
      same((yield* workspace.locate("to-a")).path, "a.txt")
      same((yield* workspace.locate("to-d/e/g.txt")).path, "d/e/g.txt")
      same((yield* workspace.locate("to-e/../f.txt")).path, "d/f.txt", ".. is taken from where the link leads")
      same((yield* workspace.locate("dangling")).path, "not-there.txt")
      same((yield* workspace.list("")).find((it) => it.name === "to-d")?.kind, "symlink")
    })
  ),
  outsideLaw("a link in a circle is a loop", ({ workspace }) =>
    Effect.gen(function* () {
      same(yield* kindOf(workspace.locate("loop1")), "loop")
      same(yield* kindOf(workspace.read("loop1/x")), "loop")
    })
  ),
  outsideLaw("a link that leads out is outside, by the path it leads to", ({ workspace }, outside) =>
    Effect.gen(function* () {
      const file = yield* workspace.locate("out-file")
      same([file.inside, file.path, file.real], [false, `${outside}/secret.txt`, `${outside}/secret.txt`])
      same((yield* workspace.locate("out-dir/no/such")).real, `${outside}/no/such`)
      same((yield* workspace.locate("out-new")).inside, false)
      same((yield* workspace.locate("out-dir/..")).inside, false)
    })
  ),
  outsideLaw("a path spelled inside that leads out is refused, the real path is not", ({ workspace }, outside) =>
    Effect.gen(function* () {
      same(yield* kindOf(workspace.read("out-file")), "escape")
      same(yield* kindOf(workspace.read("out-dir/secret.txt")), "escape")
      same(yield* kindOf(workspace.list("out-dir")), "escape")
      same(yield* kindOf(workspace.write("out-dir/x", bytes("x"))), "escape")
      same(yield* kindOf(workspace.write("out-new", bytes("x"))), "escape")
      same(yield* kindOf(workspace.remove("out-dir/secret.txt")), "escape")
      same(text(yield* workspace.read(`${outside}/secret.txt`)), "secret\n")
      yield* workspace.write(`${outside}/made/new.txt`, bytes("new"))
      same(text(yield* workspace.read(`${outside}/made/new.txt`)), "new")
      same(
        (yield* workspace.list(outside)).map((it) => it.name),
        ["made", "secret.txt"]
      )
    })
  ),
  outsideLaw("writing through a link inside keeps the link, removing it keeps the file", ({ workspace }) =>
    Effect.gen(function* () {
      yield* workspace.write("to-a", bytes("through"))
      same(text(yield* workspace.read("a.txt")), "through")
      yield* workspace.write("dangling", bytes("made"))
      same(text(yield* workspace.read("not-there.txt")), "made")
      yield* workspace.remove("to-a")
      same(text(yield* workspace.read("a.txt")), "through")
      yield* workspace.remove("out-dir")
      same(
        (yield* workspace.list("")).some((it) => it.name === "to-a" || it.name === "out-dir"),
        false
      )
    })
  ),
  outsideLaw("a directory that became a link out after it was located is not written through", (place, outside) =>
    Effect.gen(function* () {
      const located = yield* place.workspace.locate("d/f.txt")
      yield* place.swap ?? Effect.void
      same(yield* kindOf(place.workspace.write(located.real, bytes("x"))), "escape")
      same(yield* kindOf(place.workspace.write(located.path, bytes("x"))), "escape")
      same(yield* kindOf(place.workspace.remove(located.real)), "escape")
      same(
        (yield* place.workspace.list(outside)).map((it) => it.name),
        ["secret.txt"]
      )
    })
  ),
  outsideLaw("a root that is a link has two names, and both are inside", ({ workspace, otherName }) =>
    Effect.gen(function* () {
      if (otherName === undefined) return
      const it = yield* workspace.locate(`${otherName}/d/f.txt`)
      same([it.path, it.real, it.inside], ["d/f.txt", `${workspace.root}/d/f.txt`, true])
      same(text(yield* workspace.read(`${otherName}/a.txt`)), "alpha\n")
    })
  ),
  outsideLaw("an existing file keeps its mode, unless one is given", ({ workspace }) =>
    Effect.gen(function* () {
      yield* workspace.write("run.sh", bytes("1"), 0o755)
      same((yield* workspace.locate("run.sh")).stat?.mode, 0o755)
      yield* workspace.write("run.sh", bytes("2"))
      same((yield* workspace.locate("run.sh")).stat?.mode, 0o755)
      yield* workspace.write("run.sh", bytes("3"), 0o640)
      same((yield* workspace.locate("run.sh")).stat?.mode, 0o640)
    })
  )
]

/** What a workspace promises where there is nothing outside it and no link in it, as in a browser. */
export const plainWorkspaceContract: Contract<Place> = { name: "Workspace", tests: [...basics, ...changes] }

/** All that a workspace promises. */
export const workspaceContract: Contract<Place> = { name: "Workspace", tests: [...basics, ...changes, ...links] }
