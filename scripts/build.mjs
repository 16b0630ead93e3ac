// Builds what is published: `node scripts/build.mjs [cli] [lib] [types] [--force]`, all three where none is named.
// A part whose sources are those of the last build is left as it is.
import { createHash } from "node:crypto"
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync
} from "node:fs"
import { dirname, relative } from "node:path"
import { rolldown } from "rolldown"
import { at, digest, isFresh, kilobytes, manifest, remember, run, sizeOf, walk } from "./project.mjs"

const launcher = "scripts/launcher.cjs"
const text = { ".md": "text", ".txt": "text" }

/** Native packages are left to node_modules; everything else goes into the bundle. */
const natives = [
  /^better-sqlite3$/,
  /^libsql$/,
  /^@vscode\/ripgrep-/,
  /^@napi-rs\/keyring/,
  /^@parcel\/watcher$/,
  /^msgpackr-extract$/
]
const bare = /^(?![./]|\w:[\\/]|\0)/

const write = async (input, output) => {
  const bundle = await rolldown(input)
  try {
    return (await bundle.write(output)).output.filter((file) => file.type === "chunk")
  } finally {
    await bundle.close()
  }
}

/** @effect/cli asks nothing here: its questions would only make every start slower. */
const noPrompts = {
  name: "no-prompts",
  load(id) {
    if (!/\/@effect\/cli\/dist\/esm\/internal\/prompt\/(?!action|ansi-utils|utils)[\w-]+\.js$/.test(id)) return
    const names = [...readFileSync(id, "utf8").matchAll(/^export const (\w+)/gm)].map(([, name]) => name)
    return names.map((name) => `export const ${name} = () => { throw new Error("nothing is asked here") }`).join("\n")
  }
}

