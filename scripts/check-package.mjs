// What is published works for those who install it: entries, types, and dependencies that are neither missing nor idle.
import { readFileSync, rmSync } from "node:fs"
import { builtinModules } from "node:module"
import { at, manifest, run, walk } from "./project.mjs"

const faults = []
const { dependencies = {}, optionalDependencies = {}, peerDependencies = {} } = manifest()

const packageOf = (specifier) =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/")

const imported = new Set()
const patterns = [
  /(?:^|[\s;}])(?:import|export)\b[^"'`;]*?\bfrom\s*["']([^"']+)["']/g,
  /\bimport\s*["']([^"']+)["']/g,
  /\bimport\(\s*["'`]([^"'`]+)["'`]\s*\)/g,
  /\brequire\(\s*["'`]([^"'`]+)["'`]\s*\)/g
]
const collect = (files) => {
  for (const file of files) {
    const code = readFileSync(at(file), "utf8").replace(/\/\*[\s\S]*?\*\//g, "")
    for (const pattern of patterns)
      for (const [, specifier] of code.matchAll(pattern))
        if (
          /^[@a-z]/.test(specifier) &&
          !specifier.startsWith("node:") &&
          !builtinModules.includes(packageOf(specifier))
        )
          imported.add(packageOf(specifier))
  }
}
collect(walk("dist/lib", (path) => path.endsWith(".js")))
collect(walk("dist/types", (path) => path.endsWith(".d.ts")))
for (const name of imported)
  if (![dependencies, optionalDependencies, peerDependencies].some((all) => name in all))
    faults.push(`dist imports ${name}, which nobody installs`)

// Found at run time, or needed by another package: peers that npm would install anyway are pinned here.
const indirect = new Set([
  "@vscode/ripgrep",
  "better-sqlite3",
  "libsql",
  "@effect/sql",
  "@effect/experimental",
  "@effect/platform"
])
for (const name of Object.keys(dependencies))
  if (!imported.has(name) && !indirect.has(name))
    faults.push(`${name} is a dependency that nothing in dist/lib imports`)

const packed = run("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", at(".build")], { quiet: true })
const tarball = at(
  ".build",
  JSON.parse(packed.output.slice(packed.output.indexOf("[\n")).replace(/\]\s*npm [\s\S]*$/, "]"))[0].filename
)
const tools = [
  ["publint", ["run", tarball, "--strict"]],
  // ESM only; `./node` is for Node alone, so that a browser's bundler does not resolve it.
  ["attw", [tarball, "--profile", "esm-only", "--no-emoji", "--no-color"]]
]
for (const [command, args] of tools) {
  const { code, output } = run(command, args, { quiet: true })
  if (code !== 0) faults.push(`${command}:\n${output}`)
}
rmSync(tarball, { force: true })

if (faults.length > 0) {
  console.error(faults.join("\n"))
  process.exit(1)
}
console.log("publint and attw agree; dependencies are those that dist needs.")
