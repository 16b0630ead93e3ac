/** Reads ripgrep's JSON lines into the lines a search shows. */
import type { GrepLine } from "../../ports/Search.ts"
import { type FirstHits, shortened } from "../shared/grepLines.ts"

type Json = unknown

const member = (value: Json, name: string): Json =>
  typeof value === "object" && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined

/** `{ text }`, or `{ bytes }` in base64 where it is not UTF-8. */
const textOf = (value: Json): string => {
  const text = member(value, "text")
  if (typeof text === "string") return text
  const bytes = member(value, "bytes")
  return typeof bytes === "string" ? Buffer.from(bytes, "base64").toString("utf8") : ""
}

const numberOf = (value: Json): number | undefined => (typeof value === "number" ? value : undefined)

/** A byte's place in a text as a place among its UTF-16 units. */
const unitsAt = (text: string, bytes: number): number =>
  bytes === 0 ? 0 : Buffer.from(text, "utf8").subarray(0, bytes).toString("utf8").length

const newline = 10

/** What a record of ripgrep's says of a line: its bytes, and where they stood in their file. */
export interface Spot {
  readonly offset: number
  readonly lines: unknown
}

/** A line, and where ripgrep saw it. */
interface Seen extends GrepLine {
  readonly spot: Spot
}

const isSeen = (line: GrepLine): line is Seen => "spot" in line

/** Where ripgrep saw a line. */
export const spotOf = (line: GrepLine): Spot | undefined => (isSeen(line) ? line.spot : undefined)

/** A line as the port has it. */
export const plainLine = ({ hit, line, path, text }: GrepLine): GrepLine => ({ path, line, text, hit })

/** The bytes that ripgrep saw. */
export const bytesOf = ({ lines }: Spot): Uint8Array => {
  const text = member(lines, "text")
  if (typeof text === "string") return Buffer.from(text, "utf8")
  const bytes = member(lines, "bytes")
  return Buffer.from(typeof bytes === "string" ? bytes : "", "base64")
}

/** Takes ripgrep's output as it comes, and hands every file that is done to `first`. */
export class RipgrepOutput {
  private waiting: Array<Buffer> = []
  private readonly open = new Map<string, Array<Seen>>()
  private readonly nameOf: (name: string) => string
  private readonly first: FirstHits

  constructor(nameOf: (name: string) => string, first: FirstHits) {
    this.nameOf = nameOf
    this.first = first
  }

  push(chunk: Buffer): void {
    let from = 0
    for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, from)) {
      this.waiting.push(chunk.subarray(from, at))
      const line = this.waiting.length === 1 ? this.waiting[0] : Buffer.concat(this.waiting)
      this.waiting = []
      from = at + 1
      if (line !== undefined && line.length > 0) this.record(JSON.parse(line.toString("utf8")))
    }
    if (from < chunk.length) this.waiting.push(chunk.subarray(from))
  }

  private record(record: Json): void {
    const data = member(record, "data")
    const name = textOf(member(data, "path"))
    const type = member(record, "type")
    if (type === "match" || type === "context") {
      const known = this.open.get(name) ?? []
      for (const line of this.linesOf(this.nameOf(name), data, type === "match")) known.push(line)
      this.open.set(name, known)
    } else if (type === "end") {
      const lines = this.open.get(name) ?? []
      this.open.delete(name)
      // A NUL byte was found on the way: the file is binary, whatever matched before it.
      if (typeof member(data, "binary_offset") === "number") return
      this.first.add({ path: this.nameOf(name), lines, hits: lines.filter((line) => line.hit).length })
    }
  }

  private linesOf(path: string, data: Json, hit: boolean): ReadonlyArray<Seen> {
    const number = numberOf(member(data, "line_number")) ?? 0
    const lines = member(data, "lines")
    const text = textOf(lines)
    const all = (text.endsWith("\n") ? text.slice(0, -1) : text).split("\n")
    const matches = member(data, "submatches")
    const start = hit && Array.isArray(matches) ? (numberOf(member(matches[0], "start")) ?? 0) : 0
    const spot = { offset: numberOf(member(data, "absolute_offset")) ?? 0, lines }
    return all.map((raw, index) => {
      const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw
      const at = index === 0 && line.length > 400 ? unitsAt(text, start) : 0
      return { path, line: number + index, text: shortened(line, at), hit, spot }
    })
  }
}
