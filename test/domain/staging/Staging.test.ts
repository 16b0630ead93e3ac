/** Staged changes: their algebra, and their way out to the real tree and back past whatever the person does meanwhile. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "effect/FastCheck"
import * as Layer from "effect/Layer"
import { make as makeCopies } from "../../../src/adapters/memory/MapWorkingCopies.ts"
import * as MemoryEventStore from "../../../src/adapters/memory/MemoryEventStore.ts"
import { make as makeWorkspace } from "../../../src/adapters/memory/MemoryWorkspace.ts"
import * as NodeDigest from "../../../src/adapters/node/NodeDigest.ts"
import type { Blob, Change } from "../../../src/domain/model/Change.ts"
import { Session } from "../../../src/domain/session/Session.ts"
import type { Batch } from "../../../src/domain/session/State.ts"
import * as Staging from "../../../src/domain/staging/Staging.ts"
import { WorkingCopies } from "../../../src/ports/WorkingCopies.ts"
import type { WorkspaceService } from "../../../src/ports/Workspace.ts"
import { filesIn } from "../../ports/WorkingCopies.contract.ts"
import { created, sessionId } from "../../support/events.ts"
import { stateOf } from "../../support/logs.ts"

const root = "/p"
const id = sessionId(3)
type Files = Readonly<Record<string, string>>
/** Text to write; nothing to remove the file. */
type Edits = Readonly<Record<string, string | undefined>>

const edit = (workspace: WorkspaceService, edits: Edits) =>
  Effect.forEach(Object.entries(edits), ([path, text]) =>
    text === undefined ? workspace.remove(path) : workspace.write(path, new TextEncoder().encode(text))
  )

/** A session over a tree in memory: `turn` is what an agent does in one, `person` what its owner does to the real files. */
const world = (files: Files) =>
  Effect.gen(function* () {
    const real = yield* makeWorkspace(root, { files })
    const copies = yield* makeCopies({ workspace: () => Effect.succeed(real) })
    const handle = yield* (yield* Session).create(id, [created(root)])
    const copy = yield* copies.open(id, root)
    let number = 0
    return {
      handle,
      person: (edits: Edits) => edit(real, edits),
      tree: filesIn(real),
      seen: filesIn(copy.workspace),
      turn: (edits: Edits) =>
        Effect.gen(function* () {
          number += 1
          yield* handle.record([{ type: "prompt.submitted", turn: number, parts: [{ type: "text", text: "go" }] }])
          yield* edit(copy.workspace, edits)
          const changes = yield* copy.checkpoint(Effect.succeed)
          yield* handle.record([
            { type: "changes.staged", turn: number, changes },
            { type: "turn.finished", turn: number, stop: "end_turn" }
          ])
        }),
      run: <A, E>(effect: Effect.Effect<A, E, WorkingCopies>) => Effect.provideService(effect, WorkingCopies, copies),
      waiting: Effect.map(handle.state, (state) =>
        Staging.waiting(state).map((change) => `${change.kind} ${change.path}`)
      )
    }
  })

const inWorld = <A, E>(effect: Effect.Effect<A, E, Session | NodeDigestNeeds>) =>
  Effect.scoped(Effect.provide(effect, layer) as Effect.Effect<A, E>)
const layer = Layer.provideMerge(Session.layer, Layer.mergeAll(MemoryEventStore.layer, NodeDigest.layer))
type NodeDigestNeeds = Layer.Layer.Success<typeof layer> | import("effect/Scope").Scope

/** A file of blocks far enough apart that edits of two never touch. */
const blocks = 8
const fileOf = (values: ReadonlyArray<string>): string =>
  values.map((value, index) => `block ${index}\n${value}\n${"same\n".repeat(4)}`).join("")
const original = Array.from({ length: blocks }, () => "-")
const overlaid = (values: ReadonlyArray<string>, edits: ReadonlyMap<number, string>) =>
  values.map((value, index) => edits.get(index) ?? value)
