/** What rules decide: every built-in verdict by example, and the laws that hold whatever the rules are. */
import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import { type Footprint, footprint } from "../../../src/domain/model/Footprint.ts"
import type { Decision, Rule } from "../../../src/domain/model/Rule.ts"
import { catastrophes } from "../../../src/domain/permission/catastrophes.ts"
import { catastrophic } from "../../../src/domain/permission/commands.ts"
import {
  catastrophicRule,
  evaluate,
  mayRead,
  type Policy,
  proposal,
  type Request,
  ruleFault,
  stricter
} from "../../../src/domain/permission/evaluate.ts"
import { grammar, places, lineOf as readLine } from "../../support/grammar.ts"

const root = "/home/dev/proj"
const inForce = { ...places, grammar }
const policy = (rules: ReadonlyArray<Rule> = [], mode = "build"): Policy => ({ ...places, rules, mode, grammar })
const rule = (decision: Decision, text: string): Rule => ({ decision, rule: text })
const allow = (text: string) => rule("allow", text)
const ask = (text: string) => rule("ask", text)
const deny = (text: string) => rule("deny", text)

const request = (tool: string, some: Partial<Footprint> = {}, ...subjects: ReadonlyArray<string>): Request => ({
  tool,
  footprint: footprint(some),
  subjects
})
const read = (path: string) => request("read", { read: [path] })
const edit = (path: string) => request("edit", { read: [path], write: [path] })
const run = (line: string, some: Partial<Footprint> = {}) =>
  request("bash", { exec: ["x"], unknown: [line], ...some }, line)
const look = (line: string, paths: ReadonlyArray<string>) => request("bash", { read: paths, exec: ["x"] }, line)
const decided = (call: Request, rules: ReadonlyArray<Rule> = [], mode?: string): Decision =>
  evaluate(call, policy(rules, mode)).decision

const levels: Record<Decision, number> = { allow: 0, ask: 1, deny: 2 }

describe("without rules", () => {
  const table: ReadonlyArray<readonly [string, Request, Decision]> = [
    ["a read inside the project", read(`${root}/a.ts`), "allow"],
    ["a read of the root", read(root), "allow"],
    ["a read of a folder whose name only starts like the root's", read(`${root}-evil/a`), "ask"],
    ["a read outside", read("/etc/passwd"), "ask"],
    ["a read of a key file inside", read(`${root}/.env`), "deny"],
    ["a read of an example of one", read(`${root}/.env.example`), "allow"],
    ["a read below a folder of keys", read("/home/dev/.ssh/config"), "deny"],
    ["a read of a program's tokens", read("/home/dev/.config/gh/hosts.yml"), "deny"],
    ["a read of an environment", read("/proc/self/environ"), "deny"],
    ["an edit inside the project", edit(`${root}/a.ts`), "allow"],
    ["an edit outside", edit("/home/dev/b.ts"), "ask"],
    ["an edit of a file that programs act on", edit(`${root}/.git/hooks/pre-commit`), "ask"],
    ["an edit of one in other letters", edit(`${root}/.GIT/config`), "ask"],
    ["an edit of a file of instructions", edit(`${root}/AGENTS.md`), "ask"],
    ["an edit of an ordinary file that starts with a dot", edit(`${root}/.eslintrc.json`), "allow"],
    ["a command that only reads inside", look("cat a", [`${root}/a`]), "allow"],
    ["a command that only reads, outside", look("cat /etc/passwd", ["/etc/passwd"]), "ask"],
    ["a command that only reads, a key file", look("cat .env", [`${root}/.env`]), "deny"],
    ["another command", run("npm test"), "ask"],
    ["a command that names a place inside absolutely", run(`x ${root}/a`, { write: [`${root}/a`] }), "ask"],
    ["a command that says it reads, but is not understood", request("bash", { unknown: ["ls"] }, "ls"), "ask"],
    ["a connection", request("webfetch", { net: ["example.com"] }), "ask"],
    ["a call without effects", request("todo"), "allow"],
    ["a call whose effects cannot be told", request("mcp__x__y", { unknown: ["all"] }), "ask"]
  ]
  for (const [name, call, decision] of table)
    it(`${name}: ${decision}`, () => {
      const verdict = evaluate(call, policy())
      assert.strictEqual(verdict.decision, decision)
      assert.match(verdict.rule, /^built-in: /)
    })
})

