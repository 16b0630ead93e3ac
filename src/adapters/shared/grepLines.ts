/** From a file's text to the lines a search shows: hits, context, long lines shortened. */
import type { GrepLine } from "../../ports/Search.ts"
import type { LinePattern } from "./regexes.ts"

/** A line longer than this is shown around its hit. */
export const mostLine = 500

const lowUnit = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff

/** A line as it is shown: whole, or the part around `at` with marks where something is left out. */
export const shortened = (line: string, at = 0): string => {
  if (line.length <= mostLine) return line
  let from = Math.max(0, Math.min(at - 100, line.length - mostLine))
  let to = from + mostLine
  if (from > 0 && lowUnit(line.charCodeAt(from))) from++
  if (to < line.length && lowUnit(line.charCodeAt(to))) to--
  return `${from > 0 ? "… " : ""}${line.slice(from, to)}${to < line.length ? ` … (${line.length} characters)` : ""}`
}

/** The text of bytes by their mark (UTF-8, UTF-16), or nothing where they are binary. */
export const textOf = (bytes: Uint8Array): string | undefined => {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder("utf-16le").decode(bytes)
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder("utf-16be").decode(bytes)
  return bytes.includes(0) ? undefined : new TextDecoder().decode(bytes)
}

/** How a search looks at a file. */
export interface Look {
  readonly pattern: LinePattern
  readonly multiline: boolean
  readonly before: number
  readonly after: number
  /** Hits beyond this many are not looked for. */
  readonly most: number
}

/** One file's lines, and how many of them are hits. */
export interface FileLines {
  readonly path: string
  readonly lines: ReadonlyArray<GrepLine>
  readonly hits: number
}

const linesOf = (text: string): ReadonlyArray<string> => {
  const lines = text.split("\n").map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line))
  if (lines.at(-1) === "") lines.pop()
  return lines
}

/** Where each line begins. */
const startsOf = (text: string): ReadonlyArray<number> => {
  const starts = [0]
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1)
  return starts
}

/** The last line that begins at or before `at`. */
const lineAt = (starts: ReadonlyArray<number>, at: number): number => {
  let [low, high] = [0, starts.length - 1]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((starts[middle] ?? 0) <= at) low = middle
    else high = middle - 1
  }
  return low
}

/** Line index → where in it the hit begins. */
const hitsByLine = (lines: ReadonlyArray<string>, look: Look): ReadonlyMap<number, number> => {
  const hits = new Map<number, number>()
  for (let index = 0; index < lines.length && hits.size < look.most; index++) {
    const found = look.pattern.find(lines[index] ?? "")
    if (found !== undefined) hits.set(index, found[0])
  }
  return hits
}

const hitsByText = (text: string, lines: ReadonlyArray<string>, look: Look): ReadonlyMap<number, number> => {
  const hits = new Map<number, number>()
  const starts = startsOf(text)
  for (const [from, to] of look.pattern.findAll(text)) {
    const first = lineAt(starts, from)
    const last = lineAt(starts, Math.max(from, to - 1))
    for (let line = first; line <= last && line < lines.length; line++) {
      if (!hits.has(line)) hits.set(line, Math.max(0, from - (starts[line] ?? 0)))
    }
    if (hits.size >= look.most) break
  }
  return hits
}

/** The lines of a file that a search shows. */
export const lookAt = (path: string, text: string, look: Look): FileLines => {
  const lines = linesOf(text)
  const hits = look.multiline ? hitsByText(text.replaceAll("\r\n", "\n"), lines, look) : hitsByLine(lines, look)
  const shown = new Set<number>()
  for (const hit of hits.keys()) {
    const to = Math.min(lines.length - 1, hit + look.after)
    for (let at = Math.max(0, hit - look.before); at <= to; at++) shown.add(at)
  }
  return {
    path,
    hits: hits.size,
    lines: [...shown]
      .sort((a, b) => a - b)
      .map((at) => ({ path, line: at + 1, text: shortened(lines[at] ?? "", hits.get(at)), hit: hits.has(at) }))
  }
}

/** The first hits of all, in the order of paths, with their context; files beyond the limit may be forgotten early. */
export class FirstHits {
  private files: Array<FileLines> = []
  private held = 0
  private forgot = false
  private readonly limit: number

  constructor(limit: number) {
    this.limit = Math.max(0, limit)
  }

  add(file: FileLines): void {
    if (file.hits === 0) return
    this.files.push(file)
    this.held += file.hits
    if (this.held > 4 * this.limit + 4096) this.trim()
  }

  /** Whether more was found than is shown, so that files of later paths need not be searched. */
  get full(): boolean {
    return this.held > this.limit
  }

  /** Forgets files that can no longer be among the first. */
  private trim(): void {
    this.files.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
    let hits = 0
    const keep = this.files.findIndex((file) => {
      hits += file.hits
      return hits > this.limit
    })
    if (keep < 0) return
    if (keep + 1 < this.files.length) this.forgot = true
    this.files.length = keep + 1
    this.held = hits
  }

  result(): { readonly lines: ReadonlyArray<GrepLine>; readonly truncated: boolean } {
    this.trim()
    this.files.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
    const lines: Array<GrepLine> = []
    let hits = 0
    for (const line of this.files.flatMap((file) => file.lines)) {
      if (line.hit && hits === this.limit) return { lines: withoutLoose(lines), truncated: true }
      if (line.hit) hits++
      lines.push(line)
    }
    return { lines, truncated: this.forgot }
  }
}

/** Context that belongs to no hit before it is dropped where the list is cut. */
const withoutLoose = (lines: ReadonlyArray<GrepLine>): ReadonlyArray<GrepLine> =>
  lines.slice(0, lines.findLastIndex((line) => line.hit) + 1)
