/**
 * Reads a catalog as models.dev publishes it (`{ provider: { models: { model: … } } }`), leniently: members that are
 * not known are passed over, rows that make no sense are skipped and counted.
 */
import type { Price } from "../../../domain/model/Model.ts"
import { abilities, type CatalogRow } from "./catalogText.ts"
import { at, countAt, isRecord, listAt } from "./fields.ts"

/** Rows, and how many were skipped. */
export interface Read {
  readonly rows: ReadonlyArray<CatalogRow>
  readonly skipped: number
}

/** What models.dev calls providers that have another name here. */
const names: Readonly<Record<string, string>> = {
  togetherai: "together",
  "fireworks-ai": "fireworks",
  "github-copilot": "copilot",
  "amazon-bedrock": "bedrock",
  "google-vertex": "vertex",
  "google-vertex-anthropic": "vertex"
}

const dollarsAt = (value: unknown, key: string): number | undefined => {
  const found = at(value, key)
  return typeof found === "number" && Number.isFinite(found) && found >= 0 ? found : undefined
}

const pricesAt = (cost: unknown): Omit<Price, "over"> | undefined => {
  const [input, output] = [dollarsAt(cost, "input"), dollarsAt(cost, "output")]
  if (input === undefined || output === undefined) return undefined
  const cacheRead = dollarsAt(cost, "cache_read")
  const cacheWrite = dollarsAt(cost, "cache_write")
  return {
    input,
    output,
    ...(cacheRead === undefined ? {} : { cacheRead }),
    ...(cacheWrite === undefined ? {} : { cacheWrite })
  }
}

const larger = (cost: unknown): Price["over"] => {
  const over200k = pricesAt(at(cost, "context_over_200k"))
  if (over200k !== undefined) return { tokens: 200_000, ...over200k }
  const tier = listAt(cost, "tiers")[0]
  const tokens = countAt(at(tier, "tier"), "size") ?? countAt(tier, "size")
  const prices = pricesAt(tier)
  return tokens === undefined || prices === undefined ? undefined : { tokens, ...prices }
}

const priceOf = (cost: unknown): Price | undefined => {
  const price = pricesAt(cost)
  const over = larger(cost)
  return price === undefined || over === undefined ? price : { ...price, over }
}

const canOf = (model: unknown): string => {
  const takes = listAt(at(model, "modalities"), "input")
  const yes = (key: string) => at(model, key) === true
  return [
    takes.includes("image") ? abilities.images : "",
    takes.includes("pdf") ? abilities.files : "",
    yes("reasoning") ? abilities.reasoning : "",
    yes("tool_call") ? abilities.tools : "",
    at(model, "temperature") === false ? abilities.unsampled : "",
    at(model, "structured_output") === false ? abilities.schemaless : ""
  ].join("")
}

const rowOf = (provider: string, model: string, value: unknown): CatalogRow | undefined => {
  const limit = at(value, "limit")
  const context = countAt(limit, "context")
  // Some say nothing of the answer's length: a quarter of the window is never too much.
  const output = countAt(limit, "output") || Math.floor((context ?? 0) / 4)
  if (!context || output === 0 || /\s/.test(model) || model === "") return undefined
  const price = priceOf(at(value, "cost"))
  return { provider, model, context, output, can: canOf(value), ...(price === undefined ? {} : { price }) }
}

// Embeddings, speech and pictures are no conversations.
const isOther = (value: unknown): boolean => {
  const out = listAt(at(value, "modalities"), "output")
  return out.length > 0 && !out.includes("text")
}

/** The rows of such a catalog; none where the JSON is something else. */
export const fromModelsDev = (json: unknown): Read => {
  const rows: Array<CatalogRow> = []
  let skipped = 0
  for (const [id, provider] of Object.entries(isRecord(json) ? json : {})) {
    const models = at(provider, "models")
    for (const [model, value] of Object.entries(isRecord(models) ? models : {})) {
      if (isOther(value)) continue
      const row = /^[a-z0-9][a-z0-9_.-]*$/.test(id) ? rowOf(names[id] ?? id, model, value) : undefined
      if (row === undefined) skipped += 1
      else rows.push(row)
    }
  }
  return { rows: rows.sort((a, b) => (a.provider < b.provider ? -1 : a.provider > b.provider ? 1 : 0)), skipped }
}
