/** Which texts are taken for secrets, and which are not. */
import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import { knownSecrets, type SecretSources } from "../../../src/adapters/shared/knownSecrets.ts"

const names = (sources: Partial<SecretSources>) =>
  knownSecrets({ env: {}, providers: {}, stored: [], ...sources }).map(({ name, value }) => [
    name,
    Redacted.value(value)
  ])
const token = "abcDEF123456789-xyz"

describe("knownSecrets", () => {
  it("knows the keys of providers whatever they look like, and other variables by name and form", () => {
    assert.deepStrictEqual(
      names({
        env: {
          ANTHROPIC_API_KEY: " plain-words ",
          LAB: "my own key",
          FIND: "search with me",
          GITHUB_TOKEN: token,
          CODE_MESH_PASSPHRASE: "open sesame",
          DB_PASSWORD: "short1",
          SSH_KEY: "/home/me/.ssh/id_ed25519",
          PATH: "/usr/bin",
          OPENAI_API_KEY: ""
        },
        providers: { lab: { apiKeyEnv: "LAB" } },
        searchKey: "FIND"
      }).sort(),
      [
        ["ANTHROPIC_API_KEY", "plain-words"],
        ["CODE_MESH_PASSPHRASE", "open sesame"],
        ["FIND", "search with me"],
        ["GITHUB_TOKEN", token],
        ["LAB", "my own key"]
      ]
    )
  })

  it("knows stored keys by their variable, headers without the word before the key, and passwords in addresses", () => {
    const stored = ["openai", "odd"].map((provider) => ({
      provider,
      key: Redacted.make(`key-of-${provider}`),
      source: "file"
    }))
    const headers = { Authorization: "Bearer the-key-itself", Accept: "application/json", "x-team": token }
    assert.deepStrictEqual(
      names({
        stored,
        providers: { p: { baseUrl: "https://me:p4ssw0rd@host/v1", headers }, q: { baseUrl: "http://h" } }
      }).sort(),
      [
        ["OPENAI_API_KEY", "key-of-openai"],
        ["key of odd", "key-of-odd"],
        ["providers.p.baseUrl", "p4ssw0rd"],
        ["providers.p.headers.Authorization", "the-key-itself"],
        ["providers.p.headers.x-team", token]
      ]
    )
  })

  it("names a value once", () => {
    const one = { provider: "openai", key: Redacted.make(token), source: "file" }
    assert.deepStrictEqual(names({ env: { MY_TOKEN: token }, stored: [one] }), [["MY_TOKEN", token]])
  })

  it("names keys by their variable, and tokens of a sign-in by what they are", () => {
    const stored = [
      { provider: "anthropic", key: Redacted.make("k-1") },
      { provider: "corp", key: Redacted.make("t-1"), what: "refresh token" }
    ]
    assert.deepStrictEqual(names({ stored }).sort(), [
      ["ANTHROPIC_API_KEY", "k-1"],
      ["refresh token of corp", "t-1"]
    ])
  })
})
