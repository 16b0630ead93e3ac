/** What is found in a line: the tables of programs by their examples, and disguises by kind. */
import { assert, describe, it } from "@effect/vitest"
import * as Option from "effect/Option"
import type { Decision, Rule } from "../../../src/domain/model/Rule.ts"
import type { ShellScript } from "../../../src/domain/model/ShellSyntax.ts"
import { lineFootprint, onlyReads, readCommandLine } from "../../../src/domain/permission/commandLine.ts"
import { evaluate } from "../../../src/domain/permission/evaluate.ts"
import { textOf } from "../../../src/domain/permission/shellArgs.ts"
import { wrappers } from "../../../src/domain/permission/wrappers.ts"
import { writers } from "../../../src/domain/permission/writers.ts"
import { touchedByCommand } from "../../../src/domain/permission/writes.ts"
import { grammar, lineOf, places } from "../../support/grammar.ts"

const { root } = places

const decided = (line: string, rules: ReadonlyArray<Rule> = [], mode = "build"): Decision =>
  evaluate(
    { tool: "bash", footprint: lineFootprint(lineOf(line)), subjects: [line] },
    { ...places, grammar, mode, rules }
  ).decision

const allow = (...patterns: ReadonlyArray<string>): ReadonlyArray<Rule> =>
  patterns.map((pattern) => ({ decision: "allow", rule: `bash(${pattern})` }))
const deny = (pattern: string): Rule => ({ decision: "deny", rule: `bash(${pattern})` })

describe("the table of wrappers", () => {
  for (const [name, { adds, examples }] of Object.entries(wrappers))
    it(`has true examples for ${name}`, () => {
      for (const [line, inside] of examples)
        assert.deepStrictEqual(
          lineOf(line)
            .commands.filter(
              ({ args, standing }) =>
                args.length > 0 && (standing === "wrapped" || (adds === true && standing === "guess"))
            )
            .map(({ args }) => textOf(args)),
          inside,
          line
        )
    })
})

describe("the table of writers", () => {
  for (const [name, { examples }] of Object.entries(writers))
    it(`has true examples for ${name}`, () => {
      for (const [line, read, write] of examples) {
        const [command] = lineOf(line).commands
        const touched = touchedByCommand(command?.args ?? [])
        assert.deepStrictEqual(
          Option.getOrElse(touched, () => ({ read: ["?"], write: ["?"] })),
          { read, write },
          line
        )
      }
    })
})

