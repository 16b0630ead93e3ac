/** Patterns of rules against paths, command lines and hosts. */
import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import {
  couldMatchCommand,
  exactCommand,
  exactPath,
  matchCommand,
  matchGlob,
  matchHost,
  matchPath,
  namesBelow,
  parseRule,
  spells
} from "../../../src/domain/permission/match.ts"

const places = { root: "/home/dev/proj", home: "/home/dev" }

describe("a rule in parts", () => {
  const table: ReadonlyArray<readonly [string, ReturnType<typeof parseRule>]> = [
    ["read", { tool: "read" }],
    [" bash ", { tool: "bash" }],
    ["*", { tool: "*" }],
    ["mcp__*", { tool: "mcp__*" }],
    ["edit()", { tool: "edit" }],
    ["edit(*)", { tool: "edit" }],
    ["edit(src/**)", { tool: "edit", pattern: "src/**" }],
    ["bash(echo (a) b)", { tool: "bash", pattern: "echo (a) b" }],
    ["bash(a\nb)", { tool: "bash", pattern: "a\nb" }],
    ["mcp__server__tool(x)", { tool: "mcp__server__tool", pattern: "x" }],
    ["*(src/**)", undefined],
    ["mcp__*(x)", undefined],
    ["mcp__*__read", undefined],
    ["", undefined],
    ["  ", undefined],
    ["bash(ls", undefined],
    ["two words", undefined],
    ["(x)", undefined]
  ]
  for (const [rule, parsed] of table)
    it(`reads ${JSON.stringify(rule)}`, () => assert.deepStrictEqual(parseRule(rule), parsed))
})

