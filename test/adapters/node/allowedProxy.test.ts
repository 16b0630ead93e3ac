/** The network of a sandbox by list: allowed hosts are reached, others, private and rebound ones are not. */
import * as fs from "node:fs"
import * as http from "node:http"
import type { AddressInfo } from "node:net"
import * as net from "node:net"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { layerWith } from "../../../src/adapters/node/SpawnShell.ts"
import { Shell, type ShellRequest } from "../../../src/ports/Shell.ts"
import { request } from "../../ports/Shell.contract.ts"
import { bubblewrapWorks } from "../../support/bubblewrap.ts"

const listening = <A extends net.Server>(server: A) =>
  Effect.acquireRelease(
    Effect.promise(
      () =>
        new Promise<number>((done) => server.listen(0, "127.0.0.1", () => done((server.address() as AddressInfo).port)))
    ),
    () => Effect.sync(() => server.close())
  )

/** A web server on the host that tells what it was asked. */
const web = Effect.suspend(() =>
  listening(
    http.createServer((asked, answer) => {
      asked.setEncoding("utf8")
      let body = ""
      asked.on("data", (text: string) => {
        body += text
      })
      asked.on("end", () => {
        const { "proxy-authorization": secret = "none", host } = asked.headers
        answer.setHeader("connection", "close")
        answer.end(`${asked.method} ${asked.url} ${host} ${secret} ${body}`)
      })
    })
  )
)

const project = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(process.cwd(), "node_modules", ".proxy-"))),
  (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
)

/** Runs a command whose network is this list; names are looked up in `names`, one answer after the other. */
const listed = (
  command: string,
  network: ReadonlyArray<string>,
  names: Readonly<Record<string, Array<string>>> = {},
  more: Partial<ShellRequest> = {}
) =>
  Effect.gen(function* () {
    const cwd = yield* project
    const resolve = async (host: string) => [names[host]?.shift() ?? []].flat()
    return yield* Effect.flatMap(Shell, (shell) =>
      shell.run(request(command, { cwd, sandbox: "workspace", network, ...more }))
    ).pipe(Effect.provide(layerWith({ resolve })))
  })

/** Speaks to the proxy by hand, from inside. */
const spoken = (text: string) => `exec 9<>/dev/tcp/127.0.0.1/3128; printf '${text}' >&9; cat <&9`

