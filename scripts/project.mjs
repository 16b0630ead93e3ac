// What the scripts share: where the project is, how files are walked and hashed, how a command is run.
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { dirname, join, relative, resolve, sep } from "node:path"
import { fileURLToPath } from "node:url"

/** The project's folder. */
export const root = join(dirname(fileURLToPath(import.meta.url)), "..")

/** A path in the project. */
export const at = (...parts) => join(root, ...parts)

/** package.json as it is now. */
export const manifest = () => JSON.parse(readFileSync(at("package.json"), "utf8"))

/** Every file under a folder that `keep` accepts, sorted, relative to `base` (the project) with forward slashes. */
export const walk = (folder, keep = () => true, base = root) => {
  const found = []
  const visit = (dir) => {
    for (const entry of readdirSync(dir, { withFileTypes: true })) {
      const path = join(dir, entry.name)
      if (entry.isDirectory()) visit(path)
      else if (entry.isFile() && keep(path)) found.push(relative(base, path).split(sep).join("/"))
    }
  }
  const start = resolve(base, folder)
  if (existsSync(start)) visit(start)
  return found.sort()
}

/** SHA-256 over the names and bytes of files; a missing one counts as empty. */
export const digest = (files, salt = "") => {
  const hash = createHash("sha256").update(salt)
  for (const file of files) hash.update(`\0${file}\0`).update(existsSync(at(file)) ? readFileSync(at(file)) : "")
  return hash.digest("hex")
}

/** Whether `dist/.stamp-NAME` says that NAME was built from these inputs. */
export const isFresh = (name, stamp) =>
  existsSync(at("dist", `.stamp-${name}`)) && readFileSync(at("dist", `.stamp-${name}`), "utf8") === stamp

/** Remembers what NAME was built from. */
export const remember = (name, stamp) => {
  mkdirSync(at("dist"), { recursive: true })
  writeFileSync(at("dist", `.stamp-${name}`), stamp)
}

/** Runs a program of the project; answers its exit code and output, which is shown too unless `quiet`. */
export const run = (command, args, { quiet = false, cwd = root, env } = {}) => {
  const bin = at("node_modules", ".bin", command)
  const done = spawnSync(existsSync(bin) ? bin : command, args, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, ...env },
    maxBuffer: 64 * 1024 * 1024,
    stdio: ["ignore", quiet ? "pipe" : "inherit", quiet ? "pipe" : "inherit"]
  })
  return { code: done.status ?? 1, output: `${done.stdout ?? ""}${done.stderr ?? ""}${done.error?.message ?? ""}` }
}

/** A size in bytes, for people. */
export const kilobytes = (bytes) => `${(bytes / 1024).toFixed(1)} KB`

/** Total size of files. */
export const sizeOf = (files) => files.reduce((sum, file) => sum + statSync(at(file)).size, 0)
