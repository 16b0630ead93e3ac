// `node bench/memory.mjs [--turns N] [--session-turns N]`: whether memory grows over many turns in one process. A model
// inside this process asks for one file and then answers; all else is what ships (dist/lib, so build it first). Reported
// are heap and resident memory after a collection, at tenths of the way, and the slope over the second half.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { createCodeMesh } from "../dist/lib/node.js"

const option = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? otherwise : Number(process.argv[at + 1])
}
const turns = option("turns", 10_000)
const sessionTurns = option("session-turns", turns)

setFlagsFromString("--expose-gc")
const collect = runInNewContext("gc")

const event = (delta, finish = null) =>
  `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 0, model: "m", choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`
const call = (id) => ({
  tool_calls: [{ index: 0, id, type: "function", function: { name: "read", arguments: '{"file_path":"file.txt"}' } }]
})

let requests = 0
/** A model that reads a file when a person has spoken, and is content when it has. */
const model = (_url, { body }) => {
  const { messages, tools } = JSON.parse(body)
  requests += 1
  const asks = messages.at(-1).role === "user" && tools !== undefined
  const said = asks ? event(call(`call_${requests}`)) : event({ content: "Done. ".repeat(20) })
  const text = said + event({}, asks ? "tool_calls" : "stop")
  return Promise.resolve(new Response(`${text}data: [DONE]\n\n`, { headers: { "content-type": "text/event-stream" } }))
}

const work = mkdtempSync(join(tmpdir(), "code-mesh-memory-"))
const root = join(work, "project")
mkdirSync(root)
writeFileSync(join(root, "file.txt"), "a line of text\n".repeat(40))

const mesh = await createCodeMesh({
  root,
  home: work,
  env: { PATH: process.env.PATH, BENCH_KEY: "bench", CODE_MESH_HOME: join(work, "data") },
  fetch: model,
  flags: {
    providers: { bench: { api: "openai", baseUrl: "http://bench.invalid/v1", apiKeyEnv: "BENCH_KEY" } },
    model: { default: "bench/m" },
    context: { max: 16_000 }
  }
})

const megabytes = (bytes) => (bytes / 1024 / 1024).toFixed(1)
const seen = []
const look = (turn, began) => {
  collect()
  const { heapUsed, rss } = process.memoryUsage()
  seen.push({ turn, heapUsed, rss })
  const each = turn === 0 ? "" : `, ${((performance.now() - began) / turn).toFixed(1)} ms a turn`
  console.log(`${String(turn).padStart(6)} turns: heap ${megabytes(heapUsed)} MB, resident ${megabytes(rss)} MB${each}`)
}

/** Growth a turn in bytes by least squares. */
const slope = (points, of) => {
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [x, y] = [mean(points.map(({ turn }) => turn)), mean(points.map(of))]
  const over = points.reduce((sum, point) => sum + (point.turn - x) * (of(point) - y), 0)
  return over / points.reduce((sum, { turn }) => sum + (turn - x) ** 2, 0)
}

try {
  const began = performance.now()
  let session = await mesh.session()
  look(0, began)
  for (let turn = 1; turn <= turns; turn++) {
    const { error, status } = await session.prompt(`Turn ${turn}.`).result
    if (status !== "done") throw new Error(`turn ${turn} ended ${status}: ${error?.message}`)
    if (turn % Math.ceil(turns / 10) === 0) look(turn, began)
    if (turn % sessionTurns === 0) session = await mesh.session()
  }
  const later = seen.filter(({ turn }) => turn >= turns / 2)
  const grows = (of) => Math.round(slope(later, of))
  console.log(
    `second half: heap ${grows(({ heapUsed }) => heapUsed)}, resident ${grows(({ rss }) => rss)} bytes a turn; ${requests} requests`
  )
} finally {
  await mesh.dispose()
  rmSync(work, { recursive: true, force: true })
}
