/** The profile for macOS, as text. */
import { assert, describe, it } from "@effect/vitest"
import { type Seatbelt, seatbeltProfile } from "../../../src/adapters/node/seatbelt.ts"

const base: Seatbelt = {
  copy: "/Users/me/data/copy",
  home: "/Users/me",
  network: false,
  hidden: ["/Users/me/.ssh", '/Users/me/odd "name"'],
  guarded: [".git", ".vscode", ".mcp.json"]
}

/** Where a rule stands; of rules that meet, the later one counts. */
const lineOf = (profile: string, rule: string): number => {
  const at = profile.split("\n").findIndex((line) => line.includes(rule))
  assert.isAtLeast(at, 0, rule)
  return at
}

describe("the profile for sandbox-exec", () => {
  it("is this, for a working copy", () => {
    assert.strictEqual(
      seatbeltProfile(base),
      `(version 1)
(allow default)
(deny file-write*)
(allow file-write* (subpath "/Users/me/data/copy") (subpath "/private/tmp") (subpath "/private/var/tmp") (subpath "/private/var/folders") (literal "/dev/null") (literal "/dev/zero") (literal "/dev/tty") (literal "/dev/dtracehelper") (literal "/dev/urandom") (literal "/dev/random"))
(deny file-read* file-write* (subpath "/Users/me/.ssh") (subpath "/Users/me/odd \\"name\\""))
(allow file-read* (subpath "/Users/me/data/copy"))
(deny file-write* (subpath "/Users/me/data/copy/.git") (subpath "/Users/me/data/copy/.vscode") (subpath "/Users/me/data/copy/.mcp.json"))
(deny file-write* (regex #"/\\.git(/|$)"))
(deny file-write-setugid)
(deny network*)
(deny signal)
(allow signal (target same-sandbox))
(deny process-info* (target others))
(deny mach-priv-task-port)
(deny mach-lookup (global-name "com.apple.SecurityServer") (global-name "com.apple.securityd.xpc") (global-name "com.apple.pasteboard.1") (global-name "com.apple.coreservices.appleevents") (global-name "com.apple.coreservices.launchservicesd") (global-name "com.apple.lsd.open"))
(deny appleevent-send)
`
    )
  })

  it("in strict closes the home directory but for the copy and programs, and secrets even there", () => {
    const profile = seatbeltProfile({ ...base, strict: { programs: ["/Users/me/.nvm/versions"] } })
    const closed = lineOf(profile, '(deny file-read-data (subpath "/Users/me")')
    const open = lineOf(profile, '(subpath "/Users/me/.nvm/versions")')
    assert.isBelow(closed, open)
    assert.isBelow(open, lineOf(profile, '(deny file-read* file-write* (subpath "/Users/me/.ssh")'))
  })

  it("with the network keeps local sockets closed, but for names", () => {
    const profile = seatbeltProfile({ ...base, network: true, hidden: [] })
    assert.isBelow(lineOf(profile, "(remote unix-socket)"), lineOf(profile, "mDNSResponder"))
    assert.notInclude(profile, "(deny network*)")
    assert.notInclude(profile, "file-read* file-write*")
  })
})
