/** Cuts long text in the middle, at line ends where it can, and says how much is missing. */

/** A text that fits, and whether it had to be cut for that. */
export interface Bounded {
  readonly text: string
  readonly cut: boolean
}

/** No half of a surrogate pair at the end of a head, nor at the start of a tail. */
const isHigh = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff

const headEnd = (text: string, limit: number): number => {
  const newline = text.lastIndexOf("\n", limit - 1)
  // A line end is worth up to half of the room; in one endless line the cut goes where it must.
  if (newline + 1 >= limit / 2) return newline + 1
  return isHigh(text.charCodeAt(limit - 1)) ? limit - 1 : limit
}

const tailStart = (text: string, limit: number): number => {
  const at = text.length - limit
  const newline = text.indexOf("\n", at - 1)
  if (newline !== -1 && newline + 1 <= at + limit / 2) return newline + 1
  return isLow(text.charCodeAt(at)) ? at + 1 : at
}

const lines = (text: string): number => {
  let count = 0
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) count++
  return text === "" || text.endsWith("\n") ? count : count + 1
}

const notice = (missing: string, hint: string): string =>
  `[… ${missing.length} characters (${lines(missing)} lines) left out${hint} …]`

/** Room that the notice itself may take, beside a hint. */
const noticeRoom = 80

/**
 * At most `limit` UTF-16 code units: the start and the end of the text, and between them how much is missing.
 * `hint` goes into that notice: where the whole is, or how to see it. Under 200 units there is no room for a notice's sake: 200 is used.
 */
export const bound = (text: string, limit: number, hint = ""): Bounded => {
  const most = Math.max(200, limit)
  if (text.length <= most) return { text, cut: false }
  const room = Math.max(64, most - noticeRoom - hint.length)
  const half = Math.floor(room / 2)
  const end = headEnd(text, half)
  const start = tailStart(text, half)
  const head = text.slice(0, end)
  const gap = head === "" || head.endsWith("\n") ? "" : "\n"
  return { text: `${head}${gap}${notice(text.slice(end, start), hint)}\n${text.slice(start)}`, cut: true }
}
