/** Which protocol a request is sent in, and how its answer is read. */
import type { Model } from "../../../domain/model/Model.ts"
import { modelOf } from "../../../domain/model/Model.ts"
import type { ModelRequest } from "../../../ports/LanguageModel.ts"
import * as Anthropic from "./AnthropicMessages.ts"
import * as ChatBody from "./chatBody.ts"
import { type Endpoint, openAnthropic, openChat, openGemini, openOllama, openResponses, openVertex } from "./clients.ts"
import type { DecoderOptions } from "./decoder.ts"
import { fitted } from "./fitted.ts"
import * as Gemini from "./GoogleGemini.ts"
import * as Ollama from "./OllamaChat.ts"
import * as Chat from "./OpenAiChat.ts"
import * as Responses from "./OpenAiResponses.ts"
import type { Provider } from "./providers.ts"
import { inWords } from "./textTools.ts"

/** How one request is sent and its answer read. */
export interface Protocol extends Omit<DecoderOptions, "origin"> {
  readonly open: (endpoint: Endpoint) => Promise<Response>
}

const native = (provider: Provider, request: ModelRequest, facts: Model): Protocol => {
  switch (provider.api) {
    case "anthropic": {
      const body = Anthropic.toBody(request, { maxOutput: facts.output })
      const send = provider.quirks.rawPredict === true ? openVertex : openAnthropic
      return { fold: Anthropic.fold, textTools: [], open: (endpoint) => send(endpoint, body) }
    }
    case "openai-responses": {
      const body = Responses.toBody(request, { reasoning: facts.reasoning })
      return { fold: Responses.fold, textTools: [], open: (endpoint) => openResponses(endpoint, body) }
    }
    case "google": {
      const body = Gemini.toBody(request, { reasoning: facts.reasoning })
      const open = (endpoint: Endpoint) => openGemini(endpoint, modelOf(request.model), body)
      return { fold: Gemini.fold, textTools: [], open }
    }
    case "ollama": {
      const body = Ollama.toBody(request, { window: facts.context })
      const open = (endpoint: Endpoint) => openOllama(endpoint, body)
      return { fold: Ollama.fold, textTools: request.tools, lines: true, open }
    }
    case "openai": {
      const body = ChatBody.toBody(request, provider.quirks)
      const textTools = provider.quirks.noTextCalls === true ? [] : request.tools
      return { fold: Chat.fold, textTools, open: (endpoint) => openChat(endpoint, body) }
    }
  }
}

/** The protocol for a request; tools are put into words for a model that has no calls of its own. */
export const protocolOf = (provider: Provider, asked: ModelRequest, facts: Model): Protocol => {
  const request = fitted(asked, provider, facts)
  return facts.tools
    ? native(provider, request, facts)
    : { ...native(provider, inWords(request), facts), textTools: request.tools }
}
