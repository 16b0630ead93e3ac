/** Every list of messages becomes a request that the provider's rules accept, and the prompt's bytes are in it. */
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as FastCheck from "effect/FastCheck"
import * as Anthropic from "../../../../src/adapters/shared/model/AnthropicMessages.ts"
import * as Chat from "../../../../src/adapters/shared/model/chatBody.ts"
import * as Gemini from "../../../../src/adapters/shared/model/GoogleGemini.ts"
import * as Ollama from "../../../../src/adapters/shared/model/OllamaChat.ts"
import * as Responses from "../../../../src/adapters/shared/model/OpenAiResponses.ts"
import { providerOf } from "../../../../src/adapters/shared/model/providers.ts"
import { inWords } from "../../../../src/adapters/shared/model/textTools.ts"
import { CallId } from "../../../../src/domain/model/Ids.ts"
import { type Message, Part } from "../../../../src/domain/model/Message.ts"
import type { ModelRequest } from "../../../../src/ports/LanguageModel.ts"
import {
  type Body,
  checkAnthropic,
  checkChat,
  checkGemini,
  checkOllama,
  checkResponses,
  list
} from "../../../support/wireRules.ts"

const model = "fake/m"

// Few ids and names, so that calls and results meet, repeat and miss each other.
const fewIds = FastCheck.constantFrom("a", "b", "call:1", "c".repeat(60)).map((id) => CallId.make(id))
const part: FastCheck.Arbitrary<typeof Part.Type> = FastCheck.oneof(
  Arbitrary.make(Part),
  FastCheck.record({ id: fewIds, input: FastCheck.constantFrom("{}", '{"a":1}', "", "[1]", '{"a"') }).map(
    ({ id, input }) => ({ type: "tool-call" as const, id, name: "read", input })
  ),
  FastCheck.record({ id: fewIds, ok: FastCheck.boolean(), text: FastCheck.string() }).map((result) => ({
    type: "tool-result" as const,
    name: "read",
    ...result
  })),
  FastCheck.constantFrom("", " ", "\n", "x", "\ud800").map((text) => ({ type: "text" as const, text })),
  FastCheck.record({ by: FastCheck.constantFrom(model, "other/m"), text: FastCheck.string() }).map((thought) => ({
    type: "reasoning" as const,
    signature: JSON.stringify({ id: "rs_1", encrypted_content: "x" }),
    ...thought
  }))
)
const messages: FastCheck.Arbitrary<ReadonlyArray<typeof Message.Type>> = FastCheck.array(
  FastCheck.record({
    role: FastCheck.constantFrom("user" as const, "assistant" as const),
    parts: FastCheck.array(part, { maxLength: 5 })
  }),
  { maxLength: 8 }
)

const requestOf = (given: ReadonlyArray<typeof Message.Type>): ModelRequest => ({
  model,
  system: "You are a test.",
  messages: given,
  tools: [{ name: "read", description: "reads", input: { properties: {} } }]
})

const dialect = (baseUrl: string) => providerOf("x", { x: { baseUrl } }, () => undefined)?.quirks ?? {}
const wire = (body: object): Body => JSON.parse(JSON.stringify(body))

describe("toBody is total", () => {
  it("for Anthropic Messages", () => {
    FastCheck.assert(
      FastCheck.property(messages, (given) =>
        checkAnthropic(wire(Anthropic.toBody(requestOf(given), { maxOutput: 1000 })))
      ),
      { numRuns: 400 }
    )
  })
  it("for Chat Completions, and as Mistral wants it", () => {
    FastCheck.assert(
      FastCheck.property(messages, (given) => {
        checkChat(wire(Chat.toBody(requestOf(given), dialect("http://127.0.0.1:1/v1"))))
        checkChat(wire(Chat.toBody(requestOf(given), dialect("https://api.mistral.ai/v1"))), 9)
      }),
      { numRuns: 400 }
    )
  })
  it("for Responses", () => {
    FastCheck.assert(
      FastCheck.property(messages, (given) =>
        checkResponses(wire(Responses.toBody(requestOf(given), { reasoning: true })))
      ),
      { numRuns: 400 }
    )
  })
  it("for Gemini", () => {
    FastCheck.assert(
      FastCheck.property(messages, (given) => checkGemini(wire(Gemini.toBody(requestOf(given), { reasoning: true })))),
      { numRuns: 400 }
    )
  })
  it("for Ollama, and with tools in words for every model", () => {
    FastCheck.assert(
      FastCheck.property(messages, (given) => {
        checkOllama(wire(Ollama.toBody(requestOf(given), { window: 1000 })))
        const told = wire(Ollama.toBody(inWords(requestOf(given)), { window: 1000 }))
        checkOllama(told)
        assert.isFalse(list(told.messages).some((message) => message.tool_calls !== undefined))
      }),
      { numRuns: 400 }
    )
  })
  it("and no body holds half a surrogate pair", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.fullUnicodeString(), FastCheck.string16bits(), (fine, odd) => {
        const text = `${fine}${odd}x`
        const request = requestOf([{ role: "user", parts: [{ type: "text", text }] }])
        const bodies = [
          Anthropic.toBody(request, { maxOutput: 1 }),
          Chat.toBody(request, dialect("http://x/v1")),
          Responses.toBody(request, { reasoning: false })
        ]
        for (const body of bodies) assert.notMatch(JSON.stringify(body), /\\ud[89a-f][0-9a-f]{2}/)
      })
    )
  })
})

