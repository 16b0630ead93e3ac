// Raw effects (files, processes, network) stand only in the places named here; everything else asks a port, behind which
// what a call would touch was decided on. `node scripts/check-effects.mjs [FOLDER]`: FOLDER holds the `src` to look at.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import ts from "typescript"
import { root, walk } from "./project.mjs"

/** What reaches the host by an import, by the name that the list below gives it. */
const modules = [
  ["files", /^(node:)?fs(\/promises)?$|^@effect\/platform(-node|-node-shared|-bun)?\/(\w*FileSystem)$/],
  ["processes", /^(node:)?(child_process|cluster|worker_threads)$|^@effect\/platform\S*\/\w*(Command\w*|Worker\w*)$/],
  ["network", /^(node:)?(http|https|http2|net|tls|dgram|dns)(\/promises)?$|^(undici|ws|node-fetch|got|axios)$/],
  ["network", /^@effect\/platform\S*\/\w*(Http|Socket|Undici)\w*$/],
  ["database", /^(node:)?sqlite$|^(better-sqlite3|libsql|@effect\/sql-sqlite\S*)$/],
  ["loader", /^(node:)?(module|vm|inspector|wasi)(\/promises)?$/]
]

/** What reaches it by a global's name. */
const globals = new Map([
  ["fetch", "network"],
  ["XMLHttpRequest", "network"],
  ["WebSocket", "network"],
  ["WebTransport", "network"],
  ["EventSource", "network"],
  ["indexedDB", "database"],
  ["localStorage", "database"],
  ["sessionStorage", "database"]
])