describe.skipIf(!bubblewrapWorks)("a command with a list of hosts", () => {
  it.scopedLive("reaches them by name, through the proxy that programs are told of", () =>
    Effect.gen(function* () {
      const port = yield* web
      const names = { "shop.example": ["127.0.0.1"] }
      const { connections, output } = yield* listed(
        `env | grep -ic '^https\\?_proxy=http://127' ; curl -sS -d hello 'http://shop.example:${port}/a?b=c'`,
        ["shop.example", "127.0.0.1"],
        names
      )
      assert.strictEqual(output, `4\nPOST /a?b=c shop.example:${port} none hello`)
      assert.deepStrictEqual(connections, [{ host: "shop.example", port, times: 1 }])
    })
  )

  it.scopedLive("is tunnelled to them, also with much to say, many at a time, and closed half by half", () =>
    Effect.gen(function* () {
      const port = yield* listening(
        net.createServer({ allowHalfOpen: true }, (socket) => {
          let bytes = 0
          socket.on("error", () => undefined)
          socket.on("data", (chunk: Buffer) => {
            bytes += chunk.length
          })
          socket.on("end", () => socket.end(Buffer.concat([Buffer.alloc(5e5, 120), Buffer.from(String(bytes))])))
        })
      )
      const client = `
        const net = require("net")
        for (let i = 0; i < 8; i++) {
          const socket = net.connect({ port: 3128, allowHalfOpen: true })
          socket.write("CONNECT far.example:${port} HTTP/1.1\\r\\n\\r\\n")
          socket.once("data", (first) => {
            let got = first.length - first.indexOf("\\r\\n\\r\\n") - 4, last = ""
            socket.on("data", (chunk) => { got += chunk.length; last = (last + chunk.toString("latin1")).slice(-6) })
            socket.on("end", () => console.log(String(first).split("\\r\\n")[0], got, last))
            socket.end(Buffer.alloc(4e5))
          })
        }`
      const names = { "far.example": Array.from({ length: 8 }, () => "127.0.0.1") }
      const { connections, output } = yield* listed(`node -e '${client}'`, ["far.example", "127.0.0.1"], names)
      assert.strictEqual(output, "HTTP/1.1 200 Connection Established 500006 400000\n".repeat(8))
      assert.deepStrictEqual(connections, [{ host: "far.example", port, times: 8 }])
    })
  )

  it.scopedLive("reaches no other host, no private address, and no address that a name came to mean since", () =>
    Effect.gen(function* () {
      let visits = 0
      const port = yield* listening(net.createServer((socket) => socket.destroy(void visits++)))
      // The first answer was checked and is gone; whoever asks again gets the host's own loopback.
      const names = {
        "two.example": ["10.9.9.9", "127.0.0.1"],
        "in.example": ["127.0.0.1"],
        "odd.example": ["::ffff:127.0.0.1"]
      }
      const asks = [
        `other.example:${port}`,
        `127.0.0.1:${port}`,
        `[::ffff:127.0.0.1]:${port}`,
        `2130706433:${port}`,
        `two.example:${port}`,
        `in.example:${port}`,
        `odd.example:${port}`,
        "gone.example:80"
      ]
      const list = ["two.example", "in.example", "odd.example", "gone.example"]
      const script = asks.map((ask) => `(${spoken(`CONNECT ${ask} HTTP/1.1\\r\\n\\r\\n`)}) | head -1`).join("\n")
      const { connections, output } = yield* listed(script, list, names)
      assert.strictEqual(output, "HTTP/1.1 403 Forbidden\r\n".repeat(asks.length))
      assert.strictEqual(visits, 0)
      assert.deepStrictEqual(
        connections?.map(({ host, refused }) => [
          host,
          refused?.replace(/^.*(not one of|leads to \S+|no such).*$/, "$1")
        ]),
        [
          ["other.example", "not one of"],
          ["127.0.0.1", "not one of"],
          ["::ffff:127.0.0.1", "not one of"],
          ["2130706433", "not one of"],
          ["two.example", "leads to 10.9.9.9,"],
          ["in.example", "leads to 127.0.0.1,"],
          ["odd.example", "leads to ::ffff:127.0.0.1,"],
          ["gone.example", "no such"]
        ]
      )
    })
  )

  it.scopedLive("connects to the very address that was checked, and asks for a name once", () =>
    Effect.gen(function* () {
      const port = yield* web
      const names = { "re.example": ["127.0.0.1", "10.0.0.1"] }
      const get = (host: string) =>
        `GET http://${host}:${port}/x HTTP/1.0\\r\\nHost: evil.example\\r\\nProxy-Authorization: k\\r\\n\\r\\n`
      const { output } = yield* listed(spoken(get("re.example")), ["re.example", "127.0.0.1"], names)
      assert.include(output, `GET /x re.example:${port} none`)
      assert.deepStrictEqual(names["re.example"], ["10.0.0.1"])
    })
  )

  it.scopedLive("has no other way out, and what is not spoken properly is turned away", () =>
    Effect.gen(function* () {
      const port = yield* web
      const tries = [
        `exec 3<>/dev/tcp/127.0.0.1/${port}`,
        `curl -sS --noproxy '*' --max-time 2 http://127.0.0.1:${port}/`,
        "getent hosts example.com",
        "node -e 'require(\"net\").connect({fd:6})'",
        "test -e /proc/self/fd/6"
      ]
      const script = tries
        .map((line) => `(${line}) >/dev/null 2>&1 && echo "done: ${line.replaceAll('"', "'")}"`)
        .join("\n")
      const odd = ["CONNECT nothing HTTP/1.1", "GET / HTTP/1.0", "GET https://a.example/ HTTP/1.0", "\\000\\001"]
        .map((line) => `(${spoken(`${line}\\r\\n\\r\\n`)}) | head -1 | cut -c1-12`)
        .join("\n")
      const { output } = yield* listed(`${script}\n${odd}`, ["a.example"])
      assert.strictEqual(output, "HTTP/1.1 400\n".repeat(3))
    })
  )

  it.scopedLive("has no network at all in strict, or where the list is empty", () =>
    Effect.gen(function* () {
      for (const [list, sandbox] of [
        [["127.0.0.1"], "strict"],
        [[], "workspace"]
      ] as const) {
        const { output } = yield* listed(
          "exec 3<>/dev/tcp/127.0.0.1/3128 && echo yes; env | grep -i 3128; true",
          list,
          {},
          { sandbox }
        )
        assert.notMatch(output, /yes|3128$/m)
      }
    })
  )

  it.scopedLive("may listen for itself, and is not sent to the proxy for that", () =>
    Effect.gen(function* () {
      const serve = `require("http").createServer((q, a) => a.end("own")).listen(8123, () => console.log("up"))`
      const { output } = yield* listed(`node -e '${serve}' & sleep 0.5; curl -sS http://localhost:8123/`, ["a.example"])
      assert.include(output, "own")
    })
  )
})
