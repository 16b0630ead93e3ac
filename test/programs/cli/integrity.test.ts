/** What is damaged is found, and the end of a log is mended; a session has one writer, and who it is is told. */
import { join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { client } from "../../../src/adapters/node/Sqlite.ts"
import { query, reserve, withConnection } from "../../../src/adapters/shared/sqlite.ts"
import { type Desk, desk, json } from "./cli.ts"

let it_: Desk
beforeEach(() => {
  it_ = desk()
})
afterEach(() => it_.close())

/** Runs statements on the session database, as no program of ours would. */
const sql = (...statements: ReadonlyArray<string>) =>
  Effect.runPromise(
    Effect.scoped(
      Effect.gen(function* () {
        const db = yield* reserve(yield* client({ path: join(it_.home, "code-mesh.db") }))
        return yield* Effect.forEach(statements, (text) => withConnection(db, (connection) => query(connection, text)))
      })
    )
  )

const session = async (): Promise<string> => {
  const ended = await it_.play([{ text: "one" }], ["first", "--format", "json"])
  return String(json(ended).session)
}

describe("doctor", () => {
  it("says that the data is whole", async () => {
    await session()
    const { code, stdout } = await it_.run(["doctor"])
    assert.strictEqual(code, 0, stdout)
    assert.match(stdout, /^ok +database +its pages are whole/m)
    assert.match(stdout, /^ok +sessions +1 read to the end, every hash holds/m)
    assert.match(stdout, /^ok +commands +none outlived/m)
  })

  it("mends a log whose last event is torn, keeping what is left of it", async () => {
    const id = await session()
    await sql("UPDATE events SET event = substr(event, 1, 20) WHERE seq = (SELECT max(seq) FROM events)")
    const found = await it_.run(["doctor"])
    assert.strictEqual(found.code, 1)
    assert.match(found.stdout, /^bad +sessions +ses_.*is damaged/m)
    const refused = await it_.play([{ text: "two" }], ["-c", "second"])
    assert.strictEqual(refused.code, 1)
    assert.match(refused.stderr, /doctor --repair/)
    assert.match((await it_.run(["doctor", "--repair"])).stdout, /was set aside; ses_\w+ goes on from event \d+/)
    assert.strictEqual((await it_.run(["doctor"])).code, 0)
    const again = await it_.play([{ text: "two" }], ["-c", "second"])
    assert.strictEqual(again.code, 0, again.stderr)
    assert.strictEqual((await it_.run(["session", "verify", id])).code, 0)
    const [rows] = await sql("SELECT session, length(event) AS size FROM damaged")
    assert.deepStrictEqual(
      rows?.map((row) => ({ ...row })),
      [{ session: id, size: 20 }]
    )
  })

  it("leaves a log alone that is damaged within, and says how to go on from before it", async () => {
    const id = await session()
    await sql("UPDATE events SET event = replace(event, 'first', 'other') WHERE seq = 3")
    const { stdout } = await it_.run(["doctor", "--repair"])
    assert.match(stdout, new RegExp(`event 3 of \\d+ is damaged.*nothing was changed.*session fork ${id} --up-to 2`))
    assert.strictEqual((await it_.run(["session", "fork", id, "--up-to", "2"])).code, 0)
  })

  it("names copies of no session", async () => {
    const id = await session()
    it_.put("../home/code-mesh/copies/ses_gone/manifest.json", "{}")
    const { stdout } = await it_.run(["doctor"])
    assert.match(stdout, /^note +copies +of no session, and may be deleted: .*ses_gone/m)
    assert.notInclude(stdout, `copies/${id}`)
  })
})

describe("a session that a process writes", () => {
  it("is refused to others, who are told by whom; once that one is killed it goes on at once", async () => {
    const id = await session()
    const running = it_.start(["run", "-s", id, "again"], {
      env: { CODE_MESH_MODEL: it_.script([{ text: "A", hang: true }]) }
    })
    const pid = running.process.pid
    const status = async () => JSON.parse((await it_.run(["status", "--format", "json"])).stdout).last.status
    while (!/running in process/.test(await status())) await new Promise((resolve) => setTimeout(resolve, 50))
    assert.match(await status(), new RegExp(`running in process ${pid} `))
    const refused = await it_.play([{ text: "no" }], ["-s", id, "me too"])
    assert.strictEqual(refused.code, 1)
    assert.match(refused.stderr, new RegExp(`in use by process ${pid} .*--fork`))
    running.process.kill("SIGKILL")
    await running.ended
    assert.match(await status(), /cut short/)
    const after = await it_.play([{ text: "mine" }], ["-c", "now"])
    assert.deepStrictEqual([after.code, after.stdout], [0, "mine\n"])
  })
})