describe("with rules", () => {
  const table: ReadonlyArray<readonly [string, Request, ReadonlyArray<Rule>, Decision]> = [
    ["the strictest of all wins", read(`${root}/a`), [allow("read"), deny("read(a)"), ask("read")], "deny"],
    ["one that asks wins over one that allows", read(`${root}/a`), [allow("read(a)"), ask("read(*)")], "ask"],
    ["one that asks does not lift what is denied", read(`${root}/.env`), [ask("read(.env)")], "deny"],
    [
      "one on all reads covers listing and searching",
      request("grep", { read: ["/etc"] }),
      [allow("read(/etc)")],
      "allow"
    ],
    ["one on all reads covers commands that read", look("cat a", [`${root}/a`]), [deny("read(a)")], "deny"],
    ["one on edits covers every editor", request("patch", { write: [`${root}/a`] }), [deny("edit(a)")], "deny"],
    ["one on an editor covers the others", edit("/x/a"), [allow("write(/x/**)")], "allow"],
    ["one on edits covers commands that name the place", run("cp a b", { write: ["/x"] }), [deny("edit(/x)")], "deny"],
    ["one on edits does not allow to read alone", read("/x/a"), [allow("edit(/x/**)")], "ask"],
    ["a bare name covers the tool", run("npm test"), [allow("bash")], "allow"],
    ["a star covers every tool", run("npm test"), [allow("*")], "allow"],
    [
      "a name that ends in a star covers tools",
      request("mcp__a__b", { unknown: ["?"] }),
      [allow("mcp__a__*")],
      "allow"
    ],
    ["and no others", request("mcp__b__b", { unknown: ["?"] }), [allow("mcp__a__*")], "ask"],
    ["a star does not open key files", read(`${root}/.env`), [allow("*"), allow("read")], "deny"],
    ["a rule that names them does", read(`${root}/.env`), [allow("read(.env)")], "allow"],
    [
      "a star does not open what programs act on",
      edit(`${root}/.vscode/tasks.json`),
      [allow("*"), allow("edit")],
      "ask"
    ],
    ["a rule that names it does", edit(`${root}/.vscode/tasks.json`), [allow("edit(.vscode/**)")], "allow"],
    ["words of a command allow it", run("npm test -- a"), [allow("bash(npm test:*)")], "allow"],
    ["words allow what it reads", look("cat /etc/hosts", ["/etc/hosts"]), [allow("bash(cat:*)")], "allow"],
    ["but no key file", look("cat .env", [`${root}/.env`]), [allow("bash(cat:*)")], "deny"],
    ["nor places outside", run("cp a ../b", { write: ["/home/dev/b"] }), [allow("bash(cp:*)")], "ask"],
    ["unless the rule is the line", run("cp a ../b", { write: ["/home/dev/b"] }), [allow("bash(cp a ../b)")], "allow"],
    ["which opens no file that programs act on", run("x", { write: ["/a/.bashrc"] }), [allow("bash(x)")], "ask"],
    ["words allow no line of more commands", run("npm test; rm x"), [allow("bash(npm test:*)")], "ask"],
    ["a whole line may be spelt out", run("a | b > c"), [allow("bash(a | b > c)")], "allow"],
    [
      "a denied word is found in any part",
      run("ls && sudo git push"),
      [deny("bash(git push:*)"), allow("bash")],
      "deny"
    ],
    ["behind a wrapper's options", run("nice -n 5 curl y"), [deny("bash(curl:*)"), allow("bash")], "deny"],
    ["in what find runs", run("find . -exec curl {} +"), [deny("bash(curl:*)"), allow("bash")], "deny"],
    ["in other quotes", run('c"ur"l y'), [deny("bash(curl:*)"), allow("bash")], "deny"],
    ["with a backslash", run("\\curl y"), [deny("bash(curl:*)"), allow("bash")], "deny"],
    ["as a glob", run("/usr/bin/cur? y"), [deny("bash(curl:*)"), allow("bash")], "deny"],
    ["as another glob", run("/usr/bin/w* y"), [deny("bash(curl:*)"), allow("bash")], "allow"],
    [
      "behind git's own options",
      run("git -C . --no-pager -c a=b push x"),
      [ask("bash(git push:*)"), allow("bash")],
      "ask"
    ],
    ["after a keyword", run("if true; then curl y; fi"), [deny("bash(curl y)"), allow("bash")], "deny"],
    ["but not where it is only an argument", run("echo curl"), [deny("bash(curl:*)"), allow("bash")], "allow"],
    ["also by its path", run("x=$(/usr/bin/curl y)"), [deny("bash(curl:*)")], "deny"],
    ["also behind an assignment", run("A=b env C=d curl y"), [deny("bash(curl:*)")], "deny"],
    [
      "rules on bash hold for git",
      request("git", { write: [`${root}/.git`] }, "git push"),
      [deny("bash(git push:*)")],
      "deny"
    ],
    [
      "rules on git lift all that it does",
      request("git", { write: [`${root}/.git`], net: ["git remote"] }, "git push"),
      [allow("git(git push:*)")],
      "allow"
    ],
    [
      "hosts by name",
      request("webfetch", { net: ["a.example.com"] }),
      [allow("webfetch(domain:example.com)")],
      "allow"
    ],
    [
      "and not by look",
      request("webfetch", { net: ["example.com.evil.test"] }),
      [allow("webfetch(domain:example.com)")],
      "ask"
    ],
    ["a rule with a pattern says nothing of a call without effects", request("todo"), [deny("todo(x)")], "allow"],
    ["a rule that is none restricts where it wants to", read(`${root}/a`), [deny("read(a")], "deny"],
    ["and allows nothing", read("/etc/a"), [allow("read(/etc/a")], "ask"]
  ]
  for (const [name, call, rules, decision] of table)
    it(`${name}: ${decision}`, () => assert.strictEqual(decided(call, rules), decision))

  it("the verdict names the rule that decided", () => {
    const rules = [allow("read"), deny("read(a)"), deny("read(**)")]
    assert.deepStrictEqual(evaluate(read(`${root}/a`), policy(rules)), { decision: "deny", rule: "read(a)" })
  })

  it("a file that a search comes across may be read or not by the same rules", () => {
    assert.isTrue(mayRead(`${root}/a`, policy()))
    assert.isFalse(mayRead(`${root}/.env`, policy()))
    assert.isFalse(mayRead(`${root}/a`, policy([ask("read(a)")])))
  })
})

