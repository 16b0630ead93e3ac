/** What every adapter of working copies promises; run here and in Chromium. */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as fc from "effect/FastCheck"
import { type Change, invert } from "../../src/domain/model/Change.ts"
import { SessionId } from "../../src/domain/model/Ids.ts"
import { type Copy, keptFor, type WorkingCopies } from "../../src/ports/WorkingCopies.ts"
import type { WorkspaceService } from "../../src/ports/Workspace.ts"
import { type Contract, type ContractTest, failure, ok as holds, equal as same } from "../support/contract.ts"

/** Copies under test, and the real tree that they are copies of. */
export interface CopiesPlace {
  readonly copies: WorkingCopies["Type"]
  readonly real: WorkspaceService
  /** The same copies as another process would open them. */
  readonly again: Effect.Effect<WorkingCopies["Type"]>
  /** Whether folders vanish with their last file, so that a file can take a folder's place. */
  readonly foldersVanish: boolean
  /** The real tree has no permission bits, as in a browser. */
  readonly bitless?: boolean
  /** Runs before the first look at a copy, such as a command's need of a tree. */
  readonly prepare: (copy: Copy) => Effect.Effect<unknown, unknown>
}

/** The real tree at the start. */
export const seed: Readonly<Record<string, string>> = {
  "a.txt": "one\ntwo\nthree\nfour\nfive\nsix\nseven\n",
  "b.txt": "bee\n",
  "d/c.txt": "sea\n",
  "d/e/f.txt": "eff\n"
}

/** The place that a promise is checked on. */
export class Place extends Context.Tag("code-mesh/test/CopiesPlace")<Place, CopiesPlace>() {}

/** A session of the tests. */
export const session = SessionId.make(`ses_${"1".repeat(32)}`)
const other = SessionId.make(`ses_${"2".repeat(32)}`)

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
const bytes = (it: string): Uint8Array => new TextEncoder().encode(it)

/** Every file under a workspace's root and its text. */
export const filesIn = (
  workspace: WorkspaceService,
  at = ""
): Effect.Effect<Readonly<Record<string, string>>, unknown> =>
  Effect.gen(function* () {
    let all: Record<string, string> = {}
    for (const { kind, name } of yield* workspace.list(at)) {
      const path = at === "" ? name : `${at}/${name}`
      if (kind === "directory") all = { ...all, ...(yield* filesIn(workspace, path)) }
      else if (kind === "file") all[path] = text(yield* workspace.read(path))
    }
    return all
  })

const edit = (workspace: WorkspaceService, edits: Readonly<Record<string, string | null>>) =>
  Effect.gen(function* () {
    const gone = Object.entries(edits).filter(([, content]) => content === null)
    for (const [path] of gone) yield* Effect.ignore(workspace.remove(path))
    for (const [path, content] of Object.entries(edits))
      if (content !== null) yield* workspace.write(path, bytes(content))
  })

const law = (
  name: string,
  check: (place: CopiesPlace & { readonly copy: Copy }) => Effect.Effect<unknown, unknown>
): ContractTest<Place> => ({
  name,
  run: Effect.gen(function* () {
    const place = yield* Place
    const copy = yield* place.copies.open(session, place.real.root)
    yield* place.prepare(copy)
    yield* check({ ...place, copy })
  })
})

const shape = (changes: ReadonlyArray<Change>) =>
  changes.map(({ added, kind, path, removed }) => `${kind} ${path} +${added} -${removed}`)

