/** Directories are remembered only as long as the system says that nothing in them came, went or changed its kind. */
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Directories } from "../../../src/adapters/node/diskWalk.ts"

const inFolder = (body: (folder: string) => void): void => {
  const folder = fs.mkdtempSync(join(tmpdir(), "code-mesh-directories-"))
  try {
    body(folder)
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

it("a directory that did not change is not read again, one that did is", () =>
  inFolder((folder) => {
    const directories = new Directories(0)
    fs.writeFileSync(join(folder, "a"), "")
    const first = directories.entries(folder)
    assert.strictEqual(directories.entries(folder), first)
    fs.writeFileSync(join(folder, "a"), "other content")
    assert.strictEqual(directories.entries(folder), first)
    const past = new Date(Date.now() - 60_000)
    fs.utimesSync(folder, past, past)
    fs.rmSync(join(folder, "a"))
    fs.mkdirSync(join(folder, "a"))
    fs.utimesSync(folder, past, past)
    assert.deepStrictEqual(directories.entries(folder), [{ name: "a", kind: "directory" }])
    fs.rmSync(folder, { recursive: true })
    assert.deepStrictEqual(directories.entries(folder), [])
  }))

it("a directory that changed a moment ago is read again each time", () =>
  inFolder((folder) => {
    const directories = new Directories()
    assert.notStrictEqual(directories.entries(folder), directories.entries(folder))
  }))
