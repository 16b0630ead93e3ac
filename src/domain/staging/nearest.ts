/** The part of a file that a text which is not in it most likely meant: for error messages, never for edits. */
import { bodyOf, lineAt, linesOf } from "./lines.ts"

/** A stretch of lines (from 1), shown with their numbers, and the first line that differs. */
export interface Nearest {
  readonly line: number
  readonly shown: string
  readonly difference?: { readonly line: number; readonly wanted: string; readonly found: string }
}

const shownLines = 12
const shownWidth = 200
const repeatsCounted = 8

const cut = (line: string): string => (line.length > shownWidth ? `${line.slice(0, shownWidth)}…` : line)

/** The file's lines around a place, with numbers. */
export const numbered = (lines: ReadonlyArray<string>, from: number, to: number): string => {
  const width = `${Math.min(to, lines.length)}`.length
  return lines
    .slice(Math.max(0, from), to)
    .map((line, index) => `${`${Math.max(0, from) + index + 1}`.padStart(width)}\t${cut(line)}`)
    .join("\n")
}

/** The start that most lines of the wanted text vote for, each by where the file has the same line, blanks aside. */
const voted = (lines: ReadonlyArray<string>, wanted: ReadonlyArray<string>): number | undefined => {
  const places = new Map<string, Array<number>>()
  wanted.forEach((line, index) => {
    const key = line.trim()
    const list = places.get(key) ?? []
    if (key !== "" && list.length < repeatsCounted) places.set(key, [...list, index])
  })
  const votes = new Map<number, number>()
  let best: number | undefined
  let most = 0
  lines.forEach((line, at) => {
    for (const index of places.get(line.trim()) ?? []) {
      const start = at - index
      const count = (votes.get(start) ?? 0) + 1
      votes.set(start, count)
      if (count > most) {
        most = count
        best = start
      }
    }
  })
  return best
}

const wordsOf = (line: string): Array<string> => line.slice(0, 500).match(/[\p{L}\p{N}_]+/gu) ?? []

/** The line that shares most words with the wanted text's first line, where it shares half of them. */
const resembling = (lines: ReadonlyArray<string>, wanted: ReadonlyArray<string>): number | undefined => {
  const index = wanted.findIndex((line) => wordsOf(line).length > 0)
  const words = new Set(wordsOf(lineAt(wanted, index)))
  let best: number | undefined
  let most = Math.max(1, words.size / 2) - 0.5
  lines.slice(0, 20_000).forEach((line, at) => {
    const shared = new Set(wordsOf(line).filter((word) => words.has(word))).size
    if (shared > most) {
      most = shared
      best = at - index
    }
  })
  return best
}

/** The likeliest place, in time linear in both texts; nothing where no line resembles. */
export const nearest = (text: string, wanted: string): Nearest | undefined => {
  const lines = linesOf(text).map(bodyOf)
  const want = linesOf(wanted).map(bodyOf)
  const start = voted(lines, want) ?? resembling(lines, want)
  if (start === undefined) return undefined
  const off = want.findIndex((line, index) => lines[start + index] !== line)
  const from = Math.max(0, want.length > shownLines ? start + Math.max(0, off) - shownLines / 2 : start - 1)
  const to = Math.min(lines.length, from + shownLines, start + want.length + 1)
  return {
    line: from + 1,
    shown: numbered(lines, from, Math.max(to, from + 1)),
    ...(off === -1 || start + off < 0
      ? {}
      : {
          difference: { line: start + off + 1, wanted: cut(lineAt(want, off)), found: cut(lineAt(lines, start + off)) }
        })
  }
}
