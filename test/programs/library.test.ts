/** The library in Node as promises: over the headless world, and over this machine. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { createCodeMesh, type Event, type Mesh, type Progress, type Script } from "../../src/programs/index.ts"
import * as forNode from "../../src/programs/node.ts"

const coder: Script = {
  turns: [
    { calls: [{ name: "read", input: { file_path: "a.txt" } }] },
    { calls: [{ name: "edit", input: { file_path: "a.txt", old_string: "two", new_string: "2" } }] },
    { text: "Mended it." }
  ]
}
const files = { "a.txt": "one\ntwo\n" }

/** A world that is given up after the test. */
const using = async (made: Promise<Mesh>, use: (mesh: Mesh) => Promise<void>) => {
  const mesh = await made
  try {
    await use(mesh)
  } finally {
    await mesh.dispose()
  }
}

const rejection = async (promise: Promise<unknown>): Promise<unknown> => {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error("it should have been rejected")
}
const tagOf = async (promise: Promise<unknown>) => ((await rejection(promise)) as { readonly _tag?: string })._tag

describe("createCodeMesh", () => {
  it("tells a turn's events and live news in order, and what it came to", () =>
    using(createCodeMesh({ files, model: coder }), async (mesh) => {
      const session = await mesh.session({ model: "scripted/coder" })
      const turn = session.prompt("mend it")
      const news: Array<Event | Progress> = []
      for await (const one of turn) news.push(one)
      const result = await turn.result
      assert.deepInclude(result, { session: session.id, status: "done", text: "Mended it.", staged: true })
      assert.deepStrictEqual(
        result.changes.map(({ added, path, removed }) => [path, added, removed]),
        [["a.txt", 1, 1]]
      )
      const events = news.filter((one) => "seq" in one)
      assert.deepStrictEqual(
        events,
        (await session.events()).filter((event) => event.seq > 1)
      )
      assert.isTrue(news.some((one) => one.type === "progress.text"))
      assert.deepStrictEqual(
        (await mesh.sessions()).map((row) => row.session),
        [session.id]
      )
    }))

  it("answers the result alone to those who read no news", () =>
    using(createCodeMesh({ files, model: coder }), async (mesh) => {
      const session = await mesh.session({ model: "scripted/coder" })
      assert.strictEqual((await session.prompt("mend it").result).status, "done")
    }))

  it("leaves a turn running whose news are no longer read", () =>
    using(createCodeMesh({ files, model: coder }), async (mesh) => {
      const turn = (await mesh.session({ model: "scripted/coder" })).prompt("mend it")
      for await (const one of turn) if (one.type === "tool.called") break
      assert.strictEqual((await turn.result).status, "done")
    }))

  it("asks, and goes on with the reply", () =>
    using(
      createCodeMesh({
        files,
        model: {
          turns: [
            { calls: [{ name: "write", input: { file_path: "AGENTS.md", content: "x\n" } }] },
            { calls: [{ name: "question", input: { question: "Which?" } }] },
            { text: "So be it." }
          ]
        }
      }),
      async (mesh) => {
        const session = await mesh.session({ model: "scripted/coder" })
        const turn = session.prompt("write it", { attended: true })
        const asked: Array<string> = []
        for await (const one of turn) {
          if (one.type === "tool.asked") await session.reply(one.call, "once")
          if (one.type === "question.asked") await session.answer(one.call, "the blue one")
          if (one.type === "tool.asked" || one.type === "question.asked") asked.push(one.type)
        }
        assert.deepStrictEqual(asked, ["tool.asked", "question.asked"])
        assert.deepInclude(await turn.result, { status: "done", text: "So be it." })
        assert.strictEqual(await tagOf(session.reply("call_9", "once")), "Refused")
      }
    ))

  it("queues a prompt while a turn runs", () =>
    using(createCodeMesh({ model: { turns: [{ text: "One.", delayMs: 30 }, { text: "Two." }] } }), async (mesh) => {
      const session = await mesh.session({ model: "scripted/coder" })
      const first = session.prompt("one")
      for await (const one of first) if (one.type === "model.requested") break
      const second = await session.prompt("two").result
      assert.deepStrictEqual([second.status, second.text], ["done", "Two."])
    }))

  it("is interrupted by a method and by a signal, and goes on after", () =>
    using(
      createCodeMesh({
        model: { turns: [{ text: "Wait", hang: true }, { text: "Wait", hang: true }, { text: "Ok." }] }
      }),
      async (mesh) => {
        const session = await mesh.session({ model: "scripted/coder" })
        const first = session.prompt("one")
        for await (const one of first) if (one.type === "progress.text") await session.interrupt()
        assert.strictEqual((await first.result).status, "interrupted")
        const controller = new AbortController()
        const second = session.prompt("two", { signal: controller.signal })
        for await (const one of second) if (one.type === "progress.text") controller.abort()
        assert.strictEqual((await second.result).status, "interrupted")
        assert.strictEqual((await session.prompt("three").result).status, "done")
        const reason = new Error("never mind")
        assert.strictEqual(
          await rejection(session.prompt("four", { signal: AbortSignal.abort(reason) }).result),
          reason
        )
      }
    ))

  it("rejects with the door's own errors, and tells them to the reader of the news too", () =>
    using(createCodeMesh({ files, model: coder }), async (mesh) => {
      const session = await mesh.session({ model: "scripted/coder" })
      assert.strictEqual(await tagOf(session.apply()), "Refused")
      assert.strictEqual(await tagOf(mesh.session({ id: "ses_none" })), "SessionMissing")
      assert.strictEqual(await tagOf(mesh.replay("{}")), "NotALog")
      const empty = session.prompt("   ")
      const read = async () => {
        for await (const one of empty) assert.fail(one.type)
      }
      assert.strictEqual(await tagOf(read()), "Refused")
      assert.strictEqual(await tagOf(empty.result), "Refused")
    }))

  it("rejects a wrong setting before anything is written", () =>
    using(createCodeMesh({ model: coder, config: { model: { default: 7 } } }), async (mesh) => {
      const session = await mesh.session({ model: "scripted/coder" })
      assert.strictEqual(await tagOf(session.prompt("go").result), "ConfigInvalid")
      assert.strictEqual((await session.events()).length, 1)
    }))

  it("applies, undoes, puts back and discards, and shows what waits", () =>
    using(createCodeMesh({ files, model: coder }), async (mesh) => {
      const session = await mesh.session({ model: "scripted/coder" })
      await session.prompt("mend it").result
      assert.include((await session.diff()).text, "-two\n+2")
      assert.deepStrictEqual(
        (await session.apply()).map((event) => event.type),
        ["changes.applied"]
      )
      assert.strictEqual((await session.diff()).text, "")
      await session.undo()
      await session.redo()
      await session.undo()
      assert.strictEqual(await tagOf(session.discard()), "Refused")
    }))

  it("goes on with a session that another world exported, and replays it", () =>
    using(createCodeMesh({ files, model: coder }), async (mesh) => {
      const session = await mesh.session({ model: "scripted/coder" })
      await session.prompt("mend it").result
      const log = await session.export()
      const hash = (await session.events()).at(-1)?.hash
      await using(createCodeMesh({ files, model: { turns: [{ text: "Again." }] } }), async (other) => {
        assert.strictEqual(await other.replay(log), hash)
        const adopted = await other.adopt(log)
        assert.strictEqual(adopted.id, session.id)
        assert.strictEqual((await adopted.prompt("once more").result).text, "Again.")
        await other.remove(adopted.id)
        assert.deepStrictEqual(await other.sessions(), [])
      })
    }))

  it("refuses a log at the event in which any one byte was changed", { timeout: 60_000 }, () =>
    using(createCodeMesh({ files, model: coder }), async (mesh) => {
      const session = await mesh.session({ model: "scripted/coder" })
      await session.prompt("mend it é").result
      const log = await session.export()
      const lines = log.trimEnd().split("\n")
      // The event that each line stands in: one begins with a line of four blanks and a brace.
      let seq = 0
      const seqs = lines.map((line) => (line === "    {" ? ++seq : seq))
      const place = FastCheck.integer({ min: 0, max: lines.length - 1 }).chain((line) =>
        FastCheck.tuple(FastCheck.constant(line), FastCheck.integer({ min: 0, max: (lines[line]?.length ?? 1) - 1 }))
      )
      await FastCheck.assert(
        FastCheck.asyncProperty(
          place,
          FastCheck.constantFrom("x", "0", "7", "}", "B"),
          async ([line, column], byte) => {
            const text = lines[line] ?? ""
            const at = Math.max(0, column)
            // Neither times nor blanks are part of what was said.
            FastCheck.pre(text.charAt(at).trim() !== "" && text.charAt(at) !== byte && !text.includes('"at":'))
            const bent = `${text.slice(0, at)}${byte}${text.slice(at + 1)}`
            const refused = await rejection(
              mesh.replay([...lines.slice(0, line), bent, ...lines.slice(line + 1)].join("\n"))
            )
            const { _tag, seq: where } = refused as { readonly _tag: string; readonly seq?: number }
            if (_tag === "NotALog") return
            assert.strictEqual(_tag, "LogAltered")
            assert.strictEqual(where, Math.max(1, seqs[line] ?? 1))
          }
        ),
        { numRuns: 200 }
      )
    })
  )

  it("runs on this machine by the same code, and finds its sessions again", async () => {
    const dir = mkdtempSync(join(tmpdir(), "code-mesh-library-"))
    const root = join(dir, "project")
    mkdirSync(root)
    writeFileSync(join(root, "a.txt"), files["a.txt"])
    const env = { PATH: process.env.PATH, XDG_DATA_HOME: join(dir, "data"), XDG_CONFIG_HOME: join(dir, "config") }
    const options = { root, env, home: dir, scripts: { coder } }
    try {
      let id = ""
      await using(forNode.createCodeMesh(options), async (mesh) => {
        const session = await mesh.session({ model: "scripted/coder" })
        id = session.id
        assert.strictEqual((await session.prompt("mend it").result).status, "done")
        assert.strictEqual(readFileSync(join(root, "a.txt"), "utf8"), files["a.txt"])
      })
      await using(forNode.createCodeMesh(options), async (mesh) => {
        const session = await mesh.session({ id })
        await session.apply()
        assert.strictEqual(readFileSync(join(root, "a.txt"), "utf8"), "one\n2\n")
      })
    } finally {
      rmSync(dir, { recursive: true, force: true })
    }
  })
})

