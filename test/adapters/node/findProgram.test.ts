/** Programs of ours are found outside the project alone, however its folders got on the search path. */
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { homedir, tmpdir } from "node:os"
import { delimiter, dirname, join } from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { findProgram, outsideProject } from "../../../src/adapters/node/findProgram.ts"

const base = realpathSync(mkdtempSync(join(tmpdir(), "code-mesh-find-")))
afterAll(() => rmSync(base, { recursive: true, force: true }))

const program = (path: string, mode = 0o755): string => {
  mkdirSync(dirname(join(base, path)), { recursive: true })
  writeFileSync(join(base, path), "#!/bin/sh\n")
  chmodSync(join(base, path), mode)
  return join(base, path)
}

const planted = program("project/node_modules/.bin/git")
program("project/git")
program("project/pkg/bin/git")
const good = program("system/git")
program("early/git", 0o644)
mkdirSync(join(base, "folder/git"), { recursive: true })
mkdirSync(join(base, "links"))
symlinkSync(planted, join(base, "links/git"))
symlinkSync(join(base, "project"), join(base, "alias"))
mkdirSync(join(base, "project/.git"))
const project = join(base, "project")
const path = (...folders: ReadonlyArray<string>) => folders.map((it) => it && join(base, it)).join(delimiter)

describe("findProgram", () => {
  it("passes over the project's folders, those of its repository, and links into them", () => {
    const search = path("project/node_modules/.bin", "project", "alias", "links", "early", "folder", "system")
    assert.strictEqual(findProgram("git", search, project), good)
    assert.strictEqual(findProgram("git", search, join(project, "pkg")), good)
    assert.strictEqual(findProgram("git", search, join(base, "alias")), good)
    assert.strictEqual(findProgram("git", path("project", "links"), project), undefined)
  })

  it("passes over relative folders, wherever the process stands", () => {
    assert.strictEqual(findProgram("sh", ["", ".", "bin", "../bin"].join(delimiter), "/"), undefined)
    assert.strictEqual(outsideProject([".", "/usr/bin", ""].join(delimiter), project), "/usr/bin")
  })

  it("counts the programs of a home folder as the person's own", () => {
    const own = join(homedir(), ".local/bin")
    assert.strictEqual(outsideProject(own, homedir()), own)
  })
})
