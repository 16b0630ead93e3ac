/** Ignore files, read as git reads them. */
import { type Segment, segmentOf } from "./segments.ts"

type Part = Segment | "tree"

interface Rule {
  readonly negated: boolean
  readonly directories: boolean
  /** Held against the name alone, or against the path below the file's directory. */
  readonly parts: Segment | ReadonlyArray<Part>
}

/** One ignore file's rules. */
export interface IgnoreFile {
  /** True hides, false shows, nothing where no rule speaks. `names` is the path below this file's directory, by `bytesOf`. */
  readonly says: (names: ReadonlyArray<string>, directory: boolean) => boolean | undefined
}

const encoder = new TextEncoder()

/** A name with one character a byte, as git compares. */
export const bytesOf = (text: string): string =>
  /^[\u0000-\u007f]*$/.test(text)
    ? text
    : Array.from(encoder.encode(text), (byte) => String.fromCharCode(byte)).join("")

/** Trailing blanks go, unless the first of them is quoted. */
const trimmed = (line: string): string => {
  let end = line.length
  while (end > 0 && line[end - 1] === " ") {
    let slashes = 0
    while (line[end - 2 - slashes] === "\\") slashes++
    if (slashes % 2 === 1) break
    end--
  }
  return line.slice(0, end)
}

const gitRules = { dot: true, openBracket: "never" } as const

const partOf = (source: string, at: number): Part =>
  source === "**" ? "tree" : source === "" && at > 0 ? { matches: () => false } : segmentOf(source, gitRules)

const partsOf = (body: string): ReadonlyArray<Part> => {
  const sources = (body.startsWith("/") ? body.slice(1) : body).split("/")
  const parts = sources.map(partOf)
  return parts.at(-1) === "tree" ? [...parts, segmentOf("*", gitRules)] : parts
}

const ruleOf = (raw: string): Rule | undefined => {
  const line = trimmed(raw)
  if (line === "" || line.startsWith("#")) return undefined
  const negated = line.startsWith("!")
  const pattern = bytesOf(negated ? line.slice(1) : line)
  const directories = pattern.endsWith("/")
  const body = directories ? pattern.slice(0, -1) : pattern
  if (body === "") return undefined
  return { negated, directories, parts: body.includes("/") ? partsOf(body) : segmentOf(body, gitRules) }
}

/** On a mismatch, the last `**` takes one name more. */
const matchParts = (parts: ReadonlyArray<Part>, names: ReadonlyArray<string>): boolean => {
  let at = 0
  let part = 0
  let tree = -1
  let mark = 0
  while (at < names.length) {
    const now = parts[part]
    if (now === "tree") {
      tree = part
      mark = at
      part += 1
    } else if (now?.matches(names[at] ?? "") === true) {
      part += 1
      at += 1
    } else if (tree >= 0) {
      part = tree + 1
      mark += 1
      at = mark
    } else return false
  }
  return part === parts.length
}

const isPath = (parts: Rule["parts"]): parts is ReadonlyArray<Part> => Array.isArray(parts)

const speaks = (rule: Rule, names: ReadonlyArray<string>, directory: boolean): boolean => {
  if (rule.directories && !directory) return false
  return isPath(rule.parts) ? matchParts(rule.parts, names) : rule.parts.matches(names.at(-1) ?? "")
}

/** Rules by the one name they match, last first, so that thousands of plain names cost one look. */
const byName = (rules: ReadonlyArray<Rule>): ReadonlyMap<string, ReadonlyArray<number>> => {
  const found = new Map<string, Array<number>>()
  rules.forEach((rule, at) => {
    if (isPath(rule.parts) || rule.parts.literal === undefined) return
    const known = found.get(rule.parts.literal)
    if (known === undefined) found.set(rule.parts.literal, [at])
    else known.unshift(at)
  })
  return found
}

/** Reads an ignore file. A line that is no pattern is passed over; the others hold. */
export const ignoreFileOf = (text: string): IgnoreFile => {
  const rules: Array<Rule> = []
  for (const raw of text.replace(/^\uFEFF/, "").split("\n")) {
    const rule = ruleOf(raw.endsWith("\r") ? raw.slice(0, -1) : raw)
    if (rule !== undefined) rules.push(rule)
  }
  const names = byName(rules)
  const others = rules.flatMap((rule, at) => (!isPath(rule.parts) && rule.parts.literal !== undefined ? [] : [at]))
  others.reverse()
  const last = (among: ReadonlyArray<number>, path: ReadonlyArray<string>, directory: boolean): number =>
    among.find((at) => {
      const rule = rules[at]
      return rule !== undefined && speaks(rule, path, directory)
    }) ?? -1
  return {
    says: (path, directory) => {
      const plain = last(names.get(path.at(-1) ?? "") ?? [], path, directory)
      const rule = rules[Math.max(plain, last(others, path, directory))]
      return rule === undefined ? undefined : !rule.negated
    }
  }
}

/** The ignore files that hold in a directory: those of its own and of every one above. */
export interface Ignores {
  /** `.ignore` files, then `.gitignore` files, then `.git/info/exclude`; in each, the deepest first. */
  readonly files: ReadonlyArray<{ readonly rank: number; readonly depth: number; readonly file: IgnoreFile }>
}

/** No ignore files. */
export const noIgnores: Ignores = { files: [] }

/** The file names that hold rules, by rank: the lowest speaks first. `.git/info/exclude` ranks after both. */
export const ignoreNames: ReadonlyArray<string> = [".ignore", ".gitignore"]

/** The rank of `.git/info/exclude`. */
export const excludeRank = 2

/** The ignores with one more file, which stands `depth` directories below the root. */
export const withIgnoreFile = (ignores: Ignores, rank: number, depth: number, text: string): Ignores => ({
  files: [...ignores.files, { rank, depth, file: ignoreFileOf(text) }].sort(
    (a, b) => a.rank - b.rank || b.depth - a.depth
  )
})

/** Whether an entry is hidden; `names` is its path below the root, by `bytesOf`. Its parents are not asked again. */
export const isIgnored = (ignores: Ignores, names: ReadonlyArray<string>, directory: boolean): boolean => {
  for (const { depth, file } of ignores.files) {
    const said = file.says(depth === 0 ? names : names.slice(depth), directory)
    if (said !== undefined) return said
  }
  return false
}