/** The only places for raw effects. A name that ends in `/` is a folder. */
const places = new Map([
  // What tools touch: files by handle, commands in their process group, searches.
  ["src/adapters/node/files.ts", ["files"]], // every read, write, removal and listing of a file tool
  ["src/adapters/node/NodeWorkspace.ts", ["files"]], // where a path really leads
  ["src/adapters/node/folders.ts", ["files"]], // makes folders
  ["src/adapters/node/NodeWorkingCopies.ts", ["files"]], // forgets a copy
  ["src/adapters/node/copies/", ["files", "processes"]], // working copies; git is asked what it ignores
  ["src/adapters/node/diskWalk.ts", ["files"]], // names for glob and grep
  ["src/adapters/node/handover/", ["files", "processes"]], // files of tasks between machines, by git
  ["src/adapters/node/pg/pgClient.ts", ["network"]], // the sockets of the database that machines share
  ["src/adapters/node/RipgrepSearch.ts", ["files", "processes"]], // ripgrep
  ["src/adapters/node/shownLines.ts", ["files"]], // whether what it shows is in the file
  ["src/adapters/node/SpawnShell.ts", ["files", "processes"]], // commands of the shell tool
  ["src/adapters/node/processGroup.ts", ["files", "processes"]], // how they start, are watched and end
  ["src/adapters/node/processes.ts", ["files", "processes"]], // which processes live
  ["src/adapters/node/backgroundRuns.ts", ["files", "processes"]], // runs of the program without a terminal
  ["src/adapters/node/leftover.ts", ["files"]], // which commands outlived their program
  ["src/adapters/node/sandboxMemory.ts", ["files"]], // what is known of the sandbox here
  ["src/adapters/node/confine.ts", ["files"]], // what a sandbox is made of
  ["src/adapters/node/elsewhere.ts", ["files"]], // what leads where in a copy that is mounted for a sandbox
  ["src/adapters/node/gitPlaces.ts", ["files"]], // where repositories keep what makes git run something
  ["src/adapters/node/limits.ts", ["files"]], // what a command's processes use
  ["src/adapters/node/allowedProxy.ts", ["network"]], // the checked way out of a sandbox
  // The program's own files.
  ["src/adapters/node/FileConfigSource.ts", ["files"]],
  ["src/adapters/node/markdownLayers.ts", ["files"]],
  ["src/adapters/node/catalogFile.ts", ["files"]], // the catalog of models that was fetched
  ["src/adapters/node/broughtFiles.ts", ["files"]], // what a folder brings with it, to be trusted or not
  ["src/adapters/node/findProgram.ts", ["files"]], // which programs on the search path are ours to run
  ["src/adapters/node/secretFile.ts", ["files"]], // keys
  ["src/adapters/node/scriptFile.ts", ["files"]], // the script of a scripted model
  ["src/adapters/node/llama/", ["files", "loader"]], // model files, and the package that runs them
  ["src/adapters/node/Sqlite.ts", ["files"]],
  ["src/adapters/node/engine/engineFiles.ts", ["files"]], // the tasks of a plan
  ["src/adapters/node/engine/cluster.ts", ["network"]], // the machines of a cluster speak to each other
  ["src/adapters/node/sqliteDrivers.ts", ["database", "loader"]],
  ["src/adapters/node/NodeHost.ts", ["files"]], // what the machine is
  ["src/adapters/browser/", ["database"]], // the page's own stores
  ["src/adapters/browser/BrowserCredentials.ts", ["network"]], // renews its sign-ins
  // Pages, after their address was checked, and requests to models.
  ["src/adapters/node/NodeWeb.ts", ["network"]],
  ["src/adapters/browser/FetchWeb.ts", ["network"]],
  ["src/adapters/shared/web/searchEngine.ts", ["network"]],
  ["src/adapters/node/redirects.ts", ["network"]], // where a browser comes back to while somebody signs in
  ["src/adapters/node/httpFetch.ts", ["network"]], // the fetch of model requests in Node
  ["src/adapters/shared/model/answering.ts", ["network"]], // and that of a page
  ["src/adapters/shared/model/HttpLanguageModel.ts", ["network"]], // a page's own fetch, where none is given
  ["src/adapters/shared/model/discovery.ts", ["network"]], // which models a server has
  // The command line: files that a person names on it, and what it is started with.
  ["src/programs/cli/cassettes.ts", ["files", "network"]], // --record and --replay FILE
  ["src/programs/cli/processIo.ts", ["files"]], // whether standard input is a pipe
  ["src/programs/cli/promptParts.ts", ["files"]], // --file PATH
  ["src/programs/cli/planEditing.ts", ["files"]], // plan edit --from FILE
  ["src/programs/cli/sessionLog.ts", ["files"]], // session export and import FILE
  ["src/programs/cli/world.ts", ["files"]], // --cwd PATH
  ["src/programs/cli/worker.ts", ["network"]], // a free port where none is named
  ["src/programs/cli/config.ts", ["files"]], // which config files are there
  ["src/programs/cli/configFile.ts", ["files"]], // config set writes the person's file
  ["src/programs/cli/authImport.ts", ["files"]], // reads the keys of another program
  ["src/programs/cli/permissionImport.ts", ["files"]], // reads the settings of other programs
  ["src/programs/cli/trust.ts", ["files"]], // the folder that a person trusts
  ["src/programs/cli/init.ts", ["files"]], // writes the files it was asked for
  ["src/programs/cli/demo.ts", ["files", "processes"]], // lays out and checks the sample
  ["src/programs/cli/integrity.ts", ["files"]], // doctor reads the data folder
  ["src/programs/cli/doctor.ts", ["files", "processes"]], // looks for what the machine has
  ["src/programs/cli/program.ts", ["files"]] // @effect/cli wants a file system to be there
])

/** Stands for a module whose name is only known when it is loaded: it could be any. */
const unnamed = "node:module"

const specifierOf = (node) => {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
    const typesOnly = node.isTypeOnly === true || node.importClause?.isTypeOnly === true
    return typesOnly ? undefined : node.moduleSpecifier?.text
  }
  if (!ts.isCallExpression(node)) return undefined
  const required = ts.isIdentifier(node.expression) && node.expression.text === "require"
  if (node.expression.kind !== ts.SyntaxKind.ImportKeyword && !required) return undefined
  const [first] = node.arguments
  return first !== undefined && ts.isStringLiteralLike(first) ? first.text : unnamed
}

