/**
 * That the sandbox works here, remembered from process to process for as long as nothing it rests on has changed: the
 * program, the boot, the namespaces, rights and filters of this process, the kernel's switches. Failures are not
 * remembered: somebody may be about to mend them.
 */
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { ensureFolder } from "./folders.ts"

const attempt = (read: () => string): string => {
  try {
    return read()
  } catch {
    return ""
  }
}

const text = (file: string): string => attempt(() => fs.readFileSync(file, "latin1"))

/** Lines of `/proc/self/status` on who we are and what we may do. */
const rights = /^(Uid|Gid|CapEff|CapBnd|NoNewPrivs|Seccomp):.*$/gm

const switches = [
  "kernel/random/boot_id",
  "kernel/unprivileged_userns_clone",
  "kernel/apparmor_restrict_unprivileged_userns",
  "user/max_user_namespaces"
]

const found = (program: string): string | undefined => {
  const folders = program.includes("/") ? [""] : (process.env.PATH ?? "").split(":")
  return folders.map((folder) => path.join(folder, program)).find((file) => fs.existsSync(file))
}

/** Equal while the sandbox would behave the same; `undefined` where that cannot be told. */
const circumstances = (program: string): string | undefined => {
  const file = found(program)
  if (process.platform !== "linux" || file === undefined) return undefined
  const { ctimeMs, ino, mode, mtimeMs, size, uid } = fs.statSync(file)
  const facts = [
    ...[file, ctimeMs, ino, mode, mtimeMs, size, uid],
    ...(text("/proc/self/status").match(rights) ?? []),
    text("/proc/self/attr/current"),
    ...["user", "mnt", "pid"].map((space) => attempt(() => fs.readlinkSync(`/proc/self/ns/${space}`))),
    ...switches.map((name) => text(`/proc/sys/${name}`))
  ]
  return createHash("sha256").update(JSON.stringify(facts)).digest("hex")
}

/** What is remembered where nothing else is said. */
const sandbox = "sandbox-works"

/** Whether it worked under the same circumstances before. */
export const worked = (folder: string, program: string, what = sandbox): boolean => {
  const known = text(path.join(folder, what))
  return known !== "" && known === circumstances(program)
}

/** Keeps that it works now; where that cannot be written, the next process finds out by itself. */
export const keep = (folder: string, program: string, what = sandbox): void => {
  attempt(() => {
    ensureFolder(folder, 0o700)
    const temporary = path.join(folder, `${what}.${process.pid}`)
    fs.writeFileSync(temporary, circumstances(program) ?? "", { mode: 0o600 })
    fs.renameSync(temporary, path.join(folder, what))
    return ""
  })
}

/** What was remembered was wrong. */
export const forget = (folder: string): void => fs.rmSync(path.join(folder, sandbox), { force: true })
