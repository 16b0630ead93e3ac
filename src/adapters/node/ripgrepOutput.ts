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

/** The bytes that a shown line was taken from, and where they stood in their file. */
export interface Spot {
  readonly offset: number
  readonly bytes: () => Uint8Array
}

/** Where each line came from, for who has the line itself. */
const spots = new WeakMap<GrepLine, Spot>()

/** Where ripgrep saw a line. */
export const spotOf = (line: GrepLine): Spot | undefined => spots.get(line)

const bytesOf = (value: Json): Uint8Array => {
  const text = member(value, "text")
  return typeof text === "string" ? Buffer.from(text, "utf8") : Buffer.from(textAt(value, "bytes"), "base64")
}

const textAt = (value: Json, name: string): string => {
  const text = member(value, name)
  return typeof text === "string" ? text : ""
}

/** Takes ripgrep's output as it comes, and hands every file that is done to `first`. */
export class RipgrepOutput {
  private waiting: Array<Buffer> = []
  private readonly open = new Map<string, Array<GrepLine>>()
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

  private linesOf(path: string, data: Json, hit: boolean): ReadonlyArray<GrepLine> {
    const number = numberOf(member(data, "line_number")) ?? 0
    const lines = member(data, "lines")
    const text = textOf(lines)
    const all = (text.endsWith("\n") ? text.slice(0, -1) : text).split("\n")
    const matches = member(data, "submatches")
    const start = hit && Array.isArray(matches) ? (numberOf(member(matches[0], "start")) ?? 0) : 0
    const spot = { offset: numberOf(member(data, "absolute_offset")) ?? 0, bytes: () => bytesOf(lines) }
    return all.map((raw, index) => {
      const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw
      const at = index === 0 && line.length > 400 ? unitsAt(text, start) : 0
      const shown = { path, line: number + index, text: shortened(line, at), hit }
      spots.set(shown, spot)
      return shown
    })
  }
}
