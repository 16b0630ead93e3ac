/** What a command that is in the table of writers reads and writes. */
import * as Option from "effect/Option"
import { type Arguments, readArguments, valuesOf } from "./options.ts"
import type { Arg } from "./shellArgs.ts"
import { type Writer, writers } from "./writers.ts"

/** Paths as they were written, or nothing where they can't be told. */
export interface Touched {
  readonly read: ReadonlyArray<string>
  readonly write: ReadonlyArray<string>
}

/** A line number, `$` or a plain pattern. */
const address = String.raw`(?:\d+|\$|\/(?:[^\\/\n]|\\[^\n])*\/)`

/** One command of sed that neither runs nor writes: `p`, `d`, `q`, `=`, or a substitution without `e` and `w`. */
const sedCommand = new RegExp(
  String.raw`^(?:${address}(?:,${address})?)?(?:[pdq=]|s([/|#,@])(?:(?!\1)[^\n\\]|\\[^\n])*\1(?:(?!\1)[^\n\\]|\\[^\n])*\1[gipI\d]*)$`
)

const last = (path: string): string => path.replace(/\/+$/, "").replace(/^.*\//s, "")

/** `b`, and what a source becomes in it where it is a folder. */
const inFolder = (folder: string, sources: ReadonlyArray<string>): ReadonlyArray<string> => [
  folder,
  ...sources.map((source) => `${folder.replace(/\/+$/, "")}/${last(source)}`)
]

/** `a/b` of `a/b/c`, and `a`. */
const parentsOf = (path: string): ReadonlyArray<string> => {
  const at = path.replace(/\/+$/, "").lastIndexOf("/")
  return at <= 0 ? [] : [path.slice(0, at), ...parentsOf(path.slice(0, at))]
}

const texts = (args: ReadonlyArray<Arg>): ReadonlyArray<string> => args.map(({ text }) => text)

const placed = (found: Arguments, spec: Writer): Touched => {
  const into = texts(valuesOf(found, spec.into))
  const all = texts(found.operands)
  const sources = into.length > 0 || all.length === 1 ? all : all.slice(0, -1)
  const targets = into.length > 0 ? into : all.length === 1 ? ["."] : all.slice(-1)
  const write = targets.flatMap((target) => inFolder(target, sources))
  const here = into.length === 0 && all.length === 1 ? write.slice(1) : write
  return spec.operands === "moved" ? { read: [], write: [...sources, ...here] } : { read: sources, write: here }
}

const edited = ({ operands, options }: Arguments): Option.Option<Touched> => {
  const [script, ...files] = texts(operands)
  if (script === undefined || !sedCommand.test(script)) return Option.none()
  return Option.some(
    options.some(({ name }) => name === "-i" || name === "--in-place")
      ? { read: [], write: files }
      : { read: files, write: [] }
  )
}

const named = ({ operands }: Arguments): Option.Option<Touched> => {
  const values = (name: string) => texts(operands).flatMap((text) => (text.startsWith(name) ? [text.slice(3)] : []))
  return texts(operands).every((text) => /^(?:if|of|bs|count|skip|seek|ibs|obs|conv|status|oflag|iflag)=/.test(text))
    ? Option.some({ read: values("if="), write: values("of=") })
    : Option.none()
}

const touchedBy = (found: Arguments, spec: Writer): Option.Option<Touched> => {
  const all = texts(found.operands)
  const write = texts(valuesOf(found, spec.writes))
  switch (spec.operands) {
    case "written": {
      const parents = found.options.some(({ name }) => spec.parents?.includes(name) ?? false)
      return Option.some({ read: [], write: [...all, ...(parents ? all.flatMap(parentsOf) : [])] })
    }
    case "writtenButFirst":
      return Option.some({ read: [], write: all.slice(1) })
    case "read":
      return Option.some({ read: all, write })
    case "named":
      return named(found)
    case "script":
      return edited(found)
    default:
      return Option.some(placed(found, spec))
  }
}

/** Whether a program is one whose writes are told. */
export const isWriter = (program: Arg | undefined): boolean =>
  program !== undefined && Object.hasOwn(writers, program.text)

/** What a command reads and writes, where it is in the table and all of it can be told. */
export const touchedByCommand = ([program, ...args]: ReadonlyArray<Arg>): Option.Option<Touched> => {
  const spec = program !== undefined && Object.hasOwn(writers, program.text) ? writers[program.text] : undefined
  if (spec === undefined || args.some(({ glob, sure }) => glob || !sure)) return Option.none()
  return Option.flatMap(readArguments(args, spec), (found) =>
    found.options.every(({ value }) => value === undefined || value.text !== "")
      ? touchedBy(found, spec)
      : Option.none()
  )
}
