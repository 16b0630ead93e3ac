/** Folders are made where they can be, and say why where they can't. */
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { ensureFolder } from "../../../src/adapters/node/folders.ts"

it("makes what is missing, for its owner alone where that is asked", () => {
  const root = mkdtempSync(join(tmpdir(), "code-mesh-folders-"))
  try {
    const deep = join(root, "a/b/c")
    ensureFolder(deep, 0o700)
    ensureFolder(deep, 0o700)
    assert.strictEqual(statSync(deep).mode & 0o777, 0o700)
    writeFileSync(join(root, "file"), "")
    assert.throws(() => ensureFolder(join(root, "file/x")), /ENOTDIR|EEXIST/)
  } finally {
    rmSync(root, { recursive: true })
  }
})

it.skipIf(!existsSync("/proc/self"))("a place that takes no folders is told at once", () => {
  assert.throws(() => ensureFolder("/proc/code-mesh/x"), /ENOENT|EACCES|EPERM/)
})