const editsOf = (indices: ReadonlyArray<number>) =>
  fc
    .array(fc.tuple(fc.constantFrom(...indices), fc.constantFrom("x", "y\ny", "z")), { maxLength: 4 })
    .map((list) => new Map(list))

describe("undo after apply", () => {
  it("restores exactly the agent's part, whatever the person changed before and after", async () => {
    await fc.assert(
      fc.asyncProperty(
        editsOf([0, 1, 2]),
        editsOf([3, 4, 5]),
        editsOf([6, 7]),
        fc.boolean(),
        (agent, before, later, alike) =>
          inWorld(
            Effect.gen(function* () {
              // What the person did in just the same way is theirs, as long as the agent did more to that file.
              const own = alike && agent.size > 1 ? new Map([...before, ...[...agent].slice(0, 1)]) : before
              const it = yield* world({ "a.txt": fileOf(original), "b.txt": "b\n" })
              const staged = overlaid(original, agent)
              yield* it.turn({ "a.txt": fileOf(staged), "new.txt": "new\n", "b.txt": undefined })
              assert.deepStrictEqual(yield* it.tree, { "a.txt": fileOf(original), "b.txt": "b\n" })
              const mine = overlaid(original, own)
              yield* it.person({ "a.txt": fileOf(mine) })
              assert.isTrue(yield* it.run(Staging.apply(it.handle)))
              const merged = overlaid(mine, agent)
              assert.deepStrictEqual(yield* it.tree, { "a.txt": fileOf(merged), "new.txt": "new\n" })
              yield* it.person({ "a.txt": fileOf(overlaid(merged, later)), "other.txt": "o\n" })
              assert.isTrue(yield* it.run(Staging.undo(it.handle)))
              const kept = { "a.txt": fileOf(overlaid(mine, later)), "b.txt": "b\n", "other.txt": "o\n" }
              assert.deepStrictEqual(yield* it.tree, kept)
              assert.isTrue(yield* it.run(Staging.redo(it.handle)))
              assert.deepStrictEqual(yield* it.tree, {
                "a.txt": fileOf(overlaid(overlaid(mine, later), agent)),
                "new.txt": "new\n",
                "other.txt": "o\n"
              })
            })
          ).pipe(Effect.runPromise)
      ),
      { numRuns: 60 }
    )
  })

  it("goes back turn by turn, and forth again", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(editsOf([0, 2, 4, 6]), { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        (turns, applies) =>
          inWorld(
            Effect.gen(function* () {
              const it = yield* world({ "a.txt": fileOf(original) })
              const states = [original]
              for (const [index, edits] of turns.entries()) {
                const next = overlaid(states.at(-1) ?? original, edits).with(7, `turn ${index}`)
                states.push(next)
                yield* it.turn({ "a.txt": fileOf(next) })
              }
              if (applies) assert.isTrue(yield* it.run(Staging.apply(it.handle)))
              const shown = applies ? it.tree : it.seen
              for (const values of states.slice(0, -1).toReversed()) {
                assert.isTrue(yield* it.run(Staging.undo(it.handle)))
                assert.strictEqual((yield* shown)["a.txt"], fileOf(values))
              }
              for (const values of states.slice(1)) {
                assert.isTrue(yield* it.run(Staging.redo(it.handle)))
                assert.strictEqual((yield* shown)["a.txt"], fileOf(values))
              }
              if (!applies) assert.strictEqual((yield* it.tree)["a.txt"], fileOf(original))
            })
          ).pipe(Effect.runPromise)
      ),
      { numRuns: 40 }
    )
  })
})