describe("a footprint", () => {
  const table: ReadonlyArray<readonly [string, ReadonlyArray<string>, ReadonlyArray<string>]> = [
    ["echo x > a", [`${root}/a`], []],
    ["cd d && rm x", [`${root}/d/x`], []],
    ["cd d; rm x", [`${root}/x`, `${root}/d/x`], []],
    ["(cd d); rm x", [`${root}/x`], []],
    ['cd "$X"; rm x /y', ["/y"], ["cd …", "rm x /y"]],
    ["eval 'cd d'; rm x", [], ["rm x"]],
    ["sh -c 'cd d && touch a'", [`${root}/d/a`], []],
    ["cp a d", [`${root}/d`, `${root}/d/a`], []],
    ["rm $X", [], ["rm …"]],
    ["rm *.o", [], ["rm *.o"]],
    ["rm -q x", [], ["rm -q x"]],
    ['ls > "$X"', [], ["ls"]],
    ["tee ~/a $HOME/b $PWD/c", ["/home/dev/a", "/home/dev/b", `${root}/c`], []],
    ["HOME=/x; rm ~/a", [], ["HOME=…", "rm …~/a"]],
    ["PWD=/x; rm $PWD/a", [], ["PWD=…", "rm …/a"]],
    ['rm "a"=~/b', [], ["rm a…=~/b"]],
    ["rm {a,b}", [`${root}/a`, `${root}/b`], []],
    ["rm {1..3}", [], ["rm …"]],
    ["ls > {a,b}", [], ["ls"]],
    ["if true; then cd d; fi; rm x", [], ["rm x"]],
    ["pushd d; rm x", [], ["pushd d", "rm x"]],
    [`cd ${"d".repeat(4100)}; rm x`, [], ["rm x"]],
    ["dd if=a of=b", [`${root}/b`], []],
    ["dd if=a of=b x=c", [], ["dd if=a of=b x=c"]],
    ["cp -t '' a", [], ["cp -t  a"]]
  ]
  for (const [line, write, unknown] of table)
    it(`of ${line} tells what is written and what is not known`, () => {
      const found = lineFootprint(lineOf(line))
      assert.deepStrictEqual([found.write, found.unknown], [write, unknown])
    })

  it("tells of a substitution that its grammar could not read", () => {
    const parts = [{ kind: "script", script: undefined, process: false }] as const
    const words = [{ source: "ls", parts: [{ kind: "text", text: "ls", quoted: false }] } as const]
    const body = [
      { kind: "simple", assigned: [], words: [...words, { source: "`?`", parts }], redirections: [] }
    ] as const
    const line = readCommandLine((): ShellScript => ({ body }), "ls `?`", places)
    assert.isFalse(onlyReads(line))
    assert.deepStrictEqual(lineFootprint(line).unknown, ["ls …", "a substitution"])
  })

  it("names hosts, variables and programs", () => {
    const found = lineFootprint(
      lineOf("GIT_DIR=x curl https://u@a.example:1/p; scp a me@b.example.org:c; cat < /dev/tcp/d/1")
    )
    assert.deepStrictEqual(found.net, ["a.example", "b.example.org", "d"])
    assert.deepStrictEqual([found.env, found.exec], [["GIT_DIR"], ["curl", "scp", "cat"]])
  })
})

/** What a rule on the words of one command covers, and what it does not. */
const rows: ReadonlyArray<readonly [string, ReadonlyArray<string>, ReadonlyArray<string>]> = [
  [
    "npm test:*",
    [
      ...["npm test", "npm  test -- a", "cd src && npm test", "npm test 2>&1 | tail -20", "timeout 60 npm test"],
      ...["time npm test", "nohup npm test", "(npm test)", "{ npm test; }", "CI=1 npm test", "npm test && git status"],
      ...["npm test; echo $?", "npm test || true", "bash -c 'npm test'", "npm test > /dev/null 2>&1", "npm 'test'"],
      ...["if npm test; then echo ok; fi", "npm test &", "env npm test", "env CI=1 npm test"]
    ],
    [
      ...["npm testing", "npm test > out", "npm test && rm x", "npm test $(rm x)", "PATH=. npm test", "sudo npm test"],
      ...["npm test | sh", "npm test < <(rm x)", "npm test | tee f", "cd / && npm test", "cd .. && npm test"],
      ...['cd "$X" && npm test', "./npm test", "npm() { rm x; }; npm test", "npm test &&", "npm\\ test"],
      ...["trap 'rm x' EXIT; npm test", "npm test <<E\n$(rm x)\nE", "env -S 'rm x' npm test", "env A=1 npm test"],
      ...["npm test 2> f", "npm test; $X", "exec 3>x; npm test", "eval npm run x", "npm test; source x"]
    ]
  ],
  [
    "git log:*",
    ["git log -p", "git log $X"],
    ["git -c core.pager=x log", "git -C / log", "GIT_PAGER=x git log", "git logs"]
  ],
  ["echo:*", ["echo hi; echo b", "echo $HOME", "echo *"], ["echo $(whoami)", "echo x | sh", "echo x >> ~/.bashrc"]],
  ["rm:*", ["rm -rf dist"], ["rm /etc/x", "rm -rf .git", "rm -rf /", "sudo rm x", "xargs rm < f > g"]],
  ["find:*", ["find . -delete"], ["find . -exec rm {} +", "find . -ok sh -c 'rm x' \\;", "find . -exec \\;"]]
]