const overlays: ReadonlyArray<ContractTest<Place>> = [
  law("an untouched copy shows the real tree under the real root's name", ({ copy, real }) =>
    Effect.gen(function* () {
      same(copy.workspace.root, real.root)
      same(yield* filesIn(copy.workspace), seed)
      same((yield* copy.workspace.locate("d/c.txt")).real, `${real.root}/d/c.txt`)
      same(yield* copy.checkpoint(Effect.succeed), [])
    })
  ),
  law("what is written, made and removed in a copy shows there and leaves the real tree as it was", ({ copy, real }) =>
    Effect.gen(function* () {
      yield* edit(copy.workspace, { "a.txt": "A\n", "new/deep/n.txt": "n\n", "b.txt": null, "d/c.txt": null })
      same(yield* filesIn(copy.workspace), { "a.txt": "A\n", "d/e/f.txt": "eff\n", "new/deep/n.txt": "n\n" })
      same(yield* filesIn(real), seed)
      same((yield* failure(copy.workspace.read("b.txt"))).kind, "missing")
      same((yield* failure(copy.workspace.remove("b.txt"))).kind, "missing")
      same((yield* copy.workspace.locate("b.txt")).stat, undefined)
      same((yield* copy.workspace.locate("new/deep")).stat?.kind, "directory")
      same(
        (yield* copy.workspace.list("new")).map((it) => [it.name, it.kind]),
        [["deep", "directory"]]
      )
    })
  ),
  law("a file in a copy is no directory and a directory no file", ({ copy }) =>
    Effect.gen(function* () {
      yield* edit(copy.workspace, { "x/y.txt": "y\n" })
      same((yield* failure(copy.workspace.read("x"))).kind, "is_directory")
      same((yield* failure(copy.workspace.write("x", bytes("z")))).kind, "is_directory")
      same((yield* failure(copy.workspace.remove("x"))).kind, "is_directory")
      same((yield* failure(copy.workspace.write("x/y.txt/z", bytes("z")))).kind, "not_directory")
      same((yield* failure(copy.workspace.write("b.txt/z", bytes("z")))).kind, "not_directory")
      same((yield* failure(copy.workspace.list("x/y.txt"))).kind, "not_directory")
    })
  ),
  law("two sessions have copies of their own", ({ copies, copy, real }) =>
    Effect.gen(function* () {
      const two = yield* copies.open(other, real.root)
      yield* edit(copy.workspace, { "a.txt": "mine\n" })
      same(text(yield* two.workspace.read("b.txt")), "bee\n")
      same(text(yield* two.workspace.read("a.txt")), seed["a.txt"])
    })
  ),
  law("a copy outlives its process", ({ again, copy, real }) =>
    Effect.gen(function* () {
      yield* edit(copy.workspace, { "a.txt": "A\n", "n.txt": "n\n", "b.txt": null })
      yield* copy.checkpoint(Effect.succeed)
      yield* edit(copy.workspace, { "n.txt": "nn\n" })
      const later = yield* (yield* again).open(session, real.root)
      same(yield* filesIn(later.workspace), {
        "a.txt": "A\n",
        "d/c.txt": "sea\n",
        "d/e/f.txt": "eff\n",
        "n.txt": "nn\n"
      })
      same(shape(yield* later.checkpoint(Effect.succeed)), ["modify n.txt +1 -1"])
    })
  ),
  law("a dropped copy is forgotten and its contents are kept", ({ copies, copy, real }) =>
    Effect.gen(function* () {
      yield* edit(copy.workspace, { "a.txt": "A\n" })
      const [change] = yield* copy.checkpoint(Effect.succeed)
      yield* copies.drop(session, real.root)
      same(yield* filesIn((yield* copies.open(session, real.root)).workspace), seed)
      holds(change?.before !== undefined && change.after !== undefined, "both sides are named")
      same(text(yield* copies.content(change.after)), "A\n")
      same(text(yield* copies.content(change.before)), seed["a.txt"])
    })
  )
]

const checkpoints: ReadonlyArray<ContractTest<Place>> = [
  law("a checkpoint names every change since the one before, sorted, with its lines counted", ({ copy }) =>
    Effect.gen(function* () {
      yield* edit(copy.workspace, {
        "z.txt": "1\n2\n",
        "a.txt": "one\n2\nthree\nfour\nfive\nsix\nseven\n",
        "b.txt": null
      })
      same(shape(yield* copy.checkpoint(Effect.succeed)), [
        "modify a.txt +1 -1",
        "delete b.txt +0 -1",
        "create z.txt +2 -0"
      ])
      same(yield* copy.checkpoint(Effect.succeed), [])
      yield* edit(copy.workspace, { "z.txt": "1\n" })
      same(shape(yield* copy.checkpoint(Effect.succeed)), ["modify z.txt +0 -1"])
    })
  ),
  law("what comes back to what it was is no change", ({ copy }) =>
    Effect.gen(function* () {
      yield* edit(copy.workspace, { "a.txt": "x\n", "n.txt": "n\n", "b.txt": null })
      yield* edit(copy.workspace, { "a.txt": seed["a.txt"] ?? "", "n.txt": null, "b.txt": "bee\n" })
      same(yield* copy.checkpoint(Effect.succeed), [])
    })
  ),
  law("binary content is flagged and its lines are not counted", ({ copy }) =>
    Effect.gen(function* () {
      yield* copy.workspace.write("bin", new Uint8Array([0, 1, 2, 10]))
      const [change] = yield* copy.checkpoint(Effect.succeed)
      same([change?.kind, change?.binary, change?.added], ["create", true, 0])
    })
  ),
  law("the x bit is a change of its own", ({ copy }) =>
    Effect.gen(function* () {
      yield* copy.workspace.write("b.txt", bytes("bee\n"), 0o755)
      const [change] = yield* copy.checkpoint(Effect.succeed)
      same([change?.kind, change?.before?.kind, change?.after?.kind], ["mode", "file", "executable"])
    })
  ),
  law("the base of a change is what stood there when the copy first touched it", ({ copies, copy, real }) =>
    Effect.gen(function* () {
      yield* edit(copy.workspace, { "b.txt": "agent\n" })
      yield* edit(real, { "b.txt": "user\n" })
      const [change] = yield* copy.checkpoint(Effect.succeed)
      holds(change?.before !== undefined, "there is a base")
      same(text(yield* copies.content(change.before)), "bee\n")
    })
  )
]

