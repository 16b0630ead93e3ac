// Outside adapters nothing reads files, starts processes or goes to the network by itself: that is what ports are for.
import { readFileSync } from "node:fs"
import ts from "typescript"
import { at, walk } from "./project.mjs"

const modules =
  /^(node:)?(fs|fs\/promises|child_process|http|https|http2|net|tls|dgram|dns|sqlite|worker_threads)$|^undici$/
const globals = new Set(["fetch", "XMLHttpRequest", "WebSocket", "EventSource", "indexedDB", "localStorage"])

/** The command line's own files: those that a person names on it, and what it is started with. */
const exempt = new Map([
  ["src/programs/cli/cassettes.ts", ["node:fs"]], // --record and --replay FILE
  ["src/programs/cli/processIo.ts", ["node:fs"]], // whether standard input is a pipe
  ["src/programs/cli/promptParts.ts", ["node:fs/promises"]], // --file PATH
  ["src/programs/cli/sessionLog.ts", ["node:fs/promises"]], // session export and import FILE
  ["src/programs/cli/world.ts", ["node:fs"]], // --cwd PATH
  ["src/programs/cli/config.ts", ["node:fs", "node:fs/promises"]], // config set writes the person's file
  ["src/programs/cli/init.ts", ["node:fs", "node:fs/promises"]], // writes the files it was asked for
  ["src/programs/cli/demo.ts", ["node:child_process", "node:fs/promises"]], // lays out and checks the sample
  ["src/programs/cli/doctor.ts", ["node:child_process", "node:fs"]] // looks for what the machine has
])

const specifierOf = (node) => {
  if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined)
    return node.moduleSpecifier.text
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) return node.arguments[0]?.text
  return undefined
}

/** The name of a host's global where it is called or constructed, plain or through `globalThis`. */
const globalOf = (node) => {
  if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return undefined
  const called = node.expression
  if (ts.isIdentifier(called)) return called.text
  if (ts.isPropertyAccessExpression(called) && called.expression.getText() === "globalThis") return called.name.text
  return undefined
}

const faults = []
for (const file of walk("src", (path) => path.endsWith(".ts"))) {
  if (file.startsWith("src/adapters/")) continue
  const allowed = exempt.get(file) ?? []
  const source = ts.createSourceFile(file, readFileSync(at(file), "utf8"), ts.ScriptTarget.Latest, true)
  const visit = (node) => {
    const specifier = specifierOf(node)
    const name = globalOf(node)
    const found =
      specifier !== undefined && modules.test(specifier)
        ? specifier
        : name !== undefined && globals.has(name)
          ? name
          : ""
    if (found !== "" && !allowed.includes(found)) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart())
      faults.push(`${file}:${line + 1} uses ${found}; ask a port for it`)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
}

if (faults.length > 0) {
  console.error(faults.join("\n"))
  process.exit(1)
}
console.log("No raw files, processes or network outside adapters.")
