/** Which lines are never run unasked, and which places outside a line names. */
import { catastrophes, type Torn, tear } from "./catastrophes.ts"
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

/** The commands that the walk found, in the form in which disasters are told. */
const walked = ({ commands, home }: CommandLine): Torn["commands"] =>
  commands.map(({ args, opened }) => [
    ...args
      .map(({ text }) => text.replaceAll(hole, ""))
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
  const found = walked(line)
  const told = { ...torn, commands: whole ? found : [...found, ...torn.commands] }
  return catastrophes.some((one) => one.found(told))
}