const merges: ReadonlyArray<ContractTest<Place>> = [
  law("applying carries every change over, and going on stages nothing twice", ({ copies, copy, real }) =>
    Effect.gen(function* () {
      yield* edit(copy.workspace, { "a.txt": "A\n", "new/n.txt": "n\n", "b.txt": null })
      const changes = yield* copy.checkpoint(Effect.succeed)
      const merged = yield* copies.merge(session, real.root, changes, "root")
      same(merged.ok && shape(merged.changes), shape(changes))
      same(yield* filesIn(real), { "a.txt": "A\n", "d/c.txt": "sea\n", "d/e/f.txt": "eff\n", "new/n.txt": "n\n" })
      same(yield* copy.checkpoint(Effect.succeed), [])
      const twice = yield* copies.merge(session, real.root, changes, "root")
      same(twice, { ok: true, changes: [] })
    })
  ),
  law("lines that the user changed meanwhile survive, in the real tree and in the copy", ({ copies, copy, real }) =>
    Effect.gen(function* () {
      yield* edit(copy.workspace, { "a.txt": "ONE\ntwo\nthree\nfour\nfive\nsix\nseven\n" })
      yield* edit(real, { "a.txt": "one\ntwo\nthree\nfour\nfive\nsix\nSEVEN\n" })
      const merged = yield* copies.merge(session, real.root, yield* copy.checkpoint(Effect.succeed), "root")
      holds(merged.ok, "no conflict")
      const both = "ONE\ntwo\nthree\nfour\nfive\nsix\nSEVEN\n"
      same(text(yield* real.read("a.txt")), both)
      same(text(yield* copy.workspace.read("a.txt")), both)
      same(yield* copy.checkpoint(Effect.succeed), [])
      const undone = yield* copies.merge(session, real.root, merged.changes.map(invert), "root")
      holds(undone.ok, "undone")
      same(text(yield* real.read("a.txt")), "one\ntwo\nthree\nfour\nfive\nsix\nSEVEN\n")
    })
  ),
  law("work staged after an application keeps its place in the copy", ({ copies, copy, real }) =>
    Effect.gen(function* () {
      yield* edit(copy.workspace, { "a.txt": "ONE\ntwo\nthree\nfour\nfive\nsix\nseven\n" })
      const first = yield* copy.checkpoint(Effect.succeed)
      yield* edit(copy.workspace, { "a.txt": "ONE\ntwo\nthree\nFOUR\nfive\nsix\nseven\n" })
      yield* edit(real, { "a.txt": "one\ntwo\nthree\nfour\nfive\nsix\nSEVEN\n" })
      const merged = yield* copies.merge(session, real.root, first, "root")
      holds(merged.ok, "no conflict")
      same(text(yield* real.read("a.txt")), "ONE\ntwo\nthree\nfour\nfive\nsix\nSEVEN\n")
      same(text(yield* copy.workspace.read("a.txt")), "ONE\ntwo\nthree\nFOUR\nfive\nsix\nSEVEN\n")
      const second = yield* copy.checkpoint(Effect.succeed)
      same(shape(second), ["modify a.txt +1 -1"])
      holds((yield* copies.merge(session, real.root, second, "root")).ok, "no conflict")
      same(text(yield* real.read("a.txt")), "ONE\ntwo\nthree\nFOUR\nfive\nsix\nSEVEN\n")
    })
  ),
  law("one conflict stops the whole merge, and says where both sides stand", ({ copies, copy, real }) =>
    Effect.gen(function* () {
      yield* edit(copy.workspace, {
        "a.txt": "A\n",
        "b.txt": "agent\n",
        "d/c.txt": null,
        "n.txt": "mine\n",
        "d/e/f.txt": "F\n"
      })
      const user = { "b.txt": "user\n", "d/c.txt": "changed\n", "n.txt": "theirs\n", "d/e/f.txt": null }
      yield* edit(real, user)
      const merged = yield* copies.merge(session, real.root, yield* copy.checkpoint(Effect.succeed), "root")
      holds(!merged.ok, "a conflict")
      same(
        merged.conflicts.map((it) => [it.path, it.reason]),
        [
          ["b.txt", "content"],
          ["d/c.txt", "content"],
          ["d/e/f.txt", "deleted"],
          ["n.txt", "exists"]
        ]
      )
      holds(/<<<<<<<[\s\S]*agent[\s\S]*user[\s\S]*>>>>>>>/.test(merged.conflicts[0].text ?? ""), "with markers")
      same(yield* filesIn(real), {
        "a.txt": seed["a.txt"],
        "b.txt": "user\n",
        "d/c.txt": "changed\n",
        "n.txt": "theirs\n"
      })
    })
  ),
  law("binary content merges whole or conflicts", ({ copies, copy, real }) =>
    Effect.gen(function* () {
      const bin = (...all: ReadonlyArray<number>) => new Uint8Array([0, 255, ...all])
      yield* copy.workspace.write("bin", bin(1))
      const made = yield* copies.merge(session, real.root, yield* copy.checkpoint(Effect.succeed), "root")
      holds(made.ok, "made")
      yield* copy.workspace.write("bin", bin(2))
      const next = yield* copy.checkpoint(Effect.succeed)
      yield* real.write("bin", bin(3))
      const merged = yield* copies.merge(session, real.root, next, "root")
      same(!merged.ok && merged.conflicts, [{ path: "bin", reason: "binary" }])
      yield* real.write("bin", bin(1))
      holds((yield* copies.merge(session, real.root, next, "root")).ok, "whole")
      same(yield* real.read("bin"), bin(2))
    })
  ),
  law("what stands there already is no conflict, and the x bit travels alone", ({ bitless, copies, copy, real }) =>
    Effect.gen(function* () {
      yield* copy.workspace.write("b.txt", bytes("bee\n"), 0o755)
      yield* edit(copy.workspace, { "n.txt": "same\n" })
      yield* edit(real, { "n.txt": "same\n", "b.txt": "bee\nmore\n" })
      const merged = yield* copies.merge(session, real.root, yield* copy.checkpoint(Effect.succeed), "root")
      same(merged.ok && shape(merged.changes), ["mode b.txt +0 -0"])
      same(text(yield* real.read("b.txt")), "bee\nmore\n")
      same(((yield* real.locate("b.txt")).stat?.mode ?? 0) & 0o111, bitless === true ? 0 : 0o111)
    })
  ),
  law("byte order marks, carriage returns and a missing last line end are kept", ({ copies, copy, real }) =>
    Effect.gen(function* () {
      const lines = (first: string, last: string) => `\uFEFF${first}\r\nb\r\nc\r\nd\r\ne\r\n${last}`
      yield* real.write("w.txt", bytes(lines("a", "f")))
      const two = yield* copies.open(other, real.root)
      yield* two.workspace.write("w.txt", bytes(lines("A", "f")))
      const changes = yield* two.checkpoint(Effect.succeed)
      yield* real.write("w.txt", bytes(lines("a", "F")))
      holds((yield* copies.merge(other, real.root, changes, "root")).ok, "no conflict")
      same(yield* real.read("w.txt"), bytes(lines("A", "F")))
      same(yield* copy.workspace.list("d/e"), [{ name: "f.txt", kind: "file" }])
    })
  ),
  law("a folder may become a file and a file a folder", ({ copies, copy, foldersVanish, real }) =>
    Effect.gen(function* () {
      yield* edit(copy.workspace, { "d/c.txt": null, "d/e/f.txt": null, "b.txt": null, "a.txt": null })
      yield* edit(copy.workspace, { "b.txt/inner.txt": "in\n" })
      const changes = yield* copy.checkpoint(Effect.succeed)
      same(shape(changes), [
        "delete a.txt +0 -7",
        "delete b.txt +0 -1",
        "create b.txt/inner.txt +1 -0",
        "delete d/c.txt +0 -1",
        "delete d/e/f.txt +0 -1"
      ])
      const merged = yield* copies.merge(session, real.root, changes, "root")
      holds(merged.ok, "no conflict")
      same(yield* filesIn(real), { "b.txt/inner.txt": "in\n" })
      const back = yield* copies.merge(session, real.root, merged.changes.map(invert), "root")
      if (foldersVanish) same(yield* filesIn(real), seed)
      else same(!back.ok && back.conflicts, [{ path: "b.txt", reason: "type" }])
    })
  ),
  law("undo in the copy takes back one turn and is not reported by the next checkpoint", ({ copies, copy, real }) =>
    Effect.gen(function* () {
      yield* edit(copy.workspace, { "a.txt": "ONE\ntwo\nthree\nfour\nfive\nsix\nseven\n", "n.txt": "n\n" })
      const first = yield* copy.checkpoint(Effect.succeed)
      yield* edit(copy.workspace, { "a.txt": "ONE\ntwo\nthree\nfour\nfive\nsix\nSEVEN\n" })
      yield* copy.checkpoint(Effect.succeed)
      const undone = yield* copies.merge(session, real.root, first.map(invert), "copy")
      same(undone.ok && shape(undone.changes), ["modify a.txt +1 -1", "delete n.txt +0 -1"])
      same(text(yield* copy.workspace.read("a.txt")), "one\ntwo\nthree\nfour\nfive\nsix\nSEVEN\n")
      same((yield* failure(copy.workspace.read("n.txt"))).kind, "missing")
      same(yield* copy.checkpoint(Effect.succeed), [])
      same(yield* filesIn(real), seed)
      yield* edit(copy.workspace, { "b.txt": "B\n" })
      same(shape(yield* copy.checkpoint(Effect.succeed)), ["modify b.txt +1 -1"])
    })
  ),
  law("a path out of the root is never merged", ({ copies, copy, real }) =>
    Effect.gen(function* () {
      yield* edit(copy.workspace, { "n.txt": "n\n" })
      const changes = yield* copy.checkpoint(Effect.succeed)
      for (const path of ["../evil.txt", "/evil.txt", "d/../../evil.txt", ".git/hooks/post-commit", ""]) {
        const merged = yield* copies.merge(
          session,
          real.root,
          changes.map((it) => ({ ...it, path })),
          "root"
        )
        same(merged.ok, false, path)
      }
      same(yield* filesIn(real), seed)
    })
  )
]