const bindsName = (name, text) =>
  ts.isIdentifier(name)
    ? name.text === text
    : name.elements.some((one) => ts.isBindingElement(one) && bindsName(one.name, text))

/** What a node itself declares: parameters, variables, functions, imports. */
const declares = (node, text) => {
  if (ts.isFunctionLike(node)) return node.parameters.some((one) => bindsName(one.name, text))
  if (!ts.isBlock(node) && !ts.isSourceFile(node)) return false
  return node.statements.some((one) => {
    if (ts.isVariableStatement(one)) return one.declarationList.declarations.some((it) => bindsName(it.name, text))
    if (ts.isFunctionDeclaration(one)) return one.name?.text === text
    return ts.isImportDeclaration(one) && new RegExp(`\\b${text}\\b`).test(one.importClause?.getText() ?? "")
  })
}

const isLocal = (node, text) => {
  for (let at = node.parent; at !== undefined; at = at.parent) if (declares(at, text)) return true
  return false
}

/** A name that stands for a value here, not for a member, a key or a type. */
const isValue = (node) => {
  const { parent } = node
  if (ts.isTypeNode(parent) || ts.isQualifiedName(parent) || ts.isTypeQueryNode(parent)) return false
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node
  if (ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent)) return parent.initializer === node
  if (ts.isBindingElement(parent) || ts.isVariableDeclaration(parent)) return parent.initializer === node
  return !ts.isMethodSignature(parent) && !ts.isMethodDeclaration(parent) && !ts.isImportSpecifier(parent)
}

const hosts = new Set(["globalThis", "window", "self"])

/** A host's global, by its name or as a member of the global object. */
const globalOf = (node) => {
  if (ts.isPropertyAccessExpression(node) && hosts.has(node.expression.getText()) && globals.has(node.name.text))
    return node.name.text
  if (!ts.isIdentifier(node) || !globals.has(node.text)) return undefined
  return isValue(node) && !isLocal(node, node.text) ? node.text : undefined
}

/** What a node reaches of the host: its kind, and the name it goes by. */
const effectOf = (node) => {
  const specifier = specifierOf(node)
  const kind = specifier === undefined ? undefined : modules.find(([, names]) => names.test(specifier))?.[0]
  if (kind !== undefined) return { kind, name: specifier }
  const global = globalOf(node)
  if (global !== undefined) return { kind: globals.get(global), name: global }
  const raw = ts.isPropertyAccessExpression(node) && /^process\.(binding|dlopen|getBuiltinModule)$/.test(node.getText())
  return raw ? { kind: "loader", name: node.getText() } : undefined
}

const base = process.argv[2] ?? root
const place = (file) =>
  places.has(file) ? file : [...places.keys()].find((one) => one.endsWith("/") && file.startsWith(one))
const used = new Map()
const faults = []

for (const file of walk(join(base, "src"), (path) => path.endsWith(".ts"), base)) {
  const source = ts.createSourceFile(file, readFileSync(join(base, file), "utf8"), ts.ScriptTarget.Latest, true)
  const here = place(file)
  const visit = (node) => {
    const effect = effectOf(node)
    if (effect !== undefined && places.get(here)?.includes(effect.kind) === true)
      used.set(here, (used.get(here) ?? new Set()).add(effect.kind))
    else if (effect !== undefined) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart())
      faults.push(`${file}:${line + 1} uses ${effect.name} (${effect.kind}); ask a port for it`)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
}

if (base === root)
  for (const [file, kinds] of places)
    for (const kind of kinds)
      if (used.get(file)?.has(kind) !== true)
        faults.push(`${file} may use ${kind} and does not: take that off the list`)

if (faults.length > 0) {
  console.error(faults.join("\n"))
  process.exit(1)
}
console.log("Raw files, processes and network stand only in the places listed.")