describe("applying", () => {
  const seed = { "a.txt": "one\n", "b.txt": "two\n" }
  const types = (it: { readonly handle: { readonly state: Effect.Effect<{ readonly seq: number }> } }) =>
    Effect.map(it.handle.state, (state) => state.seq)

  it.effect("is all or nothing: a conflict in one file leaves every file, and stays staged", () =>
    inWorld(
      Effect.gen(function* () {
        const it = yield* world(seed)
        yield* it.turn({ "a.txt": "agent\n", "b.txt": "agent\n", "c.txt": "new\n" })
        yield* it.person({ "b.txt": "person\n" })
        assert.isFalse(yield* it.run(Staging.apply(it.handle)))
        assert.deepStrictEqual(yield* it.tree, { "a.txt": "one\n", "b.txt": "person\n" })
        assert.deepStrictEqual(yield* it.waiting, ["modify a.txt", "modify b.txt", "create c.txt"])
        const events = yield* it.handle.state
        assert.strictEqual(yield* types(it), events.seq)
      })
    )
  )

  it.effect("of some paths leaves the others staged", () =>
    inWorld(
      Effect.gen(function* () {
        const it = yield* world(seed)
        yield* it.turn({ "a.txt": "A\n", "b.txt": "B\n" })
        assert.isTrue(yield* it.run(Staging.apply(it.handle, ["b.txt"])))
        assert.deepStrictEqual(yield* it.tree, { "a.txt": "one\n", "b.txt": "B\n" })
        assert.deepStrictEqual(yield* it.waiting, ["modify a.txt"])
        const state = yield* it.handle.state
        assert.deepStrictEqual(Staging.appliedPaths(state), ["b.txt"])
        assert.deepStrictEqual(Staging.waiting(state, ["b.txt"]), [])
        assert.isTrue(yield* it.run(Staging.undo(it.handle)))
        assert.deepStrictEqual(yield* it.tree, seed)
        assert.deepStrictEqual(yield* it.seen, seed)
        assert.isTrue(yield* it.run(Staging.redo(it.handle)))
        assert.deepStrictEqual(yield* it.tree, { "a.txt": "one\n", "b.txt": "B\n" })
        assert.deepStrictEqual(yield* it.waiting, ["modify a.txt"])
      })
    )
  )

  it.effect("what stands there already is applied all the same", () =>
    inWorld(
      Effect.gen(function* () {
        const it = yield* world(seed)
        yield* it.turn({ "a.txt": "A\n" })
        yield* it.person({ "a.txt": "A\n" })
        assert.isTrue(yield* it.run(Staging.apply(it.handle)))
        assert.deepStrictEqual(yield* it.waiting, [])
      })
    )
  )

  it.effect("what is discarded leaves the copy, and the rest stays", () =>
    inWorld(
      Effect.gen(function* () {
        const it = yield* world(seed)
        yield* it.turn({ "a.txt": "A\n", "c.txt": "C\n" })
        assert.isTrue(yield* it.run(Staging.discard(it.handle, ["c.txt"])))
        assert.deepStrictEqual(yield* it.seen, { "a.txt": "A\n", "b.txt": "two\n" })
        assert.deepStrictEqual(yield* it.waiting, ["modify a.txt"])
        assert.isTrue(yield* it.run(Staging.discard(it.handle)))
        assert.deepStrictEqual(yield* it.seen, seed)
        assert.deepStrictEqual(yield* it.waiting, [])
      })
    )
  )

  it.effect("undo past an edit of the same lines is a conflict that changes nothing", () =>
    inWorld(
      Effect.gen(function* () {
        const it = yield* world(seed)
        yield* it.turn({ "a.txt": "A\n", "b.txt": "B\n" })
        assert.isTrue(yield* it.run(Staging.apply(it.handle)))
        yield* it.person({ "a.txt": "mine\n" })
        assert.isFalse(yield* it.run(Staging.undo(it.handle)))
        assert.deepStrictEqual(yield* it.tree, { "a.txt": "mine\n", "b.txt": "B\n" })
        assert.deepStrictEqual(Staging.appliedPaths(yield* it.handle.state), ["a.txt", "b.txt"])
      })
    )
  )
})