const line = fc.constantFrom("a\n", "b\n", "c\n", "d\n", "long line\r\n")
const content = fc.oneof(
  { weight: 5, arbitrary: fc.array(line, { maxLength: 8 }).map((lines) => lines.join("")) },
  { weight: 1, arbitrary: fc.constantFrom("", "\0bin", "no end", "\uFEFFmark\n") }
)
const path = fc.constantFrom(
  "a.txt",
  "b.txt",
  "d/c.txt",
  "d/e/f.txt",
  "n.txt",
  "d/n.txt",
  "m/m.txt",
  "a.txt/under",
  "d"
)
const edits = fc.dictionary(path, fc.oneof(content, fc.constant(null)), { maxKeys: 5 })

/** Writes what can be written: a file where a folder stands, or under a file, is passed over. */
const tryEdits = (workspace: WorkspaceService, all: Readonly<Record<string, string | null>>) =>
  Effect.forEach(Object.entries(all), ([at, now]) =>
    Effect.ignore(now === null ? workspace.remove(at) : workspace.write(at, bytes(now)))
  )

const withoutFolders = (all: Readonly<Record<string, string | null>>) =>
  Object.fromEntries(Object.entries(all).filter(([at]) => at !== "a.txt/under"))

const properties: ReadonlyArray<ContractTest<Place>> = [
  law(
    "whatever agent and user do: all or nothing, no line of the user's lost, undo takes back the agent's part",
    (place) =>
      Effect.promise(() =>
        fc.assert(
          fc.asyncProperty(edits, edits, fc.uuid(), async (agent, user, id) => {
            const may = place.foldersVanish ? agent : withoutFolders(agent)
            await Effect.runPromise(trial(place, may, user, SessionId.make(`ses_${id.replaceAll("-", "")}`)))
          }),
          { numRuns: 40 }
        )
      )
  )
]

