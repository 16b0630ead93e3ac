/** The shared token cases: counts and ids of both published encodings. */
import { createHash } from "node:crypto"
import { existsSync, readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { exactEncoding } from "../../src/adapters/shared/BpeTokenizer.ts"

const file = new URL("../../../shared/cases/tokens.jsonl", import.meta.url)

interface Row {
  readonly id: string
  readonly text: string | { readonly parts: ReadonlyArray<readonly [string, number]> }
  readonly cl100k_base: { readonly count: number; readonly ids: ReadonlyArray<number>; readonly sha256: string }
  readonly o200k_base: { readonly count: number; readonly ids: ReadonlyArray<number>; readonly sha256: string }
}

const rows: ReadonlyArray<Row> = existsSync(file)
  ? readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Row)
  : []

const textOf = (text: Row["text"]): string =>
  typeof text === "string" ? text : text.parts.map(([piece, times]) => piece.repeat(times)).join("")

const digest = (ids: ReadonlyArray<number>): ReadonlyArray<string> =>
  [ids.join(","), ids.join(" "), JSON.stringify(ids), `[${ids.join(", ")}]`].map((text) =>
    createHash("sha256").update(text).digest("hex").slice(0, 16)
  )

describe.skipIf(rows.length === 0)("tokens.jsonl (skipped where the shared cases are missing)", () => {
  for (const row of rows)
    for (const name of ["cl100k_base", "o200k_base"] as const)
      it(`${row.id} in ${name}`, async () => {
        const ids = await exactEncoding(name, textOf(row.text))
        expect(ids.length).toBe(row[name].count)
        expect(ids.slice(0, 12)).toEqual(row[name].ids)
        expect(digest(ids)).toContain(row[name].sha256)
      })
})