describe("a catastrophe", () => {
  const worst = catastrophes.flatMap(({ examples }) => examples.match)
  const waysToAllow = [[], [allow("*")], [allow("bash")], [allow("bash(*)")]]

  it("always asks, by the rule that no yes answers, whatever allows it", () => {
    for (const line of worst)
      for (const rules of [...waysToAllow, [allow(`bash(${line})`)]])
        assert.deepStrictEqual(evaluate(run(line), policy(rules)), { decision: "ask", rule: catastrophicRule }, line)
  })

  it("is not loosened to a question where a rule denies it", () =>
    assert.strictEqual(decided(run("rm -rf /"), [deny("bash(rm:*)")]), "deny"))

  it("is refused in plan mode", () => assert.strictEqual(decided(run("rm -rf /"), [allow("*")], "plan"), "deny"))
})

describe("plan mode", () => {
  const refused: ReadonlyArray<Request> = [
    edit(`${root}/a`),
    run("npm test"),
    request("bash", { exec: ["npm"] }, "npm test"),
    request("webfetch", { net: ["x"] }),
    request("mcp__a__b", { unknown: ["?"] })
  ]
  it("denies whatever is more than reading, and no rule lifts that", () => {
    for (const call of refused)
      assert.deepStrictEqual(evaluate(call, policy([allow("*"), allow(`${call.tool}`)], "plan")), {
        decision: "deny",
        rule: "built-in: plan mode only reads"
      })
  })
  it("reads as ever", () => {
    assert.strictEqual(decided(read(`${root}/a`), [], "plan"), "allow")
    assert.strictEqual(decided(look("cat a", [`${root}/a`]), [], "plan"), "allow")
    assert.strictEqual(decided(read("/etc/a"), [], "plan"), "ask")
    assert.strictEqual(decided(read(`${root}/.env`), [], "plan"), "deny")
  })
})

