// Every package that users get has a licence that allows what we do with it.
import { existsSync, readFileSync } from "node:fs"
import { at } from "./project.mjs"

const allowed = new Set([
  ...["MIT", "MIT-0", "ISC", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "BlueOak-1.0.0", "CC0-1.0"],
  ...["Unlicense", "Python-2.0", "Zlib", "WTFPL"]
])

/** Whether one of the choices of an SPDX expression is allowed in all its parts. */
const isAllowed = (expression) =>
  expression
    .replace(/[()]/g, "")
    .split(/\s+OR\s+/)
    .some((choice) => choice.split(/\s+AND\s+/).every((part) => allowed.has(part.trim())))

const spelled = ({ license, licenses }) => {
  if (typeof license === "string") return license
  if (typeof license?.type === "string") return license.type
  return Array.isArray(licenses) ? licenses.map((it) => it.type ?? it).join(" OR ") : ""
}

const { packages } = JSON.parse(readFileSync(at("package-lock.json"), "utf8"))
const faults = []
let count = 0
for (const [path, entry] of Object.entries(packages)) {
  if (path === "" || entry.dev === true || entry.link === true) continue
  count += 1
  const file = at(path, "package.json")
  const licence = existsSync(file) ? spelled(JSON.parse(readFileSync(file, "utf8"))) : (entry.license ?? "")
  if (!isAllowed(licence)) faults.push(`${path.replace(/^node_modules\//, "")}: ${licence || "no licence named"}`)
}

if (faults.length > 0) {
  console.error(faults.join("\n"))
  console.error(`${faults.length} of ${count} packages with a licence that is not on the list.`)
  process.exit(1)
}
console.log(`${count} packages, all under licences on the list.`)
