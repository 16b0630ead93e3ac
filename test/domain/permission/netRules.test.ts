/** Rules about hosts, and what is proposed where one was allowed for good. */
import { assert, describe, it } from "@effect/vitest"
import { footprint } from "../../../src/domain/model/Footprint.ts"
import type { Decision } from "../../../src/domain/model/Rule.ts"
import { evaluate, noGrammar, proposal } from "../../../src/domain/permission/evaluate.ts"
import { matchHost } from "../../../src/domain/permission/match.ts"
import { mayReach } from "../../../src/domain/permission/reach.ts"

const places = { root: "/p", home: "/h" }
const policy = (...rules: ReadonlyArray<readonly [Decision, string]>) => ({
  ...places,
  mode: "build",
  rules: rules.map(([decision, rule]) => ({ decision, rule })),
  grammar: noGrammar
})
const fetching = (...net: ReadonlyArray<string>) => ({ tool: "webfetch", footprint: footprint({ net }), subjects: [] })

describe("rules about hosts", () => {
  it("hold for a host and those below it, on any port; with a port on that one; with a star only below", () => {
    const holds: ReadonlyArray<readonly [string, string, boolean]> = [
      ["domain:example.com", "example.com", true],
      ["domain:example.com", "docs.example.com:8443", true],
      ["domain:Example.com.", "example.com", true],
      ["domain:example.com", "example.com.attacker.example", false],
      ["domain:example.com", "notexample.com", false],
      ["domain:example.com:8443", "example.com:8443", true],
      ["domain:example.com:8443", "example.com", false],
      ["domain:*.example.com", "a.b.example.com", true],
      ["domain:*.example.com", "example.com", false],
      ["domain:*.example.com", "badexample.com", false],
      ["domain:[2606:4700::1111]", "[2606:4700::1111]:81", true],
      ["domain:", "example.com", false]
    ]
    for (const [pattern, host, expected] of holds)
      for (const decision of ["allow", "deny"] as const)
        assert.strictEqual(matchHost(pattern, host, decision), expected, `${decision} ${pattern} ${host}`)
  })

  it("that name more than a host restrict by the host in it and allow nothing", () => {
    for (const pattern of [
      "https://example.com/docs/**",
      "domain:https://example.com",
      "domain:exam*.com",
      "*.exam*.com"
    ]) {
      const host = pattern.startsWith("*.") ? "a.example.com" : "example.com"
      assert.isTrue(matchHost(pattern, host, "deny"), pattern)
      assert.isTrue(matchHost(pattern, host, "ask"), pattern)
      assert.isFalse(matchHost(pattern, host, "allow"), pattern)
    }
  })

  it("decide what may be fetched: asked by default, the strictest wins, plan mode fetches nothing", () => {
    const decide = (...rules: ReadonlyArray<readonly [Decision, string]>) =>
      evaluate(fetching("a.example.com"), policy(...rules)).decision
    assert.strictEqual(decide(), "ask")
    assert.strictEqual(decide(["allow", "webfetch(domain:example.com)"]), "allow")
    assert.strictEqual(decide(["allow", "webfetch"]), "allow")
    assert.strictEqual(decide(["allow", "webfetch"], ["deny", "webfetch(domain:example.com)"]), "deny")
    assert.strictEqual(decide(["allow", "webfetch"], ["ask", "webfetch(domain:a.example.com)"]), "ask")
    assert.strictEqual(decide(["allow", "webfetch(domain:other.com)"]), "ask")
    const plan = { ...policy(["allow", "webfetch"]), mode: "plan" }
    assert.strictEqual(evaluate(fetching("a.example.com"), plan).decision, "deny")
  })

  it("say which host a redirect may lead to", () => {
    assert.isTrue(mayReach("docs.example.com", policy(["allow", "webfetch(domain:example.com)"])))
    assert.isFalse(mayReach("other.com", policy(["allow", "webfetch(domain:example.com)"])))
    assert.isFalse(mayReach("example.com", policy()))
  })
})

it("what is proposed for a fetch is its host, and allows this very call", () => {
  for (const host of ["example.com", "example.com:8443", "[2606:4700::1111]", "[2606:4700::1111]:81"]) {
    const rule = proposal(fetching(host), places)
    assert.strictEqual(rule, `webfetch(domain:${host})`)
    assert.strictEqual(evaluate(fetching(host), policy(["allow", rule])).decision, "allow")
    assert.strictEqual(evaluate(fetching("other.com"), policy(["allow", rule])).decision, "ask")
  }
})
