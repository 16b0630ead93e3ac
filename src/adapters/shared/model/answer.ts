/**
 * An answer while it arrives: blocks that grow, close and are handed out in order. The three protocols share it.
 *
 * Nothing is handed out from the first tool call on until it is known why the answer ended: a call that the output
 * limit cut in two must not run, and a call before a broken stream must not run either.
 */
import type { StopReason } from "../../../domain/model/Message.ts"
import type { ModelPart, TokenUsage } from "../../../ports/LanguageModel.ts"
import { isRecord, parseJson } from "./fields.ts"

/** One block of an answer. `text` is a call's input for calls, and a picture's base64 for pictures. */
export interface Block {
  readonly key: string
  readonly kind: "text" | "reasoning" | "call" | "image"
  readonly text: string
  readonly mime?: string
  readonly closed: boolean
  readonly id?: string
  readonly name?: string
  readonly signature?: string
  readonly redacted?: string
  /** The number that the provider gave the call. */
  readonly index?: number
  /** The provider itself says that the block is cut. */
  readonly cut?: boolean
}

/** What has arrived so far. */
export interface Answer {
  readonly blocks: ReadonlyArray<Block>
  /** How many blocks were handed out. */
  readonly given: number
  readonly usage: TokenUsage
  readonly stop?: StopReason
  readonly served?: string
  /** The model declined in words. */
  readonly refused?: boolean
}

/** An error inside a stream, before it is put into words. */
export interface StreamFault {
  readonly type?: string
  readonly status?: number
  readonly message: string
}

/** What one event brought. `done` ends the stream, whatever else is sent. */
export interface Step {
  readonly state: Answer
  readonly parts: ReadonlyArray<ModelPart>
  readonly fault?: StreamFault
  readonly done?: boolean
}

/** Nothing yet. */
export const emptyAnswer: Answer = {
  blocks: [],
  given: 0,
  usage: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }
}

/** Nothing happened. */
export const unchanged = (state: Answer): Step => ({ state, parts: [] })

/** The block with a key, the newest first. */
export const blockOf = (state: Answer, key: string): Block | undefined =>
  state.blocks.findLast((block) => block.key === key)

const deltaOf = (block: Block, text: string): ReadonlyArray<ModelPart> => {
  if (block.kind === "call") return [{ type: "call-delta", name: block.name ?? "", chars: block.text.length }]
  if (text === "" || block.kind === "image") return []
  return [block.kind === "text" ? { type: "text-delta", text } : { type: "reasoning-delta", text }]
}

/** Adds text to a block, which begins with `kind` where the key is new. */
export const append = (
  state: Answer,
  key: string,
  kind: Block["kind"],
  text: string,
  more: Partial<Block> = {}
): Step => {
  const index = state.blocks.findLastIndex((block) => block.key === key && !block.closed)
  const old: Block = state.blocks[index] ?? { key, kind, text: "", closed: false }
  const block: Block = { ...old, ...more, text: old.text + text }
  const blocks = index < 0 ? [...state.blocks, block] : state.blocks.with(index, block)
  return { state: { ...state, blocks }, parts: deltaOf(block, text) }
}

/** Changes a block without news for the reader; a key that is not open is left alone. */
export const amend = (state: Answer, key: string, more: Partial<Block>): Answer => {
  const index = state.blocks.findLastIndex((block) => block.key === key && !block.closed)
  const old = state.blocks[index]
  return old === undefined ? state : { ...state, blocks: state.blocks.with(index, { ...old, ...more }) }
}

const partOf = (block: Block): ReadonlyArray<ModelPart> => {
  const signature = block.signature === undefined || block.signature === "" ? {} : { signature: block.signature }
  if (block.kind === "text") return block.text === "" ? [] : [{ type: "text", text: block.text }]
  if (block.kind === "image") return [{ type: "image", mime: block.mime ?? "image/png", data: block.text }]
  if (block.kind === "reasoning") {
    const redacted = block.redacted === undefined ? {} : { redacted: block.redacted }
    const empty = block.text === "" && block.redacted === undefined && (block.signature ?? "") === ""
    return empty ? [] : [{ type: "reasoning", text: block.text, ...signature, ...redacted }]
  }
  const id = block.id === undefined || block.id === "" ? {} : { id: block.id }
  const input = block.text.trim() === "" ? "{}" : block.text
  return [{ type: "call", ...id, name: block.name ?? "", input, ...signature }]
}