const someOf = <A>(...list: ReadonlyArray<A>) => fc.constantFrom(...list)
const pathOf = someOf(
  `${root}/a.ts`,
  `${root}/src/b.ts`,
  `${root}/src/[id]/p{a,b}.ts`,
  `${root}/~/x`,
  `${root}/.env`,
  `${root}/.git/config`,
  `${root}/AGENTS.md`,
  "/etc/passwd",
  "/home/dev/.ssh/id_rsa",
  "/home/dev/x, y(1)*.txt"
)
const lineOf = someOf(
  "ls",
  "cat a.ts",
  "npm test",
  "npm test && npm run lint",
  "rm *",
  "rm -rf /",
  "git push origin main",
  "echo 'a  b' | sed s/x/y/ > out",
  "a\nb",
  "find . -name \\*.ts",
  "sudo curl x"
)
const list = <A>(one: fc.Arbitrary<A>, maxLength = 3) => fc.array(one, { maxLength })

/** Calls as tools make them. */
const calls: fc.Arbitrary<Request> = fc.oneof(
  fc
    .record({ tool: someOf("read", "ls", "glob", "grep"), path: pathOf })
    .map(({ path, tool }) => request(tool, { read: [path] })),
  fc
    .record({
      tool: someOf("edit", "write", "multiedit", "patch"),
      paths: fc.array(pathOf, { minLength: 1, maxLength: 3 }),
      reads: fc.boolean()
    })
    .map(({ paths, reads, tool }) => request(tool, { write: paths, ...(reads ? { read: paths } : {}) })),
  fc
    .record({ line: lineOf, read: list(pathOf), write: list(pathOf, 1), unknown: fc.boolean() })
    .map(({ line, read, unknown, write }) =>
      request("bash", { read, write, exec: ["x"], unknown: unknown ? [line] : [] }, line)
    ),
  fc
    .record({ line: lineOf, net: list(fc.constant("git remote"), 1) })
    .map(({ line, net }) => request("git", { write: [`${root}/.git`], exec: ["git"], net }, line)),
  fc.constant(request("todo")),
  fc.constant(request("mcp__a__b", { unknown: ["?"] })),
  fc.constant(request("webfetch", { net: ["a.example.com"] }))
)

const patterns = someOf(
  "*",
  "read",
  "edit",
  "bash",
  "git",
  "todo",
  "mcp__*",
  "read(**)",
  "read(.env)",
  "read(/etc/**)",
  "read(~/.ssh/**)",
  "edit(src/**)",
  "edit(.git/**)",
  "edit(**)",
  "write({a.ts,/etc/passwd})",
  "bash(*)",
  "bash(npm test:*)",
  "bash(cat:*)",
  "bash(rm *)",
  "bash(git push:*)",
  "git(git push *)",
  "webfetch(domain:example.com)",
  "bash(rm -rf /)",
  "not a rule("
)
const rules = list(fc.record({ decision: someOf<Decision>("allow", "ask", "deny"), rule: patterns }), 4)
const modes = someOf("build", "plan", "chat")
const times = { numRuns: 2000 }

