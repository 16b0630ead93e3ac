/** The git command that commits exactly some paths, with every hook and helper of the repository off. */

/** A word as bash reads it back unchanged. */
export const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`

/** Options that keep git from running anything that the repository configures, and from reading names as patterns. */
const plainGit =
  "git --no-optional-locks --literal-pathspecs -c core.fsmonitor=false -c core.hooksPath=/dev/null -c core.pager=cat"

/** Commits exactly these paths of the folder it runs in, created and deleted ones too, and prints the commit's id. */
export const commitCommand = (paths: ReadonlyArray<string>, message: string): string => {
  const words = paths.map(quoted).join(" ")
  return `${plainGit} add -A -- ${words} && ${plainGit} commit -q --no-verify -m ${quoted(message)} -- ${words} && ${plainGit} rev-parse HEAD`
}