describe("what the body says", () => {
  const textsIn = (value: unknown): ReadonlyArray<string> =>
    typeof value === "string"
      ? [value]
      : Array.isArray(value)
        ? value.flatMap(textsIn)
        : typeof value === "object" && value !== null
          ? Object.values(value).flatMap(textsIn)
          : []

  it("every prompt's bytes are in the request of every protocol", () => {
    const prompt = FastCheck.fullUnicodeString({ minLength: 1 }).filter((text) => text.trim() !== "")
    FastCheck.assert(
      FastCheck.property(prompt, (text) => {
        const request = requestOf([{ role: "user", parts: [{ type: "text", text }] }])
        assert.include(textsIn(wire(Anthropic.toBody(request, { maxOutput: 1 }))), text)
        assert.include(textsIn(wire(Chat.toBody(request, dialect("http://x/v1")))), text)
        assert.include(textsIn(wire(Responses.toBody(request, { reasoning: false }))), text)
      })
    )
  })

  const thought = (by: string) => ({ type: "reasoning" as const, text: "abc", signature: "SIG==", by })
  const conversation = (by: string) =>
    requestOf([
      { role: "user", parts: [{ type: "text", text: "hi" }] },
      {
        role: "assistant",
        parts: [thought(by), { type: "tool-call", id: CallId.make("A"), name: "read", input: "{}" }]
      },
      {
        role: "user",
        parts: [{ type: "tool-result", id: CallId.make("A"), name: "read", ok: false, text: "no such file" }]
      }
    ])

  it("signed reasoning goes back unchanged, before its call", () => {
    const body = wire(Anthropic.toBody(conversation(model), { maxOutput: 1 }))
    assert.deepStrictEqual(list(list(body.messages)[1]?.content)[0], {
      type: "thinking",
      thinking: "abc",
      signature: "SIG=="
    })
    assert.deepInclude(list(list(body.messages)[2]?.content)[0], { type: "tool_result", is_error: true })
  })

  it("reasoning of another model is not sent", () => {
    assert.notInclude(JSON.stringify(Anthropic.toBody(conversation("other/m"), { maxOutput: 1 })), "SIG")
  })

  it("redacted reasoning goes back as it came", () => {
    const hidden = { type: "reasoning" as const, text: "", redacted: "OPAQUE", by: model }
    const given = [{ role: "assistant" as const, parts: [hidden, { type: "text" as const, text: "so" }] }]
    const body = wire(Anthropic.toBody(requestOf(given), { maxOutput: 1 }))
    assert.deepStrictEqual(list(list(body.messages)[1]?.content)[0], { type: "redacted_thinking", data: "OPAQUE" })
  })

  it("the cache is marked after tools and system, at the newest message, and where the request before had it", () => {
    const said = (role: "user" | "assistant", text: string) => ({ role, parts: [{ type: "text" as const, text }] })
    const talk = [1, 2, 3, 4].flatMap((n) => [said("user", `ask ${n}`), said("assistant", `answer ${n}`)])
    const marked = (given: ReadonlyArray<typeof Message.Type>) => {
      const body = wire(Anthropic.toBody(requestOf(given), { maxOutput: 1 }))
      const blocks = [
        ...list(body.tools),
        ...list(body.system),
        ...list(body.messages).flatMap((one) => list(one.content))
      ]
      return blocks.flatMap((block) => (block.cache_control === undefined ? [] : [block.text]))
    }
    assert.deepStrictEqual(marked(talk.slice(0, 1)), ["You are a test.", "ask 1"])
    assert.deepStrictEqual(marked(talk.slice(0, 5)), ["You are a test.", "ask 2", "ask 3"])
    assert.deepStrictEqual(marked(talk.slice(0, 7)), ["You are a test.", "ask 3", "ask 4"])
    const calls = marked(conversation(model).messages)
    assert.deepStrictEqual(calls, ["You are a test.", "hi", undefined])
  })

  it("request n + 1 starts with request n, but for the moving cache marks", () => {
    const plain = (body: object) =>
      JSON.parse(JSON.stringify(body).replaceAll(',"cache_control":{"type":"ephemeral"}', ""))
    const long = conversation(model).messages
    const first = plain(Anthropic.toBody(requestOf(long.slice(0, 1)), { maxOutput: 1 }))
    const second = plain(Anthropic.toBody(requestOf(long), { maxOutput: 1 }))
    assert.deepStrictEqual(second.messages.slice(0, 1), first.messages)
    assert.deepStrictEqual([second.system, second.tools], [first.system, first.tools])
  })
})
