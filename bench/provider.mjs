// A model on loopback that speaks Chat Completions over SSE. What it answers depends on the model's name:
// `bench-once` a word · `bench-loop` thirty tool calls, one a turn · `bench-stream` 20,000 tokens · `bench-search` five
// greps and five globs at once. Started by run.mjs as a process of its own, so that its work is not counted.
import { createServer } from "node:http"

const firstRequest = new Map()

const event = (data) => `data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`

const chunk = (model, delta, finish = null) => ({
  id: "chatcmpl-bench",
  object: "chat.completion.chunk",
  created: 0,
  model,
  choices: [{ index: 0, delta, finish_reason: finish }]
})

const ending = (model, finish, output) => [
  event(chunk(model, {}, finish)),
  event({
    ...chunk(model, {}),
    choices: [],
    usage: { prompt_tokens: 1000, completion_tokens: output, total_tokens: 1000 + output }
  }),
  event("[DONE]")
]

const say = (model, text) => [event(chunk(model, { role: "assistant", content: text })), ...ending(model, "stop", 10)]

const call = (model, calls) => [
  event(
    chunk(model, {
      role: "assistant",
      content: null,
      tool_calls: calls.map(([id, name, input], index) => ({
        index,
        id,
        type: "function",
        function: { name, arguments: JSON.stringify(input) }
      }))
    })
  ),
  ...ending(model, "tool_calls", 50)
]

const searches = [
  ...["needle1", "needle2", "export const", "function\\s+f10", "TODO"].map((pattern, index) => [
    `call_g${index}`,
    "grep",
    { pattern }
  ]),
  ...["**/*.ts", "dir1/**/*.js", "**/file7*", "dir2*/**", "*.md"].map((pattern, index) => [
    `call_b${index}`,
    "glob",
    { pattern }
  ])
]

const answers = {
  "bench-once": (model) => say(model, "Done."),
  "bench-loop": (model, results) =>
    results < 30
      ? call(model, [[`call_${results}`, "read", { file_path: `file${results}.txt` }]])
      : say(model, "Done."),
  "bench-stream": (model) => [
    ...Array.from({ length: 20_000 }, (_, index) =>
      event(chunk(model, { content: index % 16 === 15 ? "word\n" : "word " }))
    ),
    ...ending(model, "stop", 20_000)
  ],
  "bench-search": (model, results) => (results === 0 ? call(model, searches) : say(model, "Done."))
}

const answer = (body, response) => {
  const { model, messages, stream } = JSON.parse(body.toString("utf8"))
  const events = answers[model]
  if (events === undefined || stream !== true) {
    response.writeHead(400, { "content-type": "application/json" })
    response.end(JSON.stringify({ error: { message: `No streamed answer for ${model}.` } }))
    return
  }
  if (!firstRequest.has(model)) firstRequest.set(model, body.length)
  response.writeHead(200, { "content-type": "text/event-stream" })
  const parts = events(model, messages.filter(({ role }) => role === "tool").length)
  // A few events a packet, as a network would deliver them.
  for (let at = 0; at < parts.length; at += 8) response.write(parts.slice(at, at + 8).join(""))
  response.end()
}

const server = createServer((request, response) => {
  const body = []
  request.on("data", (data) => body.push(data))
  request.on("end", () => {
    if (request.method === "POST" && request.url?.endsWith("/chat/completions")) answer(Buffer.concat(body), response)
    else if (request.url?.endsWith("/models")) {
      response.writeHead(200, { "content-type": "application/json" })
      response.end(
        JSON.stringify({ object: "list", data: Object.keys(answers).map((id) => ({ id, object: "model" })) })
      )
    } else if (request.url === "/first-requests") response.end(JSON.stringify(Object.fromEntries(firstRequest)))
    else response.writeHead(404).end()
  })
})
server.listen(0, "127.0.0.1", () => process.send?.(server.address().port))
process.on("disconnect", () => process.exit(0))
