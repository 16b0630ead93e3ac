// `node bench/copies.mjs [--rounds N] [--files N] [--agents N]`: what a working copy costs on a large project, by the adapter
// that ships (bundled from the source): opening and one edit by a file tool, the tree for the first command, and that of
// later sessions, one at a time and several at once; beside `cp --reflink=auto -a` of the same rounds. Wall and own CPU time,
// medians. TMPDIR says on which disk.
import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { build } from "esbuild"

const option = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? otherwise : Number(process.argv[at + 1])
}
const [rounds, files, agents] = [option("rounds", 5), option("files", 20_000), option("agents", 8)]
const root = dirname(dirname(fileURLToPath(import.meta.url)))
const bundle = mkdtempSync(join(root, "node_modules", ".bench-"))
const work = mkdtempSync(join(tmpdir(), "code-mesh-copies-"))

const contents = `
import * as Effect from "effect/Effect"
export { SessionId } from "../src/domain/model/Ids.ts"
import { make } from "../src/adapters/node/NodeWorkingCopies.ts"
export const copiesIn = (dataDir) => Effect.runPromise(make({ dataDir, sandboxed: Effect.succeed(true) }))
export const run = Effect.runPromise
export const changesOf = (copy) => Effect.runPromise(copy.checkpoint(Effect.succeed))
`
const outfile = join(bundle, "copies.mjs")
await build({
  stdin: { contents, resolveDir: join(root, "bench"), loader: "ts" },
  outfile,
  bundle: true,
  format: "esm",
  platform: "node",
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)" }
})
const { changesOf, copiesIn, run } = await import(pathToFileURL(outfile).href)

const project = join(work, "project")
const layOut = () => {
  for (let dir = 0; dir < files / 100; dir++) {
    mkdirSync(join(project, `dir${dir}`), { recursive: true })
    for (let file = 0; file < 100; file++) {
      const text = `export const value${file} = ${dir}\nfunction f${file}() {\n  return value${file}\n}\n`
      writeFileSync(join(project, `dir${dir}`, `file${file}.ts`), `${text}// ${"x".repeat((file * 97) % 4000)}\n`)
    }
  }
  const git = (...args) => execFileSync("git", ["-c", "user.name=b", "-c", "user.email=b@b", ...args], { cwd: project })
  git("init", "-q")
  git("add", "-A")
  git("commit", "-qm", "all")
}

let last = 0
const session = () => {
  last += 1
  return `ses_${String(last).padStart(26, "0")}`
}

const taken = new Map()
const timed = async (name, body) => {
  const [began, cpu] = [performance.now(), process.cpuUsage()]
  const result = await body()
  const used = process.cpuUsage(cpu)
  const row = taken.get(name) ?? []
  taken.set(name, [...row, { wall: performance.now() - began, cpu: (used.user + used.system) / 1000 }])
  return result
}

const opened = (copies) => run(copies.open(session(), project))
const materialised = (copy) => run(copy.materialise)

const round = async (index) => {
  const dataDir = join(work, `data${index}`)
  const copies = await copiesIn(dataDir)
  await timed("file tools: open and one edit", async () => {
    const copy = await opened(copies)
    await run(copy.workspace.write("dir0/file0.ts", Buffer.from("edited\n")))
  })
  const first = await opened(copies)
  await timed("first command: the first copy", () => materialised(first))
  const second = await opened(copies)
  const { from } = await timed("first command: a second copy", () => materialised(second))
  writeFileSync(join(from, "dir1/file1.ts"), "by a command\n")
  const changes = await timed("what that command changed", () => changesOf(second))
  if (changes.length !== 1) throw new Error(`${changes.length} changes seen, not 1`)
  const many = await Promise.all(Array.from({ length: agents }, () => opened(copies)))
  await timed(`${agents} agents at once: all their copies`, () =>
    Promise.all(many.map((copy) => timed(`${agents} agents at once: each`, () => materialised(copy))))
  )
  const later = await copiesIn(dataDir)
  const next = await opened(later)
  await timed("the next program: its first copy", () => materialised(next))
  await timed("floor: cp --reflink=auto -a", async () => {
    execFileSync("cp", ["--reflink=auto", "-a", project, join(work, `cp${index}`)])
  })
  for (const one of [first, second, next, ...many]) await run(later.drop(one.session, project)).catch(() => undefined)
  rmSync(join(work, `cp${index}`), { recursive: true, force: true })
  rmSync(dataDir, { recursive: true, force: true })
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
try {
  layOut()
  // A file that was written a moment ago is not yet known by its times.
  await new Promise((resolve) => setTimeout(resolve, 200))
  for (let index = 0; index < rounds; index++) await round(index)
  console.log(`${files} files, medians of ${rounds} rounds, on ${readdirSync(project).length - 1} folders; ms\n`)
  for (const [name, row] of taken) {
    const [wall, cpu] = [median(row.map((it) => it.wall)), median(row.map((it) => it.cpu))]
    console.log(`${name.padEnd(40)} wall ${wall.toFixed(0).padStart(6)}   own CPU ${cpu.toFixed(0).padStart(6)}`)
  }
} finally {
  rmSync(bundle, { recursive: true, force: true })
  rmSync(work, { recursive: true, force: true })
}
