/** Ignore files, read as git reads them. */
import { type GitPattern, gitPatternOf } from "./gitPattern.ts"

interface Rule {
  readonly negated: boolean
  readonly directories: boolean
  readonly pattern: GitPattern
}

/** One ignore file's rules. */
export interface IgnoreFile {
  /** True hides, false shows, nothing where no rule speaks. The path is the one below this file's directory, by `bytesOf`. */
  readonly says: (path: string, directory: boolean) => boolean | undefined
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

const ruleOf = (raw: string): Rule | undefined => {
  const line = trimmed(raw)
  if (line === "" || line.startsWith("#")) return undefined
  const negated = line.startsWith("!")
  const pattern = bytesOf(negated ? line.slice(1) : line)
  const directories = pattern.endsWith("/")
  const body = directories ? pattern.slice(0, -1) : pattern
  if (body === "") return undefined
  return { negated, directories, pattern: gitPatternOf(body) }
}

/** Rules by the one name they match, last first, so that thousands of plain names cost one look. */
const byName = (rules: ReadonlyArray<Rule>): ReadonlyMap<string, ReadonlyArray<number>> => {
  const found = new Map<string, Array<number>>()
  rules.forEach((rule, at) => {
    const literal = rule.pattern.literal
    if (literal === undefined) return
    const known = found.get(literal)
    if (known === undefined) found.set(literal, [at])
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
  const others = rules.flatMap((rule, at) => (rule.pattern.literal === undefined ? [at] : [])).reverse()
  const last = (among: ReadonlyArray<number>, path: string, name: string, directory: boolean): number =>
    among.find((at) => {
      const rule = rules[at]
      return rule !== undefined && (directory || !rule.directories) && rule.pattern.matches(path, name)
    }) ?? -1
  return {
    says: (path, directory) => {
      const name = path.slice(path.lastIndexOf("/") + 1)
      const plain = last(names.get(name) ?? [], path, name, directory)
      const rule = rules[Math.max(plain, last(others, path, name, directory))]
      return rule === undefined ? undefined : !rule.negated
    }
  }
}

/** The ignore files that hold in a directory: those of its own and of every one above. */
export interface Ignores {
  /** `.ignore` files, then `.gitignore` files, then `.git/info/exclude`; in each, the deepest first. */
  readonly files: ReadonlyArray<{ readonly rank: number; readonly below: number; readonly file: IgnoreFile }>
}

/** No ignore files. */
export const noIgnores: Ignores = { files: [] }

/** The file names that hold rules, by rank: the lowest speaks first. `.git/info/exclude` ranks after both. */
export const ignoreNames: ReadonlyArray<string> = [".ignore", ".gitignore"]

/** The rank of `.git/info/exclude`. */
export const excludeRank = 2

/** The ignores with one more file, which stands in `directory` (a path below the root, by `bytesOf`). */
export const withIgnoreFile = (ignores: Ignores, rank: number, directory: string, text: string): Ignores => {
  const below = directory === "" ? 0 : directory.length + 1
  const files = [...ignores.files, { rank, below, file: ignoreFileOf(text) }]
  return { files: files.sort((a, b) => a.rank - b.rank || b.below - a.below) }
}

/** Whether an entry is hidden; `path` is the one below the root, by `bytesOf`. Its parents are not asked again. */
export const isIgnored = (ignores: Ignores, path: string, directory: boolean): boolean => {
  for (const { below, file } of ignores.files) {
    const said = file.says(below === 0 ? path : path.slice(below), directory)
    if (said !== undefined) return said
  }
  return false
}