describe("whatever the rules and the call", () => {
  it("a further rule that asks or denies never loosens a decision", () =>
    fc.assert(
      fc.property(
        calls,
        rules,
        patterns,
        someOf<Decision>("ask", "deny"),
        modes,
        fc.nat(4),
        (call, all, text, decision, mode, at) => {
          const more = [...all.slice(0, at), rule(decision, text), ...all.slice(at)]
          assert.isAtLeast(levels[decided(call, more, mode)], levels[decided(call, all, mode)])
        }
      ),
      times
    ))

  it("a further rule that allows never tightens one", () =>
    fc.assert(
      fc.property(calls, rules, patterns, modes, (call, all, text, mode) => {
        assert.isAtMost(levels[decided(call, [...all, allow(text)], mode)], levels[decided(call, all, mode)])
      }),
      times
    ))

  it("the order of rules makes no difference", () =>
    fc.assert(
      fc.property(calls, rules, modes, (call, all, mode) => {
        assert.strictEqual(decided(call, [...all].reverse(), mode), decided(call, all, mode))
      }),
      times
    ))

  it("plan mode allows no write, no connection and nothing unknown", () =>
    fc.assert(
      fc.property(calls, rules, (call, all) => {
        const { net, unknown, write } = call.footprint
        if (write.length + net.length + unknown.length > 0) assert.strictEqual(decided(call, all, "plan"), "deny")
        assert.isAtLeast(levels[decided(call, all, "plan")], levels[decided(call, all)])
      }),
      times
    ))

  it("rules without a pattern open no key file and nothing that programs act on", () =>
    fc.assert(
      fc.property(list(someOf(allow("*"), allow("read"), allow("edit"), allow("bash"), allow("bash(*)"))), (all) => {
        assert.strictEqual(decided(read(`${root}/.env`), all), "deny")
        assert.strictEqual(decided(look("cat .env", [`${root}/.env`]), all), "deny")
        assert.strictEqual(decided(edit(`${root}/.git/config`), all), "ask")
      })
    ))

  it("touching more never loosens a decision", () =>
    fc.assert(
      fc.property(calls, pathOf, rules, someOf("read", "write"), (call, path, all, kind) => {
        const bare = Object.values(call.footprint).flat().length + call.subjects.length === 0
        const { footprint } = call
        const more = { ...call, footprint: { ...footprint, [kind]: [...footprint[kind as "read" | "write"], path] } }
        // A call without effects is judged by its name alone.
        if (!bare && footprint.read.length + footprint.write.length > 0)
          assert.isAtLeast(levels[decided(more, all)], levels[decided(call, all)])
      }),
      times
    ))
})