/** The SDKs are given small stand-ins: Node's own `Headers` and `FormData` load all of its fetch when they are named. */
const plainHeaders = {
  name: "plain-headers",
  transform(code, id) {
    if (!/\/node_modules\/(openai|@anthropic-ai\/sdk)\//.test(id) || !/\b(Headers|FormData)\b/.test(code)) return
    return `import { FormData, Headers } from ${JSON.stringify(at("src/adapters/node/plainHeaders.ts"))}\n${code}`
  }
}

const onLog = (level, log, next) => {
  // Packages from outside use eval and circular imports; ours are checked by dependency-cruiser. What is loaded lazily
  // in one place may be needed at once in another.
  if (["EVAL", "CIRCULAR_DEPENDENCY", "INEFFECTIVE_DYNAMIC_IMPORT"].includes(log.code)) return
  next(level, log)
}

/** A file with one other character costs V8 two bytes for each of its characters, and more time to read. */
const asAscii = (code) =>
  code.replace(/[^\0-\x7f]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`)

const cli = async (dir) => {
  const chunks = await write(
    {
      // The second entry is for whoever has a process already, as the tests do.
      input: { main: at("src/programs/cli/main.ts"), startIn: at("src/programs/cli/startIn.ts") },
      platform: "node",
      external: natives,
      // Its CommonJS build asks for its parts in a way that no bundler follows.
      resolve: { alias: { "jsonc-parser": at("node_modules/jsonc-parser/lib/esm/main.js") } },
      moduleTypes: text,
      tsconfig: false,
      plugins: [noPrompts, plainHeaders],
      onLog
    },
    {
      dir: at(dir),
      format: "cjs",
      minify: true,
      comments: false,
      // A script from the code cache cannot answer `import()`: natives are required.
      dynamicImportInCjs: false,
      entryFileNames: "[name].cjs",
      chunkFileNames: "[name]-[hash].cjs"
    }
  )
  for (const { code, fileName } of chunks) {
    const plain = asAscii(code)
    // Tables of tokens would grow by half, and raw templates would not be the same.
    if (plain.length < code.length * 1.1 && !code.includes("String.raw")) writeFileSync(at(dir, fileName), plain)
  }
  const build = createHash("sha256")
  for (const chunk of chunks) build.update(chunk.fileName).update(chunk.code)
  const source = readFileSync(at(launcher), "utf8")
    .replaceAll("__VERSION__", manifest().version)
    .replaceAll("__BUILD__", build.digest("hex").slice(0, 16))
  writeFileSync(at(dir, "bin.cjs"), source)
  chmodSync(at(dir, "bin.cjs"), 0o755)
}

const lib = async (dir) => {
  const entry = (name) => [name, at("src/programs", `${name}.ts`)]
  await write(
    {
      input: Object.fromEntries(["index", "node", "browser", "testing"].map(entry)),
      platform: "neutral",
      external: bare,
      moduleTypes: text,
      tsconfig: false,
      onLog
    },
    {
      dir: at(dir),
      format: "esm",
      minify: false,
      entryFileNames: "[name].js",
      chunkFileNames: "chunks/[name]-[hash].js"
    }
  )
}

/** Declarations name their neighbours by `.ts`, which a consumer's compiler refuses; `.js` finds the `.d.ts`. */
const asPublished = (code) =>
  code
    .replace(/((?:from|import)\s*\(?\s*["'])(\.{1,2}\/[^"']+)\.ts(["'])/g, "$1$2.js$3")
    .replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "\n")

const types = (dir) => {
  const { code, output } = run("tsc", ["-b", "src/programs"], { quiet: true })
  if (code !== 0) throw new Error(`The declarations could not be made:\n${output}`)
  for (const file of walk(".build/types", (path) => path.endsWith(".d.ts"))) {
    const source = file.replace(/^\.build\/types\//, "src/").replace(/\.d\.ts$/, ".ts")
    // What tsc left from a file that is gone, and the programs that nobody imports.
    if (!existsSync(at(source)) || source.startsWith("src/programs/cli/")) continue
    const target = file.replace(/^\.build\/types/, dir)
    mkdirSync(dirname(at(target)), { recursive: true })
    copyFileSync(at(file), at(target))
    writeFileSync(at(target), asPublished(readFileSync(at(target), "utf8")))
  }
}

const parts = { cli, lib, types }

/** Builds the named parts that are stale. */
export const build = async (names = Object.keys(parts), { force = false, log = console.log } = {}) => {
  const inputs = [
    ...walk("src"),
    ...["package.json", "package-lock.json", "tsconfig.json", "tsconfig.base.json", "scripts/build.mjs", launcher]
  ]
  const stamp = digest(inputs, process.version)
  for (const name of names) {
    if (!force && isFresh(name, stamp)) continue
    const started = performance.now()
    rmSync(at("dist", `.stamp-${name}`), { force: true })
    // Beside the old one until it is whole, so that a build that fails, or two at once, leave something that works.
    const fresh = `dist/.${name}-${process.pid}`
    try {
      await parts[name](fresh)
      rmSync(at("dist", name), { recursive: true, force: true })
      renameSync(at(fresh), at("dist", name))
    } finally {
      rmSync(at(fresh), { recursive: true, force: true })
    }
    remember(name, stamp)
    const size = kilobytes(sizeOf(walk(`dist/${name}`)))
    log(`built dist/${name} (${size}) in ${Math.round(performance.now() - started)} ms`)
  }
}

if (process.argv[1] !== undefined && relative(at("scripts/build.mjs"), process.argv[1]) === "") {
  const names = process.argv.slice(2).filter((name) => !name.startsWith("-"))
  const unknown = names.find((name) => !(name in parts))
  if (unknown !== undefined) {
    console.error(`There is no part '${unknown}'; there are: ${Object.keys(parts).join(", ")}.`)
    process.exit(2)
  }
  try {
    await build(names.length === 0 ? undefined : names, { force: process.argv.includes("--force") })
  } catch (error) {
    console.error(error.message)
    process.exit(1)
  }
}