/** Runs as if it were so many milliseconds later. */
const later =
  (millis: number) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.flatMap(Effect.clock, (clock) => {
      const now = () => Math.max(Date.now(), clock.unsafeCurrentTimeMillis()) + millis
      return Effect.withClock(effect, {
        ...clock,
        [Clock.ClockTypeId]: Clock.ClockTypeId,
        unsafeCurrentTimeMillis: now,
        unsafeCurrentTimeNanos: () => BigInt(now()) * 1_000_000n,
        currentTimeMillis: Effect.sync(now),
        currentTimeNanos: Effect.sync(() => BigInt(now()) * 1_000_000n),
        sleep: clock.sleep
      })
    })

const none: ReadonlySet<string> = new Set()

const collections: ReadonlyArray<ContractTest<Place>> = [
  law("contents go once they are old, no copy holds them and no event names them, and no sooner", (place) =>
    Effect.gen(function* () {
      const { copies, copy, real } = place
      yield* edit(copy.workspace, { "n.txt": "a content of its own\n" })
      const [change] = yield* copy.checkpoint(Effect.succeed)
      const blob = change?.after
      if (blob === undefined) throw new Error("nothing was staged")
      const old = later(2 * keptFor)
      const kept = Effect.map(copies.content(blob), text)
      yield* old(copies.collect(Effect.succeed(none)))
      same(yield* kept, "a content of its own\n", "a copy holds it")
      yield* copies.drop(session, real.root)
      same(yield* copies.collect(Effect.die("nothing is old enough to ask")), { contents: 0, bytes: 0 })
      yield* old(copies.collect(Effect.succeed(new Set([blob.hash]))))
      same(yield* kept, "a content of its own\n", "an event names it")
      const freed = yield* old(copies.collect(Effect.succeed(none)))
      holds(freed.contents >= 1 && freed.bytes >= 21, "something was freed")
      same((yield* failure(kept))._tag, "CopyFailed")
      same(yield* filesIn(real), seed, "the real tree is as it was")
    })
  ),
  law("what cannot be asked for keeps everything", (place) =>
    Effect.gen(function* () {
      const { copies, copy, real } = place
      yield* edit(copy.workspace, { "n.txt": "a content of its own\n" })
      const [change] = yield* copy.checkpoint(Effect.succeed)
      yield* copies.drop(session, real.root)
      same(
        yield* failure(later(2 * keptFor)(copies.collect(Effect.fail("no log can be read" as const)))),
        "no log can be read"
      )
      if (change?.after !== undefined) same(text(yield* copies.content(change.after)), "a content of its own\n")
    })
  )
]

