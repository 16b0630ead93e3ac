// `node scripts/prebuilt.mjs FOLDER`: puts SQLite's driver, as `npm ci` made it here, into a folder in which the driver's
// own install script looks before it downloads or compiles (`npm_config_better_sqlite3_local_prebuilds`).
import { existsSync, mkdirSync, readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { basename, join } from "node:path"
import { at, run } from "./project.mjs"

const folder = process.argv[2]
if (folder === undefined) {
  console.error("Name the folder.")
  process.exit(2)
}
const home = at("node_modules/better-sqlite3")
const binary = "build/Release/better_sqlite3.node"
// Where there is none, the install script goes its own ways.
if (existsSync(join(home, binary))) {
  mkdirSync(folder, { recursive: true })
  const asItDoes = createRequire(join(home, "package.json"))
  const pkg = JSON.parse(readFileSync(join(home, "package.json"), "utf8"))
  const { getDownloadUrl } = asItDoes("prebuild-install/util")
  const name = basename(getDownloadUrl({ ...asItDoes("prebuild-install/rc")(pkg), pkg }))
  run("tar", ["-czf", join(folder, name), "-C", home, binary], { quiet: true })
}
