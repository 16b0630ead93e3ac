/** The library in a page: the same code as in Node, over IndexedDB and the browser's own files, in Chromium. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import type { BrowserOptions } from "../../src/programs/browser.ts"
import type { Script } from "../../src/programs/index.ts"
import { createCodeMesh } from "../../src/programs/node.ts"
import { chromiumMissing, type OpenPage, withPage } from "../support/chromium.ts"
import { cors } from "../support/cors.ts"
import { type Received, type Reply, startFakeProvider } from "../support/fakeProvider.ts"
import { anthropicAnswer, chatAnswer, textBlock, toolBlock } from "../support/sseServer.ts"

const page = new URL("../browser/mesh.page.ts", import.meta.url)

const files = {
  "src/sum.ts": "export const sum = (a: number, b: number) => a - b\n",
  "AGENTS.md": "Answer in one sentence.\n"
}
const todos = [
  { content: "mend sum", status: "completed" },
  { content: "test it", status: "pending" }
]
const coder: Script = {
  turns: [
    { text: "Looking.", calls: [{ name: "read", input: { file_path: "src/sum.ts" } }] },
    { calls: [{ name: "edit", input: { file_path: "src/sum.ts", old_string: "a - b", new_string: "a + b" } }] },
    { calls: [{ name: "todo", input: { todos } }] },
    { text: "sum adds now." }
  ]
}
const world = { files, scripts: { coder }, keys: {} }

interface Asked {
  readonly news: ReadonlyArray<{ readonly type: string; readonly [key: string]: unknown }>
  readonly result: { readonly status: string; readonly text: string; readonly staged: boolean }
}
const open = (tab: OpenPage, name: string, options: BrowserOptions) => tab.call("open", name, options)
const begin = async (tab: OpenPage, name: string, options: object) => String(await tab.call("session", name, options))
const prompt = async (tab: OpenPage, id: string, text: string, options: object = {}) =>
  (await tab.call("prompt", id, text, options)) as Asked
const ask = async (tab: OpenPage, id: string, what: string) =>
  (await tab.call("ask", id, what)) as { readonly ok?: never; readonly tag?: string }
const types = ({ news }: Asked) => news.map((one) => one.type).filter((type) => !type.startsWith("progress."))

describe.skipIf(chromiumMissing)("in Chromium", () => {
  it("an edit by a scripted coder lands, is shown as a diff, applied and undone", () =>
    withPage(page, async (tab) => {
      await open(tab, "w", world)
      const id = await begin(tab, "w", { model: "scripted/coder" })
      const asked = await prompt(tab, id, "sum subtracts, mend it")
      assert.deepInclude(asked.result, { status: "done", text: "sum adds now.", staged: true })
      assert.includeMembers(types(asked), ["prompt.submitted", "tool.finished", "changes.staged", "turn.finished"])
      assert.isTrue(asked.news.some((one) => one.type === "progress.text"))
      const { ok: diff } = await ask(tab, id, "diff")
      assert.include(
        (diff as { readonly text: string } | undefined)?.text,
        "+export const sum = (a: number, b: number) => a + b"
      )
      assert.deepStrictEqual(await ask(tab, id, "redo").then(({ tag }) => tag), "Refused")
      for (const what of ["apply", "undo", "redo"]) assert.isDefined((await ask(tab, id, what)).ok, what)
    }))

  it("a plan-like answer becomes todos", () =>
    withPage(page, async (tab) => {
      await open(tab, "w", world)
      const asked = await prompt(tab, await begin(tab, "w", { model: "scripted/coder" }), "plan and do it")
      assert.deepStrictEqual(asked.news.find((one) => one.type === "todo.updated")?.todos, todos)
    }))

  it("a session survives a reload with what is staged, and opens in a second tab when the first lets go", () =>
    withPage(page, async (tab) => {
      const made = {
        turns: [
          { calls: [{ name: "write", input: { file_path: "new.txt", content: "made here\n" } }] },
          { text: "Made." }
        ]
      }
      const options = { ...world, files: "project", scripts: { made, more: { turns: [{ text: "Yes." }] } } }
      await open(tab, "w", options)
      const id = await begin(tab, "w", { model: "scripted/made" })
      await prompt(tab, id, "make it")
      const before = await ask(tab, id, "events")
      await tab.reload()
      await open(tab, "w", options)
      assert.strictEqual(await begin(tab, "w", { id }), id)
      assert.deepStrictEqual(await ask(tab, id, "events"), before)
      const { ok: diff } = await ask(tab, id, "diff")
      assert.include((diff as { readonly text: string } | undefined)?.text, "+made here")
      assert.strictEqual((await prompt(tab, id, "there?", { model: "scripted/more" })).result.status, "done")
      const other = await tab.tab()
      await open(other, "w", options)
      await begin(other, "w", { id })
      assert.strictEqual((await ask(other, id, "apply")).tag, "SessionBusy")
      await tab.call("dispose", "w")
      assert.isDefined((await ask(other, id, "apply")).ok)
      assert.deepStrictEqual((await ask(other, id, "diff")).ok, { changes: [], text: "" })
    }))

  it("summarising starts past the threshold", () =>
    withPage(page, async (tab) => {
      const long = "words and more words ".repeat(400)
      const turns = [{ text: long }, { text: long }, { text: long }, { text: "A summary." }, { text: "End." }]
      await open(tab, "w", {
        ...world,
        scripts: { long: { turns: [...turns, { text: "End." }, { text: "End." }] } },
        config: { context: { max: 8000 } }
      })
      const id = await begin(tab, "w", { model: "scripted/long" })
      const seen: Array<string> = []
      for (let n = 0; n < 4; n++) seen.push(...types(await prompt(tab, id, `tell me more, ${n}`)))
      assert.include(seen, "session.compacted")
      assert.isAbove(seen.indexOf("session.compacted"), seen.indexOf("turn.finished"))
    }))
})

/** The same answer with a pause before each delta, so that they are seen to arrive one by one. */
const slowly = (reply: Reply): Reply => ({
  ...reply,
  pieces: reply.pieces.flatMap((piece) =>
    typeof piece === "string"
      ? piece.split(/(?=event: content_block_delta)/).flatMap((part): Reply["pieces"] => [{ waitMs: 60 }, part])
      : [piece]
  )
})

