/** Small pieces of text for people: durations, tables, lists of changes. */
import type { Change } from "../../domain/model/Change.ts"
import { harmlessJson } from "./visible.ts"

/** One line of at most so many characters, blanks and control characters made visible as blanks. */
export const oneLine = (text: string, most = 120): string => {
  const flat = text.replace(/[\s\p{Cc}]+/gu, " ").trim()
  const chars = Array.from(flat)
  return chars.length > most ? `${chars.slice(0, most - 1).join("")}…` : flat
}

/** Rows as columns, the widest word of each deciding; the last column is not padded. */
export const table = (rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
        .join("  ")
        .trimEnd()
    )
    .map((line) => `${line}\n`)
    .join("")
}

/** Changes as programs read them. */
export const changeRows = (changes: ReadonlyArray<Change>) =>
  changes.map(({ added, kind, path, removed }) => ({ path, kind, added, removed }))

/** Changes as people read them: path, kind, lines added and removed. */
export const changeList = (changes: ReadonlyArray<Change>): string =>
  table(
    changes.map((change) => [
      `  ${oneLine(change.path, 200)}`,
      change.kind,
      change.binary === true ? "binary" : `+${change.added} -${change.removed}`
    ])
  )

/** A count with its noun. */
export const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? "" : "s"}`

/** A whole number with its thousands apart. */
export const thousands = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ",")

/** JSON on one line, and its end. */
export const jsonLine = (value: unknown): string => harmlessJson(`${JSON.stringify(value)}\n`)

/** JSON for people and programs alike. */
export const jsonText = (value: unknown): string => harmlessJson(`${JSON.stringify(value, null, 2)}\n`)

/** A setting's value as it may be shown: secrets belong in the key file, but a header may hold one all the same. */
export const shownValue = (key: string, value: unknown): unknown => {
  if (/\.headers\./.test(key)) return "(hidden)"
  if (!key.endsWith("cluster.database_url")) return value
  return String(value)
    .replace(/:\/\/.*@/, "://(hidden)@")
    .replace(/([?&](?:ssl)?password=)[^&]*/gi, "$1(hidden)")
}

/** A setting on a line. */
export const settingText = (key: string, value: unknown): string => `${key} = ${JSON.stringify(shownValue(key, value))}`
