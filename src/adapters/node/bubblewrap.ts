/** What bubblewrap is told: a read-only system, a writable working copy, no way to the host. */

/** All that the argument list depends on; the paths exist, and are real ones. */
export interface Sandbox {
  /** The working copy on disk, and where the command sees it. */
  readonly from: string
  readonly to: string
  /** The directory that the command starts in, as the command sees it. */
  readonly cwd: string
  readonly network: boolean
  /** All of the disk that is to be seen beside the copy; everything where absent. */
  readonly view?: View
  /** Folders that the command sees empty. */
  readonly hiddenFolders: ReadonlyArray<string>
  /** Files that the command sees empty. */
  readonly hiddenFiles: ReadonlyArray<string>
  /** An empty file to show instead of those. */
  readonly emptyFile: string
  /** Folders that can't be moved: what is shown read-only or covered below them stays there. */
  readonly fixed: ReadonlyArray<{ readonly from: string; readonly to: string }>
  /** What is shown read-only, and where. */
  readonly readOnly: ReadonlyArray<{ readonly from: string; readonly to: string }>
  /** Files of the copy that the command sees empty. */
  readonly covered: ReadonlyArray<string>
  /** Folders that are missing, and stay so: they are seen empty, and nothing can be put into them. */
  readonly missing: ReadonlyArray<string>
  /** Descriptors that the child inherits: the seccomp program, and where bubblewrap reports. */
  readonly seccomp?: number
  readonly status?: number
}

/** A part of the disk. */
export interface View {
  readonly folders: ReadonlyArray<string>
  /** Links of the root folder, such as `/bin`, and what they say. */
  readonly links: ReadonlyArray<{ readonly at: string; readonly to: string }>
  /** An empty folder to be there. */
  readonly home: string
}

const ground = ({ view }: Sandbox): ReadonlyArray<string> =>
  view === undefined
    ? ["--ro-bind", "/", "/"]
    : [
        ...view.links.flatMap(({ at, to }) => ["--symlink", to, at]),
        ...["--dir", view.home],
        ...view.folders.flatMap((folder) => ["--ro-bind", folder, folder])
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
  ...ground(sandbox),
  ...["--dev", "/dev", "--proc", "/proc"],
  ...["--tmpfs", "/tmp", "--tmpfs", "/run", "--tmpfs", "/var/tmp"],
  ...hide(sandbox, false),
  ...["--bind", sandbox.from, sandbox.to],
  ...hide(sandbox, true),
  ...sandbox.fixed.flatMap(({ from, to }) => ["--bind", from, to]),
  ...sandbox.readOnly.flatMap(({ from, to }) => ["--ro-bind", from, to]),
  ...sandbox.covered.flatMap((file) => ["--ro-bind", sandbox.emptyFile, file]),
  ...sandbox.missing.flatMap((folder) => ["--tmpfs", folder, "--remount-ro", folder]),
  ...(sandbox.view === undefined ? [] : ["--remount-ro", "/"]),
  ...["--chdir", sandbox.cwd, "--setenv", "TMPDIR", "/tmp", "--"]
]