/** A provider that lets pages of other origins in. */
const openProvider = (answers: ReadonlyArray<Reply>) => {
  let asked = 0
  const bodies: Array<Received> = []
  const reply = (request: Received): Reply => {
    if (request.method === "OPTIONS") return { status: 204, headers: cors, pieces: [] }
    bodies.push(request)
    const answer = answers[Math.min(asked++, answers.length - 1)] ?? { pieces: [] }
    return { ...answer, headers: { ...cors, "content-type": "text/event-stream" } }
  }
  return startFakeProvider(reply).then((provider) => ({ ...provider, bodies }))
}

describe.skipIf(chromiumMissing)("a provider, from a page in Chromium", () => {
  it("streams Anthropic Messages into the page, with a tool's result on its way back", async () => {
    const provider = await openProvider([
      anthropicAnswer("tool_use", toolBlock(0, "toolu_1", "read", ['{"file_path":', '"src/sum.ts"}'])),
      slowly(anthropicAnswer("end_turn", textBlock(0, "It ", "subtracts.")))
    ])
    try {
      await withPage(page, async (tab) => {
        await open(tab, "w", {
          files,
          keys: { fake: "sk-page" },
          providers: { fake: { api: "anthropic", baseUrl: provider.url, models: ["m"] } }
        })
        const id = await begin(tab, "w", { model: "fake/m" })
        const asked = await prompt(tab, id, "what does sum do?")
        assert.deepInclude(asked.result, { status: "done", text: "It subtracts." })
        const live = asked.news.filter((one) => one.type === "progress.text").map((one) => one.text)
        assert.deepStrictEqual(live, ["It ", "subtracts."])
      })
      assert.strictEqual(provider.bodies.length, 2)
      assert.strictEqual(provider.bodies[0]?.headers["x-api-key"], "sk-page")
      assert.include(provider.bodies[0]?.body, "Answer in one sentence.")
      assert.include(provider.bodies[1]?.body, "a - b")
    } finally {
      await provider.close()
    }
  })

  it("is understood where a tool call stands in the model's text", async () => {
    const call = '<tool_call>{"name":"read","arguments":{"file_path":"src/sum.ts"}}</tool_call>'
    const provider = await openProvider([
      chatAnswer("stop", { content: call }),
      chatAnswer("stop", { content: "Seen." })
    ])
    try {
      await withPage(page, async (tab) => {
        await open(tab, "w", {
          files,
          keys: { fake: "sk-page" },
          providers: { fake: { api: "openai", baseUrl: `${provider.url}/v1`, models: ["m"] } }
        })
        const asked = await prompt(tab, await begin(tab, "w", { model: "fake/m" }), "look at sum")
        assert.strictEqual(asked.result.text, "Seen.")
        assert.strictEqual(asked.news.find((one) => one.type === "tool.called")?.name, "read")
        assert.isTrue(asked.news.find((one) => one.type === "tool.finished")?.ok)
      })
    } finally {
      await provider.close()
    }
  })
})

