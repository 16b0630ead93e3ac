/** How git is run by us: nothing that a repository says makes it run a program. Every call of ours is made of this. */

const off: ReadonlyArray<readonly [key: string, value: string]> = [
  ["core.fsmonitor", "false"],
  ["core.hooksPath", "/dev/null"],
  ["core.pager", "cat"],
  ["core.editor", "true"],
  ["sequence.editor", "true"],
  ["color.ui", "false"],
  ["advice.detachedHead", "false"],
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
  ["protocol.ext.allow", "never"],
  ["log.showSignature", "false"],
  ["status.submoduleSummary", "false"],
  // Git looks into submodules by a git of its own, which heeds their settings and not these.
  ["diff.submodule", "short"],
  ["diff.ignoreSubmodules", "dirty"],
  ["submodule.recurse", "false"],
  ["fetch.recurseSubmodules", "false"],
  ["push.recurseSubmodules", "no"]
]

/** The first words of every git that we run. */
export const inertGit: ReadonlyArray<string> = [
  ...["git", "--no-pager", "--no-optional-locks"],
  ...off.flatMap(([key, value]) => ["-c", `${key}=${value}`])
]

/** What git is told where it connects: of a remote's programs the repository's word would be the first, and count. */
export const ownPacks: Readonly<Record<string, ReadonlyArray<string>>> = {
  fetch: ["--upload-pack=git-upload-pack"],
  pull: ["--upload-pack=git-upload-pack"],
  "ls-remote": ["--upload-pack=git-upload-pack"],
  push: ["--receive-pack=git-receive-pack"]
}

/** Keys that name programs, as patterns of a shell's `case`, and what they are where a repository sets them. */
const answers: ReadonlyArray<readonly [keys: string, value: string]> = [
  ["filter.*.clean|filter.*.smudge|filter.*.process", ""],
  ["filter.*.required", "false"],
  ["diff.external|diff.*.command|diff.*.textconv", ""],
  ["merge.*.driver", "false"],
  ["core.sshcommand", "ssh"],
  ["core.gitproxy|core.askpass|core.alternaterefscommand|gc.recentobjectshook", ""],
  ["credential.helper|credential.*.helper|gpg.ssh.defaultkeycommand", ""],
  ["gpg.program|gpg.openpgp.program", "gpg"],
  ["gpg.ssh.program", "ssh-keygen"],
  ["gpg.x509.program", "gpgsm"],
  ["trailer.*.command|trailer.*.cmd", "true"],
  ["remote.*.vcs", "none"],
  ["submodule.*.update", "none"],
  ["submodule.*.ignore", "dirty"]
]

const cases = answers.map(([keys, value]) => `${keys}) disarm "$key" "${value}";;`).join(" ")

/**
 * The start of a script that runs git: what a repository's own settings name is not run. With `all`, filters of the
 * person's settings are off too, as reading needs none.
 */
export const disarming = (all: boolean): string =>
  [
    'GIT_CONFIG_COUNT=0; disarm() { export "GIT_CONFIG_KEY_$GIT_CONFIG_COUNT=$1" "GIT_CONFIG_VALUE_$GIT_CONFIG_COUNT=$2"; GIT_CONFIG_COUNT=$((GIT_CONFIG_COUNT+1)); }',
    "tab=$(printf '\\t'); keys=$(git config --show-scope --name-only --list 2>/dev/null | sort -u)",
    'keys="$keys\n$(git config -f .gitmodules --name-only --list 2>/dev/null | sed "s/^/local$tab/")"',
    "while IFS= read -r key; do",
    `case $key in "local$tab"*|"worktree$tab"*) ;; ${all ? '*"$tab"filter.*) ;; ' : ""}*) continue;; esac`,
    `key=\${key#*"$tab"}; case $key in ${cases} esac`,
    "done <<END_OF_KEYS",
    "$keys",
    "END_OF_KEYS",
    "export GIT_CONFIG_COUNT"
  ].join("\n")
