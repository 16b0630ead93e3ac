/** The launcher: it answers `--version` alone, and its code cache saves time or does nothing, but never harms. */
import { spawnSync } from "node:child_process"
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"

const launcher = readFileSync(new URL("../../scripts/launcher.cjs", import.meta.url), "utf8")

// As the bundler writes it: chunks required by relative paths, one of them late, packages by name.
const main = `
const helper = require("./helper-1.cjs")
const finish = (late) => {
  process.stdout.write(JSON.stringify({
    args: process.argv.slice(2),
    sum: helper.add(2, late.three),
    same: require("./helper-1.cjs") === helper,
    path: typeof require("node:path").join,
    file: require("node:path").basename(__filename)
  }))
  process.exitCode = 7
}
if (process.argv[2] === "status") process.exit(3)
Promise.resolve().then(() => require("./late-2.cjs")).then(finish)
`

describe("the launcher", () => {
  let dir: string
  let bin: string

  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), "launcher-"))
    bin = join(dir, "dist", "bin.cjs")
    mkdirSync(join(dir, "dist"))
    writeFileSync(bin, launcher.replaceAll("__VERSION__", "1.2.3").replaceAll("__BUILD__", "build1"))
    writeFileSync(join(dir, "dist", "main.cjs"), main)
    writeFileSync(join(dir, "dist", "helper-1.cjs"), "exports.add = (a, b) => a + b")
    writeFileSync(join(dir, "dist", "late-2.cjs"), "exports.three = 3")
  })

  afterAll(() => {
    rmSync(dir, { recursive: true, force: true })
  })

  const start = (home: string, args: ReadonlyArray<string>, file = bin) => {
    const env = { PATH: process.env.PATH, CODE_MESH_HOME: home }
    const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...args], {
      env,
      encoding: "utf8",
      timeout: 20_000
    })
    return { status, stdout, stderr }
  }

  const answer = (args: ReadonlyArray<string>) => ({
    status: 7,
    stdout: JSON.stringify({ args, sum: 5, same: true, path: "function", file: "main.cjs" }),
    stderr: ""
  })

  const packsIn = (home: string): ReadonlyArray<string> => {
    const code = join(home, "cache", "code")
    if (!existsSync(code)) return []
    return readdirSync(code).flatMap((engine) =>
      readdirSync(join(code, engine)).map((name) => join(code, engine, name))
    )
  }

  it("answers --version and -v without loading the program", () => {
    const home = join(dir, "version")
    assert.deepStrictEqual(start(home, ["--version"]), { status: 0, stdout: "1.2.3\n", stderr: "" })
    assert.deepStrictEqual(start(home, ["-v"]), { status: 0, stdout: "1.2.3\n", stderr: "" })
    assert.deepStrictEqual(packsIn(home), [])
  })

  it("runs the program alike without a cache, with one, and started by a link", () => {
    const home = join(dir, "cached")
    assert.deepStrictEqual(start(home, ["run", "a b"]), answer(["run", "a b"]))
    assert.strictEqual(packsIn(home).length, 1)
    assert.deepStrictEqual(start(home, ["run", "a b"]), answer(["run", "a b"]))
    symlinkSync(bin, join(dir, "code-mesh"))
    assert.deepStrictEqual(start(home, ["run", "a b"], join(dir, "code-mesh")), answer(["run", "a b"]))
  })

  it("keeps one pack for each command and one for all else, and leaves no other file", () => {
    const home = join(dir, "packs")
    for (const first of ["run", "nonsense", "other words"]) start(home, [first])
    start(home, ["status"])
    assert.deepStrictEqual(
      packsIn(home)
        .map((path) => path.slice(path.lastIndexOf("/") + 1))
        .sort(),
      ["main", "run", "status"]
    )
  })

  it("passes over a pack that is cut short, empty, or not one, and writes it anew", () => {
    const home = join(dir, "damaged")
    start(home, ["run"])
    const [pack = ""] = packsIn(home)
    const whole = readFileSync(pack).length
    for (const damage of [
      () => truncateSync(pack, whole - 100),
      () => truncateSync(pack, 0),
      () => writeFileSync(pack, Buffer.alloc(whole)),
      () => writeFileSync(pack, "words")
    ]) {
      damage()
      assert.deepStrictEqual(start(home, ["run"]), answer(["run"]))
      assert.isAbove(readFileSync(pack).length, whole / 2)
    }
  })

  it("runs where the cache cannot be written: a file in the way, and a folder that nobody can make", () => {
    writeFileSync(join(dir, "file"), "")
    for (const home of [join(dir, "file"), "/proc/code-mesh", "/dev/null/x"])
      assert.deepStrictEqual(start(home, ["run"]), answer(["run"]))
  })

  it("does not run old code of another build", () => {
    const home = join(dir, "rebuilt")
    start(home, ["run"])
    writeFileSync(bin, launcher.replaceAll("__VERSION__", "1.2.4").replaceAll("__BUILD__", "build2"))
    writeFileSync(join(dir, "dist", "helper-1.cjs"), "exports.add = (a, b) => a * b")
    const { stdout } = start(home, ["run"])
    assert.strictEqual(JSON.parse(stdout).sum, 6)
  })
})