describe.skipIf(chromiumMissing)("a log exported from Node, in Node and in Chromium", () => {
  it("replays to the same hash, and with one byte changed is refused at the right event in both", async () => {
    const dir = mkdtempSync(join(tmpdir(), "code-mesh-replay-"))
    const root = join(dir, "project")
    const turns = [
      {
        text: "Looking.",
        calls: [
          { name: "ls", input: { path: "." } },
          { name: "read", input: { file_path: "a.txt" } }
        ]
      },
      { calls: [{ name: "bash", input: { command: "sort a.txt > sorted.txt; cat sorted.txt; exit 3" } }] },
      { calls: [{ name: "edit", input: { file_path: "a.txt", old_string: "beta", new_string: "b" } }] },
      {
        calls: [
          { name: "grep", input: { pattern: "alpha" } },
          { name: "nope", input: {} }
        ]
      },
      { text: "Done é👩‍👩‍👧." }
    ]
    mkdirSync(root)
    writeFileSync(join(root, "a.txt"), "beta\nalpha\n")
    const node = await createCodeMesh({
      root,
      home: join(dir, "home"),
      env: {
        PATH: process.env.PATH,
        HOME: join(dir, "home"),
        XDG_DATA_HOME: join(dir, "data"),
        XDG_CONFIG_HOME: join(dir, "config")
      },
      scripts: { coder: { turns } }
    })
    try {
      const session = await node.session({ model: "scripted/coder" })
      const turn = session.prompt("sort it", { yes: true })
      assert.strictEqual((await turn.result).status, "done")
      await session.apply()
      await session.undo()
      const log = await session.export()
      const events = await session.events()
      const bash = events.find((event) => event.type === "tool.finished" && event.output.includes("alpha\nbeta"))
      assert.isDefined(bash)
      const hash = events.at(-1)?.hash
      assert.strictEqual(await node.replay(log), hash)
      const broken = events.flatMap((event) => {
        const change = (from: string, to: string) => ({ seq: event.seq, log: log.replace(from, to) })
        if (event.type === "tool.finished" && event.seq === bash?.seq) return [change("alpha\\nbeta", "alpha\\nbetb")]
        if (event.type === "part.text")
          return [change(`"text": "${event.text}"`, `"text": "${event.text.replace("o", "0")}"`)]
        return event.seq % 5 === 0
          ? [
              change(
                event.hash,
                event.hash.replace(/.$/, (last) => (last === "0" ? "1" : "0"))
              )
            ]
          : []
      })
      assert.isAbove(broken.length, 5)
      await withPage(page, async (tab) => {
        await open(tab, "w", {})
        assert.deepStrictEqual(await tab.call("replay", "w", log), { hash })
        for (const one of broken) {
          const want = { tag: "LogAltered", seq: one.seq }
          assert.deepStrictEqual(await tab.call("replay", "w", one.log), want)
          const refused = await node.replay(one.log).then(
            () => undefined,
            ({ _tag, seq }: { readonly _tag: string; readonly seq: number }) => ({ tag: _tag, seq })
          )
          assert.deepStrictEqual(refused, want)
        }
      })
    } finally {
      await node.dispose()
      rmSync(dir, { recursive: true, force: true })
    }
  })
})
