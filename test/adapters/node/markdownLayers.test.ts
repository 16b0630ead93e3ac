/** Modes and agents from files: layers of settings, in a project only where the folder is trusted. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { afterAll } from "vitest"
import { broughtBy } from "../../../src/adapters/node/broughtFiles.ts"
import * as FileConfigSource from "../../../src/adapters/node/FileConfigSource.ts"
import { Settings } from "../../../src/domain/config/Settings.ts"
import { modeNamed } from "../../../src/domain/context/modes.ts"
import { presets, roleNamed, roleNames } from "../../../src/domain/context/role.ts"
import type { Looked } from "../../../src/ports/Trust.ts"

const work = mkdtempSync(join(tmpdir(), "code-mesh-modes-"))
afterAll(() => rmSync(work, { recursive: true, force: true }))
let made = 0

const folderWith = (files: Readonly<Record<string, string>>) => {
  made += 1
  const folder = join(work, `${made}`)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  mkdirSync(folder, { recursive: true })
  return folder
}

const settings = (project: string, global: string, state?: Looked["state"]) => {
  const trust =
    state === undefined
      ? {}
      : {
          trust: {
            look: (root: string) =>
              Effect.map(
                Effect.promise(() => broughtBy(root)),
                (brought) => ({ ...brought, state })
              ),
            keep: () => Effect.void,
            forget: () => Effect.succeed(false),
            list: Effect.succeed([])
          }
        }
  const source = FileConfigSource.layer({ folder: global, env: {}, ...trust })
  return Effect.runPromise(
    Effect.either(
      Effect.provide(
        Effect.flatMap(Settings, (it) => it.load(project)),
        Layer.provide(Settings.layer, source)
      )
    )
  )
}

const review = "---\nbase: plan\ntools: [read, grep]\ndeny: [webfetch]\nmodel: a/b\n---\nLook for races.\n"

describe("modes/NAME.md", () => {
  it("is the mode NAME, of the person's own folder and of a trusted project's, whose words win and whose rules add up", async () => {
    const project = folderWith({ ".code-mesh/modes/review.md": review, ".code-mesh/modes/notes.txt": "x" })
    const global = folderWith({ "modes/review.md": "---\ndeny: [bash]\n---\nLook.", "modes/mine.md": "Mine." })
    for (const state of [undefined, "trusted"] as const) {
      const { config } = Either.getOrThrow(await settings(project, global, state))
      assert.deepStrictEqual(Either.getOrThrow(modeNamed(config, "review")), {
        name: "review",
        base: "plan",
        prompt: "Look for races.",
        rules: [
          { decision: "deny", rule: "bash" },
          { decision: "deny", rule: "webfetch" }
        ],
        tools: ["read", "grep"],
        model: "a/b"
      })
      assert.strictEqual(Either.getOrThrow(modeNamed(config, "mine")).prompt, "Mine.")
    }
  })
  it("of a project that is not trusted has no effect", async () => {
    const merged = Either.getOrThrow(
      await settings(folderWith({ ".code-mesh/modes/review.md": review }), folderWith({}), "unknown")
    )
    assert.isTrue(Either.isLeft(modeNamed(merged.config, "review")))
    assert.isTrue(merged.ignored.some(({ key }) => key.startsWith("modes.review")))
  })
  it("that is wrong is an error with file, line and key", async () => {
    const failing = async (name: string, text: string) => {
      const found = await settings(folderWith({ [`.code-mesh/modes/${name}`]: text }), folderWith({}))
      return Either.getOrThrow(Either.flip(found)).message
    }
    assert.match(
      await failing("a.md", "---\nbase: plan\ntoolz: [x]\n---\n"),
      /a\.md:3: modes\.a\.toolz: .*did you mean tools/
    )
    assert.match(await failing("a.md", "---\nallow: [bash]\n---\n"), /a\.md:2: modes\.a\.allow/)
    assert.match(await failing("a.md", "---\nprompt: x\n---\ny"), /a\.md: prompt: the text below is the prompt/)
    assert.match(await failing("a.md", "---\nx"), /a\.md:1: the front matter has no end/)
    assert.match(await failing("A b.md", "x"), /small letters/)
  })
})

const mason = "---\ndescription: builds walls\ntools: [read, edit]\nask: [bash]\nrestart: 3\n---\nYou build walls.\n"

describe("agents/NAME.md", () => {
  it("is the role NAME, or changes the one that is always there; of a project only where it is trusted", async () => {
    const project = folderWith({ ".code-mesh/agents/mason.md": mason, ".code-mesh/agents/reviewer.md": "Be kind." })
    const global = folderWith({ "agents/mason.md": "---\ndeny: [webfetch]\n---\nYou dig." })
    const { config } = Either.getOrThrow(await settings(project, global, "trusted"))
    assert.deepStrictEqual(
      roleNamed(config, "mason"),
      Option.some({
        name: "mason",
        use: "builds walls",
        prompt: "You build walls.",
        readOnly: false,
        tools: ["read", "edit"],
        rules: [
          { decision: "deny", rule: "webfetch" },
          { decision: "ask", rule: "bash" }
        ],
        restart: 3
      })
    )
    assert.deepStrictEqual(roleNames(config), [...presets.keys(), "mason"])
    assert.deepStrictEqual(
      roleNamed(config, "reviewer"),
      Option.map(Option.fromNullable(presets.get("reviewer")), (preset) => ({ ...preset, prompt: "Be kind." }))
    )
    const untrusted = Either.getOrThrow(await settings(project, global, "unknown")).config
    assert.strictEqual(Option.getOrThrow(roleNamed(untrusted, "mason")).prompt, "You dig.")
    assert.deepStrictEqual(roleNamed(untrusted, "reviewer"), Option.fromNullable(presets.get("reviewer")))
  })
  it("that is wrong is an error with file, line and key", async () => {
    for (const [text, wrong] of [
      [
        "---\ndescription: x\nbase: chaos\n---\nx",
        /project agent .*mason\.md:3: agents\.mason\.base: should be "build" or "plan" or "chat"/
      ],
      ["---\ntool: [read]\n---\nx", /mason\.md:2: agents\.mason\.tool: there is no such key; did you mean tools\?/],
      [
        "---\nrestart: 11\n---\nx",
        /mason\.md:2: agents\.mason\.restart: should be a whole number from 0 to 10, but is 11/
      ],
      ["---\nmodel: fast\n---\nx", /mason\.md:2: agents\.mason\.model: should be a model as "provider\/model"/]
    ] as const) {
      const found = await settings(folderWith({ ".code-mesh/agents/mason.md": text }), folderWith({}))
      assert.match(Either.getOrThrow(Either.flip(found)).message, wrong)
    }
    const named = await settings(folderWith({ ".code-mesh/agents/The Mason.md": "x" }), folderWith({}))
    assert.match(Either.getOrThrow(Either.flip(named)).message, /an agent is named in small letters/)
  })
})
