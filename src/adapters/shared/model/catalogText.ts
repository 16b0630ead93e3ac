/**
 * A catalog as text, as it is shipped and cached: a first line with its date, `@provider` lines, and a line a model,
 * `name window output abilities [in out cacheRead cacheWrite [>N in out cacheRead cacheWrite]]`; `-` where nothing is
 * known, prices in US dollars per million tokens.
 */
import type { Price } from "../../../domain/model/Model.ts"

/** What a model can do: take images or files, reason, call tools; and what it refuses: sampling options, a schema. */
export const abilities = {
  images: "i",
  files: "f",
  reasoning: "r",
  tools: "t",
  unsampled: "x",
  schemaless: "y"
} as const

/** What a catalog says of one model of one provider. */
export interface CatalogRow {
  readonly provider: string
  readonly model: string
  readonly context: number
  readonly output: number
  /** Letters of `abilities`. */
  readonly can: string
  readonly price?: Price
}

/** Everything that a catalog says. */
export interface Catalog {
  /** The day of the data: `2026-11-10`. */
  readonly date: string
  readonly rows: ReadonlyArray<CatalogRow>
}

const head = "code-mesh catalog 1"

const spelt = (value: number | undefined): string => (value === undefined ? "-" : String(value))

const prices = ({ cacheRead, cacheWrite, input, output }: Omit<Price, "over">): ReadonlyArray<string> =>
  [input, output, cacheRead, cacheWrite].map(spelt)

const line = ({ can, context, model, output, price }: CatalogRow): string =>
  [
    model,
    context,
    output,
    can === "" ? "-" : can,
    ...(price === undefined ? [] : prices(price)),
    ...(price?.over === undefined ? [] : [`>${price.over.tokens}`, ...prices(price.over)])
  ].join(" ")

/** A catalog as text; rows of one provider are to stand together. */
export const encodeCatalog = ({ date, rows }: Catalog): string => {
  const lines = [`${head} ${date}`]
  let provider = ""
  for (const row of rows) {
    if (row.provider !== provider) lines.push(`@${row.provider}`)
    provider = row.provider
    lines.push(line(row))
  }
  return `${lines.join("\n")}\n`
}

const amount = (word: string | undefined): number | undefined => {
  const value = word === undefined || word === "-" || word === "" ? Number.NaN : Number(word)
  return Number.isFinite(value) && value >= 0 ? value : undefined
}

const priceIn = (words: ReadonlyArray<string>): Omit<Price, "over"> | undefined => {
  const [input, output, cacheRead, cacheWrite] = words.slice(0, 4).map(amount)
  if (input === undefined || output === undefined) return undefined
  return {
    input,
    output,
    ...(cacheRead === undefined ? {} : { cacheRead }),
    ...(cacheWrite === undefined ? {} : { cacheWrite })
  }
}

const rowIn = (provider: string, text: string): CatalogRow | undefined => {
  const [model = "", window, most, can = "-", ...rest] = text.split(" ")
  const context = amount(window)
  const output = amount(most)
  if (provider === "" || model === "" || !context || !output) return undefined
  const price = priceIn(rest)
  const tokens = rest[4]?.startsWith(">") === true ? amount(rest[4].slice(1)) : undefined
  const larger = tokens === undefined ? undefined : priceIn(rest.slice(5))
  const over = tokens === undefined || larger === undefined ? {} : { over: { tokens, ...larger } }
  return {
    provider,
    model,
    context,
    output,
    can: can === "-" ? "" : can,
    ...(price === undefined ? {} : { price: { ...price, ...over } })
  }
}

/** The catalog in a text, without the lines that make no sense; `undefined` where it is none. */
export const decodeCatalog = (text: string): Catalog | undefined => {
  const [first = "", ...lines] = text.split("\n")
  const date = first.startsWith(`${head} `) ? first.slice(head.length + 1).trim() : ""
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) return undefined
  let provider = ""
  const rows: Array<CatalogRow> = []
  for (const one of lines) {
    if (one.startsWith("@")) provider = one.slice(1)
    else {
      const row = rowIn(provider, one)
      if (row !== undefined) rows.push(row)
    }
  }
  return { date, rows }
}
