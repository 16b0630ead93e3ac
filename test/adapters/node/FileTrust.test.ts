/** What is trusted is one folder's real path and its contents as they were; what cannot be looked at is not trusted. */
import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as FileConfigSource from "../../../src/adapters/node/FileConfigSource.ts"
import * as FileTrust from "../../../src/adapters/node/FileTrust.ts"
import { Settings } from "../../../src/domain/config/Settings.ts"
import type { Trust } from "../../../src/ports/Trust.ts"
import { failure } from "../../support/contract.ts"

const home = realpathSync(mkdtempSync(join(tmpdir(), "code-mesh-trust-")))
afterAll(() => rmSync(home, { recursive: true, force: true }))

const folder = (files: Readonly<Record<string, string>>): string => {
  const root = mkdtempSync(join(home, "p-"))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), text)
  }
  return root
}
const fresh = () => join(mkdtempSync(join(home, "t-")), "trust.json")
const state = (trust: typeof Trust.Service, root: string) => Effect.map(trust.look(root), (looked) => looked.state)
const say = (trust: typeof Trust.Service, root: string, answer: "trusted" | "refused") =>
  Effect.flatMap(trust.look(root), (looked) => trust.keep(looked, answer))

describe("FileTrust", () => {
  it.live("keeps an answer for one folder as it is, in a file of mode 0600, for later processes as well", () =>
    Effect.gen(function* () {
      const path = fresh()
      const trust = FileTrust.make({ path })
      const root = folder({ "code-mesh.toml": "", ".code-mesh/hooks/a.sh": "a" })
      assert.strictEqual(yield* state(trust, root), "unknown")
      yield* say(trust, root, "trusted")
      assert.strictEqual(yield* state(FileTrust.make({ path }), root), "trusted")
      assert.strictEqual(statSync(path).mode & 0o777, 0o600)
      symlinkSync(root, join(home, "alias"))
      assert.strictEqual(yield* state(trust, join(home, "alias")), "trusted")
      assert.strictEqual(yield* state(trust, folder({ "code-mesh.toml": "", ".code-mesh/hooks/a.sh": "a" })), "unknown")
      yield* say(trust, root, "refused")
      assert.strictEqual(yield* state(trust, root), "refused")
      assert.deepStrictEqual(
        (yield* trust.list).map((kept) => [kept.root, kept.answer]),
        [[root, "refused"]]
      )
      assert.deepStrictEqual([yield* trust.forget(root), yield* trust.forget(root)], [true, false])
      assert.strictEqual(yield* state(trust, root), "unknown")
    })
  )

  const changes: ReadonlyArray<readonly [string, (root: string) => void, "changed" | "trusted"]> = [
    ["a changed file", (root) => writeFileSync(join(root, ".code-mesh/a/b.md"), "other"), "changed"],
    ["a new file", (root) => writeFileSync(join(root, ".code-mesh/new.md"), ""), "changed"],
    ["a file that is gone", (root) => rmSync(join(root, ".code-mesh/a/b.md")), "changed"],
    ["a server list", (root) => writeFileSync(join(root, ".mcp.json"), "{}"), "changed"],
    ["a link to other contents", (root) => symlinkSync("/etc/hostname", join(root, ".code-mesh/link")), "changed"],
    [
      "instructions, knowledge and code",
      (root) => {
        for (const name of ["AGENTS.md", "x.js", ".code-mesh/knowledge/k.md", ".code-mesh/cache/c"]) {
          mkdirSync(dirname(join(root, name)), { recursive: true })
          writeFileSync(join(root, name), "text")
        }
      },
      "trusted"
    ]
  ]
  for (const [name, change, after] of changes)
    it.live(`finds it ${after} after ${name}`, () =>
      Effect.gen(function* () {
        const trust = FileTrust.make({ path: fresh() })
        const root = folder({ "code-mesh.toml": "", ".code-mesh/a/b.md": "b" })
        yield* say(trust, root, "trusted")
        change(root)
        assert.strictEqual(yield* state(trust, root), after)
      })
    )

  it.live("is the program's word where it gives one, and nothing for a folder that brings nothing or is gone", () =>
    Effect.gen(function* () {
      const root = folder({ "code-mesh.toml": "" })
      for (const always of ["trusted", "refused"] as const)
        assert.strictEqual(yield* state(FileTrust.make({ path: fresh(), always }), root), always)
      const trust = FileTrust.make({ path: fresh() })
      assert.strictEqual(yield* state(trust, folder({ "AGENTS.md": "x" })), "nothing")
      assert.strictEqual(yield* state(trust, join(home, "gone")), "nothing")
    })
  )

  it.live("does not wait for a pipe, does not go round in circles, and gives up on too much", () =>
    Effect.gen(function* () {
      const trust = FileTrust.make({ path: fresh() })
      const piped = folder({})
      execFileSync("mkfifo", [join(piped, "code-mesh.toml")])
      assert.include((yield* failure(trust.look(piped))).message, "is not a regular file")
      const round = folder({ ".code-mesh/a/b.md": "b" })
      symlinkSync(join(round, ".code-mesh"), join(round, ".code-mesh/a/up"))
      assert.deepStrictEqual(
        (yield* trust.look(round)).files.map((file) => file.path),
        [".code-mesh/a/b.md"]
      )
      const large = folder({ ".code-mesh/large": "x".repeat(17 * 1024 * 1024) })
      assert.include((yield* failure(trust.look(large))).message, "more than 16 MiB")
    })
  )

  it.live("that cannot be read stops what would need it, and says which file it is", () =>
    Effect.gen(function* () {
      const path = fresh()
      writeFileSync(path, "{]", { mode: 0o600 })
      const trust = FileTrust.make({ path })
      const root = folder({ "code-mesh.toml": '[sandbox]\nmode = "off"\n' })
      assert.include((yield* failure(trust.look(root))).message, path)
      const source = FileConfigSource.layer({ folder: home, env: {}, trust })
      const load = Effect.flatMap(Settings, (settings) => settings.load(root))
      const error = yield* failure(Effect.provide(load, Layer.provide(Settings.layer, source)))
      assert.strictEqual(error._tag, "ConfigInvalid")
    })
  )

  it.live("decides which settings count: those that are not trusted are named as ignored", () =>
    Effect.gen(function* () {
      const trust = FileTrust.make({ path: fresh() })
      const root = folder({ "code-mesh.toml": "[context]\nmax = 9000\n[profiles.mine.context]\nmax = 8000\n" })
      const load = (profile?: string) =>
        Effect.provide(
          Effect.flatMap(Settings, (settings) => settings.load(root, { profile })),
          Layer.provide(Settings.layer, FileConfigSource.layer({ folder: home, env: {}, trust }))
        )
      const before = yield* load()
      assert.strictEqual(before.config.context, undefined)
      assert.deepStrictEqual(
        before.ignored.map(({ key, value }) => [key, value]),
        [
          ["context.max", 9000],
          ["profiles.mine.context.max", 8000]
        ]
      )
      assert.include((yield* failure(load("mine"))).message, "which you have not trusted")
      yield* say(trust, root, "trusted")
      assert.strictEqual((yield* load()).config.context?.max, 9000)
      assert.strictEqual((yield* load("mine")).config.context?.max, 8000)
      assert.deepStrictEqual((yield* load()).ignored, [])
    })
  )
})
