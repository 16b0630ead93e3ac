/** What `find` and `git` run by their arguments. */
import { type Arg, plainArg } from "./shellArgs.ts"

/** The commands behind `-exec` and its like; `{}` in them is a name that can't be told. */
export const argumentsOfFind = (args: ReadonlyArray<Arg>): ReadonlyArray<ReadonlyArray<Arg>> => {
  const commands: Array<ReadonlyArray<Arg>> = []
  let next = 0
  for (const [at, { text: option }] of args.entries()) {
    if (at < next || !/^-(?:exec|execdir|ok|okdir)$/.test(option)) continue
    const end = args.findIndex(({ text }, index) => index > at && (text === ";" || text === "+"))
    const command = args.slice(at + 1, end === -1 ? undefined : end)
    commands.push(command.map((arg) => (arg.text.includes("{}") ? { ...arg, sure: false } : arg)))
    next = end === -1 ? args.length : end
  }
  return commands
}

/** Settings of git whose value it runs. */
const running =
  /^(?:alias\..+|core\.(?:pager|editor|sshcommand|fsmonitor|askpass|gitproxy|alternaterefscommand)|pager\..+|sequence\.editor|diff\.external|credential\..*helper|gpg\..*program|.*\.(?:textconv|command|cmd|driver|clean|smudge|process|tool|path|helper|uploadpack|receivepack|vcs|proxycommand))$/i

const scriptOf = (setting: Arg): ReadonlyArray<Arg> => {
  const name = setting.text.replace(/=.*$/s, "")
  const value = setting.text.slice(name.length + 1)
  if (!running.test(name)) return []
  // An alias without `!` is another action of git.
  const alias = /^alias\./i.test(name)
  const text = alias && !value.startsWith("!") ? `git ${value}` : value.replace(/^!/, "")
  return [{ ...setting, text }]
}

/** Options of git, before its action, that take a word of their own. */
const valued = /^(?:-[cC]|--(?:git-dir|work-tree|namespace|exec-path|config-env|super-prefix|attr-source))$/

/** What git runs by `-c name=value`. */
export const configsOfGit = (args: ReadonlyArray<Arg>): ReadonlyArray<Arg> =>
  args.flatMap((arg, at) => {
    if (arg.text === "-c" || arg.text === "--config") return args.slice(at + 1, at + 2).flatMap(scriptOf)
    return /^-c./.test(arg.text) ? scriptOf({ ...arg, text: arg.text.slice(2) }) : []
  })

/** What git runs by options of its actions, and by `bisect run`, `rebase -x`, `submodule foreach` and `filter-branch`. */
export const insideGit = (all: ReadonlyArray<Arg>): ReadonlyArray<Arg> => {
  const args = bareGit(all)
  const [action, ...rest] = args
  const values = rest.flatMap((arg, at) => {
    const text = arg.text.replace(
      /^(?:--(?:upload-pack|receive-pack|exec|open-files-in-pager|extcmd)=|-[Ox])(?=.)/s,
      ""
    )
    if (text !== arg.text) return [{ ...arg, text }]
    const next = rest[at + 1]
    return /^(?:--(?:upload-pack|receive-pack|exec|extcmd|[a-z]+-filter)|-[xu])$/.test(arg.text) && next !== undefined
      ? [next]
      : []
  })
  const behind = action?.text === "bisect" && rest[0]?.text === "run" ? rest.slice(1) : []
  const each = action?.text === "submodule" ? rest.slice(rest.findIndex(({ text }) => text === "foreach") + 1) : []
  const joined = [behind, each].filter(({ length }) => length > 0)
  return [
    ...values,
    ...joined.map((words) => ({
      ...plainArg(words.map(({ text }) => text).join(" ")),
      sure: words.every(({ sure }) => sure)
    }))
  ]
}

/** Git's action and what follows, without the options before it. */
export const bareGit = (args: ReadonlyArray<Arg>): ReadonlyArray<Arg> => {
  let at = 0
  for (const [index, { text }] of args.entries()) {
    if (index < at) continue
    if (!text.startsWith("-")) break
    at += valued.test(text) ? 2 : 1
  }
  return args.slice(at)
}
