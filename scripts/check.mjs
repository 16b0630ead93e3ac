// All checks but the tests; `node scripts/check.mjs [name…]` runs only those named. Says all that is wrong, not the first.
import { spawn } from "node:child_process"
import { at, root } from "./project.mjs"

const node = (script, ...args) => [process.execPath, [at("scripts", script), ...args]]
const tool = (name, ...args) => [at("node_modules/.bin", name), args]

// In two lanes, as machines have at least two cores; the order within a lane matters.
const lanes = [
  {
    types: tool("tsc", "-b"),
    build: node("build.mjs"),
    package: node("check-package.mjs"),
    size: node("size.mjs")
  },
  {
    format: tool("biome", "ci", "--diagnostic-level=error", "."),
    architecture: tool("depcruise", "src"),
    unused: tool("knip", "--no-progress"),
    docs: node("check-docs.mjs"),
    effects: node("check-effects.mjs"),
    licences: node("check-licences.mjs"),
    audit: node("check-audit.mjs")
  }
]

const wanted = process.argv.slice(2)
const unknown = wanted.find((name) => !lanes.some((lane) => name in lane))
if (unknown !== undefined) {
  console.error(`There is no check '${unknown}'; there are: ${lanes.flatMap((lane) => Object.keys(lane)).join(", ")}.`)
  process.exit(2)
}

const perform = ([command, args]) =>
  new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] })
    const output = []
    child.stdout.on("data", (data) => output.push(data))
    child.stderr.on("data", (data) => output.push(data))
    child.on("error", (error) => resolve({ code: 1, output: String(error) }))
    child.on("close", (code) => resolve({ code: code ?? 1, output: Buffer.concat(output).toString().trim() }))
  })

const failed = []
await Promise.all(
  lanes.map(async (lane) => {
    for (const [name, command] of Object.entries(lane)) {
      if (wanted.length > 0 && !wanted.includes(name)) continue
      const started = performance.now()
      const { code, output } = await perform(command)
      const time = `${((performance.now() - started) / 1000).toFixed(1)} s`
      if (code === 0) console.log(`ok      ${name} (${time})${name === "size" ? `\n${output}` : ""}`)
      else {
        failed.push(name)
        console.log(`FAILED  ${name} (${time})\n${output}\n`)
      }
    }
  })
)

if (failed.length > 0) {
  console.error(`check: ${failed.join(", ")} failed.`)
  process.exit(1)
}
console.log("check: all well.")
