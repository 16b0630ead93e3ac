/** The shell lines that git is run with: reading without running anything, writing without what the repository names. */
import { disarming, inertGit, ownPacks } from "../permission/inertGit.ts"

/** A word that a shell takes as it is. */
export const quoted = (word: string): string =>
  /^[\w./:,@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`

/** Words as one line of a shell. */
export const lineOf = (words: ReadonlyArray<string>): string => words.map(quoted).join(" ")

const showsDiffs = new Set(["diff", "log", "show"])
const comparesFiles = new Set(["status", "diff"])
const needsFiles = new Set(["status", "diff", "ls-files", "grep", "blame"])

/** Where a reading git looks. */
export interface Sight {
  readonly root: string
  /** The copy on disk. */
  readonly from: string
  /** The command sees the copy at the root, with the repository in it. */
  readonly mounted: boolean
}

/** Goes where the copy is, and tells git of the real repository where the copy has none. */
const enter = ({ from, mounted, root }: Sight, action: string): ReadonlyArray<string> => {
  if (mounted || from === root) return []
  const outside = needsFiles.has(action)
    ? `{ echo "git ${action} needs the sandbox here: the project is a part of a larger repository" >&2; exit 1; }`
    : `cd ${quoted(root)}`
  return [
    `if [ "$(git -C ${quoted(root)} rev-parse --show-toplevel)" = ${quoted(root)} ]; then`,
    `export GIT_DIR=${quoted(`${root}/.git`)} GIT_WORK_TREE=${quoted(from)}`,
    `else ${outside}; fi`
  ]
}

/**
 * A script that reads: on a copy of the index (of the same age, by which git tells what it must read again), so that
 * nothing in the repository is written, and with the filters
 * of the person's settings off.
 */
export const readScript = (action: string, args: ReadonlyArray<string>, sight: Sight): string =>
  [
    "t=$(mktemp -d) || exit 1; trap 'rm -rf \"$t\"' EXIT",
    ...enter(sight, action),
    'i=$(git rev-parse --git-path index 2>/dev/null) && [ -f "$i" ] && cp -p "$i" "$t/index" && export GIT_INDEX_FILE="$t/index"',
    disarming(true),
    lineOf([
      ...inertGit,
      action,
      ...(showsDiffs.has(action) ? ["--no-ext-diff", "--no-textconv"] : []),
      ...(ownPacks[action] ?? []),
      ...(action === "blame" ? ["--no-textconv"] : []),
      ...(comparesFiles.has(action) ? ["--ignore-submodules=dirty"] : []),
      ...args
    ])
  ].join("\n")

/** A script that writes, in the real root. */
export const writeLine = (action: string, args: ReadonlyArray<string>): string =>
  [disarming(false), lineOf([...inertGit, action, ...(ownPacks[action] ?? []), ...args])].join("\n")

/** Commits exactly these paths as they stand, whatever else is staged. */
export const commitLine = (message: string, paths: ReadonlyArray<string>): string => {
  const literal = [...inertGit, "--literal-pathspecs"]
  const add = lineOf([...literal, "add", "--", ...paths])
  const commit = lineOf([...literal, "commit", "--no-verify", "--only", "--message", message, "--", ...paths])
  return [disarming(false), `${add} && ${commit}`].join("\n")
}
