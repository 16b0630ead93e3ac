/** Text as lines that keep their endings, the one way this room counts them. U+2028 and U+0085 end no line. */

/** The lines of a text, each with its `\n` or `\r\n`; of a text that knows only lone `\r`, those end lines. */
export const linesOf = (text: string): Array<string> => {
  const end = text.includes("\n") || !text.includes("\r") ? "\n" : "\r"
  const lines: Array<string> = []
  let start = 0
  while (start < text.length) {
    const found = text.indexOf(end, start)
    const next = found === -1 ? text.length : found + 1
    lines.push(text.slice(start, next))
    start = next
  }
  return lines
}

/** The line at an index, and an empty one beyond the ends. */
export const lineAt = (lines: ReadonlyArray<string>, index: number): string => lines[index] ?? ""

/** How a line ends: `\r\n`, `\n`, `\r`, or `""` for the last one without an ending. A `\r` ends one only in a text of them. */
export const endingOf = (line: string): string =>
  line.endsWith("\r\n") ? "\r\n" : line.endsWith("\n") ? "\n" : line.endsWith("\r") ? "\r" : ""

/** The line without its ending. */
export const bodyOf = (line: string): string => line.slice(0, line.length - endingOf(line).length)

/** The ending that most lines of the text have; of a draw, the first; nothing where no line ends. */
export const mainEnding = (text: string): string | undefined => {
  const counts = new Map<string, number>()
  for (const line of linesOf(text)) {
    const ending = endingOf(line)
    if (ending !== "") counts.set(ending, (counts.get(ending) ?? 0) + 1)
  }
  let best: readonly [ending: string | undefined, count: number] = [undefined, 0]
  for (const it of counts) if (it[1] > best[1]) best = it
  return best[0]
}

/** The number, from 1, of the line that holds each of these ascending places. */
export const lineNumbers = (text: string, places: ReadonlyArray<number>): Array<number> => {
  const end = text.includes("\n") || !text.includes("\r") ? "\n" : "\r"
  let line = 1
  let next = text.indexOf(end)
  return places.map((place) => {
    while (next !== -1 && next < place) {
      line++
      next = text.indexOf(end, next + 1)
    }
    return line
  })
}