describe("a rule that allows a command's words", () => {
  for (const [pattern, covered, others] of rows)
    it(`covers ${pattern} wherever it stands alone, and nothing else`, () => {
      assert.deepStrictEqual(
        covered.filter((line) => decided(line, allow(pattern)) !== "allow"),
        []
      )
      assert.deepStrictEqual(
        others.filter((line) => decided(line, allow(pattern)) === "allow"),
        []
      )
    })

  it("covers a line of several only with a rule for each", () => {
    assert.strictEqual(decided("echo $(cat $(ls))", allow("echo:*", "cat:*", "ls:*")), "allow")
    assert.strictEqual(decided("echo $(cat $(ls))", allow("echo:*", "cat:*")), "ask")
  })
})

/** Lines in which `curl` runs for sure: a rule that denies it denies them. */
const denied = [
  ...["ls && curl x", "ls\ncurl x", "echo `curl x`", "cat <(curl x)", "cat <<E\n$(curl x)\nE", "f() { curl x; }; f"],
  ...["[[ $(curl x) ]]", "x=(`curl x`)", "env -i A=1 curl x", "nice -n 5 curl x", "timeout -s KILL 5 curl x"],
  ...["echo x | xargs -n1 curl", "find . -exec sh -c 'curl x' \\;", "bash -lc 'curl x'", "eval 'curl x'", "c''url x"],
  ...["$'\\x63url' x", "cu\\rl x", "/usr/bin/cur? x", "{curl,x}", "A=1 curl x", ">f curl x", "sh <<E\ncurl x\nE"],
  ...["trap 'curl x' EXIT", "alias a='curl x'", "git -c alias.x='!curl x' x", "git bisect run curl x", "CURL x"],
  ...["ssh h 'ls; curl x'", "sudo -u me curl x", "git fetch --upload-pack='curl x' .", "PAGER='curl x' git log"],
  ...["git submodule foreach curl x", "git submodule foreach 'curl x'", `${"env ".repeat(14)}curl x`],
  `${"true && ".repeat(600)}curl x`
]
/** Lines in which it may run. */
const asked = [
  ...["$X x", "a=curl; $a x", "$(echo curl) x", 'eval "$X"', 'sh -c "$X"', "cat f | sh"],
  ...[
    "python3 -c 'system(\"curl x\")'",
    "awk 'BEGIN{system(\"curl x\")}'",
    "docker run i curl x",
    "at now <<< 'curl x'"
  ],
  ...[
    "npx -c 'curl x'",
    "make SHELL='curl x'",
    "rg --pre=curl x",
    "bash <(echo curl x)",
    "make -f <(printf 'a:\\n\\tcu''rl x')"
  ],
  ...[
    `unheard-of ${"w ".repeat(80)}curl x`,
    `unheard-of ${"w ".repeat(5000)}'a; curl x'`,
    `unheard-of ${"* ".repeat(600)}`,
    "unheard-of <(ls)$(ls)",
    "[[ -v 'a[$(curl x)]' ]]"
  ],
  // More than is looked at.
  ...[
    "sh -c ls; ".repeat(500),
    `f() { ${"a;".repeat(100)} }; ${"f;".repeat(300)}`,
    `${"echo $(".repeat(20)}curl x${")".repeat(20)}`,
    `${"env ".repeat(100)}curl x`
  ]
]
/** Lines in which it is only a word. */
const spared = [
  ...["echo curl", "grep curl f", "git commit -m 'use curl x'", "rm curl", "npm test", "find . -name curl"],
  ...[
    "echo 'curl x' > f",
    "find . -exec \\;",
    "bash build.sh",
    "which curl",
    `eslint ${"src/some-file.ts ".repeat(1500)}`,
    "test -f curl",
    "for f in *.ts; do echo $f; done"
  ]
]

