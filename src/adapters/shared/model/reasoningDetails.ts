/**
 * OpenRouter's `reasoning_details`: pieces of reasoning, some signed or encrypted, that go back to the model as they came.
 * They are kept as the signature of the reasoning that they belong to.
 */
import { type Answer, andThen, append, type Block, blockOf, type Step } from "./answer.ts"
import { isRecord, listAt, parseJson, textAt } from "./fields.ts"

type Detail = Readonly<Record<string, unknown>>

/** The details that a signature holds; none where it holds something else. */
export const detailsOf = (signature: string | undefined): ReadonlyArray<Detail> =>
  listAt(parseJson(signature ?? "")).filter(isRecord)

const grown = ["text", "summary", "data", "signature"] as const

// A piece that continues another one has its type and index.
const merged = (all: ReadonlyArray<Detail>, piece: Detail): ReadonlyArray<Detail> => {
  const last = all.at(-1)
  const same = last !== undefined && last.type === piece.type && last.index !== undefined && last.index === piece.index
  if (!same) return [...all, piece]
  const known = Object.fromEntries(Object.entries(piece).filter(([, value]) => value !== null && value !== undefined))
  const texts = grown.flatMap((name) => {
    const [before, more] = [textAt(last, name), textAt(piece, name)]
    return before === undefined || more === undefined ? [] : [[name, before + more] as const]
  })
  return [...all.slice(0, -1), { ...last, ...known, ...Object.fromEntries(texts) }]
}

// Where words or calls have begun, encrypted details may still come: they stand before the first call, whose they are.
const place = (state: Answer): Step => {
  const open = blockOf(state, "reasoning")
  if (open !== undefined && !open.closed) return { state, parts: [] }
  const call = state.blocks.findIndex((block) => block.kind === "call")
  if (call < 0) return append(state, "reasoning", "reasoning", "")
  const late: Block = { key: "reasoning", kind: "reasoning", text: "", closed: false }
  return { state: { ...state, blocks: state.blocks.toSpliced(call, 0, late) }, parts: [] }
}

/** Adds details to an answer's reasoning. */
export const withDetails = (step: Step, pieces: ReadonlyArray<unknown>): Step => {
  const details = pieces.filter(isRecord)
  if (details.length === 0) return step
  return andThen(andThen(step, place), (state) => {
    const all = details.reduce(merged, detailsOf(blockOf(state, "reasoning")?.signature))
    const said = state.blocks.some((block) => block.key === "reasoning" && block.text !== "")
    // Not everybody repeats the text beside them.
    const text = said ? "" : details.map((one) => textAt(one, "text") ?? textAt(one, "summary") ?? "").join("")
    return append(state, "reasoning", "reasoning", text, { signature: JSON.stringify(all) })
  })
}
