/** Instructions for agents: which files count, in which order, and how much of them. */
import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterAll, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as NodeHost from "../../../src/adapters/node/NodeHost.ts"
import { Host } from "../../../src/ports/Host.ts"
import { equal, ok } from "../../support/contract.ts"

const home = mkdtempSync(join(tmpdir(), "code-mesh-host-"))
afterAll(() => rmSync(home, { recursive: true, force: true }))

const world = (files: Readonly<Record<string, string>>): string => {
  const folder = mkdtempSync(join(home, "w-"))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}
const found = (folder: string, root: string) =>
  Effect.provide(
    Effect.flatMap(Host, (host) => host.instructions(join(folder, root))),
    NodeHost.layer({ version: "1.2.3", folder: join(folder, "global") })
  )
const texts = (folder: string, root: string) =>
  Effect.map(found(folder, root), (all) => all.map((one) => [one.name.slice(folder.length + 1), one.text]))

describe("NodeHost", () => {
  it.live("tells platform, home and version", () =>
    Effect.gen(function* () {
      const host = yield* Effect.provide(Host, NodeHost.layer({ version: "1.2.3" }))
      equal([host.platform, host.version, host.home === ""], [process.platform, "1.2.3", false])
    })
  )

  it.live(
    "finds instructions from global over the repository's root to the nearest, and none above the repository",
    () =>
      Effect.gen(function* () {
        const folder = world({
          "global/AGENTS.md": "global",
          "AGENTS.md": "above",
          "repo/.git/HEAD": "",
          "repo/AGENTS.md": "top",
          "repo/a/CLAUDE.md": "middle",
          "repo/a/b/AGENTS.md": "near",
          "repo/a/b/CLAUDE.md": "not read",
          "repo/a/b/c/AGENTS.md": "below"
        })
        equal(yield* texts(folder, "repo/a/b"), [
          ["global/AGENTS.md", "global"],
          ["repo/AGENTS.md", "top"],
          ["repo/a/CLAUDE.md", "middle"],
          ["repo/a/b/AGENTS.md", "near"]
        ])
      })
  )

  it.live("looks only in the root itself where there is no repository", () =>
    Effect.gen(function* () {
      const folder = world({ "AGENTS.md": "above", "a/AGENTS.md": "here" })
      equal(yield* texts(folder, "a"), [["a/AGENTS.md", "here"]])
    })
  )

  it.live("knows a worktree, whose .git is a file", () =>
    Effect.gen(function* () {
      const folder = world({ "tree/.git": "gitdir: elsewhere", "tree/AGENTS.md": "top", "tree/a/x": "" })
      equal(yield* texts(folder, "tree/a"), [["tree/AGENTS.md", "top"]])
    })
  )

  it.live("cuts a long file between characters, and says so", () =>
    Effect.gen(function* () {
      const folder = world({ "a/AGENTS.md": `x${"ä".repeat(20_000)}` })
      const [[, text = ""] = []] = yield* texts(folder, "a")
      ok(text.startsWith("xä") && !text.includes("\uFFFD"), "a character was cut in two")
      ok(text.endsWith("[cut: only the first 32768 of 40001 bytes are shown]"), text.slice(-80))
    })
  )

  it.live("passes over empty files and pipes", () =>
    Effect.gen(function* () {
      const folder = world({ "a/AGENTS.md": " \n", "b/x": "" })
      spawnSync("mkfifo", [join(folder, "b", "AGENTS.md")])
      equal(yield* texts(folder, "a"), [])
      equal(yield* texts(folder, "b"), [])
    })
  )
})
