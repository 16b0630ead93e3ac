/** The command cases, each decided through the one door as `debug tool` does it. */
import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { CodeMesh } from "../../src/domain/CodeMesh.ts"
import type { Decision, Rule } from "../../src/domain/model/Rule.ts"
import { NodeLive } from "../../src/programs/NodeLive.ts"

const file = new URL("../../../shared/cases/commands.jsonl", import.meta.url)

interface Row {
  readonly id: string
  readonly category: string
  readonly severity: "must" | "usability" | "policy"
  readonly profile: string
  readonly cwd: string
  readonly rules: ReadonlyArray<{ readonly decision: Decision; readonly prefix: ReadonlyArray<string> }>
  readonly accept: ReadonlyArray<string>
  readonly command?: string
  readonly command_parts?: ReadonlyArray<readonly [string, number]>
  readonly max_ms?: number
}

const rows: ReadonlyArray<Row> = fs.existsSync(file)
  ? fs
      .readFileSync(file, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
  : []

const lineOf = (row: Row): string =>
  row.command ?? (row.command_parts ?? []).map(([text, count]) => text.repeat(count)).join("")

/** A prefix of words as our rules spell it; a star is every command. */
const ruleOf = ({ decision, prefix }: Row["rules"][number]): Rule => ({
  decision,
  rule: prefix.length === 1 && prefix[0] === "*" ? "bash(*)" : `bash(${prefix.join(" ")}:*)`
})

describe.skipIf(rows.length === 0)("the command cases", () => {
  it("are decided as each accepts, and in time", async () => {
    const wrong = await Effect.runPromise(
      Effect.gen(function* () {
        const mesh = yield* CodeMesh
        return yield* Effect.forEach(rows, (row) =>
          Effect.gen(function* () {
            const from = process.cpuUsage()
            const tried = yield* mesh.tryTool({
              root: row.cwd,
              tool: "bash",
              params: { command: lineOf(row) },
              rules: row.rules.map(ruleOf),
              decideOnly: true
            })
            const spent = process.cpuUsage(from)
            const late = row.max_ms !== undefined && (spent.user + spent.system) / 1000 > row.max_ms
            return row.accept.includes(tried.decision) && !late
              ? []
              : [[row.id, row.severity, lineOf(row).slice(0, 100), tried.decision, tried.rule]]
          })
        )
      }).pipe(Effect.provide(NodeLive({ home: "/home/dev" })))
    )
    assert.deepStrictEqual(wrong.flat(), [])
  }, 60_000)
})
