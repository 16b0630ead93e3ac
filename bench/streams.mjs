// `node bench/streams.mjs [--streams N]`: N sessions of one process asked at once, each answered by a stream of 100 pieces
// over a second, through what ships (dist/lib, so build it first). Reported are wall time, this process's own CPU time, the
// most streams that were open together, and memory beside that of one session alone.
import { fork } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const chunk = (delta, finish = null) =>
  `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 0, model: "m", choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`

/** The model: a process of its own, so that its work is not counted. */
const serve = () => {
  let open = 0
  let most = 0
  let connections = 0
  const server = createServer((request, response) => {
    if (request.method === "GET") return response.end(JSON.stringify({ most, connections }))
    request.resume()
    open += 1
    most = Math.max(most, open)
    response.writeHead(200, { "content-type": "text/event-stream" })
    let sent = 0
    const timer = setInterval(() => {
      sent += 1
      response.write(chunk({ content: `piece ${sent} ` }))
      if (sent < 100) return
      clearInterval(timer)
      open -= 1
      response.end(`${chunk({}, "stop")}data: [DONE]\n\n`)
    }, 10)
  })
  server.on("connection", () => {
    connections += 1
  })
  server.listen(0, "127.0.0.1", () => process.send(server.address().port))
}

const bench = async () => {
  const { createCodeMesh } = await import("../dist/lib/node.js")
  const at = process.argv.indexOf("--streams")
  const streams = at < 0 ? 200 : Number(process.argv[at + 1])
  const provider = fork(fileURLToPath(import.meta.url), ["serve"])
  const port = await new Promise((resolve) => provider.once("message", resolve))
  const work = mkdtempSync(join(tmpdir(), "code-mesh-streams-"))
  const root = join(work, "project")
  mkdirSync(root)
  const mesh = await createCodeMesh({
    root,
    home: work,
    env: { PATH: process.env.PATH, BENCH_KEY: "bench", CODE_MESH_HOME: join(work, "data") },
    flags: {
      providers: { bench: { api: "openai", baseUrl: `http://127.0.0.1:${port}/v1`, apiKeyEnv: "BENCH_KEY" } },
      model: { default: "bench/m" }
    }
  })
  const ask = async () => {
    const session = await mesh.session()
    const { error, status } = await session.prompt("Go on.").result
    if (status !== "done") throw new Error(`a turn ended ${status}: ${error?.message}`)
  }
  const megabytes = (bytes) => Math.round(bytes / 1024 / 1024)
  try {
    await ask()
    const before = process.memoryUsage()
    let peak = before
    const timer = setInterval(() => {
      const now = process.memoryUsage()
      peak = { rss: Math.max(peak.rss, now.rss), heapUsed: Math.max(peak.heapUsed, now.heapUsed) }
    }, 50)
    const began = performance.now()
    const cpu = process.cpuUsage()
    await Promise.all(Array.from({ length: streams }, ask))
    const { system, user } = process.cpuUsage(cpu)
    clearInterval(timer)
    const { connections, most } = await (await fetch(`http://127.0.0.1:${port}/`)).json()
    console.log(
      `${streams} streams: ${Math.round(performance.now() - began)} ms, own CPU ${Math.round((user + system) / 1000)} ms`
    )
    console.log(`at once ${most}, over ${connections - 1} connections`)
    console.log(`resident ${megabytes(before.rss)} MB, at most ${megabytes(peak.rss)} MB`)
    console.log(`heap ${megabytes(before.heapUsed)} MB, at most ${megabytes(peak.heapUsed)} MB`)
  } finally {
    await mesh.dispose()
    provider.kill()
    rmSync(work, { recursive: true, force: true })
  }
}

if (process.argv[2] === "serve") serve()
else await bench()
