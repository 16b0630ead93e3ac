/** What bubblewrap is told: a read-only system, a writable working copy, no way to the host. */

/** All that the argument list depends on; the paths exist, and are real ones. */
export interface Sandbox {
  /** The working copy on disk, and where the command sees it. */
  readonly from: string
  readonly to: string
  /** The directory that the command starts in, as the command sees it. */
  readonly cwd: string
  readonly network: boolean
  /** Folders that the command sees empty. */
  readonly hiddenFolders: ReadonlyArray<string>
  /** Files that the command sees empty. */
  readonly hiddenFiles: ReadonlyArray<string>
  /** An empty file to show instead of those. */
  readonly emptyFile: string
  /** What is shown read-only, and where. */
  readonly readOnly: ReadonlyArray<{ readonly from: string; readonly to: string }>
  /** Descriptors that the child inherits: the seccomp program, and where bubblewrap reports. */
  readonly seccomp?: number
  readonly status?: number
}

/** Folders of a project that make its tools run something: a command may read them, not write them. */
export const protectedFolders: ReadonlyArray<string> = [
  ".code-mesh",
  ".vscode",
  ".idea",
  ".husky",
  ".claude",
  ".codex",
  ".gemini",
  ".opencode",
  ".cursor"
]

/** Folders under the home directory that hold secrets. */
export const secretFolders: ReadonlyArray<string> = [
  ".ssh",
  ".aws",
  ".gnupg",
  ".config/gh",
  ".docker",
  ".kube",
  ".azure",
  ".config/gcloud",
  ".code-mesh"
]

/** Files under the home directory that hold secrets. */
export const secretFiles: ReadonlyArray<string> = [
  ".netrc",
  ".npmrc",
  ".git-credentials",
  ".config/git/credentials",
  ".pypirc"
]

const hide = (sandbox: Sandbox, inProject: boolean): ReadonlyArray<string> => {
  // A secret inside the project (the project is the home folder) is covered after the project was bound, else before.
  const here = (path: string) => path.startsWith(`${sandbox.to}/`) === inProject
  return [
    ...sandbox.hiddenFolders.filter(here).flatMap((folder) => ["--tmpfs", folder]),
    ...sandbox.hiddenFiles.filter(here).flatMap((file) => ["--ro-bind", sandbox.emptyFile, file])
  ]
}

/** The arguments up to and with `--`; the command and its arguments follow. Later mounts stand on earlier ones. */
export const bubblewrapArguments = (sandbox: Sandbox): ReadonlyArray<string> => [
  ...(sandbox.seccomp === undefined ? [] : ["--seccomp", String(sandbox.seccomp)]),
  ...(sandbox.status === undefined ? [] : ["--json-status-fd", String(sandbox.status)]),
  "--unshare-user",
  "--unshare-pid",
  ...(sandbox.network ? [] : ["--unshare-net"]),
  "--unshare-ipc",
  "--unshare-uts",
  "--unshare-cgroup-try",
  "--die-with-parent",
  "--new-session",
  "--cap-drop",
  "ALL",
  ...["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"],
  ...["--tmpfs", "/tmp", "--tmpfs", "/run", "--tmpfs", "/var/tmp"],
  ...hide(sandbox, false),
  ...["--bind", sandbox.from, sandbox.to],
  ...hide(sandbox, true),
  ...sandbox.readOnly.flatMap(({ from, to }) => ["--ro-bind", from, to]),
  ...["--chdir", sandbox.cwd, "--setenv", "TMPDIR", "/tmp", "--"]
]
