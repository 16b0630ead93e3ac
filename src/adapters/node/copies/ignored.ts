/** What git would ignore, asked of git itself with everything off that could run a program of the repository's. */
import { execFile } from "node:child_process"
import * as fs from "node:fs"
import { basename, dirname } from "node:path"
import { inertGit } from "../../../domain/permission/inertGit.ts"
import { elsewhere, namedThere, startedIn } from "../elsewhere.ts"
import { findProgram, outsideProject } from "../findProgram.ts"
import { makeFolder, replaceOwn } from "./own.ts"

const quiet = [...inertGit.slice(1), "-c", "core.untrackedCache=false"]

interface Asked {
  readonly cwd: string
  readonly args: ReadonlyArray<string>
  readonly input?: string
}

/** Runs git; nothing where it is not installed or says no. `check-ignore` exits 1 where nothing is ignored. */
const git = ({ args, cwd, input }: Asked): Promise<string | undefined> =>
  new Promise((resolve) => {
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_")))
    const search = env.PATH ?? ""
    const there = elsewhere(cwd)
    const [git, nsenter] = ["git", "nsenter"].map((name) => findProgram(name, search, namedThere(cwd)))
    if (git === undefined || (there !== undefined && nsenter === undefined)) return resolve(undefined)
    // Git asks for its folder's real name, which only those have who are where it is mounted.
    const command = [git, ...(there === undefined ? [] : ["-C", there.path]), ...quiet, ...args]
    const [program = git, ...rest] = there === undefined ? command : startedIn(nsenter ?? "", there, command)
    const child = execFile(
      program,
      rest,
      {
        cwd: there === undefined ? cwd : "/",
        env: {
          ...env,
          PATH: outsideProject(search, namedThere(cwd)),
          GIT_OPTIONAL_LOCKS: "0",
          GIT_TERMINAL_PROMPT: "0",
          LC_ALL: "C"
        },
        maxBuffer: 1 << 28,
        timeout: 60_000
      },
      (error, stdout) => resolve(error === null || error.code === 1 ? stdout : undefined)
    )
    child.on("error", () => resolve(undefined))
    child.stdin?.on("error", () => undefined)
    child.stdin?.end(input ?? "")
  })

/** Folders that are never part of a project's own files, known where no git says so. */
const wellKnown = new Set(["node_modules"])

const wellKnownUnder = (root: string, at = ""): ReadonlyArray<string> =>
  fs.readdirSync(at === "" ? root : `${root}/${at}`, { withFileTypes: true }).flatMap((it) => {
    if (!it.isDirectory() || it.name === ".git") return []
    const path = at === "" ? it.name : `${at}/${it.name}`
    return wellKnown.has(it.name) ? [path] : wellKnownUnder(root, path)
  })

const split = (out: string): ReadonlyArray<string> => out.split("\0").filter((path) => path !== "")

/** The ignored folders of a tree, relative, none inside another; without a repository the well-known ones. */
export const ignoredFolders = async (root: string): Promise<ReadonlyArray<string>> => {
  const args = ["ls-files", "-o", "-i", "--exclude-standard", "--directory", "-z"]
  const out = await git({ cwd: root, args })
  if (out === undefined) return wellKnownUnder(root)
  const folders = split(out).filter((path) => path.endsWith("/") && path !== "./" && path !== "/")
  if (folders.length === 0) return []
  // Git names folders too that merely hold nothing but ignored files: those are the project's own.
  const asked = await git({ cwd: root, args: ["check-ignore", "-z", "--stdin"], input: `${folders.join("\0")}\0` })
  const named = new Set(split(asked ?? ""))
  return folders.filter((path) => named.has(path)).map((path) => path.slice(0, -1))
}

/** Which of these paths are in a tree's history, where anybody who may read that reads them. */
export const trackedAmong = async (root: string, paths: ReadonlyArray<string>): Promise<ReadonlySet<string>> => {
  if (paths.length === 0) return new Set()
  const out = await git({ cwd: root, args: ["--literal-pathspecs", "ls-files", "-z", "--", ...paths] })
  return new Set(split(out ?? ""))
}

const lines = (path: string): ReadonlyArray<string> => {
  try {
    return fs.readFileSync(path, "utf8").split("\n")
  } catch {
    return []
  }
}

/** A pattern of a folder above as it reads `below` that folder, or nothing where it cannot match there. */
const lowered = (line: string, below: string): string | undefined => {
  const not = line.startsWith("!") ? "!" : ""
  const pattern = line.slice(not.length)
  const anchored = pattern.replace(/\/\s*$/, "").includes("/") && !pattern.startsWith("**/")
  if (below === "" || !anchored) return line
  const bare = pattern.replace(/^\//, "")
  return bare.startsWith(`${below}/`) ? `${not}/${bare.slice(below.length + 1)}` : undefined
}

/** What excludes a project's files from above: its repository's own list, and the ignore files of folders over it. */
const excludesAbove = (root: string): string => {
  const above: Array<ReadonlyArray<string>> = []
  for (let at = root, below = ""; ; ) {
    if (below !== "") above.push(lines(`${at}/.gitignore`).flatMap((line) => lowered(line, below) ?? []))
    if (fs.existsSync(`${at}/.git`)) {
      above.push(lines(`${at}/.git/info/exclude`).flatMap((line) => lowered(line, below) ?? []))
      return above.reverse().flat().join("\n")
    }
    const parent = dirname(at)
    // No repository: no ignore file above counts.
    if (parent === at) return ""
    below = below === "" ? basename(at) : `${basename(at)}/${below}`
    at = parent
  }
}

/** A git folder of our own over a copy, so that git can be asked about the copy's own ignore files. */
const privateGit = (folder: string, root: string): string => {
  const dir = `${folder}/git`
  if (!fs.existsSync(`${dir}/HEAD`)) {
    makeFolder(`${dir}/objects`)
    makeFolder(`${dir}/refs`)
    replaceOwn(`${dir}/config`, Buffer.from("[core]\n\trepositoryformatversion = 0\n\tbare = false\n"))
    replaceOwn(`${dir}/HEAD`, Buffer.from("ref: refs/heads/none\n"))
  }
  replaceOwn(`${dir}/info/exclude`, Buffer.from(excludesAbove(root)))
  return dir
}

/** Which of these paths of a materialised copy its ignore files name; folders end with a slash. */
export const ignoredAmong = async (
  where: { readonly folder: string; readonly tree: string; readonly root: string },
  paths: ReadonlyArray<string>
): Promise<ReadonlySet<string>> => {
  if (paths.length === 0) return new Set()
  const dir = privateGit(where.folder, where.root)
  const args = [
    `--git-dir=${dir}`,
    `--work-tree=${namedThere(where.tree)}`,
    "check-ignore",
    "--no-index",
    "-z",
    "--stdin"
  ]
  const out = await git({ cwd: where.tree, args, input: `${paths.join("\0")}\0` })
  if (out === undefined) return new Set(paths.filter((path) => path.split("/").some((name) => wellKnown.has(name))))
  return new Set(split(out))
}
