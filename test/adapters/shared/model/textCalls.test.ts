/** Calls in a model's text: a whole, valid call of an offered tool at the very end, and nothing else. */
import { assert, describe, it } from "@effect/vitest"
import { textCalls, withTextCalls } from "../../../../src/adapters/shared/model/textCalls.ts"
import type { ModelPart } from "../../../../src/ports/LanguageModel.ts"

const tools = ["read", "bash"].map((name) => ({ name, description: "", input: {} }))
const read = { name: "read", input: '{"file_path":"a"}' }

const found: ReadonlyArray<readonly [string, string, string]> = [
  ["a tag", '<tool_call>{"name":"read","arguments":{"file_path":"a"}}</tool_call>', ""],
  [
    "a tag after text",
    'Let me see.\n<tool_call>\n{"name":"read","arguments":{"file_path":"a"}}\n</tool_call>\n',
    "Let me see."
  ],
  ["arguments as text", '<tool_call>{"name":"read","arguments":"{\\"file_path\\":\\"a\\"}"}</tool_call>', ""],
  ["a fence", 'So:\n```json\n{"tool":"read","input":{"file_path":"a"}}\n```', "So:"],
  [
    "a fence after another fence",
    'See\n```ts\nx\n```\nso\n```json\n{"tool":"read","input":{"file_path":"a"}}\n```',
    "See\n```ts\nx\n```\nso"
  ],
  ["nothing but the object", ' {"name":"read","parameters":{"file_path":"a"}} ', ""]
]

const none: ReadonlyArray<readonly [string, string]> = [
  ["a call that is not at the end", '<tool_call>{"name":"read","arguments":{}}</tool_call> would read it.'],
  ["a tool that was not offered", '<tool_call>{"name":"rm","arguments":{}}</tool_call>'],
  ["broken JSON", '<tool_call>{"name":"read","arguments":{</tool_call>'],
  ["arguments that are no object", '<tool_call>{"name":"read","arguments":[1]}</tool_call>'],
  ["no arguments at all", '```json\n{"name":"read"}\n```'],
  ["JSON of another kind", '```json\n{"name":"read","version":"1.0.0"}\n```'],
  ["code in another language", '```ts\n{"tool":"read","input":{"file_path":"a"}}\n```'],
  ["an unclosed tag", '<tool_call>{"name":"read","arguments":{}}']
]

describe("textCalls", () => {
  for (const [what, text, rest] of found)
    it(`takes ${what}`, () => assert.deepStrictEqual(textCalls(text, tools), { text: rest, calls: [read] }))
  for (const [what, text] of none) it(`leaves ${what}`, () => assert.isUndefined(textCalls(text, tools)))
  it("takes several in their order", () => {
    const one = (name: string) => `<tool_call>{"name":"${name}","arguments":{}}</tool_call>`
    assert.deepStrictEqual(
      textCalls(`${one("read")}\n${one("bash")}`, tools)?.calls.map((call) => call.name),
      ["read", "bash"]
    )
  })
})

describe("withTextCalls", () => {
  const usage = { input: 1, output: 1, cacheRead: 0, cacheWrite: 0 }
  const text: ModelPart = { type: "text", text: '<tool_call>{"name":"read","arguments":{"file_path":"a"}}</tool_call>' }
  const finish: ModelPart = { type: "finish", stop: "end_turn", usage }

  it("turns the text into a call and the end into tool_use", () => {
    const made: ReadonlyArray<ModelPart> = [
      { type: "call", ...read },
      { ...finish, stop: "tool_use" }
    ]
    assert.deepStrictEqual(withTextCalls([text, finish], tools), made)
  })
  it("a tag that is no valid call is a call that goes wrong, for the model to read why", () => {
    const made = (inside: string) =>
      withTextCalls([{ type: "text", text: `So: <tool_call>${inside}</tool_call>` }, finish], tools)
    const calls = (
      [
        '{"name":"read","arguments":{"file_path":"a",}}',
        '{"name":"read","arguments":{',
        '{"name":"rm","arguments":{}}',
        '{"name":"read"}',
        "read a"
      ] as const
    ).map((inside) => made(inside)[1])
    assert.deepStrictEqual(calls, [
      { type: "call", name: "read", input: '{"file_path":"a",}' },
      { type: "call", name: "read", input: "{" },
      { type: "call", name: "rm", input: "{}" },
      { type: "call", name: "read", input: "{}" },
      { type: "call", name: "tool_call", input: "read a" }
    ])
    assert.deepStrictEqual(made("read a")[0], { type: "text", text: "So:" })
  })
  it("leaves answers with native calls, cut answers and requests without tools alone", () => {
    const native: ModelPart = { type: "call", name: "bash", input: "{}" }
    const cut: ModelPart = { ...finish, stop: "max_tokens" }
    assert.deepStrictEqual(withTextCalls([text, native, finish], tools), [text, native, finish])
    assert.deepStrictEqual(withTextCalls([text, cut], tools), [text, cut])
    assert.deepStrictEqual(withTextCalls([text, finish], []), [text, finish])
  })
})