describe("several changes as one", () => {
  const blob = (hash: string, kind: Blob["kind"] = "file"): Blob => ({ hash, size: 1, kind })
  /** A path's life: a row of contents, none where there is no file. */
  const lives = fc.array(fc.tuple(fc.constantFrom("a", "b", "c"), fc.option(fc.constantFrom("1", "2", "3"))), {
    maxLength: 12
  })

  const batchesOf = (steps: ReadonlyArray<readonly [string, string | null]>) => {
    const now = new Map<string, string>([["a", "1"]])
    return steps.flatMap(([path, to], index): ReadonlyArray<Batch> => {
      const from = now.get(path)
      if ((to ?? undefined) === from) return []
      if (to === null) now.delete(path)
      else now.set(path, to)
      const change: Change = {
        path,
        kind: from === undefined ? "create" : to === null ? "delete" : "modify",
        ...(from === undefined ? {} : { before: blob(from) }),
        ...(to === null ? {} : { after: blob(to) }),
        added: 1,
        removed: 2
      }
      return [{ turn: index + 1, where: "copy", changes: [change] }]
    })
  }
  const apply = (tree: ReadonlyMap<string, string>, changes: ReadonlyArray<Change>) => {
    const next = new Map(tree)
    for (const change of changes) {
      assert.strictEqual(change.before?.hash, next.get(change.path))
      if (change.after === undefined) next.delete(change.path)
      else next.set(change.path, change.after.hash)
    }
    return next
  }
  const start = new Map([["a", "1"]])

  it("do what they do one after the other, one change a path, in the paths' order", () =>
    fc.assert(
      fc.property(lives, (steps) => {
        const batches = batchesOf(steps)
        const one = Staging.squash(batches)
        const sorted = (tree: ReadonlyMap<string, string>) => [...tree].sort()
        assert.deepStrictEqual(
          sorted(apply(start, one)),
          sorted(
            apply(
              start,
              batches.flatMap((batch) => batch.changes)
            )
          )
        )
        const paths = one.map((change) => change.path)
        assert.deepStrictEqual(paths, [...new Set(paths)].sort())
        for (const { after, before, kind } of one)
          assert.strictEqual(kind, before === undefined ? "create" : after === undefined ? "delete" : "modify")
      }),
      { numRuns: 500 }
    ))

  it("are the same in whatever groups they come", () =>
    fc.assert(
      fc.property(lives, fc.nat(12), (steps, at) => {
        const batches = batchesOf(steps)
        const parts = [batches.slice(0, at), batches.slice(at)].map(
          (part): Batch => ({ turn: 1, where: "copy", changes: Staging.squash(part) })
        )
        const bare = (changes: ReadonlyArray<Change>) => changes.map(({ added: _a, removed: _r, ...rest }) => rest)
        assert.deepStrictEqual(bare(Staging.squash(parts)), bare(Staging.squash(batches)))
      }),
      { numRuns: 500 }
    ))

  it("that come back to where they began are none, but a changed right is one", () => {
    const batch = (change: Change): Batch => ({ turn: 1, where: "copy", changes: [change] })
    const run: Change = {
      path: "a",
      kind: "mode",
      before: blob("1"),
      after: blob("1", "executable"),
      added: 0,
      removed: 0
    }
    assert.deepStrictEqual(Staging.squash([batch(run)]), [run])
    assert.deepStrictEqual(
      Staging.squash([batch(run), batch({ ...run, before: blob("1", "executable"), after: blob("1") })]),
      []
    )
  })

  it("wait only while they are in the copy", () => {
    const state = stateOf([])
    const change: Change = { path: "a", kind: "create", after: blob("1"), added: 1, removed: 0 }
    const batches: ReadonlyArray<Batch> = [
      { turn: 1, where: "root", changes: [change] },
      { turn: 2, where: "copy", changes: [{ ...change, path: "b" }] }
    ]
    assert.deepStrictEqual(
      Staging.waiting({ ...state, batches }).map((it) => it.path),
      ["b"]
    )
    assert.deepStrictEqual(Staging.appliedPaths({ ...state, batches }), ["a"])
  })
})
