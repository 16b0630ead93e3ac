/**
 * Exact counts by OpenAI's published encodings, from ranks that are loaded when the first text is counted.
 *
 * gpt-tokenizer ships the ranks and the split patterns; its own merge is quadratic in a piece's length, so a megabyte
 * of one letter takes hours. The merge here keeps the pairs in a heap.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { ModelName } from "../../domain/model/Model.ts"
import { Tokenizer } from "../../ports/Tokenizer.ts"
import { bytePairs, type Ranks } from "./bytePairs.ts"
import { estimateTokens } from "./estimateTokens.ts"

/** The published encodings that can be counted exactly. */
export type EncodingName = "cl100k_base" | "o200k_base"

/** One encoding, ready to use. */
export interface Encoding {
  readonly encode: (text: string) => ReadonlyArray<number>
  readonly count: (text: string) => number
}

const newer =
  /^(gpt-(4o|4\.1|4\.5|[5-9]|oss|audio|realtime)|chat(gpt-4o|-latest)|o[1-9]([-.:]|$)|codex-mini|computer-use)/
const older = /^(gpt-(4|3\.5|35)|text-embedding-|(babbage|davinci)-002)/

/** The encoding of a model; `undefined` where none is published. The part before the slash does not matter. */
export const encodingOf = (model: string): EncodingName | undefined => {
  // One that was tuned for somebody is named after what it was.
  const name = model.slice(model.lastIndexOf("/") + 1).replace(/^ft:/, "")
  if (newer.test(name)) return "o200k_base"
  return older.test(name) ? "cl100k_base" : undefined
}

const latin1 = (bytes: Uint8Array): string => {
  let text = ""
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192))
  return text
}

// Tokens as strings of one character a byte: unlike text, every token has one, and a Map finds it.
const ranksOf = (tokens: ReadonlyArray<string | ReadonlyArray<number> | undefined>): Ranks => {
  const encoder = new TextEncoder()
  const ranks = new Map<string, number>()
  tokens.forEach((token, rank) => {
    if (token === undefined) return
    if (typeof token === "string" && /^[\x00-\x7f]*$/.test(token)) ranks.set(token, rank)
    else ranks.set(latin1(typeof token === "string" ? encoder.encode(token) : Uint8Array.from(token)), rank)
  })
  return ranks
}

interface Published {
  readonly tokens: ReadonlyArray<string | ReadonlyArray<number> | undefined>
  readonly pattern: RegExp
}

/** Loads a published encoding's ranks. */
export type Load = () => Promise<Published>

/** The encoding of OpenAI's newer models: 2 MB of ranks. */
export const o200k: Load = async () => {
  const { O200K_TOKEN_SPLIT_REGEX: pattern } = await import("gpt-tokenizer/encodingParams/constants")
  const { default: tokens } = await import("gpt-tokenizer/bpeRanks/o200k_base")
  return { tokens, pattern }
}

const make = async (load: Load): Promise<Encoding> => {
  const { pattern, tokens } = await load()
  const ranks = ranksOf(tokens)
  const encoder = new TextEncoder()
  const remembered = new Map<string, ReadonlyArray<number>>()
  const piece = (text: string): ReadonlyArray<number> => {
    const known = remembered.get(text)
    if (known !== undefined) return known
    const bytes = latin1(encoder.encode(text))
    const whole = ranks.get(bytes)
    const ids = whole === undefined ? bytePairs(bytes, ranks) : [whole]
    if (text.length <= 64 && remembered.size < 50_000) remembered.set(text, ids)
    return ids
  }
  const each = (text: string, use: (ids: ReadonlyArray<number>) => void): void => {
    const split = new RegExp(pattern)
    for (let found = split.exec(text); found !== null; found = split.exec(text)) use(piece(found[0]))
  }
  return {
    encode: (text) => {
      const all: Array<number> = []
      each(text, (ids) => {
        for (const id of ids) all.push(id)
      })
      return all
    },
    count: (text) => {
      let sum = 0
      each(text, (ids) => {
        sum += ids.length
      })
      return sum
    }
  }
}

const loaded = new Map<EncodingName, Promise<Encoding>>()

/** An encoding, loaded once. */
export const once = (name: EncodingName, load: Load): Promise<Encoding> => {
  const known = loaded.get(name)
  if (known !== undefined) return known
  const fresh = make(load)
  loaded.set(name, fresh)
  return fresh
}

/** Counts as the model would where its encoding is among these, and else estimates: a page names those it can afford. */
export const layerOf = (loads: Partial<Record<EncodingName, Load>>): Layer.Layer<Tokenizer> =>
  Layer.succeed(Tokenizer, {
    count: (model: ModelName, text) => {
      const name = encodingOf(model)
      const load = name === undefined ? undefined : loads[name]
      if (name === undefined || load === undefined) return Effect.sync(() => estimateTokens(text))
      return Effect.promise(() => once(name, load).then((one) => one.count(text)))
    }
  })
