import { existsSync, readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import { catastrophes } from "../../../src/domain/permission/catastrophes.ts"
import {
  catastrophic,
  commandPaths,
  commandPrograms,
  outsideNames,
  readOnlyCommand,
  readOnlyGitArguments
} from "../../../src/domain/permission/commands.ts"
import { readOnlyGit, readOnlyPrograms } from "../../../src/domain/permission/readOnlyPrograms.ts"

const cases = new URL("../../../../shared/cases/commands.jsonl", import.meta.url)

interface Row {
  readonly id: string
  readonly category: string
  readonly profile: string
  readonly severity: string
  readonly accept: ReadonlyArray<string>
  readonly command?: string
  readonly command_parts?: ReadonlyArray<readonly [string, number]>
}

const rows = (): ReadonlyArray<Row> =>
  readFileSync(cases, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))

const lineOf = (row: Row): string =>
  row.command ?? (row.command_parts ?? []).map(([text, count]) => text.repeat(count)).join("")

describe("the read-only list", () => {
  for (const [name, { examples }] of [...Object.entries(readOnlyPrograms), ...Object.entries(readOnlyGit)])
    it(`has true examples for ${name}`, () => {
      assert.deepStrictEqual(
        examples.match.filter((line) => !readOnlyCommand(line)),
        []
      )
      assert.deepStrictEqual(examples.notMatch.filter(readOnlyCommand), [])
    })

  it.skipIf(!existsSync(cases))("decides every safe-list case as it must", () => {
    const mine = rows().filter((row) => row.profile === "safe-list")
    const allowed = (row: Row) => readOnlyCommand(lineOf(row))
    const wrong = mine.filter((row) => allowed(row) && !row.accept.includes("allow"))
    // Reads of paths outside are judged by the paths, which must then be told.
    const bypasses = wrong.filter(
      (row) => !commandPaths(lineOf(row)).some((path) => /^[/~]|(^|\/)\.\.(\/|$)/.test(path))
    )
    assert.deepStrictEqual(
      bypasses.map((row) => [row.id, row.command]),
      []
    )
    const misses = mine.filter((row) => !allowed(row) && !row.accept.includes("ask"))
    console.log(`usability misses: ${misses.length} of ${mine.filter((row) => row.severity === "usability").length}`)
    assert.deepStrictEqual(
      misses.map((row) => [row.id, row.command]),
      []
    )
  })

  const plain = [
    "ls && pwd; git status -s | head -3",
    'grep -n "foo\\.bar$" src/a.ts',
    "find . -type f ! -name '*.js' -not -path './node_modules/*' 2>/dev/null | sort | uniq -c",
    "cd src && ls -la && cat a.ts",
    "sed -n '/^export/,/^}/p' a.ts",
    "cat package.json > /dev/null 2>&1",
    "command -v node",
    "ls  -la   src",
    "ls 𝒳",
    'echo "a \\"b\\" c"',
    "find",
    "find src",
    "find src -empty",
    "grep 'ü' a.md",
    "git diff HEAD~1..HEAD -- 'src/a b.ts'"
  ]
  for (const line of plain) it(`reads: ${line}`, () => assert.isTrue(readOnlyCommand(line)))

  const other = [
    "",
    "   ",
    "ls &",
    "ls & pwd",
    "ls |& cat",
    "ls ;; pwd",
    "ls &&& pwd",
    "ls;",
    "| ls",
    "2>&1",
    "> /dev/null",
    "ls > /dev/nullx",
    "ls >/dev/null/../x",
    "ls 2>&10",
    "ls 3>/dev/null",
    "ls >& f",
    "ls < f",
    "ls\n",
    "ls\u00a0-la",
    "ls\t-la",
    "ls\u202e",
    "ls \\\n",
    "a=1 ls",
    "A+=1 ls",
    "! ls",
    "time ls",
    "ls {a,b}",
    "ls [ab]",
    "ls ~root",
    "ls a=~",
    "ls '~/.ssh'",
    "cat *",
    "./ls",
    "/bin/ls",
    "'ls'",
    "l's'",
    "constructor",
    "git constructor",
    "toString x",
    "cd .. && ls",
    "cd / && ls",
    "cd src && git status",
    "cd src; ls",
    "cd && ls",
    'echo "a',
    "echo 'a",
    'echo "$(id)"',
    'echo "$X"',
    'echo "!x"',
    'echo "\\$x"',
    "echo $'a'",
    'echo $"a"',
    "find . -delete",
    "find src/* -name x",
    "find . -constructor",
    "ls src/*'a'",
    "command -p ls",
    "command",
    "find . -fprintf out x",
    "find . -name",
    "find . -execdir sh {} +",
    "find -files0-from x",
    "find . -okdir x",
    "find . -fls out",
    "sed -n 1p f -i",
    "sed -n '1p;w x' f",
    "sed -n '1e id' f",
    "sed -n -f script f",
    "sed -n --in-place 1p f",
    "sed 1p f",
    "git",
    "git --exec-path=. status",
    "git --config-env=a=b status",
    "git diff -l --output=x",
    "git diff -U --output=x",
    "git log --since --output=x",
    "git remote show origin",
    "git branch --list x",
    "git stash list",
    "git config --list",
    "tail -F a",
    "printf -v PATH x",
    "test -v 'a[$(id)]'",
    "awk 1 f",
    "env",
    "printenv X",
    "history",
    "alias ls=rm",
    "source f",
    ". f",
    ": x",
    "ls ".repeat(3000),
    Array.from({ length: 31 }, () => "true").join(" && ")
  ]
  for (const line of other)
    it(`does not read: ${JSON.stringify(line.slice(0, 60))}`, () => assert.isFalse(readOnlyCommand(line)))

  it("tells the paths that a read-only line may read", () => {
    assert.deepStrictEqual(commandPaths("cat a ../b ~/.ssh/id_rsa | grep -n /etc/x /etc/passwd"), [
      "a",
      "../b",
      "~/.ssh/id_rsa",
      "/etc/passwd"
    ])
    assert.deepStrictEqual(commandPaths("grep -e x /etc/passwd"), ["/etc/passwd"])
    assert.deepStrictEqual(commandPaths("rg --files /etc"), ["/etc"])
    assert.deepStrictEqual(commandPaths("ls ../*.ts src/a*"), ["../", "src/"])
    assert.deepStrictEqual(commandPaths("ls src*"), ["."])
    assert.deepStrictEqual(commandPaths("find -name x"), ["."])
    assert.deepStrictEqual(commandPaths("find src"), ["src"])
    assert.deepStrictEqual(commandPaths("find /etc ~ -name x"), ["/etc", "~"])
    assert.deepStrictEqual(commandPaths("cd link && cat a /b"), ["link", "link/a", "/b"])
    assert.deepStrictEqual(commandPaths("git diff /etc/passwd x"), ["/etc/passwd", "x"])
    assert.deepStrictEqual(commandPaths("rm x"), [])
  })

  it("names the programs of a line that it understands", () => {
    assert.deepStrictEqual(commandPrograms("npm test && npm run x | tee 'a b'"), ["npm", "tee"])
    assert.deepStrictEqual(commandPrograms("eval $(x)"), [])
  })

  it("judges git's arguments without a shell by the same list", () => {
    assert.isTrue(readOnlyGitArguments(["log", "-3", "--format=%h $(x)"]))
    assert.isFalse(readOnlyGitArguments(["log", "--output=x"]))
    assert.isFalse(readOnlyGitArguments(["commit"]))
    assert.isFalse(readOnlyGitArguments([]))
  })

  it("never takes a line with an active character for a reading one, wherever it stands", () => {
    const active = fc.constantFrom(
      "`id`",
      "$(id)",
      "$X",
      "\n",
      "&",
      ">x",
      "<x",
      "(",
      ")",
      "{",
      "}",
      "\\",
      "\0",
      "#",
      "[",
      "!",
      "<(id)",
      ";;"
    )
    fc.assert(
      fc.property(fc.constantFrom(...plain.filter((line) => !/['"]/.test(line))), active, fc.nat(), (line, bad, at) => {
        const where = at % (line.length + 1)
        const changed = line.slice(0, where) + bad + line.slice(where)
        // `find . ! -name x` and `&>/dev/null` are fine where they come out so.
        const fine = (bad === "!" && / ! /.test(`${changed} `)) || (bad === "&" && changed.includes("&>"))
        if (readOnlyCommand(changed)) assert.isTrue(fine, changed)
      }),
      { numRuns: 2000 }
    )
  })

  it("answers any text without failing, and soon", () => {
    fc.assert(
      fc.property(fc.fullUnicodeString({ maxLength: 200 }), (line) => {
        readOnlyCommand(line)
        catastrophic(line)
      })
    )
    for (const hard of [
      "rm ".repeat(70_000),
      `rm ${"a/".repeat(100_000)}`,
      `find ${"-a ".repeat(70_000)}`,
      `${"x(){x|".repeat(30_000)}`,
      `curl ${"|".repeat(200_000)}`,
      `>${" ".repeat(200_000)}`,
      `rm ${"/".repeat(200_000)}x`
    ]) {
      const start = performance.now()
      readOnlyCommand(hard)
      catastrophic(hard)
      assert.isBelow(performance.now() - start, 3000, hard.slice(0, 20))
    }
  })
})

describe("names outside", () => {
  it("are the absolute, homely and upward ones, in quotes and options too, without what every command may use", () => {
    const line = `make X=/opt/a --out=/var/b '../c' "$HOME/d" ~/e a/../../f ./g h.. -I/usr/include > /dev/null; /usr/bin/env x /`
    assert.deepStrictEqual(outsideNames(line), [
      "/opt/a",
      "/var/b",
      "../c",
      "$HOME/d",
      "~/e",
      "a/../../f",
      "/usr/include",
      "/"
    ])
  })
})

describe("catastrophic lines", () => {
  for (const { why, examples } of catastrophes)
    it(`are found by what they do: ${why}`, () => {
      assert.deepStrictEqual(
        examples.match.filter((line) => !catastrophic(line)),
        []
      )
      assert.deepStrictEqual(examples.notMatch.filter(catastrophic), [])
    })

  it.skipIf(!existsSync(cases))("include every case of that kind, and no benign one", () => {
    const all = rows()
    const missed = all.filter(
      (row) => row.category === "catastrophic" && row.profile === "safe-list" && !catastrophic(lineOf(row))
    )
    assert.deepStrictEqual(
      missed.map((row) => row.command),
      []
    )
    const benign = all.filter(
      (row) => row.accept.length === 1 && row.accept[0] === "allow" && catastrophic(lineOf(row))
    )
    assert.deepStrictEqual(
      benign.map((row) => row.command),
      []
    )
  })
})
