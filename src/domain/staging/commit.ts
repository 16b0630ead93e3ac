/** The git command that commits exactly some paths, with every hook and helper of the repository off. */

import { disarming, inertGit } from "../permission/inertGit.ts"

/** A word as bash reads it back unchanged. */
export const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`

const literalGit = `${inertGit.map(quoted).join(" ")} --literal-pathspecs`

/** Commits exactly these paths of the folder it runs in, created and deleted ones too, and prints the commit's id. */
export const commitCommand = (paths: ReadonlyArray<string>, message: string): string => {
  const words = paths.map(quoted).join(" ")
  const commit = `${literalGit} commit -q --no-verify -m ${quoted(message)} -- ${words}`
  return `${disarming(false)}\n${literalGit} add -A -- ${words} && ${commit} && ${literalGit} rev-parse HEAD`
}