it("on this machine a folder's own settings count where the program says so, or the person has trusted them", async () => {
  const dir = mkdtempSync(join(tmpdir(), "code-mesh-library-"))
  try {
    writeFileSync(join(dir, "code-mesh.toml"), '[model]\ndefault = "scripted/coder"\n')
    const env = { PATH: process.env.PATH, CODE_MESH_HOME: join(dir, "home") }
    const options = { root: dir, env, home: dir, scripts: { coder } }
    const model = async (trust?: boolean) => {
      const mesh = await forNode.createCodeMesh(trust === undefined ? options : { ...options, trust })
      try {
        const session = await mesh.session()
        return (await session.prompt("x").result).status
      } catch (error) {
        return (error as { readonly kind?: string }).kind
      } finally {
        await mesh.dispose()
      }
    }
    const local = new Set(["unconfigured", "network", "missing_model"])
    assert.isTrue(local.has(String(await model())))
    assert.isTrue(local.has(String(await model(false))))
    assert.strictEqual(await model(true), "done")
    assert.isFalse(existsSync(join(dir, "home/trust.json")))
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
})

it("a headless world plays the commands it was given", async () => {
  const mesh = await createCodeMesh({
    model: { turns: [{ calls: [{ name: "bash", input: { command: "make check" } }] }, { text: "Checked." }] },
    commands: { "make check": { output: "all well\n" } },
    config: { permission: { allow: ["bash(make check)"] } }
  })
  try {
    const session = await mesh.session({ model: "scripted/script" })
    const turn = session.prompt("check it")
    const outputs: Array<string> = []
    for await (const news of turn) if (news.type === "tool.finished") outputs.push(news.output)
    assert.include(outputs.join(), "all well")
  } finally {
    await mesh.dispose()
  }
})
