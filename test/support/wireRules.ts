/** What each provider's schema asks of a request: held against bodies made of any messages, and against those sent in tests. */
import { assert } from "@effect/vitest"
import type { Api } from "../../src/domain/model/Config.ts"

/** A request's body, parsed. */
export type Body = Readonly<Record<string, unknown>>
/** One of its items. */
export type Item = Readonly<Record<string, unknown>>

/** A list's items; none where it is not one. */
export const list = (value: unknown): ReadonlyArray<Item> => (Array.isArray(value) ? value : [])
const ids = (items: ReadonlyArray<Item>, key: string) => items.map((item) => String(item[key])).sort()
const idPattern = /^[a-zA-Z0-9_-]{1,64}$/

const checkBlock = (block: Item, role: unknown): void => {
  if (block.type === "text") assert.notStrictEqual(String(block.text).trim(), "", "a text block is blank")
  if (block.type === "tool_use") {
    assert.strictEqual(role, "assistant")
    assert.match(String(block.id), idPattern)
    assert.isTrue(typeof block.input === "object" && block.input !== null && !Array.isArray(block.input))
  }
  if (block.type === "tool_result") assert.strictEqual(role, "user")
  if (block.type === "thinking") assert.isNotEmpty(block.signature)
}

/** Fails where Anthropic's Messages would refuse the body. */
export const checkAnthropic = (body: Body): void => {
  const all = list(body.messages)
  assert.isAbove(all.length, 0)
  const seen = new Set<string>()
  let marks = list(body.system).filter((block) => block.cache_control !== undefined).length
  all.forEach((message, index) => {
    assert.strictEqual(message.role, index % 2 === 0 ? "user" : "assistant", "roles do not alternate")
    const content = list(message.content)
    assert.isAbove(content.length, 0, "a message is empty")
    for (const block of content) {
      checkBlock(block, message.role)
      if (block.cache_control !== undefined) marks += 1
    }
    const calls = content.filter((block) => block.type === "tool_use")
    for (const call of calls) {
      assert.isFalse(seen.has(String(call.id)), "an id is used twice")
      seen.add(String(call.id))
    }
    if (message.role === "assistant") assert.notInclude(["thinking", "redacted_thinking"], content.at(-1)?.type)
    const results = list(all[index + 1]?.content).filter((block) => block.type === "tool_result")
    if (message.role === "assistant") assert.deepStrictEqual(ids(results, "tool_use_id"), ids(calls, "id"))
    const first = content.findIndex((block) => block.type !== "tool_result")
    if (first >= 0)
      assert.isFalse(
        content.slice(first).some((block) => block.type === "tool_result"),
        "results come late"
      )
  })
  assert.strictEqual(all.at(-1)?.role, "user")
  assert.isAtMost(marks, 4)
}

/** Fails where Chat Completions would refuse the body; ids may be `maxId` long. */
export const checkChat = (body: Body, maxId = 40): void => {
  let open: Array<string> = []
  for (const message of list(body.messages)) {
    if (message.role === "tool") {
      assert.include(open, message.tool_call_id)
      open = open.filter((id) => id !== message.tool_call_id)
      assert.isString(message.content)
      continue
    }
    assert.deepStrictEqual(open, [], "a call has no result")
    if (message.role !== "assistant") {
      assert.isNotEmpty(message.content)
      continue
    }
    open = list(message.tool_calls).map((call) => String(call.id))
    assert.strictEqual(new Set(open).size, open.length)
    for (const id of open) assert.isAtMost(id.length, maxId)
    assert.isTrue(message.content !== null || open.length > 0, "an assistant message is empty")
    for (const call of list(message.tool_calls)) {
      const { arguments: text } = call.function as { readonly arguments: string }
      assert.isObject(JSON.parse(text))
    }
  }
  assert.deepStrictEqual(open, [])
  assert.notStrictEqual(list(body.messages).at(-1)?.role, "assistant")
}

/** Fails where Responses would refuse the body. */
export const checkResponses = (body: Body): void => {
  const items = list(body.input)
  const calls = items.filter((item) => item.type === "function_call")
  const outputs = items.filter((item) => item.type === "function_call_output")
  assert.deepStrictEqual(ids(outputs, "call_id"), ids(calls, "call_id"))
  assert.strictEqual(new Set(ids(calls, "call_id")).size, calls.length)
  items.forEach((item, index) => {
    if (item.type === "reasoning") assert.isTrue(items[index + 1]?.role !== "user", "reasoning leads to nothing")
  })
}

const parts = (content: Item | undefined, kind: string) =>
  list(content?.parts).filter((part) => part[kind] !== undefined)
const names = (items: ReadonlyArray<Item>, kind: string) => items.map((item) => (item[kind] as Item).name)

/** Fails where Gemini would refuse the body: turns alternate, and each call has its response, in order, in the next one. */
export const checkGemini = (body: Body): void => {
  const all = list(body.contents)
  assert.isAbove(all.length, 0)
  all.forEach((content, index) => {
    assert.strictEqual(content.role, index % 2 === 0 ? "user" : "model", "roles do not alternate")
    assert.isAbove(list(content.parts).length, 0, "a content is empty")
    for (const part of list(content.parts)) if (part.text !== undefined) assert.isNotEmpty(part.text)
    for (const call of parts(content, "functionCall")) {
      assert.strictEqual(content.role, "model")
      assert.isObject((call.functionCall as Item).args)
      assert.match(String((call.functionCall as Item).name), /^[a-zA-Z_][\w.-]{0,63}$/)
    }
    if (content.role === "user") return
    const responses = parts(all[index + 1], "functionResponse")
    assert.deepStrictEqual(names(responses, "functionResponse"), names(parts(content, "functionCall"), "functionCall"))
    for (const response of responses) assert.isObject((response.functionResponse as Item).response)
  })
  assert.strictEqual(all.at(-1)?.role, "user")
}

/** Fails where Ollama would misread the body: it pairs results with calls by their order and name. */
export const checkOllama = (body: Body): void => {
  const open: Array<string> = []
  for (const message of list(body.messages)) {
    assert.isString(message.content)
    if (message.role === "tool") assert.strictEqual(message.tool_name, open.shift())
    else assert.deepStrictEqual(open, [], "a call has no result")
    for (const call of list(message.tool_calls)) {
      const { arguments: input, name } = call.function as { readonly name: string; readonly arguments: unknown }
      assert.isObject(input)
      open.push(name)
    }
  }
  assert.deepStrictEqual(open, [])
  assert.notStrictEqual(list(body.messages).at(-1)?.role, "assistant")
  assert.isAbove(Number((body.options as Item).num_ctx), 0)
}

const checks: Readonly<Record<Api, (body: Body) => void>> = {
  anthropic: checkAnthropic,
  openai: checkChat,
  "openai-responses": checkResponses,
  google: checkGemini,
  ollama: checkOllama
}

/** Fails where the provider of a protocol would refuse the body. */
export const checkBody = (api: Api, body: Body): void => checks[api](body)
