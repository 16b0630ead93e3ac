/** Committing what was applied, by real git and bash; and staged changes as text. */
import { execFileSync, spawnSync } from "node:child_process"
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "effect/FastCheck"
import * as Layer from "effect/Layer"
import { make as makeCopies } from "../../../src/adapters/memory/MapWorkingCopies.ts"
import { make as makeWorkspace } from "../../../src/adapters/memory/MemoryWorkspace.ts"
import * as NodeDigest from "../../../src/adapters/node/NodeDigest.ts"
import * as HostTextCodec from "../../../src/adapters/shared/HostTextCodec.ts"
import { commitCommand, quoted } from "../../../src/domain/staging/commit.ts"
import { review } from "../../../src/domain/staging/review.ts"
import { WorkingCopies } from "../../../src/ports/WorkingCopies.ts"
import { sessionId } from "../../support/events.ts"

const words = fc.stringOf(
  fc.constantFrom("a", "'", '"', "\\", "$", "`", " ", "\n", "!", "*", "é", "-", "%", ";", "#", "~"),
  {
    maxLength: 8
  }
)

it("quoted words come back from bash as they were", () =>
  fc.assert(
    fc.property(fc.array(words, { minLength: 1, maxLength: 40 }), (list) => {
      const out = execFileSync("bash", ["-c", `printf '%s\\0' ${list.map(quoted).join(" ")}`], { encoding: "utf8" })
      assert.deepStrictEqual(out.split("\0").slice(0, -1), list)
    }),
    { numRuns: 30 }
  ))

describe("a commit", () => {
  const inRepository = (run: (dir: string, git: (...args: ReadonlyArray<string>) => string) => void) => {
    const dir = fs.mkdtempSync(path.join(tmpdir(), "code-mesh-commit-"))
    const git = (...args: ReadonlyArray<string>) =>
      execFileSync("git", ["-c", "core.quotePath=false", ...args], { cwd: dir, encoding: "utf8" })
    try {
      git("init", "-q")
      git("config", "user.email", "a@b.c")
      git("config", "user.name", "A")
      fs.writeFileSync(path.join(dir, "old"), "1\n")
      fs.writeFileSync(path.join(dir, "gone"), "1\n")
      git("add", ".")
      git("commit", "-qm", "first")
      run(dir, git)
    } finally {
      fs.rmSync(dir, { recursive: true, force: true })
    }
  }

  it("holds exactly the named paths, whatever their names look like, and runs no hook", () =>
    inRepository((dir, git) => {
      const odd = ["*", "[ab]", ":(top)x", "it's", "-n", "a b"]
      for (const name of [...odd, "a", "b", "other"]) fs.writeFileSync(path.join(dir, name), "x\n")
      fs.writeFileSync(path.join(dir, "old"), "2\n")
      fs.rmSync(path.join(dir, "gone"))
      fs.writeFileSync(path.join(dir, ".git/hooks/pre-commit"), "#!/bin/sh\ntouch ran; exit 1\n", { mode: 0o755 })
      git("add", "other")
      const command = commitCommand([...odd, "gone"], "It's $HOME `done`")
      const { status, stderr, stdout } = spawnSync("bash", ["-c", command], { cwd: dir, encoding: "utf8" })
      assert.strictEqual(status, 0, stderr)
      assert.strictEqual(stdout, git("rev-parse", "HEAD"))
      assert.strictEqual(git("log", "-1", "--format=%s"), "It's $HOME `done`\n")
      const changed = git("show", "--name-only", "--format=", "-z", "HEAD")
        .split("\0")
        .filter((name) => name !== "")
      assert.deepStrictEqual(changed.sort(), [...odd, "gone"].sort())
      assert.isFalse(fs.existsSync(path.join(dir, "ran")))
      // What the person had staged stays staged, and what they changed stays changed.
      assert.include(git("status", "--porcelain"), "A  other")
      assert.include(git("status", "--porcelain"), " M old")
    }))
})

describe("a review", () => {
  const reviewed = (
    files: Readonly<Record<string, string>>,
    edits: Readonly<Record<string, Uint8Array | string | undefined>>
  ) =>
    Effect.gen(function* () {
      const real = yield* makeWorkspace("/p", { files })
      const copies = yield* makeCopies({ workspace: () => Effect.succeed(real) })
      const copy = yield* copies.open(sessionId(1), "/p")
      for (const [name, content] of Object.entries(edits))
        yield* content === undefined
          ? copy.workspace.remove(name)
          : copy.workspace.write(name, typeof content === "string" ? new TextEncoder().encode(content) : content)
      return yield* Effect.provideService(review(yield* copy.checkpoint(Effect.succeed)), WorkingCopies, copies)
    }).pipe(Effect.provide(Layer.merge(NodeDigest.layer, HostTextCodec.layer)))

  it.effect("shows text as a unified diff, empty files too, and names what has no text", () =>
    Effect.gen(function* () {
      const text = yield* reviewed(
        { "a.txt": "1\n2\n", "b.txt": "gone\n" },
        { "a.txt": "1\n3\n", "b.txt": undefined, "c.bin": new Uint8Array([0, 1, 2, 255]), "d.txt": "" }
      )
      assert.strictEqual(
        text,
        "--- a/a.txt\n+++ b/a.txt\n@@ -1,2 +1,2 @@\n 1\n-2\n+3\n--- a/b.txt\n+++ /dev/null\n@@ -1 +0,0 @@\n-gone\nBinary file c.bin: create\n--- /dev/null\n+++ b/d.txt\n"
      )
    })
  )

  it.effect("names a change of kind", () =>
    Effect.gen(function* () {
      const real = yield* makeWorkspace("/p", { files: { a: "x\n" } })
      const copies = yield* makeCopies({ workspace: () => Effect.succeed(real) })
      const copy = yield* copies.open(sessionId(1), "/p")
      yield* copy.workspace.write("a", new TextEncoder().encode("y\n"))
      const [change] = yield* copy.checkpoint(Effect.succeed)
      if (change?.after === undefined) throw new Error("a change")
      const { after: blob } = change
      const mode = { ...change, kind: "mode" as const, before: blob, after: { ...blob, kind: "executable" as const } }
      const none = { path: "b", kind: "mode" as const, added: 0, removed: 0 }
      const text = yield* Effect.provideService(review([mode, none]), WorkingCopies, copies)
      assert.strictEqual(text, "mode a: file → executable\nmode b: none → none\n")
    }).pipe(Effect.provide(Layer.merge(NodeDigest.layer, HostTextCodec.layer)))
  )
})
