/**
 * What `sandbox-exec` of macOS is told. Pure; held by tests on its text, and never run by us: no machine of ours has it. There
 * are no mounts there: a command sees the working copy where it is kept, and the rest of the disk under its own names.
 */

/** All that a profile depends on; paths are real ones. */
export interface Seatbelt {
  /** The working copy, which alone is written to beside temporary folders. */
  readonly copy: string
  readonly home: string
  readonly network: boolean
  /** Nothing of the home directory is read but the copy and these. */
  readonly strict?: { readonly programs: ReadonlyArray<string> }
  /** Folders and files that nobody reads. */
  readonly hidden: ReadonlyArray<string>
  /** Names at the copy's root that nobody writes, whether they are there or not. */
  readonly guarded: ReadonlyArray<string>
}

const text = (path: string): string => `"${path.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`

const each = (kind: "subpath" | "literal", paths: ReadonlyArray<string>): string =>
  paths.map((path) => `(${kind} ${text(path)})`).join(" ")

const temporary = ["/private/tmp", "/private/var/tmp", "/private/var/folders"]
const devices = ["/dev/null", "/dev/zero", "/dev/tty", "/dev/dtracehelper", "/dev/urandom", "/dev/random"]
/** Services of the system that hand out secrets, or act for their caller outside of any sandbox. */
const services = [
  ...[
    "com.apple.SecurityServer",
    "com.apple.securityd.xpc",
    "com.apple.pasteboard.1",
    "com.apple.coreservices.appleevents"
  ],
  ...["com.apple.coreservices.launchservicesd", "com.apple.lsd.open"]
]

const reading = ({ copy, hidden, home, strict }: Seatbelt): ReadonlyArray<string> => [
  ...(strict === undefined
    ? []
    : [
        `(deny file-read-data ${each("subpath", [home, "/Volumes"])})`,
        `(allow file-read* ${each("subpath", [copy, ...strict.programs])})`
      ]),
  ...(hidden.length === 0 ? [] : [`(deny file-read* file-write* ${each("subpath", hidden)})`])
]

/** A list of addresses knows no others than all and this machine, whose services are not to be reached either. */
const reaching = ({ network }: Seatbelt): ReadonlyArray<string> =>
  network
    ? [
        "(deny network-outbound (remote unix-socket))",
        '(allow network-outbound (literal "/private/var/run/mDNSResponder"))'
      ]
    : ["(deny network*)"]

/** The profile; of rules that meet, the later one counts. */
export const seatbeltProfile = (it: Seatbelt): string =>
  [
    "(version 1)",
    "(allow default)",
    "(deny file-write*)",
    `(allow file-write* ${each("subpath", [it.copy, ...temporary])} ${each("literal", devices)})`,
    ...reading(it),
    `(allow file-read* ${each("subpath", [it.copy])})`,
    `(deny file-write* ${each(
      "subpath",
      it.guarded.map((name) => `${it.copy}/${name}`)
    )})`,
    '(deny file-write* (regex #"/\\.git(/|$)"))',
    "(deny file-write-setugid)",
    ...reaching(it),
    "(deny signal)",
    "(allow signal (target same-sandbox))",
    "(deny process-info* (target others))",
    "(deny mach-priv-task-port)",
    `(deny mach-lookup ${services.map((name) => `(global-name ${text(name)})`).join(" ")})`,
    "(deny appleevent-send)",
    ""
  ].join("\n")