describe("what `always` would add", () => {
  it("names the call as a rule would", () => {
    const of = (call: Request) => proposal(call, places)
    assert.strictEqual(of(run("npm test")), "bash(npm test)")
    assert.strictEqual(of(run("rm *")), "bash(rm \\*)")
    assert.strictEqual(of(read("/etc/passwd")), "read(/etc/passwd)")
    assert.strictEqual(of(edit(`${root}/.vscode/a.json`)), "edit(.vscode/a.json)")
    assert.strictEqual(of(edit(`${root}/[id]/a`)), "edit(\\[id\\]/a)")
    assert.strictEqual(of(request("patch", { write: [`${root}/AGENTS.md`, "/x"] })), "edit({AGENTS.md,/x})")
    assert.strictEqual(of(read(root)), `read(${root})`)
    assert.strictEqual(of(request("mcp__a__b", { unknown: ["?"] })), "mcp__a__b")
  })

  it("allows the call from then on, where a built-in rule asked", () =>
    fc.assert(
      fc.property(calls, (call) => {
        const before = evaluate(call, policy())
        if (before.decision !== "ask" || before.rule === catastrophicRule) return
        // A command's words do not open what programs act on, and no rule on files opens connections.
        const special = call.subjects.length > 0 && call.footprint.write.some((path) => /\.git|AGENTS/.test(path))
        if (special && call.tool !== "git") return
        if (call.tool === "webfetch") return
        assert.strictEqual(decided(call, [allow(proposal(call, places))]), "allow")
      }),
      times
    ))

  it("allows no other call that was asked before", () =>
    fc.assert(
      fc.property(calls, calls, (call, other) => {
        const rule = allow(proposal(call, places))
        const within = (some: ReadonlyArray<string>, all: ReadonlyArray<string>) =>
          some.every((one) => all.includes(one))
        if (call.subjects.length === 0 && call.footprint.read.length + call.footprint.write.length === 0) return
        if (decided(other) === "allow" || decided(other, [rule]) !== "allow") return
        const touched = [...call.footprint.read, ...call.footprint.write]
        const asks = (path: string, kind: "read" | "write") =>
          decided(request(kind === "read" ? "read" : "edit", { [kind]: [path] })) !== "allow"
        assert.isTrue(
          within(other.subjects, call.subjects) &&
            (other.subjects.length > 0 ||
              within(
                [
                  ...other.footprint.read.filter((path) => asks(path, "read")),
                  ...other.footprint.write.filter((path) => asks(path, "write"))
                ],
                touched
              ))
        )
      }),
      times
    ))
})

describe("a rule's examples", () => {
  const faulty = (
    text: string,
    match: ReadonlyArray<string>,
    notMatch: ReadonlyArray<string> = [],
    decision: Decision = "allow"
  ) => ruleFault({ decision, rule: text, examples: { match, notMatch } }, inForce)
  it("are held against it", () => {
    assert.isUndefined(ruleFault(allow("bash"), inForce))
    assert.isUndefined(ruleFault({ ...allow("bash"), examples: {} }, inForce))
    assert.isUndefined(faulty("bash(git status:*)", ["git status -s"], ["git push"]))
    assert.isUndefined(faulty("git(git push)", ["git push"], ["git pull"]))
    assert.isUndefined(faulty("bash(curl:*)", ["ls; sudo curl x"], ["ls"], "deny"))
    assert.isUndefined(faulty("edit(src/**)", ["src/a", `${root}/src/b`], ["a", "/etc/src/a"]))
    assert.isUndefined(faulty("read(~/.ssh/**)", ["~/.ssh/id_rsa"], ["~/x"], "deny"))
    assert.isUndefined(faulty("webfetch(domain:a.b)", ["x.a.b"], ["a.c"]))
    assert.isUndefined(faulty("read", ["anything"]))
  })
  it("that do not hold are told, and so is a rule that is none", () => {
    assert.strictEqual(faulty("bash(ls:*)", ["cat a"]), 'its example "cat a" does not match it')
    assert.strictEqual(faulty("edit(src/**)", [], ["src/a"]), 'its counter-example "src/a" matches it')
    assert.strictEqual(faulty("read(a", []), '"read(a" is not a rule; write tool, tool(pattern) or *')
    assert.include(ruleFault(deny("*(src/**)"), inForce) ?? "", "is not a rule")
  })
})

it("of two verdicts the stricter counts, and the first of equal ones", () => {
  const verdicts = (["allow", "ask", "deny"] as const).map((decision) => ({ decision, rule: decision }))
  for (const a of verdicts)
    for (const b of verdicts)
      assert.strictEqual(stricter(a, b).rule, levels[b.decision] > levels[a.decision] ? b.rule : a.rule)
  assert.strictEqual(stricter({ decision: "ask", rule: "1" }, { decision: "ask", rule: "2" }).rule, "1")
})

it("the examples used here are catastrophes or not, as meant", () => {
  assert.isTrue(catastrophic(readLine("rm -rf /")))
  assert.isFalse(catastrophic(readLine("rm *")))
})
