/** Contents of changes at rest: no word and no hash of them stands in the data folder, and whatever is switched they stay readable. */
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { contentSealing } from "../../../src/adapters/node/copies/contentSealing.ts"
import { sha256 } from "../../../src/adapters/node/copies/own.ts"
import { keyRing } from "../../../src/adapters/node/FileCredentials.ts"
import { make } from "../../../src/adapters/node/NodeWorkingCopies.ts"
import { make as makeWorkspace } from "../../../src/adapters/node/NodeWorkspace.ts"
import { make as ripgrep } from "../../../src/adapters/node/RipgrepSearch.ts"
import { filePlace } from "../../../src/adapters/node/secretPlaces.ts"
import { invert } from "../../../src/domain/model/Change.ts"
import { keptFor } from "../../../src/ports/WorkingCopies.ts"
import { Place, seed, session, workingCopiesContract } from "../../ports/WorkingCopies.contract.ts"
import { failure, ok as holds, equal as same } from "../../support/contract.ts"
import { runContract } from "../../support/runContract.ts"

const desk = Effect.acquireRelease(
  Effect.sync(() => {
    const top = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), "code-mesh-sealed-")))
    const [root, dataDir] = [join(top, "proj"), join(top, "data")]
    for (const folder of [join(root, "d/e"), dataDir]) fs.mkdirSync(folder, { recursive: true })
    for (const [path, text] of Object.entries(seed)) fs.writeFileSync(join(root, path), text)
    return { top, root, dataDir }
  }),
  ({ top }) => Effect.sync(() => fs.rmSync(top, { recursive: true, force: true }))
)

const sealingIn = (top: string, wanted: boolean) => {
  const path = join(top, "auth.json")
  return contentSealing(keyRing(filePlace(path), path), wanted)
}

const copiesIn = ({ dataDir, top }: { readonly dataDir: string; readonly top: string }, wanted = true) =>
  make({ dataDir, sealing: sealingIn(top, wanted) })

runContract(
  workingCopiesContract,
  "NodeWorkingCopies with sealed contents",
  Layer.scoped(
    Place,
    Effect.gen(function* () {
      const at = yield* desk
      const copies = yield* copiesIn(at)
      return {
        ...{ copies, real: yield* makeWorkspace(at.root), again: copiesIn(at), foldersVanish: true },
        prepare: () => Effect.void
      }
    })
  )
)

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (it: Uint8Array): string => new TextDecoder().decode(it)

/** Every name and byte under a folder. */
const all = (folder: string): string =>
  fs
    .readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => {
      const at = join(folder, name)
      return `${name}\n${fs.lstatSync(at).isFile() ? fs.readFileSync(at, "latin1") : ""}`
    })
    .join("\n")

const contents = (folder: string): ReadonlyArray<string> =>
  fs
    .readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => path.includes("/blobs/") && fs.statSync(path).isFile())

it.scoped("neither contents nor their hashes are found in the data folder: staged, applied, taken back", () =>
  Effect.gen(function* () {
    const at = yield* desk
    fs.writeFileSync(join(at.root, "a.txt"), "canary before\n")
    const copies = yield* copiesIn(at)
    const copy = yield* copies.open(session, at.root)
    yield* copy.workspace.write("a.txt", bytes("canary after\n"))
    const changes = yield* copy.checkpoint(Effect.succeed)
    const merged = yield* copies.merge(session, at.root, changes, "root")
    holds(merged.ok, "applied")
    same(fs.readFileSync(join(at.root, "a.txt"), "utf8"), "canary after\n")
    holds((yield* copies.merge(session, at.root, changes.map(invert), "root")).ok, "taken back")
    same(fs.readFileSync(join(at.root, "a.txt"), "utf8"), "canary before\n")
    const held = all(at.dataDir)
    for (const word of ["canary", "a.txt", ...["before", "after"].map((it) => sha256(bytes(`canary ${it}\n`)))])
      holds(!held.includes(word) && !held.includes(word.slice(2)), `nothing says ${word}`)
  })
)

it.scoped("what a tree freezes is sealed too, large files in parts", () =>
  Effect.gen(function* () {
    const at = yield* desk
    const large = `${"canary of some length\n".repeat(150_000)}`
    fs.writeFileSync(join(at.root, "large.txt"), large)
    const copies = yield* copiesIn(at)
    const copy = yield* copies.open(session, at.root)
    const { from } = yield* copy.materialise
    fs.writeFileSync(join(from, "large.txt"), `${large}more\n`)
    const [change] = yield* copy.checkpoint(Effect.succeed)
    const [before, after] = [change?.before, change?.after]
    holds(before !== undefined && after !== undefined, "it was changed")
    if (before === undefined || after === undefined) return
    const later = yield* copiesIn(at)
    same(text(yield* later.content(before)), large)
    same(text(yield* later.content(after)), `${large}more\n`)
    yield* copies.drop(session, at.root)
    holds(!all(at.dataDir).includes("canary"), "only the tree itself was in the open")
  })
)

