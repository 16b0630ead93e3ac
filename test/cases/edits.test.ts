/** Every acceptance case for edits, against the real tools over the real file system. */
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { edit } from "../../src/domain/tools/edit.ts"
import { multiedit } from "../../src/domain/tools/multiedit.ts"
import { patch } from "../../src/domain/tools/patch.ts"
import { read } from "../../src/domain/tools/read.ts"
import type { AnyTool, ToolFailure } from "../../src/domain/tools/Tool.ts"
import { write } from "../../src/domain/tools/write.ts"
import { type ToolWorld, toolWorld } from "../support/toolWorld.ts"

type Content = string | { readonly b64: string } | { readonly parts: ReadonlyArray<readonly [string, number]> }
type Tree = Readonly<Record<string, Content>>

interface OldNew {
  readonly old: string
  readonly new: string
  readonly replace_all?: boolean
}

interface Call extends Partial<OldNew> {
  readonly path?: string
  readonly content?: string
  readonly patch?: string
  readonly edits?: ReadonlyArray<OldNew>
  readonly parallel?: ReadonlyArray<Call>
}

interface Row {
  readonly id: string
  readonly tool: "edit" | "multiedit" | "write" | "apply_patch" | "read"
  readonly title: string
  readonly files: Tree
  readonly call: Call
  readonly setup?: ReadonlyArray<ReadonlyArray<string>>
  readonly accept: ReadonlyArray<{ readonly ok: boolean; readonly files?: Tree; readonly error?: string }>
}

const bytesOf = (content: Content): Buffer =>
  typeof content === "string"
    ? Buffer.from(content)
    : "b64" in content
      ? Buffer.from(content.b64, "base64")
      : Buffer.from(content.parts.map(([text, count]) => text.repeat(count)).join(""))

const listing = (tree: Tree): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(tree).map(([name, content]) => [name, bytesOf(content).toString("latin1")]))

const onDisk = (dir: string, under = ""): Record<string, string> =>
  Object.assign(
    {},
    ...fs.readdirSync(path.join(dir, under), { withFileTypes: true }).map((entry) => {
      const name = path.posix.join(under, entry.name)
      if (entry.isDirectory()) return onDisk(dir, name)
      return entry.isFile() || entry.isSymbolicLink()
        ? { [name]: fs.readFileSync(path.join(dir, name)).toString("latin1") }
        : {}
    })
  )

const tools: Readonly<Record<Row["tool"], AnyTool>> = { edit, multiedit, write, apply_patch: patch, read }

const params = (call: Call): unknown => {
  const renamed = (it: Partial<OldNew>) => ({
    old_string: it.old,
    new_string: it.new,
    ...(it.replace_all === undefined ? {} : { replace_all: it.replace_all })
  })
  if (call.patch !== undefined) return { patch: call.patch }
  if (call.content !== undefined) return { file_path: call.path, content: call.content }
  if (call.edits !== undefined) return { file_path: call.path, edits: call.edits.map(renamed) }
  return { file_path: call.path, ...renamed(call) }
}

const setUp = (
  world: ToolWorld,
  [what, name = "", rest = ""]: ReadonlyArray<string>
): Effect.Effect<unknown, ToolFailure> => {
  switch (what) {
    case "chmod":
      return Effect.sync(() => fs.chmodSync(path.join(world.dir, rest), Number.parseInt(name, 8)))
    case "link":
      return Effect.sync(() => fs.linkSync(path.join(world.dir, name), path.join(world.dir, rest)))
    case "read":
      return world.call(read, { file_path: name })
    case "external_write":
      return Effect.sync(() => world.write(name, rest))
    default:
      return Effect.dieMessage(`unknown step ${what}`)
  }
}

/** Calls that a model makes at once are prepared at once, and run one after the other. */
const callRow = (world: ToolWorld, row: Row) =>
  Effect.gen(function* () {
    const calls = row.call.parallel ?? [row.call]
    const prepared = yield* Effect.forEach(calls, (call) => world.prepare(tools[row.tool], params(call)))
    return yield* Effect.forEach(prepared, world.run)
  })

const file = fileURLToPath(new URL("../../../shared/cases/edits.jsonl", import.meta.url))
const rows: ReadonlyArray<Row> = fs.existsSync(file)
  ? fs
      .readFileSync(file, "utf8")
      .trim()
      .split("\n")
      .map((line): Row => JSON.parse(line))
  : []

describe("acceptance cases: edits", () => {
  if (rows.length === 0) it.skip("the folder of cases is not here", () => {})
  for (const row of rows) {
    it.scoped(`${row.id} ${row.title}`, () =>
      Effect.gen(function* () {
        const world = yield* toolWorld()
        for (const [name, content] of Object.entries(row.files)) world.write(name, bytesOf(content))
        yield* Effect.forEach(row.setup ?? [], (step) => setUp(world, step))
        const before = onDisk(world.dir)
        const modes = Object.keys(row.files).map((name) => fs.statSync(path.join(world.dir, name)).mode)
        const result = yield* Effect.either(callRow(world, row))
        const after = onDisk(world.dir)
        const accepted = row.accept.some((it) =>
          it.ok
            ? Either.isRight(result) &&
              JSON.stringify(sorted(after)) === JSON.stringify(sorted(listing(it.files ?? {})))
            : Either.isLeft(result) &&
              result.left.kind === it.error &&
              JSON.stringify(sorted(after)) ===
                JSON.stringify(sorted(it.files === undefined ? before : listing(it.files)))
        )
        const got = Either.match(result, { onLeft: (it) => `${it.kind}: ${it.reason}`, onRight: () => "ok" })
        assert.isTrue(accepted, `${got}\n${JSON.stringify(after).slice(0, 500)}`)
        for (const [index, name] of Object.keys(row.files).entries()) {
          if (name in after) assert.strictEqual(fs.statSync(path.join(world.dir, name)).mode, modes[index])
        }
      })
    )
  }
})

const sorted = (it: Readonly<Record<string, string>>) => Object.entries(it).sort(([a], [b]) => (a < b ? -1 : 1))