/** Closes blocks and hands out those at the front that are closed, up to the first call. */
export const close = (state: Answer, which: (block: Block) => boolean): Step => {
  const blocks = state.blocks.map((block) => (which(block) && !block.closed ? { ...block, closed: true } : block))
  let given = state.given
  const parts: Array<ModelPart> = []
  for (let block = blocks[given]; block?.closed === true && block.kind !== "call"; block = blocks[given]) {
    parts.push(...partOf(block))
    given += 1
  }
  return { state: { ...state, blocks, given }, parts }
}

// With these an answer ended of itself, so that a call's odd input is what the model wrote, not a cut.
const whole: ReadonlySet<StopReason> = new Set(["end_turn", "tool_use", "other"])

const isCut = (block: Block, last: boolean, stop: StopReason): boolean =>
  block.kind === "call" &&
  (block.cut === true ||
    block.name === undefined ||
    block.name === "" ||
    (last && !whole.has(stop) && !isRecord(parseJson(block.text))))

/** The rest of an answer whose end is known; `undefined` where it broke off before that. */
export const settle = (state: Answer): ReadonlyArray<ModelPart> | undefined => {
  const { served, stop: said, usage } = state
  if (said === undefined) return undefined
  const rest = state.blocks.slice(state.given)
  const kept = rest.filter((block, index) => !isCut(block, index === rest.length - 1, said))
  const calls = kept.some((block) => block.kind === "call")
  const stop: StopReason = calls && (said === "end_turn" || said === "other") ? "tool_use" : said
  return [...kept.flatMap(partOf), { type: "finish", stop, usage, ...(served === undefined ? {} : { served }) }]
}

/** Joins two steps. */
export const andThen = (step: Step, next: (state: Answer) => Step): Step => {
  const after = next(step.state)
  return { ...after, parts: [...step.parts, ...after.parts] }
}

/** More words of a kind, from a protocol that does not number its blocks: they belong to the last block, or begin one. */
export const speak = (state: Answer, kind: "text" | "reasoning", text: string): Step => {
  if (text === "") return unchanged(state)
  const last = state.blocks.at(-1)
  if (last !== undefined && !last.closed && last.kind === kind) return append(state, last.key, kind, text)
  return andThen(
    close(state, () => true),
    (next) => append(next, String(next.blocks.length), kind, text)
  )
}

/** A call that comes in one piece, its input as a value or as JSON text. */
export const wholeCall = (state: Answer, input: unknown, more: Partial<Block>): Step =>
  andThen(
    close(state, () => true),
    (next) => {
      const text = typeof input === "string" ? input : JSON.stringify(input ?? {})
      return append(next, String(next.blocks.length), "call", text, { ...more, closed: true })
    }
  )

const dataUrl = /^data:([\w.+-]+\/[\w.+-]+);base64,([A-Za-z0-9+/=\s]+)$/

/** A picture that comes in one piece: as its base64, or as a data URL. Anything else, a link included, adds nothing. */
export const wholeImage = (state: Answer, given: string, mime = "image/png"): Step => {
  const found = dataUrl.exec(given)
  const data = found?.[2] ?? (/^[A-Za-z0-9+/=\s]+$/.test(given) ? given : "")
  if (data === "") return unchanged(state)
  return andThen(
    close(state, () => true),
    (next) =>
      andThen(
        append(next, String(next.blocks.length), "image", data.replace(/\s+/g, ""), { mime: found?.[1] ?? mime }),
        (added) => close(added, (block) => block.kind === "image")
      )
  )
}
