/** The network cases, and more of their kinds, through the shipped program: `debug tool --batch` and `debug tool webfetch`. */
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import type { Tried } from "../../src/domain/agent/trial.ts"
import { chosenAddress } from "../../src/domain/permission/listedHosts.ts"
import { bin } from "../programs/cli/cli.ts"

interface Row {
  readonly id: string
  readonly category: string
  readonly title: string
  readonly op: string
  readonly path: string
  readonly accept: ReadonlyArray<string>
}

const file = new URL("../../../shared/cases/paths.jsonl", import.meta.url)
const rows: ReadonlyArray<Row> = fs.existsSync(file)
  ? fs
      .readFileSync(file, "utf8")
      .trim()
      .split("\n")
      .map((line): Row => JSON.parse(line))
      .filter(({ category }) => category === "network")
  : []

const allow = (rule: string) => ({ decision: "allow", rule })

const inProgram = <A>(use: (run: (args: ReadonlyArray<string>, input: string) => string) => A): A => {
  const home = fs.realpathSync(fs.mkdtempSync(path.join(tmpdir(), "code-mesh-network-")))
  const env = { PATH: process.env.PATH, HOME: home, CODE_MESH_HOME: path.join(home, "mesh") }
  fs.mkdirSync(path.join(home, "project"))
  try {
    return use(
      (args, input) =>
        spawnSync(process.execPath, [bin, ...args], { cwd: path.join(home, "project"), env, input, encoding: "utf8" })
          .stdout
    )
  } finally {
    fs.rmSync(home, { recursive: true, force: true })
  }
}

const batch = (lines: ReadonlyArray<unknown>): ReadonlyArray<Tried> =>
  inProgram((run) =>
    run(["debug", "tool", "--batch"], lines.map((line) => JSON.stringify(line)).join("\n"))
      .trim()
      .split("\n")
      .map((line): Tried => JSON.parse(line))
  )

const tries = (urls: ReadonlyArray<string>, rules: ReadonlyArray<unknown>, decideOnly: boolean): ReadonlyArray<Tried> =>
  batch(urls.map((url) => ({ id: url, tool: "webfetch", params: { url }, rules, decideOnly })))

const fetches = rows.filter(({ op }) => op === "webfetch")

describe.skipIf(fetches.length === 0)("network rows of ../shared/cases", () => {
  it("about webfetch are decided as each demands, and by no rule otherwise where the place is private", () => {
    const urls = fetches.map((row) => row.path)
    const known = [allow("webfetch(domain:modelcontextprotocol.io)")]
    for (const rules of [[], known]) {
      const wrong = tries(urls, rules, true).flatMap((it, at) =>
        fetches[at]?.accept.includes(it.decision) ? [] : [[fetches[at]?.id, it]]
      )
      assert.deepStrictEqual(wrong, [])
    }
    const open = tries(urls, [allow("*")], false)
    const read = open.flatMap((it, at) => (it.ok === true ? [[fetches[at]?.id, it]] : []))
    assert.deepStrictEqual(read, [])
  })

  it("about a proxy's hosts are refused", () => {
    for (const row of rows.filter(({ op }) => op === "proxy")) {
      const host = (/'([^']+)'/.exec(row.path)?.[1] ?? "").replaceAll("\\0", "\0")
      const chosen = chosenAddress(["github.com", "*.github.com"], { host, port: 443, addresses: ["93.184.216.34"] })
      assert.isTrue(Either.isLeft(chosen), row.id)
    }
  })
})

describe("webfetch through debug tool", () => {
  it("is a deny for every private place and odd spelling, whatever the rules, and an ask elsewhere", () => {
    const never = [
      ...["http://127.0.0.1:8080/", "http://127.1/", "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/"],
      ...["http://[::1]/", "http://[::ffff:7f00:1]/", "http://[0:0:0:0:0:ffff:10.0.0.1]/", "http://[64:ff9b::7f00:1]/"],
      ...["http://[2002:7f00:1::]/", "http://[fe80::1]/", "http://[fd00:ec2::254]/", "http://0.0.0.0/", "http://0/"],
      ...["http://192.168.1.1/", "http://172.16.0.1/", "http://100.64.0.1/", "http://100.100.100.200/"],
      ...["http://169.254.169.254/latest/meta-data/", "http://metadata.google.internal/", "http://168.63.129.16/"],
      ...[
        "http://224.0.0.1/",
        "http://255.255.255.255/",
        "http://localhost./",
        "http://LOCALHOST/",
        "http://foo.localhost/"
      ],
      ...[
        "http://printer.local/",
        "http://intranet/",
        "https://example.com@127.0.0.1/",
        "https://user:pw@example.com/"
      ],
      ...[
        "http://127.0.0.1.:80/",
        "http://①②⑦.0.0.1/",
        "https://exаmple.com/",
        "file:///etc/passwd",
        "FILE:///etc/passwd"
      ],
      ...[
        "ftp://example.com/",
        "gopher://127.0.0.1/",
        "data:text/html,x",
        "javascript:alert(1)",
        "view-source:http://e.com"
      ],
      ...["//example.com", "example.com", "", "http://", "http://exa mple.com/", "http://example.com\\@127.0.0.1/"]
    ]
    for (const rules of [[], [allow("*")], [allow("webfetch"), allow("webfetch(domain:localhost)")]])
      assert.deepStrictEqual(
        tries(never, rules, true).flatMap((it, at) => (it.decision === "deny" ? [] : [[never[at], it]])),
        []
      )
    const asked = ["https://example.com/", "https://example.com:8443/a", "https://example.com.attacker.example/"]
    assert.deepStrictEqual(
      tries(asked, [], true).map(({ decision, footprint }) => [decision, footprint?.net]),
      [
        ["ask", ["example.com"]],
        ["ask", ["example.com:8443"]],
        ["ask", ["example.com.attacker.example"]]
      ]
    )
    const ruled = tries(asked, [allow("webfetch(domain:example.com)")], true)
    assert.deepStrictEqual(
      ruled.map(({ decision }) => decision),
      ["allow", "allow", "ask"]
    )
  })

  it("says the same for one call as for a batch", () => {
    const said = inProgram((run) =>
      run(["debug", "tool", "webfetch", "--params", '{"url":"http://127.0.0.1/"}', "--decide-only"], "")
    )
    assert.deepInclude(JSON.parse(said), { decision: "deny", ok: false })
  })

  it("reaches no server of this machine, even where everything is allowed", async () => {
    let reached = 0
    const server = createServer((_, response) => {
      reached += 1
      response.end("secret")
    })
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done))
    const { port } = server.address() as AddressInfo
    // While the program runs this process waits; what would reach the server waits in the system's queue.
    const urls = ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "127.1", "0.0.0.0"].map(
      (host) => `http://${host}:${port}/`
    )
    const tried = tries(urls, [allow("*")], false)
    await new Promise((done) => server.close(done))
    assert.deepStrictEqual([reached, tried.map(({ ok }) => ok)], [0, urls.map(() => false)])
  })
})
