/** Programs whose writes their arguments tell whole, with the options that keep it so. All others are unknown. */
import type { Options } from "./options.ts"

/** What a program's operands are to it. */
export type Operands =
  /** All are written. */
  | "written"
  /** All but the first are written: a mode, an owner. */
  | "writtenButFirst"
  /** The last is written, the others are read. */
  | "copied"
  /** All are written: what is moved goes away. */
  | "moved"
  /** All are read. */
  | "read"
  /** `if=` is read, `of=` written. */
  | "named"
  /** A script of sed that is checked, then files that are written with `-i`, else read. */
  | "script"

/** What a program may be given so that its writes can be told. */
export interface Writer extends Options {
  readonly operands: Operands
  /** Options whose value is written. */
  readonly writes?: ReadonlyArray<string>
  /** Options whose value is the folder that is written to; all operands are then sources. */
  readonly into?: ReadonlyArray<string>
  /** Options with which folders that lead to an operand are written too. */
  readonly parents?: ReadonlyArray<string>
  /** What it is given and, for each, what it reads and writes. */
  readonly examples: ReadonlyArray<readonly [string, Reads, Writes]>
}
type Reads = ReadonlyArray<string>
type Writes = ReadonlyArray<string>

/** The programs. */
export const writers: Readonly<Record<string, Writer>> = {
  touch: {
    operands: "written",
    short: "acmh",
    valued: "dt",
    long: ["--no-create", "--no-dereference"],
    longValued: ["--date", "--time"],
    examples: [["touch a -d now b", [], ["a", "b"]]]
  },
  mkdir: {
    operands: "written",
    short: "pv",
    valued: "m",
    long: ["--parents", "--verbose"],
    longValued: ["--mode"],
    parents: ["-p", "--parents"],
    examples: [
      ["mkdir -p a/b", [], ["a/b", "a"]],
      ["mkdir -m 700 a", [], ["a"]]
    ]
  },
  rmdir: {
    operands: "written",
    short: "pv",
    long: ["--ignore-fail-on-non-empty", "--parents", "--verbose"],
    parents: ["-p", "--parents"],
    examples: [["rmdir -p a/b", [], ["a/b", "a"]]]
  },
  rm: {
    operands: "written",
    short: "dfiIrRv",
    long: ["--dir", "--force", "--recursive", "--verbose", "--one-file-system", "--preserve-root"],
    examples: [
      ["rm -rf a b", [], ["a", "b"]],
      ["rm -- -a", [], ["-a"]]
    ]
  },
  unlink: { operands: "written", examples: [["unlink a", [], ["a"]]] },
  shred: {
    operands: "written",
    short: "fuvxz",
    valued: "ns",
    longValued: ["--iterations", "--size"],
    examples: [["shred -u -n 1 a", [], ["a"]]]
  },
  mkfifo: { operands: "written", valued: "m", longValued: ["--mode"], examples: [["mkfifo a", [], ["a"]]] },
  tee: {
    operands: "written",
    short: "aip",
    long: ["--append", "--ignore-interrupts"],
    examples: [["tee -a a b", [], ["a", "b"]]]
  },
  truncate: {
    operands: "written",
    short: "co",
    valued: "s",
    long: ["--no-create", "--io-blocks"],
    longValued: ["--size"],
    examples: [["truncate -s 0 a", [], ["a"]]]
  },
  chmod: {
    operands: "writtenButFirst",
    short: "cfRvwx",
    long: ["--changes", "--recursive", "--silent", "--quiet", "--verbose"],
    examples: [
      ["chmod -R u+x a", [], ["a"]],
      ["chmod 644 a b", [], ["a", "b"]]
    ]
  },
  chown: {
    operands: "writtenButFirst",
    short: "cfhHLPRv",
    long: ["--changes", "--recursive", "--no-dereference"],
    examples: [["chown -R me: a", [], ["a"]]]
  },
  chgrp: {
    operands: "writtenButFirst",
    short: "cfhHLPRv",
    long: ["--recursive"],
    examples: [["chgrp me a", [], ["a"]]]
  },
  cp: {
    operands: "copied",
    short: "aAdfHilLnpPrRsTuvxZ",
    valued: "t",
    long: [
      "--archive",
      "--dereference",
      "--force",
      "--link",
      "--no-clobber",
      "--no-dereference",
      "--no-target-directory",
      "--recursive",
      "--symbolic-link",
      "--update",
      "--verbose"
    ],
    longValued: ["--target-directory"],
    longMaybe: ["--preserve", "--no-preserve", "--reflink", "--sparse"],
    into: ["-t", "--target-directory"],
    examples: [
      ["cp -r a b/c", ["a"], ["b/c", "b/c/a"]],
      ["cp -t d x/a", ["x/a"], ["d", "d/a"]]
    ]
  },
  install: {
    operands: "copied",
    short: "cCpsTv",
    valued: "gmot",
    long: ["--compare", "--preserve-timestamps", "--no-target-directory", "--verbose"],
    longValued: ["--mode", "--owner", "--group", "--target-directory"],
    into: ["-t", "--target-directory"],
    examples: [["install -m 755 a b", ["a"], ["b", "b/a"]]]
  },
  ln: {
    operands: "copied",
    short: "fFinLPrsTv",
    valued: "t",
    long: ["--force", "--symbolic", "--no-dereference", "--relative", "--no-target-directory", "--verbose"],
    longValued: ["--target-directory"],
    into: ["-t", "--target-directory"],
    examples: [
      ["ln -s a b", ["a"], ["b", "b/a"]],
      ["ln x/a", ["x/a"], ["./a"]]
    ]
  },
  mv: {
    operands: "moved",
    short: "finTuv",
    valued: "t",
    long: ["--force", "--no-clobber", "--no-target-directory", "--update", "--verbose"],
    longValued: ["--target-directory"],
    into: ["-t", "--target-directory"],
    examples: [
      ["mv a b", [], ["a", "b", "b/a"]],
      ["mv -t d a", [], ["a", "d", "d/a"]]
    ]
  },
  dd: {
    operands: "named",
    examples: [
      ["dd if=a of=b bs=1", ["a"], ["b"]],
      ["dd bs=1", [], []]
    ]
  },
  sort: {
    operands: "read",
    short: "bdfghiMnRrVcCmsuz",
    valued: "kto",
    long: [
      "--reverse",
      "--unique",
      "--numeric-sort",
      "--human-numeric-sort",
      "--ignore-case",
      "--stable",
      "--version-sort"
    ],
    longValued: ["--key", "--field-separator", "--output"],
    writes: ["-o", "--output"],
    examples: [
      ["sort -uo a b", ["b"], ["a"]],
      ["sort --output=a b", ["b"], ["a"]]
    ]
  },
  sed: {
    operands: "script",
    short: "nErszuib",
    long: ["--quiet", "--silent", "--regexp-extended", "--null-data"],
    longMaybe: ["--in-place"],
    examples: [
      ["sed -i s/a/b/ f", [], ["f"]],
      ["sed -n 1p f", ["f"], []],
      ["sed -e p f", ["?"], ["?"]]
    ]
  }
}
