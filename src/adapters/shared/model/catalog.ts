/** What is known of models: window, output limit, abilities, price, by the catalogs at hand and by the configuration. */
import type { ModelConfig } from "../../../domain/model/Config.ts"
import { type Model, type ModelName, modelOf, type Price, providerOf } from "../../../domain/model/Model.ts"
import { abilities, type Catalog, type CatalogRow } from "./catalogText.ts"

const cautious = { context: 32_000, output: 4_000, images: false, reasoning: false, tools: true }

// What an own server really offers depends on how it was started, whatever the model could do.
const local: ReadonlySet<string> = new Set(["ollama", "lmstudio", "llamacpp", "scripted", "local"])

/**
 * A model's name without what tells apart places to get it: maker, region, date, `latest`, and dots, which some write
 * as dashes.
 */
const plainName = (model: string): string =>
  model
    .toLowerCase()
    .replace(/^.*[/](?=[^/]+$)/, "")
    .replace(/^(?:(?:us|eu|apac|global|au|ca|jp|us-gov)\.)?[a-z]+\.(?=[a-z])/, "")
    .replace(/(?:-v\d+)?:\d+$|[-@](?:20\d{6}|latest)$|-20\d\d-\d\d-\d\d$/g, "")
    .replaceAll(/[. _]/g, "-")

const plain = new WeakMap<CatalogRow, string>()

const plainOf = (row: CatalogRow): string => {
  const name = plain.get(row) ?? plainName(row.model)
  plain.set(row, name)
  return name
}

// Where others offer the same model, its maker knows best.
const makers: ReadonlyArray<string> = ["anthropic", "openai", "google", "mistral", "deepseek", "xai"]

const rank = ({ provider }: CatalogRow): number => {
  const index = makers.indexOf(provider)
  return index === -1 ? makers.length : index
}

const byMaker = (rows: ReadonlyArray<CatalogRow>): CatalogRow | undefined =>
  rows.reduce<CatalogRow | undefined>(
    (best, row) => (best === undefined || rank(row) < rank(best) ? row : best),
    undefined
  )

const shared = (a: ReadonlyArray<string>, b: ReadonlyArray<string>): number => {
  let count = 0
  while (count < a.length && a[count] === b[count]) count += 1
  return count
}

const cost = ({ price }: CatalogRow): number => (price === undefined ? 0 : price.input + price.output)

const least = (rows: ReadonlyArray<CatalogRow>, key: "context" | "output"): number =>
  Math.min(...rows.map((row) => row[key]))

/** What is likely of a model whose kin are known: the smallest window, what most of them can do, a price in the middle. */
const kinOf = (rows: ReadonlyArray<CatalogRow>): CatalogRow | undefined => {
  const sorted = [...rows].sort((a, b) => cost(b) - cost(a))
  const middle = sorted[Math.floor((sorted.length - 1) / 2)]
  if (middle === undefined) return undefined
  const most = (letter: string): boolean => rows.filter((row) => row.can.includes(letter)).length * 2 > rows.length
  const can = Object.values(abilities).filter(most).join("")
  return { ...middle, context: least(rows, "context"), output: least(rows, "output"), can }
}

/** The rows whose names begin most like these words: `least` words at least, or one that is no common one. */
const family = (
  rows: ReadonlyArray<CatalogRow>,
  words: ReadonlyArray<string>,
  least: 1 | 2
): CatalogRow | undefined => {
  const near = rows.map((row) => ({ row, count: shared(words, plainOf(row).split("-")) }))
  const most = near.reduce((best, { count }) => Math.max(best, count), 0)
  if (most < least || (most === 1 && (words[0] ?? "").length < 4)) return undefined
  return kinOf(near.flatMap(({ count, row }) => (count === most ? [row] : [])))
}

interface Found {
  readonly row: CatalogRow
  readonly from: string
}

/** What a catalog says by a plain name: of the same model of this provider or of its maker, or of its kin. */
const byName = (
  { date, rows }: Catalog,
  provider: string,
  words: ReadonlyArray<string>,
  least: 1 | 2
): Found | undefined => {
  const name = words.join("-")
  const same = rows.filter((row) => plainOf(row) === name)
  const twin = same.find((row) => row.provider === provider) ?? byMaker(same)
  if (twin !== undefined) return { row: twin, from: `catalog ${date}, as ${twin.provider}/${twin.model}` }
  const own = rows.filter((row) => row.provider === provider)
  const near = family(own, words, least) ?? family(rows, words, least)
  return near && { row: near, from: `catalog ${date}, as its kin such as ${near.provider}/${near.model}` }
}

const inCatalog = (catalog: Catalog, provider: string, model: string): Found | undefined => {
  const exact = catalog.rows.find((row) => row.provider === provider && row.model === model)
  if (exact !== undefined) return { row: exact, from: `catalog ${catalog.date}` }
  const words = plainName(model).split("-")
  // A deployment may have a word of its owner's before the model's name.
  return byName(catalog, provider, words, 1) ?? byName(catalog, provider, words.slice(1), 2)
}

const everywhere = (source: string, price: Price | undefined): NonNullable<Model["from"]> => ({
  context: source,
  output: source,
  abilities: source,
  ...(price === undefined ? {} : { price: source })
})

/** What is known of a model; cautious limits and no price where nothing is. The first catalog that knows it counts. */
export const factsIn = (catalogs: ReadonlyArray<Catalog>, name: ModelName): Model => {
  const [provider, model] = [providerOf(name), modelOf(name)]
  const unknown: Model = { name, ...cautious, from: everywhere("a cautious guess", undefined) }
  if (local.has(provider)) return unknown
  for (const catalog of catalogs) {
    const found = inCatalog(catalog, provider, model)
    if (found === undefined) continue
    const { can, context, output, price } = found.row
    return {
      name,
      context,
      output,
      images: can.includes(abilities.images),
      files: can.includes(abilities.files),
      reasoning: can.includes(abilities.reasoning),
      tools: can.includes(abilities.tools),
      ...(price === undefined ? {} : { price }),
      ...refusals(can),
      from: everywhere(found.from, price)
    }
  }
  return unknown
}

const refusals = (can: string): Pick<Model, "takes"> => {
  const unsampled = can.includes(abilities.unsampled)
  const schemaless = can.includes(abilities.schemaless)
  if (!unsampled && !schemaless) return {}
  const sampling = unsampled ? [] : (["temperature", "topP"] as const)
  return { takes: [...sampling, "reasoning", ...(schemaless ? [] : (["schema"] as const))] }
}

/** The same facts with those that the configuration states in their place. */
export const configuredFacts = (facts: Model, config: ModelConfig | undefined): Model => {
  if (config === undefined) return facts
  const { options: _options, ...stated } = config
  const given = Object.fromEntries(Object.entries(stated).filter(([, value]) => value !== undefined))
  const kinds = Object.keys(given).map((key) => (["context", "output", "price"].includes(key) ? key : "abilities"))
  const from = Object.fromEntries(kinds.map((kind) => [kind, "configuration"]))
  const context = config.context ?? facts.context
  const output = config.output ?? Math.min(facts.output, Math.max(1, Math.floor(context / 2)))
  return { ...facts, ...given, context, output, from: { ...facts.from, ...from } }
}
