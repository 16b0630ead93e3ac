/** Text with front matter: a few settings between two lines of `---`, then the text itself. Pure. */
import type { Json } from "../../domain/model/Json.ts"

/** What a text says before its body. */
export type FrontMatter =
  | {
      readonly _tag: "Right"
      readonly fields: Readonly<Record<string, Json>>
      /** The line of each key, from 1. */
      readonly lines: ReadonlyMap<string, number>
      readonly body: string
    }
  | { readonly _tag: "Wrong"; readonly line: number; readonly reason: string }

const unquoted = (text: string): string => {
  const trimmed = text.trim()
  const quoted = /^"(.*)"$/s.exec(trimmed) ?? /^'(.*)'$/s.exec(trimmed)
  return quoted?.[1] ?? trimmed
}

const scalar = (text: string): Json => {
  const trimmed = text.trim()
  if (trimmed === "true" || trimmed === "false") return trimmed === "true"
  return /^-?\d+(\.\d+)?$/.test(trimmed) ? Number(trimmed) : unquoted(trimmed)
}

/** The items of `a, "b, c"`: commas in quotes and in brackets part nothing, as in `bash(git log, x)`. */
const itemsOf = (text: string): ReadonlyArray<string> =>
  (text.match(/(?:"[^"]*"|'[^']*'|\([^)]*\)|[^,])+/g) ?? []).map(unquoted).filter((item) => item !== "")

const valueOf = (text: string): Json => {
  const list = /^\[(.*)\]$/s.exec(text.trim())
  return list === null ? scalar(text) : itemsOf(list[1] ?? "")
}

/**
 * Reads front matter: `key: value`, `key: [a, b]`, or `key:` and then a `- item` a line; `#` begins a line that says
 * nothing. A text without it is all body.
 */
export const frontMatter = (text: string): FrontMatter => {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/)
  if (lines[0]?.trimEnd() !== "---")
    return { _tag: "Right", fields: {}, lines: new Map(), body: lines.join("\n").trim() }
  const end = lines.findIndex((line, index) => index > 0 && line.trimEnd() === "---")
  if (end < 0) return { _tag: "Wrong", line: 1, reason: "the front matter has no end: a line of ---" }
  const fields = new Map<string, Json>()
  const places = new Map<string, number>()
  let open: { readonly key: string; readonly items: Array<string> } | undefined
  for (const [index, line] of lines.slice(1, end).entries()) {
    if (/^\s*(#.*)?$/.test(line)) continue
    const item = /^\s*-\s+(.*)$/.exec(line)
    const pair = /^([A-Za-z_][\w-]*)\s*:(.*)$/.exec(line)
    if (item !== null && open !== undefined) {
      open.items.push(unquoted(item[1] ?? ""))
      fields.set(open.key, open.items)
    } else if (pair !== null && !fields.has(pair[1] ?? "")) {
      const [, key = "", value = ""] = pair
      open = value.trim() === "" ? { key, items: [] } : undefined
      fields.set(key, open === undefined ? valueOf(value) : open.items)
      places.set(key, index + 2)
    } else
      return {
        _tag: "Wrong",
        line: index + 2,
        reason: "should be `key: value`, each key once, or `- item` after a key"
      }
  }
  return {
    _tag: "Right",
    fields: Object.fromEntries(fields),
    lines: places,
    body: lines
      .slice(end + 1)
      .join("\n")
      .trim()
  }
}
