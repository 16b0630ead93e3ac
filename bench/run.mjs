// `npm run bench [-- --rounds N] [--json FILE] [--only NAME]`: how long the shipped program takes, as medians over rounds
// in which all variants take turns, beside bare `node -e 0` in the same rounds. A report: nothing here passes or fails.
import { fork, spawn } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { cpus, tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const program = fileURLToPath(new URL("../dist/cli/bin.cjs", import.meta.url))
const option = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? otherwise : process.argv[at + 1]
}
const rounds = Number(option("rounds", "9"))
const only = option("only", "")

const work = mkdtempSync(join(tmpdir(), "code-mesh-bench-"))
const provider = fork(fileURLToPath(new URL("provider.mjs", import.meta.url)))
const port = await new Promise((resolve) => provider.once("message", resolve))

/** A small project, and one of 20,000 files. */
const small = join(work, "small")
const large = join(work, "large")
const layOut = () => {
  mkdirSync(join(work, "home"))
  writeFileSync(
    join(work, "home", "config.toml"),
    `[providers.bench]\napi = "openai"\nbaseUrl = "http://127.0.0.1:${port}/v1"\napiKeyEnv = "BENCH_KEY"\n`
  )
  mkdirSync(small)
  for (let index = 0; index < 30; index++)
    writeFileSync(join(small, `file${index}.txt`), `line one\nline two ${index}\n`)
  for (let dir = 0; dir < 200; dir++) {
    mkdirSync(join(large, `dir${dir}`), { recursive: true })
    for (let file = 0; file < 100; file++) {
      const name = `file${file}.${["ts", "js", "md", "txt"][file % 4]}`
      const text = `export const value${file} = ${dir}\nfunction f${file}() {\n  return value${file}\n}\n`
      writeFileSync(join(large, `dir${dir}`, name), file === dir % 100 ? `${text}// needle${dir % 7}\n` : text)
    }
  }
}

const environment = (model) => {
  const { PATH, HOME, LANG } = process.env
  return {
    PATH,
    HOME,
    LANG,
    CODE_MESH_HOME: join(work, "home"),
    CODE_MESH_MODEL: `bench/${model}`,
    BENCH_KEY: "bench"
  }
}

/** The most memory that a process held, as Linux counts it; 0 elsewhere. */
const peakOf = (pid) => {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0)
  } catch {
    return 0
  }
}

const start = ({ args, cwd = small, model = "bench-once" }, watch = false) =>
  new Promise((resolve) => {
    const began = performance.now()
    const child = spawn(process.execPath, args, { cwd, env: environment(model), stdio: ["ignore", "pipe", "pipe"] })
    const out = []
    let peak = 0
    const timer = watch ? setInterval(() => (peak = Math.max(peak, peakOf(child.pid))), 5) : undefined
    child.stdout.on("data", (data) => out.push(data))
    child.stderr.on("data", (data) => out.push(data))
    child.on("close", (code) => {
      clearInterval(timer)
      resolve({ ms: performance.now() - began, code, peak, output: Buffer.concat(out).toString() })
    })
  })

const prompt = (model, cwd = small) => ({
  args: [program, "run", "--format", "json", "--apply", "stage", "Go."],
  model,
  cwd
})

/** What is measured: its name, how it is run, how many at once, and what the goal is. */
const variants = {
  "node -e 0": { args: ["-e", "0"] },
  "--version": { args: [program, "--version"], goal: "bare + 10 ms" },
  "--help": { args: [program, "--help"], goal: "bare + 55 ms" },
  status: { args: [program, "status"], goal: "bare + 55 ms" },
  "session list": { args: [program, "session", "list"], goal: "bare + 55 ms" },
  "run, one answer": { ...prompt("bench-once"), goal: "200 ms, 100 MB" },
  "run, 30 tool turns": { ...prompt("bench-loop"), goal: "500 ms" },
  "run, 20,000 tokens": { ...prompt("bench-stream"), goal: "400 ms" },
  "run, 10 searches in 20,000 files": { ...prompt("bench-search", large), goal: "700 ms" },
  "eight runs at once": { ...prompt("bench-once"), many: 8, goal: "1200 ms" }
}

const once = async (variant, watch) => {
  if (variant.many === undefined) return start(variant, watch)
  const began = performance.now()
  const all = await Promise.all(Array.from({ length: variant.many }, () => start(variant, watch)))
  const failed = all.find(({ code }) => code !== 0)
  return { ...(failed ?? all[0]), ms: performance.now() - began, peak: Math.max(...all.map(({ peak }) => peak)) }
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

const main = async () => {
  layOut()
  const chosen = Object.entries(variants).filter(([name]) => name === "node -e 0" || name.includes(only))
  const times = new Map(chosen.map(([name]) => [name, []]))
  const failures = new Map()
  // The first round fills the code cache and the page cache, and finds what does not work.
  for (const [name, variant] of chosen) {
    const { code, output } = await once(variant)
    if (code !== 0) failures.set(name, `exit ${code}: ${output.trim().slice(0, 300)}`)
  }
  const working = chosen.filter(([name]) => !failures.has(name))
  for (let round = 0; round < rounds; round++)
    for (const [name, variant] of working) times.get(name).push((await once(variant)).ms)
  const peaks = new Map()
  for (const [name, variant] of working) peaks.set(name, (await once(variant, true)).peak)

  const bare = median(times.get("node -e 0"))
  const rows = working.map(([name, { goal = "" }]) => {
    const ms = median(times.get(name))
    return { name, ms, over: ms - bare, ratio: ms / bare, peakMb: peaks.get(name) / 1024, goal }
  })
  console.log(`Node ${process.version}, ${cpus().length} cores, median of ${rounds} rounds\n`)
  const cells = (values) =>
    values.map((value, index) => (index === 0 ? value.padEnd(34) : value.padStart(10))).join(" ")
  console.log(cells(["", "ms", "over bare", "x bare", "peak MB", "goal"]))
  for (const { name, ms, over, ratio, peakMb, goal } of rows)
    console.log(cells([name, ms.toFixed(1), over.toFixed(1), ratio.toFixed(2), peakMb.toFixed(0), goal]))
  const loop = rows.find(({ name }) => name === "run, 30 tool turns")
  const single = rows.find(({ name }) => name === "run, one answer")
  if (loop !== undefined && single !== undefined)
    console.log(
      `\nown time a turn in the loop, with the model's share on loopback: ${((loop.ms - single.ms) / 30).toFixed(1)} ms (goal 3 ms)`
    )
  const sizes = await (await fetch(`http://127.0.0.1:${port}/first-requests`)).json()
  for (const [model, bytes] of Object.entries(sizes))
    console.log(`first request of ${model}: ${bytes} bytes (goal 12 KB)`)
  for (const [name, reason] of failures) console.log(`not measured: ${name}: ${reason}`)
  const file = option("json", "")
  if (file !== "") writeFileSync(file, `${JSON.stringify({ node: process.version, rounds, rows, sizes }, null, 2)}\n`)
}

try {
  await main()
} finally {
  provider.disconnect()
  rmSync(work, { recursive: true, force: true })
}