const reset = (real: WorkspaceService) =>
  Effect.gen(function* () {
    for (const at of Object.keys(yield* filesIn(real))) yield* real.remove(at)
    for (const at of Object.keys(yield* filesIn(real))) yield* real.remove(at)
    yield* edit(real, seed)
  })

const trial = (
  { copies, prepare, real }: CopiesPlace,
  agent: Readonly<Record<string, string | null>>,
  user: Readonly<Record<string, string | null>>,
  id: SessionId
) =>
  Effect.gen(function* () {
    yield* Effect.ignore(reset(real))
    const start = yield* filesIn(real)
    const copy = yield* copies.open(id, real.root)
    yield* prepare(copy)
    yield* tryEdits(copy.workspace, agent)
    const changes = yield* copy.checkpoint(Effect.succeed)
    same(yield* filesIn(real), start, "staging leaves the real tree alone")
    yield* tryEdits(real, user)
    const before = yield* filesIn(real)
    const merged = yield* copies.merge(id, real.root, changes, "root")
    const after = yield* filesIn(real)
    if (!merged.ok) {
      same(after, before, "a conflict changes nothing")
      return
    }
    const mine = new Set(changes.map((change) => change.path))
    for (const [at, now] of Object.entries(before)) if (!mine.has(at)) same(after[at], now, `${at} is the user's`)
    same(yield* copy.checkpoint(Effect.succeed), [], "going on stages nothing twice")
    const undone = yield* copies.merge(id, real.root, merged.changes.map(invert), "root")
    same(undone.ok, true, "undo has no conflict")
    same(yield* filesIn(real), before, "undo takes back exactly the agent's part")
    yield* copies.drop(id, real.root)
  })

/** The promises of WorkingCopies. */
export const workingCopiesContract: Contract<Place> = {
  name: "WorkingCopies",
  tests: [...overlays, ...checkpoints, ...merges, ...collections, ...properties]
}