it.scoped("switched on or off, what was kept before is readable, and without the key only what is open", () =>
  Effect.gen(function* () {
    const at = yield* desk
    const write = (wanted: boolean, words: string) =>
      Effect.gen(function* () {
        const copy = yield* (yield* copiesIn(at, wanted)).open(session, at.root)
        yield* copy.workspace.write(`${words}.txt`, bytes(words))
        return (yield* copy.checkpoint(Effect.succeed)).flatMap(({ after }) => after ?? [])
      })
    const kept = [
      ...(yield* write(false, "open")),
      ...(yield* write(true, "sealed")),
      ...(yield* write(false, "again"))
    ]
    const words = ["open", "sealed", "again"]
    for (const wanted of [true, false]) {
      const copies = yield* copiesIn(at, wanted)
      for (const [index, blob] of kept.entries()) same(text(yield* copies.content(blob)), words[index])
      const { workspace } = yield* copies.open(session, at.root)
      for (const word of words) same(text(yield* workspace.read(`${word}.txt`)), word)
    }
    fs.renameSync(join(at.top, "auth.json"), join(at.top, "away.json"))
    const closed = yield* copiesIn(at, false)
    const [open, sealed] = kept
    if (open === undefined || sealed === undefined) return holds(false, "both were kept")
    same(text(yield* closed.content(open)), "open")
    holds((yield* failure(closed.content(sealed))).message.includes("there is no key for them"), "and says so")
  })
)

it.scoped("a sealed content that is torn or was exchanged is not taken for whole, and is kept anew", () =>
  Effect.gen(function* () {
    const at = yield* desk
    const copy = yield* (yield* copiesIn(at)).open(session, at.root)
    yield* copy.workspace.write("x.txt", bytes("a content of some length"))
    yield* copy.workspace.write("y.txt", bytes("another one of its length"))
    const changes = yield* copy.checkpoint(Effect.succeed)
    const [x, y] = changes.map(({ after }) => after)
    if (x === undefined || y === undefined) return holds(false, "both were kept")
    const [one = "", other = ""] = contents(at.dataDir)
    fs.writeFileSync(one, fs.readFileSync(other))
    const first = yield* copiesIn(at)
    const read = yield* Effect.all([first.content(x), first.content(y)].map(Effect.either))
    same(read.map(({ _tag }) => _tag).sort(), ["Left", "Right"])
    for (const path of [one, other]) fs.truncateSync(path, 30)
    const torn = yield* failure(first.content(x))
    holds(torn.message.includes("not whole"), torn.message)
    yield* copy.workspace.write("z.txt", bytes("a content of some length"))
    same(text(yield* first.content(x)), "a content of some length")
  })
)

it.scoped("search finds what is sealed, and obeys sealed ignore files", () =>
  Effect.gen(function* () {
    const at = yield* desk
    const { workspace } = yield* (yield* copiesIn(at)).open(session, at.root)
    yield* workspace.write("a.txt", bytes("one\nneedle (a+)+ here\nthree\n"))
    yield* workspace.write("hidden.txt", bytes("needle\n"))
    yield* workspace.write(".ignore", bytes("hidden.txt\n"))
    fs.writeFileSync(join(at.root, "real.txt"), "needle too\n")
    const search = yield* ripgrep()
    const found = yield* search.grep(workspace, { pattern: "(ne+)+dle", limit: 10, before: 1 })
    same(found, {
      truncated: false,
      lines: [
        { path: "a.txt", line: 1, text: "one", hit: false },
        { path: "a.txt", line: 2, text: "needle (a+)+ here", hit: true },
        { path: "real.txt", line: 1, text: "needle too", hit: true }
      ]
    })
    same((yield* search.grep(workspace, { pattern: "needle", limit: 1 })).lines.length, 1)
    holds(!all(at.dataDir).includes("needle"), "no file holds it meanwhile")
  })
)

it.scopedLive("sealed contents that nothing refers to are collected; those of another key stay", () =>
  Effect.gen(function* () {
    const at = yield* desk
    const copies = yield* copiesIn(at)
    const copy = yield* copies.open(session, at.root)
    yield* copy.workspace.write("x.txt", bytes("named"))
    yield* copy.workspace.write("y.txt", bytes("not named"))
    const changes = yield* copy.checkpoint(Effect.succeed)
    const named = changes.flatMap(({ after, path }) => (path === "x.txt" && after !== undefined ? [after.hash] : []))
    yield* copies.drop(session, at.root)
    const old = new Date(Date.now() - 2 * keptFor)
    for (const path of contents(at.dataDir)) fs.utimesSync(path, old, old)
    const elsewhere = { dataDir: at.dataDir, top: join(at.top, "other") }
    const free = (place: typeof elsewhere) =>
      Effect.flatMap(copiesIn(place), (it) => it.collect(Effect.succeed(new Set(named))))
    same((yield* free(elsewhere)).contents, 0)
    same((yield* free(at)).contents, 1)
    same(text(yield* copies.content({ hash: named[0] ?? "", size: 5, kind: "file" })), "named")
  })
)
