/** Plays every scenario of this folder through the built program. */
import { cpSync, existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { type Desk, desk, jsonLines } from "../programs/cli/cli.ts"

const Scenario = Schema.parseJson(
  Schema.Struct({
    title: Schema.String,
    run: Schema.Array(Schema.String),
    script: Schema.Array(Schema.Unknown),
    exit: Schema.Int,
    status: Schema.String,
    result: Schema.String,
    tools: Schema.Array(Schema.String),
    changes: Schema.Array(Schema.Unknown)
  })
)

const here = fileURLToPath(new URL(".", import.meta.url))

const names = readdirSync(here, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .sort()

/** Every file below a folder, by path. */
const tree = (folder: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [path.slice(folder.length + 1), readFileSync(path, "latin1")])
  )

/** The calls that were made and how each came out, in the order of outcomes. */
const outcomes = (events: ReadonlyArray<Record<string, unknown>>): ReadonlyArray<string> => {
  const called = new Map(events.filter(({ type }) => type === "tool.called").map(({ call, name }) => [call, name]))
  return events.flatMap((event) => {
    if (event.type === "tool.finished") return [`${called.get(event.call)} ${event.ok === true ? "ok" : "failed"}`]
    return event.type === "tool.refused" ? [`${called.get(event.call)} refused`] : []
  })
}

const play = async (name: string, at: Desk) => {
  const folder = join(here, name)
  const scenario = Schema.decodeSync(Scenario)(
    readFileSync(join(folder, "scenario.json"), "utf8").replaceAll("{root}", at.root)
  )
  cpSync(join(folder, "tree"), at.root, { recursive: true })
  const before = tree(at.root)
  const ended = await at.play(scenario.script, [...scenario.run, "--format", "stream-json"], { process: true })
  const lines = jsonLines(ended)
  const { changes, result, status } = lines.at(-1) ?? {}
  assert.deepStrictEqual(
    { exit: ended.code, status, result, tools: outcomes(lines), changes },
    {
      exit: scenario.exit,
      status: scenario.status,
      result: scenario.result,
      tools: scenario.tools,
      changes: scenario.changes
    },
    ended.stderr
  )
  assert.deepStrictEqual(tree(at.root), before)
  if (!existsSync(join(folder, "after"))) return
  assert.strictEqual((await at.run(["apply"])).code, 0)
  assert.deepStrictEqual(tree(at.root), { ...before, ...tree(join(folder, "after")) })
  assert.strictEqual((await at.run(["undo"])).code, 0)
  assert.deepStrictEqual(tree(at.root), before)
}

describe("scenarios", () => {
  for (const name of names)
    it(name, async () => {
      const at = desk()
      try {
        await play(name, at)
      } finally {
        at.close()
      }
    })
})
