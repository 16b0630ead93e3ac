/** Which lines are never run unasked, and which places outside a line names. */
import { catastrophes, fetches, isRoot, type Torn, tear } from "./catastrophes.ts"
import { type CommandLine, onlyReads } from "./commandLine.ts"
import { hole } from "./shellArgs.ts"

/** Places that every command may use: sinks, and where programs are. */
const common =
  /^\/(?:dev\/(?:null|stdout|stderr|stdin|tty|u?random|zero|fd\/\d+)|(?:usr\/(?:local\/)?)?s?bin\/[\w.+-]+)$/

/**
 * Words of a line that name a place absolutely, under a home or above: what a command could reach outside the copy
 * where nothing confines it. Found by plain text, in quotes and after `=` or `:` too; too many rather than too few.
 */
export const outsideNames = (line: string): ReadonlyArray<string> => {
  // `-I/usr/include`: an option's value in the same word.
  const words = line.split(/[\s;&|()<>"'`=:,{}[\]]+/).map((word) => word.replace(/^-\w+(?=\/)/, ""))
  const named = words.filter(
    (word) => /^(?:\/(?!\/?$)|~|\$(?:HOME|OLDPWD|TMPDIR)\b)|(?:^|\/)\.\.(?:\/|$)/.test(word) || word === "/"
  )
  return [...new Set(named.filter((word) => !common.test(word)))]
}

/** A word as it would read from a root or a home that the command stands in. */
const placedAt = (text: string, folders: ReadonlyArray<string>, home: string): string => {
  const high = folders.find((folder) => /^\/+\.?$/.test(folder) || (home !== "" && folder === home))
  return high === undefined || /^[-/~]/.test(text) ? text : `${high.replace(/\/+\.?$/, "")}/${text}`
}

const holeAsRoot = new RegExp(`^/?${hole}/[.*]*$`)

/** Text that can't be told, beside a root: `rm -rf $X/` deletes all where X is empty. */
const mayBeRoot = (text: string, roots: boolean): boolean =>
  holeAsRoot.test(text) || (roots && text.replaceAll(hole, "") === "" && text !== "")

/** Runs what a substitution fetches: `eval "$(curl …)"`. */
const runsFetched = ({ commands }: CommandLine): boolean =>
  commands.some(({ args, standing }) => standing === "inner" && fetches(args[0]?.text ?? "")) &&
  commands.some(
    ({ args: [program, ...rest] }) =>
      /(?:^|\/)(?:\w*sh|eval|source|\.|python3?|perl|ruby|node)$/.test(program?.text ?? "") &&
      rest.some(({ sure }) => !sure)
  )

/** The commands that the walk found, in the form in which disasters are told. */
const walked = ({ commands, home }: CommandLine, roots: boolean): Torn["commands"] =>
  commands.map(({ args, folders, opened }) => [
    ...args
      .map(({ text }, at) => (mayBeRoot(text, roots) ? "/" : at === 0 ? text : placedAt(text, folders, home)))
      .map((text) => text.replaceAll(hole, ""))
      // However the home is written, it is a home.
      .map((text) =>
        home !== "" && (text === home || text.startsWith(`${home}/`)) ? `~${text.slice(home.length)}` : text
      ),
    ...opened.flatMap(({ arg, writes }) => (writes ? [">", arg.text] : []))
  ])

/** Whether a line looks like one that destroys a system or a home; such a line is asked whatever the rules allow. */
export const catastrophic = (line: CommandLine): boolean => {
  if (onlyReads(line)) return false
  const torn = tear(line.line)
  const whole = line.fault === undefined && line.hidden.length === 0
  const roots = torn.text.split(/[\s=`$(){},;]+/).some((word) => word !== "" && isRoot(word))
  const found = walked(line, roots)
  const told = { ...torn, commands: whole ? found : [...found, ...torn.commands] }
  return runsFetched(line) || catastrophes.some((one) => one.found(told))
}
