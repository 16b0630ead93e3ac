/**
 * Server-sent events from bytes, as the WHATWG standard reads them.
 *
 * The SDKs' own readers are not used, for three reasons that test/cases/sse.test.ts and HttpLanguageModel.test.ts hold:
 * they hide pings, so that an idle timeout could not tell a slow answer from a dead one; they lose a last complete
 * event that lacks its empty line; and they end without an error when a proxy answers 200 with HTML or a JSON error.
 *
 * One deliberate difference to the standard: what is pending at the end of the stream is dispatched where it is whole,
 * which means JSON or `[DONE]`. Anything else that is pending is dropped, as the standard says.
 */

/** One dispatched event; `id` is the last one that the stream has named. */
export interface SseEvent {
  readonly data: string
  readonly event?: string
  readonly id?: string
}

/** Reads one stream. */
export interface SseParser {
  /** The events that these bytes complete. */
  readonly push: (bytes: Uint8Array) => ReadonlyArray<SseEvent>
  /** The event that was whole but for its empty line, if there is one. */
  readonly end: () => ReadonlyArray<SseEvent>
  /** The reconnection time that the stream has asked for, in milliseconds. */
  readonly retry: () => number | undefined
  /** Characters held back because their event is not complete. */
  readonly pending: () => number
}

interface Block {
  data: Array<string>
  event: string
  id: string
  size: number
  retry: number | undefined
}

const setField = (block: Block, name: string, value: string): void => {
  if (name === "data") {
    block.data.push(value)
    block.size += value.length
  } else if (name === "event") block.event = value
  else if (name === "id" && !value.includes("\0")) block.id = value
  else if (name === "retry" && /^[0-9]+$/.test(value)) block.retry = Number(value)
}

const takeLine = (block: Block, line: string): void => {
  const colon = line.indexOf(":")
  if (colon === 0) return
  const name = colon < 0 ? line : line.slice(0, colon)
  const start = line.charCodeAt(colon + 1) === 0x20 ? colon + 2 : colon + 1
  setField(block, name, colon < 0 ? "" : line.slice(start))
}

const dispatch = (block: Block): SseEvent | undefined => {
  const { data, event, id } = block
  block.data = []
  block.event = ""
  block.size = 0
  if (data.length === 0) return undefined
  return { data: data.join("\n"), ...(event === "" ? {} : { event }), ...(id === "" ? {} : { id }) }
}

const isWhole = (data: string): boolean => {
  if (data.trim() === "[DONE]") return true
  try {
    return typeof JSON.parse(data) === "object"
  } catch {
    return false
  }
}

/** A parser at the start of a stream of lines: each line that is not blank is an event of its own. */
export const makeLineParser = (): Pick<SseParser, "push" | "end" | "pending"> => {
  const decoder = new TextDecoder("utf-8")
  let held = ""
  const eventsOf = (lines: ReadonlyArray<string>) =>
    lines.filter((line) => line.trim() !== "").map((data): SseEvent => ({ data }))
  return {
    push: (bytes) => {
      const text = decoder.decode(bytes, { stream: true })
      const end = text.lastIndexOf("\n")
      if (end < 0) {
        held += text
        return []
      }
      const whole = held + text.slice(0, end)
      held = text.slice(end + 1)
      return eventsOf(whole.split("\n"))
    },
    end: () => eventsOf([held]).filter(({ data }) => isWhole(data)),
    pending: () => held.length
  }
}

/** A parser at the start of a stream. */
export const makeSseParser = (): SseParser => {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true })
  const block: Block = { data: [], event: "", id: "", size: 0, retry: undefined }
  // Pieces of the unfinished line; joined once, so that one huge line costs linear time.
  let pieces: Array<string> = []
  let held = 0
  let first = true
  let afterReturn = false

  const line = (last: string): string => {
    const text = pieces.length === 0 ? last : pieces.join("") + last
    pieces = []
    held = 0
    return text
  }
  const accept = (text: string, out: Array<SseEvent>): void => {
    if (text !== "") takeLine(block, text)
    else {
      const event = dispatch(block)
      if (event !== undefined) out.push(event)
    }
  }
  const feed = (given: string): ReadonlyArray<SseEvent> => {
    if (given === "") return []
    const out: Array<SseEvent> = []
    let start = first && given.charCodeAt(0) === 0xfeff ? 1 : 0
    first = false
    if (afterReturn && given.charCodeAt(start) === 0x0a) start += 1
    afterReturn = false
    const breaks = /\r\n|\r|\n/g
    breaks.lastIndex = start
    for (let found = breaks.exec(given); found !== null; found = breaks.exec(given)) {
      accept(line(given.slice(start, found.index)), out)
      start = breaks.lastIndex
      afterReturn = found[0] === "\r" && start === given.length
    }
    if (start < given.length) {
      pieces.push(given.slice(start))
      held += given.length - start
    }
    return out
  }
  return {
    push: (bytes) => feed(decoder.decode(bytes, { stream: true })),
    end: () => {
      const rest = line("")
      if (rest !== "") takeLine(block, rest)
      const event = dispatch(block)
      return event !== undefined && isWhole(event.data) ? [event] : []
    },
    retry: () => block.retry,
    pending: () => held + block.size
  }
}
