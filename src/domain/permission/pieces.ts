/** Where in text that is no shell line, or can't be read as one, a command could start: too many places rather than too few. */
import { matchCommand, matchGlob } from "./match.ts"

/** Words after which another command may stand. */
const leaders: ReadonlySet<string> = new Set(
  (
    "sudo doas env command nohup time nice ionice xargs exec builtin stdbuf timeout setsid find fd watch parallel " +
    "busybox chroot su eval sh bash zsh dash ksh then do else if while until !"
  ).split(" ")
)

/** More words than anybody reads: what stands further behind is not looked at word by word. */
const mostWords = 500
/** More words than any rule spells out. */
const mostTold = 40

const base = (word: string): string => word.slice(word.lastIndexOf("/") + 1)

/** Git without the options before its action. */
const bareGit = (text: string): string =>
  text.replace(/^git(?: (?:-[Cc] \S+|--(?:git-dir|work-tree|namespace|exec-path|config-env) \S+|-\S+))+/, "git")

const startsIn = (piece: string): ReadonlyArray<string> => {
  const words = piece.split(/\s+/).filter((word) => word !== "")
  const [first = ""] = words
  const leads = leaders.has(base(first)) || /^[A-Za-z_]\w*=/.test(first)
  const starts = leads ? words.slice(0, mostWords).map((_, at) => words.slice(at, at + mostTold)) : [words]
  return starts.flatMap(([program = "", ...rest]) => {
    const whole = [program, ...rest].join(" ")
    const named = [base(program), ...rest].join(" ")
    return [whole, named, bareGit(named)]
  })
}

/** Every place where a command could start, with quotes and without. */
const starts = (line: string): ReadonlyArray<string> => {
  const bare = line.replaceAll(/\$(?=["'])|["'\\]/g, "")
  const pieces = [line, bare].flatMap((text) => text.split(/[;&|\n\r(){}`]|["']/))
  return [line, bare, ...[...new Set(pieces)].flatMap(startsIn)]
}

/** Whether a program written with `*`, `?` or `[` may be the one that a pattern names. */
const mayBe = (start: string, pattern: string): boolean => {
  const [program = ""] = start.split(" ", 1)
  return /[*?[]/.test(program) && matchGlob(base(program), pattern.replace(/(?::\*|\s.*)$/s, ""))
}

/** Whether a pattern may speak of any command in a line. */
export const mayHold = (pattern: string, line: string): boolean =>
  starts(line).some((start) => matchCommand(pattern, start) || mayBe(start, pattern))
