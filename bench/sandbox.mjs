// `node bench/sandbox.mjs [--rounds N]`: what a sandbox costs a command. Each round runs `true` once in every way, one after
// the other, by the adapter that ships (bundled from the source); reported are medians of wall time, and what each
// adds to no sandbox.
import { mkdtempSync, rmSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { build } from "esbuild"

const at = process.argv.indexOf("--rounds")
const rounds = at < 0 ? 20 : Number(process.argv[at + 1])
const root = dirname(dirname(fileURLToPath(import.meta.url)))
const work = mkdtempSync(join(root, "node_modules", ".bench-"))

const contents = `
import * as Effect from "effect/Effect"
import { make } from "../src/adapters/node/SpawnShell.ts"
export const shell = await Effect.runPromise(make())
export const run = (request) => Effect.runPromise(shell.run(request))
`
const outfile = join(work, "shell.mjs")
await build({
  stdin: { contents, resolveDir: join(root, "bench"), loader: "ts" },
  outfile,
  bundle: true,
  format: "esm",
  platform: "node"
})
const { run } = await import(pathToFileURL(outfile).href)

const limits = { cpu: 3_600_000, memory: 8 * 2 ** 30, processes: 2048, output: 2 ** 28 }
const ways = [
  ["off", { sandbox: "off", network: true }],
  ["workspace", { sandbox: "workspace", network: false }],
  ["strict", { sandbox: "strict", network: false }],
  ["workspace, hosts listed", { sandbox: "workspace", network: ["example.com"] }]
]
const times = new Map(ways.map(([name]) => [name, []]))
const once = async (name, how) => {
  const began = performance.now()
  await run({ command: "true", cwd: work, timeout: 60_000, maxOutput: 1000, limits, ...how })
  times.get(name).push(performance.now() - began)
}
try {
  for (const [name, how] of ways) await once(name, how)
  for (const list of times.values()) list.length = 0
  for (let round = 0; round < rounds; round++) for (const [name, how] of ways) await once(name, how)
} finally {
  rmSync(work, { recursive: true, force: true })
}

const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)]
const base = median(times.get("off"))
for (const [name, list] of times)
  console.log(`${name.padEnd(24)} ${median(list).toFixed(1)} ms, ${(median(list) - base).toFixed(1)} more than none`)
