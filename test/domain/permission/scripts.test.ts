/** The scripts that a line runs, what stands in them, and what rules that restrict say of it. */
import { assert, describe, it } from "@effect/vitest"
import { footprint } from "../../../src/domain/model/Footprint.ts"
import { evaluate } from "../../../src/domain/permission/evaluate.ts"
import { commandsIn, linesIn, type Script, scriptsOf, untold } from "../../../src/domain/permission/scripts.ts"
import { grammar, lineOf, places } from "../../support/grammar.ts"

const root = places.root
const shell = (file: string): Script => ({ kind: "shell", files: [`${root}/${file}`], names: [] })
const program = (file: string): Script => ({ kind: "program", files: [file], names: [] })
const make = (...files: ReadonlyArray<string>): Script => ({
  kind: "make",
  files: files.map((file) => `${root}/${file}`),
  names: []
})
const usual = make("GNUmakefile", "makefile", "Makefile")
const asked = (...names: ReadonlyArray<string>): Script => ({ kind: "package", files: [`${root}/package.json`], names })

const rows: ReadonlyArray<readonly [string, ReadonlyArray<Script | typeof untold>]> = [
  ["ls; cat f; echo x; A=1", []],
  ["bash x.sh", [shell("x.sh")]],
  ["timeout 5 sh -e ./b/x.sh a", [shell("./b/x.sh")]],
  ["bash -c 'ls' x", []],
  ["bash", []],
  ["bash -s", []],
  ["bash -s x", []],
  ["bash -lc ls", []],
  ["source lib.sh", [shell("lib.sh")]],
  // The first may have gone elsewhere.
  [". lib.sh && source lib2.sh", [shell("lib.sh"), untold]],
  ["./x.sh a", [program(`${root}/./x.sh`)]],
  ["/opt/x", [program("/opt/x")]],
  ["bash $X", [untold]],
  ["bash *.sh", [untold]],
  ["$X x.sh", []],
  ["/usr/bin/cur? x", []],
  ["cd $X; bash x.sh", [untold]],
  ["echo rm > x.sh; bash x.sh", [untold]],
  ["make", [usual]],
  ["make all -j4", [usual]],
  ["make -f build.mk all", [make("build.mk")]],
  ["make -C sub", [untold]],
  ["gmake --file=x", [untold]],
  ["npm test", [asked("pretest", "test", "posttest")]],
  ["npm t", [asked("pret", "t", "postt", "test")]],
  ["npm run -s build -- --watch", [asked("prebuild", "build", "postbuild")]],
  ["yarn lint", [asked("prelint", "lint", "postlint")]],
  ["npm -w pkg run x", [untold]],
  ["npm --prefix d run x", [untold]],
  ["npm", [asked("pre", "", "post")]]
]

describe("the scripts that a line runs", () => {
  for (const [line, scripts] of rows) it(`of ${line}`, () => assert.deepStrictEqual(scriptsOf(lineOf(line)), scripts))
})

it("a package's scripts are found by their names, and no others", () => {
  const text = JSON.stringify({ scripts: { test: "vitest run", posttest: "rm -rf t", other: "curl x" } })
  assert.deepStrictEqual(linesIn(asked("pretest", "test", "posttest"), text), ["vitest run", "rm -rf t"])
  assert.deepStrictEqual(linesIn(asked("test"), "{"), [])
  assert.deepStrictEqual(linesIn(asked("toString"), text), [])
})

it("a makefile's recipes are read with its variables filled in", () => {
  const text = [
    "CURL = curl",
    "GET := $(CURL) -s",
    "SELF = $(SELF)",
    "now = $(shell date $(X))",
    "all: a b",
    "\t@$(GET) $@ \\",
    "  $< $(@D)",
    "\t-$\u007bRM} $$HOME/x $(wildcard *.c) $(UNKNOWN)",
    "\t$(SELF)"
  ].join("\n")
  assert.deepStrictEqual(linesIn(usual, text), ["date $MAKE", "curl -s _    _ _", "rm -f $HOME/x $MAKE $MAKE", "$MAKE"])
  assert.deepStrictEqual(linesIn(usual, "-include x.mk\n"), [untold])
})

it("a program is looked into where a shell reads it", () => {
  for (const text of ["#!/bin/sh\nls", "#!/usr/bin/env bash\nls", "ls\n"])
    assert.deepStrictEqual(linesIn(program("x"), text), [text])
  for (const text of ["#!/usr/bin/env node\nls", "\u007fELF\0\0"])
    assert.deepStrictEqual(linesIn(program("x"), text), [])
  assert.deepStrictEqual(linesIn(shell("x"), "ls"), ["ls"])
})

it("the commands of a line are told, and that some can't be", () => {
  assert.deepStrictEqual(commandsIn(lineOf("env A=1 ls a | grep $X *.c; {")), [
    "ls a",
    `grep ${untold} *.c${untold}`,
    untold
  ])
  assert.deepStrictEqual(commandsIn(lineOf("cd sub && bash -c 'make x'")), ["make x"])
})

it("rules that restrict speak of what stands in scripts; rules that allow do not", () => {
  const decided = (exec: ReadonlyArray<string>, ...rules: ReadonlyArray<readonly ["allow" | "ask" | "deny", string]>) =>
    evaluate(
      { tool: "bash", footprint: footprint({ exec, unknown: ["npm test"] }), subjects: ["npm test"] },
      { ...places, grammar, mode: "build", rules: rules.map(([decision, rule]) => ({ decision, rule })) }
    ).decision
  const open = ["allow", "bash(*)"] as const
  const curl = ["deny", "bash(curl:*)"] as const
  const push = ["ask", "bash(git push:*)"] as const
  assert.strictEqual(decided(["npm", "vitest run (in package.json)"], open, curl), "allow")
  assert.strictEqual(decided(["npm", "/usr/bin/curl x (in package.json)"], open, curl), "deny")
  assert.strictEqual(decided(["npm", `${untold} (in x.sh)`], open, curl), "ask")
  assert.strictEqual(decided(["npm", `${untold} (in x.sh)`], open), "allow")
  assert.strictEqual(decided(["git", "git status (in x.sh)"], open, push), "allow")
  assert.strictEqual(decided(["git", "git -C d push (in x.sh)"], open, push), "ask")
  assert.strictEqual(decided(["git", `git ${untold} (in x.sh)`], open, push), "ask")
  assert.strictEqual(decided(["npm", "ls (in x.sh)"], ["allow", "bash(ls:*)"]), "ask")
})