describe("a glob", () => {
  const table: ReadonlyArray<readonly [string, ReadonlyArray<string>, ReadonlyArray<string>]> = [
    ["a", ["a"], ["", "b", "aa", "a/"]],
    ["*", ["a", "", ".env"], ["a/b"]],
    ["*.ts", ["a.ts", ".ts"], ["a.tsx", "a/b.ts"]],
    ["a?c", ["abc"], ["ac", "a/c", "abbc"]],
    ["src/*/x", ["src/a/x", "src//x"], ["src/x", "src/a/b/x"]],
    ["**", ["", "a", "a/b/c"], []],
    ["**/x", ["x", "a/x", "a/b/x"], ["ax", "a/bx", "x/y"]],
    ["a/**", ["a/", "a/b", "a/b/c"], ["a", "ab"]],
    ["a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["ab", "a/xb", "a/b/c"]],
    ["a**b", ["ab", "axb", "a/x/b"], ["a", "ba"]],
    ["***/x", ["x", "a/b/x"], ["ax"]],
    ["[abc]", ["a", "c"], ["d", "", "ab"]],
    ["[a-c]x", ["ax", "cx"], ["dx", "-x"]],
    ["[!a-c]", ["d", "-"], ["a", "b", "/"]],
    ["[^a]", ["b"], ["a", "/"]],
    ["[]a]", ["]", "a"], ["b"]],
    ["[a-]", ["a", "-"], ["b"]],
    ["[-a]", ["-", "a"], ["b"]],
    ["[/]", [], ["/"]],
    ["[a", ["[a"], ["a"]],
    ["[]", ["[]"], [""]],
    ["{a,b}", ["a", "b"], ["c", "a,b", "{a,b}"]],
    ["{a,b/**}/x", ["a/x", "b/c/x", "b//x"], ["b/x"]],
    ["{a,{b,c}d}", ["a", "bd", "cd"], ["b", "ad"]],
    ["x{,y}", ["x", "xy"], ["xyy"]],
    ["{a}", ["a"], ["{a}"]],
    ["{a", ["{a"], ["a"]],
    ["a}", ["a}"], ["a"]],
    ["{a{b,c}", ["{ab", "{ac"], ["ab"]],
    ["{a\\,b,c}", ["a,b", "c"], ["a", "b"]],
    ["{a,\\}}", ["a", "}"], ["\\"]],
    ["\\{a,b}", ["{a,b}"], ["a"]],
    ["\\*", ["*"], ["a", "\\*"]],
    ["a\\", ["a\\"], ["a"]],
    ["\\[a]", ["[a]"], ["a"]]
  ]
  for (const [glob, yes, no] of table)
    it(`${glob} matches as in a shell`, () => {
      assert.deepStrictEqual(
        yes.filter((path) => !matchGlob(glob, path)),
        []
      )
      assert.deepStrictEqual(
        no.filter((path) => matchGlob(glob, path)),
        []
      )
    })

  it("with braces deeper than anybody writes is read as it stands beyond them", () => {
    const deep = (levels: number) => `${"{".repeat(levels)}a${"}".repeat(levels)}`
    assert.isTrue(matchGlob(deep(8), "a"))
    assert.isFalse(matchGlob(deep(9), "a"))
    assert.isTrue(matchGlob(deep(9), "{a}"))
    assert.isFalse(matchGlob(deep(50_000), "a"))
  })

  it("with many braces, stars and a long text takes time linear in both", () => {
    const text = "a".repeat(100_000)
    const timed = (run: () => void): number => {
      const start = performance.now()
      run()
      return performance.now() - start
    }
    const slow = [
      ["**a".repeat(12), `${text}b`],
      ["*a".repeat(12), `${text}b`],
      ["{a,b}".repeat(40), "a".repeat(39)],
      ["{a,aa}".repeat(10), `${text}b`],
      ["*{a,*a}*c", `${text}b`]
    ].map(([glob = "", path = ""]) => [glob, timed(() => assert.isFalse(matchGlob(glob, path)))] as const)
    // A bound against powers and exponents, which take minutes; this machine may be busy.
    assert.deepStrictEqual(
      slow.filter(([, millis]) => millis > 1500),
      []
    )
    assert.isBelow(Math.min(...slow.map(([, millis]) => millis)), 100)
    assert.isBelow(
      timed(() => matchGlob("{".repeat(100_000), text)),
      5000
    )
  })

  it("made of a path matches that path and no other", () =>
    fc.assert(
      fc.property(paths, paths, (path, other) => {
        assert.isTrue(matchGlob(exactPath(path), path))
        if (other !== path) assert.isFalse(matchGlob(exactPath(path), other))
      })
    ))
})

const paths = fc
  .array(fc.constantFrom("a", "b", "/", "*", "?", "[", "]", "{", "}", ",", "\\", "~", "-", " ", ")", "(", ".", "é"), {
    maxLength: 12
  })
  .map((chars) => chars.join(""))

describe("a path pattern", () => {
  const inRoot = (path: string) => `${places.root}/${path}`
  const table: ReadonlyArray<readonly [string, "allow" | "deny", ReadonlyArray<string>, ReadonlyArray<string>]> = [
    ["src/**", "allow", [inRoot("src/a"), inRoot("src/a/b")], [inRoot("srcs/a"), inRoot("a/src/b"), "/src/a"]],
    ["./src/a", "allow", [inRoot("src/a")], [inRoot("a")]],
    ["src/*", "allow", [inRoot("src/a")], [inRoot("src/a/b")]],
    ["src/*", "deny", [inRoot("src/a"), inRoot("src/a/b")], [inRoot("src")]],
    ["src", "allow", [inRoot("src"), inRoot("src/a/b")], [inRoot("x/src")]],
    ["src/", "allow", [inRoot("src/a")], [inRoot("x")]],
    ["src", "deny", [inRoot("src"), inRoot("src/a/b"), inRoot("x/src"), inRoot("x/src/a")], [inRoot("x/srcs")]],
    [".env", "deny", [inRoot(".env"), inRoot("a/b/.env")], [inRoot("a/b/.environment"), "/etc/.env"]],
    [".env", "allow", [inRoot(".env")], [inRoot("a/.env")]],
    ["build/", "deny", [inRoot("build/x"), inRoot("a/build/x")], [inRoot("builds/x")]],
    ["**/.env", "deny", [inRoot(".env"), inRoot("a/.env"), "/etc/.env"], [inRoot(".environment")]],
    ["**/*.md", "allow", [inRoot("a.md"), inRoot("b/a.md")], ["/etc/a.md"]],
    ["~/projects/*", "allow", ["/home/dev/projects/a"], ["/home/dev/projects/a/b", "/home/dev/.ssh/id_rsa"]],
    ["~/.ssh", "deny", ["/home/dev/.ssh", "/home/dev/.ssh/id_rsa"], ["/home/dev/.sshx", "/root/.ssh"]],
    ["~/.ssh", "allow", ["/home/dev/.ssh"], ["/home/dev/.ssh/id_rsa"]],
    ["~/*", "allow", ["/home/dev/a"], ["/some/~/path/a", "/home/developer/a"]],
    ["/etc", "deny", ["/etc", "/etc/passwd"], ["/etcetera"]],
    ["/etc", "allow", ["/etc"], ["/etc/passwd"]],
    ["//etc/**", "allow", ["/etc/passwd"], [inRoot("etc/passwd")]],
    ["{/etc/*,src/a,~/b}", "allow", ["/etc/x", inRoot("src/a"), "/home/dev/b"], ["/etc/x/y", inRoot("b")]],
    ["{a,b}/c", "allow", [inRoot("a/c"), inRoot("b/c")], [inRoot("c")]],
    ["{a", "allow", [inRoot("{a")], [inRoot("a")]]
  ]
  for (const [pattern, decision, yes, no] of table)
    it(`${pattern} in a rule that says ${decision} holds for what it names`, () => {
      assert.deepStrictEqual(
        yes.filter((path) => !matchPath(pattern, path, places, decision)),
        []
      )
      assert.deepStrictEqual(
        no.filter((path) => matchPath(pattern, path, places, decision)),
        []
      )
    })

  it("holds for the root itself where it names all of it", () => {
    assert.isTrue(matchPath("**", places.root, places, "deny"))
    assert.isFalse(matchPath("src", places.root, places, "deny"))
  })

  it("with a tilde holds for nothing where no home is known", () =>
    assert.isFalse(matchPath("~/a", "/a", { root: "/r", home: "" }, "deny")))

  it("takes the names of root and home as they stand", () => {
    const odd = { root: "/w/[x]*", home: "/h/{a,b}" }
    assert.isTrue(matchPath("src/*", "/w/[x]*/src/a", odd, "deny"))
    assert.isFalse(matchPath("src/*", "/w/xyz/src/a", odd, "deny"))
    assert.isTrue(matchPath("~/k", "/h/{a,b}/k", odd, "deny"))
    assert.isFalse(matchPath("~/k", "/h/a/k", odd, "deny"))
  })

  it("that restricts holds wherever the same pattern would allow", () =>
    fc.assert(
      fc.property(paths, paths, (pattern, path) => {
        const real = `${places.root}/${path}`
        if (matchPath(pattern, real, places, "allow")) assert.isTrue(matchPath(pattern, real, places, "deny"))
      })
    ))
})

describe("a command pattern", () => {
  const table: ReadonlyArray<readonly [string, ReadonlyArray<string>, ReadonlyArray<string>]> = [
    ["git status:*", ["git status", "git status -s", " git  status -s"], ["git statuses", "git", "xgit status"]],
    ["git *", ["git", "git log", "git a b"], ["gitk", "xgit"]],
    ["npm run *:test", ["npm run a:test", "npm run a b:test"], ["npm run a"]],
    ["npm test", ["npm test", " npm   test "], ["npm test x", "npm tests"]],
    ["rm \\*", ["rm *"], ["rm a", "rm \\*"]],
    ["find . -name '\\*.ts'", ["find . -name '*.ts'"], ["find . -name 'a.ts'"]],
    ["echo \\a", ["echo \\a"], ["echo a"]],
    ["*x*", ["x", "axb", "a x"], ["a"]]
  ]
  for (const [pattern, yes, no] of table)
    it(`${pattern} matches the lines it means`, () => {
      assert.deepStrictEqual(
        yes.filter((line) => !matchCommand(pattern, line)),
        []
      )
      assert.deepStrictEqual(
        no.filter((line) => matchCommand(pattern, line)),
        []
      )
    })

  const lines = fc
    .array(fc.constantFrom("a", "*", "\\", " ", ":", "\n", "|", "$"), { maxLength: 10 })
    .map((chars) => chars.join(""))

  it("made of a line spells it, and no line of other characters", () =>
    fc.assert(
      fc.property(lines, lines, (line, other) => {
        assert.isTrue(spells(exactCommand(line), line))
        assert.isTrue(matchCommand(exactCommand(line), line))
        const same = (text: string) => text.trim().replaceAll("\\*", "*")
        if (same(other) !== same(line)) assert.isFalse(spells(exactCommand(line), other))
      })
    ))
})

it("a path pattern names something in a folder, wherever it starts from", () => {
  const table: ReadonlyArray<readonly [string, string, boolean]> = [
    ["src/*", `${places.root}/src`, true],
    ["src/*", `${places.root}/sr`, false],
    ["~/a/k", "/home/dev/a", true],
    ["~/a/k", "/home/dev/b", false],
    ["/etc/x/*.conf", "/etc/x", true],
    ["/etc/x", "/etc/x", false]
  ]
  for (const [pattern, folder, named] of table)
    assert.strictEqual(namesBelow(pattern, folder, places), named, `${pattern} ${folder}`)
})

it("a line's start could go on to what a command pattern means, or could not", () => {
  const table: ReadonlyArray<readonly [string, ReadonlyArray<string>, ReadonlyArray<string>]> = [
    ["git push:*", ["", "g", "git push", "git push origin"], ["git log", "git pushed"]],
    ["git p* -f", ["", "git", "git push -", "git p x"], ["ls", "git log"]],
    ["git", ["", "gi", "git"], ["git log", "x"]]
  ]
  for (const [pattern, yes, no] of table)
    for (const start of [...yes, ...no])
      assert.strictEqual(couldMatchCommand(pattern, start), yes.includes(start), `${pattern} ${start}`)
})

it("a host pattern holds for that host and those below it, in any case", () => {
  const yes = ["example.com", "a.example.com", "EXAMPLE.com"]
  const no = ["example.com.evil.test", "notexample.com", "com", ""]
  for (const pattern of ["domain:example.com", "example.com", "Example.COM"]) {
    assert.deepStrictEqual(
      yes.filter((host) => !matchHost(pattern, host, "allow")),
      []
    )
    assert.deepStrictEqual(
      no.filter((host) => matchHost(pattern, host, "deny")),
      []
    )
  }
})
