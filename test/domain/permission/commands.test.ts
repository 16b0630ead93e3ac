/** The built-in list of commands that only read, with its examples. */
import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import * as Option from "effect/Option"
import { catastrophes } from "../../../src/domain/permission/catastrophes.ts"
import { lineFootprint, onlyReads } from "../../../src/domain/permission/commandLine.ts"
import { catastrophic as isCatastrophic, outsideNames } from "../../../src/domain/permission/commands.ts"
import { readOnlyGit, readOnlyPrograms } from "../../../src/domain/permission/readOnlyPrograms.ts"
import { readsOfGitArguments } from "../../../src/domain/permission/reads.ts"
import { lineOf, places } from "../../support/grammar.ts"

const readOnlyCommand = (line: string) => onlyReads(lineOf(line))
const catastrophic = (line: string) => isCatastrophic(lineOf(line))
const readOnlyGitArguments = (args: ReadonlyArray<string>) => Option.isSome(readsOfGitArguments(args))

describe("the read-only list", () => {
  for (const [name, { examples }] of [...Object.entries(readOnlyPrograms), ...Object.entries(readOnlyGit)])
    it(`has true examples for ${name}`, () => {
      assert.deepStrictEqual(
        examples.match.filter((line) => !readOnlyCommand(line)),
        []
      )
      assert.deepStrictEqual(examples.notMatch.filter(readOnlyCommand), [])
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
    "echo $?$?",
    "grep 'ü' a.md",
    "git diff HEAD~1..HEAD -- 'src/a b.ts'",
    "ls |& cat < f 2>&10",
    "! ls; time pwd",
    "cd src; ls '~/.ssh'",
    "LANG=C ls",
    Array.from({ length: 400 }, () => "true").join(" && ")
  ]
  for (const line of plain) it(`reads: ${line}`, () => assert.isTrue(readOnlyCommand(line)))

  const other = [
    "",
    "   ",
    "ls &",
    "ls & pwd",
    "ls ;; pwd",
    "ls &&& pwd",
    "| ls",
    "2>&1",
    "> /dev/null",
    "ls > /dev/nullx",
    "ls >/dev/null/../x",
    "ls >& f",
    "ls\n",
    "ls\u00a0-la",
    "ls\t-la",
    "ls\u202e",
    "ls \\\n",
    "A+=1 ls",
    "ls {a,b}",
    "ls [ab]",
    "ls ~root",
    "ls a=~",
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
    "cd && ls",
    'echo "a',
    "echo 'a",
    'echo "$(id)"',
    'echo "$X"',
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
    "ls ".repeat(30_000),
    "[[ -v 'a[$(id)]' ]]",
    "# ls",
    "f() { ls; }; f",
    "ls; cd x; git status"
  ]
  for (const line of other)
    it(`does not read: ${JSON.stringify(line.slice(0, 60))}`, () => assert.isFalse(readOnlyCommand(line)))

  it("tells the paths that a line may read, in every folder that it may stand in", () => {
    const { home, root } = places
    const reads = (line: string) => lineFootprint(lineOf(line)).read
    assert.deepStrictEqual(reads("cat a ../b ~/.ssh/id_rsa | grep -n /etc/x /etc/passwd"), [
      `${root}/a`,
      `${root}/../b`,
      `${home}/.ssh/id_rsa`,
      "/etc/passwd"
    ])
    assert.deepStrictEqual(reads("grep -e x /etc/passwd"), ["/etc/passwd"])
    assert.deepStrictEqual(reads("rg --files /etc"), ["/etc"])
    assert.deepStrictEqual(reads("ls ../*.ts src/a*"), [`${root}/../`, `${root}/src/`])
    assert.deepStrictEqual(reads("ls src*"), [`${root}/.`])
    assert.deepStrictEqual(reads("find -name x"), [`${root}/.`])
    assert.deepStrictEqual(reads("find /etc ~ -name x"), ["/etc", home])
    assert.deepStrictEqual(reads("cd link && cat a /b"), [`${root}/link`, `${root}/link/a`, "/b"])
    assert.deepStrictEqual(reads("cd link; cat a"), [`${root}/link`, `${root}/a`, `${root}/link/a`])
    assert.deepStrictEqual(reads("git diff /etc/passwd x"), ["/etc/passwd", `${root}/x`])
    assert.deepStrictEqual(reads("rm x"), [])
  })

  it("names the programs of a line", () => {
    const programs = (line: string) => lineFootprint(lineOf(line)).exec
    assert.deepStrictEqual(programs("npm test && npm run x | tee 'a b'"), ["npm", "tee"])
    assert.deepStrictEqual(programs("eval $(x)"), ["x", "eval"])
    assert.deepStrictEqual(programs("trap - EXIT; alias a; sh -c; find . -exec \\;"), ["trap", "alias", "sh", "find"])
    // What only may run is not among them.
    assert.deepStrictEqual(programs("sh -c 'ls $(x)'$X"), ["sh"])
  })

  it("judges git's arguments without a shell by the same list", () => {
    assert.isTrue(readOnlyGitArguments(["log", "-3", "--format=%h $(x)"]))
    assert.isFalse(readOnlyGitArguments(["log", "--output=x"]))
    assert.isFalse(readOnlyGitArguments(["commit"]))
    assert.isFalse(readOnlyGitArguments([]))
  })

  it("never takes a line with an active character for a reading one, wherever it stands", () => {
    const active = fc.constantFrom("`id`", "$(id)", "$X", "\n", ">x", "(", ")", "\0", "<(id)", ";;", "\u202e")
    fc.assert(
      fc.property(
        fc.constantFrom(...plain.filter((line) => !/['"=]/.test(line))),
        active,
        fc.nat(),
        (line, bad, at) => {
          const where = at % (line.length + 1)
          const changed = line.slice(0, where) + bad + line.slice(where)
          assert.isFalse(readOnlyCommand(changed), changed)
        }
      ),
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
      const start = process.cpuUsage()
      readOnlyCommand(hard)
      catastrophic(hard)
      const { system, user } = process.cpuUsage(start)
      assert.isBelow((user + system) / 1000, 2000, hard.slice(0, 20))
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
})
