#!/usr/bin/env node
// Starts the program fast. `--version` is answered here, before anything is loaded. Otherwise the bundle's files are run
// through V8's code cache, which is written after a run, so that it also holds the functions compiled while running.
// A cache that is missing, stale or not writable costs time and nothing else.
"use strict"

const first = process.argv[2]
if (first === "--version" || first === "-v") {
  process.stdout.write("__VERSION__\n")
} else {
  start()
}

function start() {
  const fs = require("node:fs")
  const path = require("node:path")
  const vm = require("node:vm")

  // One pack for each command, as each needs other parts of the bundle.
  const commands =
    "acp apply auth chat completions config debug demo diff discard doctor index init mcp memory models " +
    "permission plan redo run serve session status undo upgrade web worker"
  const command = commands.split(" ").includes(first) ? first : "main"
  // A run is over before most of what V8 would optimize pays: it waits four times as long as it would by itself.
  // Shorter commands are better off without.
  if (command === "run" && Number.parseInt(process.versions.node, 10) < 26)
    require("node:v8").setFlagsFromString("--interrupt-budget=600000")
  const pack = packOf()
  const kept = readPack()
  const loaded = new Map()
  let stale = false

  process.on("exit", save)
  // A script from the code cache cannot answer `import()`; this file can.
  globalThis[Symbol.for("code-mesh/import")] = (id) => import(id)
  load(path.join(__dirname, "main.cjs"))

  function packOf() {
    const { env } = process
    const home = env.CODE_MESH_HOME
    const base = home
      ? path.join(home, "cache")
      : path.join(env.XDG_CACHE_HOME || path.join(env.HOME || require("node:os").homedir(), ".cache"), "code-mesh")
    const engine = `${process.versions.v8}-${process.arch}`
    return path.join(base, "code", `__BUILD__-${engine}`, command)
  }

  // Layout: 4 bytes of index length, the index [[name, size], …] as JSON, the data, 4 bytes "CMC1".
  function readPack() {
    const parts = new Map()
    try {
      const bytes = fs.readFileSync(pack)
      const end = bytes.length - 4
      if (bytes.toString("latin1", end) !== "CMC1") return parts
      let at = 4 + bytes.readUInt32LE(0)
      for (const [name, size] of JSON.parse(bytes.toString("utf8", 4, at))) {
        parts.set(name, bytes.subarray(at, at + size))
        at += size
      }
      return at === end ? parts : new Map()
    } catch {
      return new Map()
    }
  }

  // The bundle's own files require each other by relative paths; all else is Node's business.
  function load(file) {
    const known = loaded.get(file)
    if (known !== undefined) return known.module.exports
    const name = path.basename(file)
    const source = fs.readFileSync(file, "utf8")
    const cachedData = kept.get(name)
    const script = new vm.Script(`(function(exports,require,module,__filename,__dirname){${source}\n})`, {
      filename: file,
      ...(cachedData === undefined ? {} : { cachedData })
    })
    if (cachedData === undefined || script.cachedDataRejected) stale = true
    const module = { exports: {}, filename: file, id: file, loaded: false }
    loaded.set(file, { module, name, script })
    const requireFrom = (id) => (id.startsWith("./") ? load(path.join(__dirname, id)) : require(id))
    requireFrom.resolve = require.resolve
    requireFrom.main = require.main
    script.runInThisContext().call(module.exports, module.exports, requireFrom, module, file, __dirname)
    module.loaded = true
    return module.exports
  }

  function save() {
    if (!stale) return
    const temporary = `${pack}.${process.pid}`
    try {
      for (const { name, script } of loaded.values()) kept.set(name, script.createCachedData())
      const parts = [...kept]
      const index = Buffer.from(JSON.stringify(parts.map(([name, data]) => [name, data.length])))
      const length = Buffer.alloc(4)
      length.writeUInt32LE(index.length)
      makeFolder(path.dirname(pack), 8)
      fs.writeFileSync(
        temporary,
        Buffer.concat([length, index, ...parts.map(([, data]) => data), Buffer.from("CMC1")]),
        {
          mode: 0o600
        }
      )
      fs.renameSync(temporary, pack)
      dropOld()
    } catch {
      try {
        fs.rmSync(temporary, { force: true })
      } catch {}
    }
  }

  // Not `recursive: true`: below /proc that never returns on Node 20.
  function makeFolder(folder, depth) {
    if (fs.existsSync(folder)) return
    if (depth > 0) makeFolder(path.dirname(folder), depth - 1)
    try {
      fs.mkdirSync(folder, { mode: 0o700 })
    } catch (error) {
      if (error.code !== "EEXIST") throw error
    }
  }

  // Packs of builds that have not been written to for a month are of no use to anyone.
  function dropOld() {
    const all = path.dirname(path.dirname(pack))
    const month = 30 * 24 * 3600 * 1000
    for (const name of fs.readdirSync(all)) {
      const other = path.join(all, name)
      if (fs.statSync(other).mtimeMs < Date.now() - month) fs.rmSync(other, { recursive: true, force: true })
    }
  }
}