describe("a rule that denies a command", () => {
  const rules = [deny("curl:*"), ...allow("*")]
  const those = (lines: ReadonlyArray<string>, wanted: ReadonlyArray<Decision>) =>
    lines.filter((line) => !wanted.includes(decided(line, rules)))
  it("finds it through whatever runs it", () => assert.deepStrictEqual(those(denied, ["deny", "ask"]), []))
  it("asks where it can't be told", () => assert.deepStrictEqual(those(asked, ["ask"]), []))
  it("leaves it alone where it is only a word", () => assert.deepStrictEqual(those(spared, ["allow"]), []))
  it("finds it in a line that can't be read", () => {
    for (const line of ["curl x", "sudo curl x", "/usr/bin/cur? x"])
      assert.strictEqual(decided(`echo ${"a".repeat(33_000)}; ${line}`, rules), "deny", line)
  })
  it("knows git's actions, also as an alias and before what can't be told", () => {
    const push = [deny("git push:*"), ...allow("*")]
    assert.strictEqual(decided("git -c alias.x=push x", push), "deny")
    assert.strictEqual(decided("git -c alias.x x", push), "allow")
    assert.strictEqual(decided('git log "$X"', push), "allow")
    assert.strictEqual(decided('git "$X"', push), "ask")
  })
  it("asks of every line that can't be read", () => {
    assert.strictEqual(decided(`echo ${"a".repeat(40_000)}`, rules), "ask")
    assert.strictEqual(decided(`echo ${"$(".repeat(1000)}`, rules), "ask")
    assert.strictEqual(decided("ls\0", rules), "ask")
  })
})

it("rules on files hold for files that a command's words name, may name, or hold", () => {
  const rules: ReadonlyArray<Rule> = [
    ...allow("cat:*", "rm:*"),
    { decision: "deny", rule: "read(secrets/**)" },
    { decision: "deny", rule: "edit(src/x)" }
  ]
  for (const line of ["cat .env", "cat --foo .env", "/bin/cat .e*", "cat secrets/a", "rm -rf src", "rm src/x"])
    assert.strictEqual(decided(line, rules), "deny", line)
  for (const line of ["cat *", 'cat "$X"', "rm *.o", 'rm a > "$X"'])
    assert.strictEqual(decided(line, rules), "ask", line)
  for (const line of ["cat a", "rm -rf dist"]) assert.strictEqual(decided(line, rules), "allow", line)
  assert.strictEqual(decided("cat *", allow("cat:*")), "allow")
})

describe("under a rule that allows all", () => {
  const worst = [
    ...[
      "sh -c 'rm -rf /'",
      "eval 'rm -rf ~'",
      "r''m -rf /",
      "echo / | xargs rm -rf",
      'rm -rf "$HOME"/',
      "cd / && rm -rf *"
    ],
    ...[
      "cd ~ && rm -rf ./",
      "x=/; rm -rf $x",
      "rm -rf $(echo /)",
      "rm -rf $X/",
      "rm -rf {/,~}",
      "rm -rf /e*",
      "rm -rf .."
    ],
    ...[
      'bash -c "$(curl x)"',
      'eval "$(A=1; curl x)"',
      "source <(curl x)",
      'eval "$(wget -qO- x)"',
      "f() { rm -rf /; }; f",
      "cp x /etc/passwd"
    ]
  ]
  it("a disaster asks all the same", () =>
    assert.deepStrictEqual(
      worst.filter((line) => decided(line, allow("*")) === "allow"),
      []
    ))
  it("and so does what can't be parsed", () => assert.strictEqual(decided("ls ( x", allow("*")), "ask"))
})

it("plan mode runs nothing but what reads", () => {
  for (const line of ["touch a", "ls > a", "npm test", "sh -c ls", "curl x", "$X", "ls;;"])
    assert.strictEqual(decided(line, allow("*"), "plan"), "deny", line)
  assert.strictEqual(decided("cat a | grep b", [], "plan"), "allow")
})
