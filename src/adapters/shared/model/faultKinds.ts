/** What services mean by the words of their errors, where a status alone says too little: one row for one meaning. */
import type { ModelError } from "../../../ports/LanguageModel.ts"

type Kind = ModelError["kind"]

/** Whom a fault is from. */
interface Whose {
  readonly provider: string
  readonly model: string
}

/** One meaning: the kinds that a status may have named, the words, what it is, and what to do where that is special. */
interface Meaning {
  readonly from: ReadonlyArray<Kind>
  readonly says: RegExp
  readonly is: Kind
  readonly remedy?: (whose: Whose) => string
  /** Only for this provider. */
  readonly of?: string
}

const modelPart = ({ model }: Whose): string => model.slice(model.indexOf("/") + 1)

// Sources: the services' documents on errors, and public reports of their bodies. First match wins.
const meanings: ReadonlyArray<Meaning> = [
  {
    // A quota per minute that one request alone exceeds: waiting does not help.
    from: ["rate_limit", "invalid", "too_long"],
    says: /request too large for|tokens must be reduced/i,
    is: "too_long"
  },
  {
    from: ["invalid", "too_long", "server"],
    says: /prompt is too long|context[ _-]?(length|window|size|limit)|maximum (context|prompt length)|too many (input )?tokens|exceeds? the (available|model'?s?) (context|maximum)|input is too long|exceeds the maximum number of tokens|request_too_large|reduce the length of|must be <= \d+|tokens to keep from the initial prompt|context the overflows|exceed_context_size/i,
    is: "too_long"
  },
  {
    from: ["invalid", "permission"],
    says: /content[ _](filter|management policy)|ResponsibleAIPolicy|input was flagged|requires moderation|data_inspection|content_policy|safety (filter|system)/i,
    is: "invalid",
    remedy: () => "The service's content filter refused the conversation; put it differently, or use another provider."
  },
  {
    from: ["invalid"],
    says: /tool_use_failed|failed to (call a function|parse (tool call|input))|tool call validation failed/i,
    is: "incomplete"
  },
  {
    from: ["server"],
    says: /failed to parse (tool call|input at)/i,
    is: "incomplete"
  },
  {
    from: ["server"],
    says: /requires more system memory|out of memory|insufficient memory/i,
    is: "invalid",
    remedy: () => "Close other programs, or choose a smaller model or a smaller window (OLLAMA_CONTEXT_LENGTH)."
  },
  {
    from: ["missing_model", "invalid"],
    of: "ollama",
    says: /not found/i,
    is: "missing_model",
    remedy: (whose) => `Get it with \`ollama pull ${modelPart(whose)}\`, or choose one that \`code-mesh models\` lists.`
  },
  {
    from: ["missing_model", "invalid"],
    says: /no models? (is |are )?loaded/i,
    is: "missing_model",
    remedy: () => "Load a model in the server first."
  },
  {
    from: ["missing_model", "invalid"],
    says: /DeploymentNotFound|deployment for this resource does not exist/i,
    is: "missing_model",
    remedy: (whose) =>
      `Azure knows models by the names of your deployments: make one, or write its name for ${modelPart(whose)}.`
  },
  {
    from: ["missing_model", "invalid", "permission"],
    of: "copilot",
    says: /model_not_supported|model is not supported|model_not_available/i,
    is: "missing_model",
    remedy: () => "Turn the model on in your Copilot settings on github.com, or use another one."
  },
  {
    from: ["permission", "authentication"],
    of: "copilot",
    says: /not (authorized|entitled|licensed|enabled)|no access|forbidden|feature_not_enabled|subscription/i,
    is: "permission",
    remedy: () => "This account's Copilot does not allow it: see its plan and settings on github.com/settings/copilot."
  },
  {
    from: ["permission", "invalid"],
    says: /security token|ExpiredToken|UnrecognizedClient|InvalidSignature|SignatureDoesNotMatch|signature (expired|not yet current)/i,
    is: "authentication",
    remedy: () => "Renew the AWS credentials in the environment, and check the clock of this machine."
  },
  {
    from: ["permission"],
    of: "bedrock",
    says: /access to the model|AccessDenied|not authorized/i,
    is: "permission",
    remedy: () => "Ask for access to this model in the Bedrock console of this region, or let its role invoke models."
  },
  {
    // Google and xAI say 400 of a wrong key.
    from: ["invalid"],
    says: /api[ _]key (not valid|expired)|api_key_invalid|(incorrect|invalid) api key/i,
    is: "authentication"
  },
  {
    from: ["invalid", "rate_limit", "permission"],
    says: /insufficient_quota|credit balance|exceeded your current quota|billing|spend(ing)?_limit|spend(ing)? limit|payment required|out of credits|used all available credits|insufficient (balance|credits|funds)|requires more credits|usage limits?\b.{0,60}regain|monthly (quota|limit)|quota_exceeded|free-models-per-day/i,
    is: "quota"
  },
  {
    from: ["invalid", "server"],
    says: /ThrottlingException|too many requests|rate_limit_exceeded|rate limit (is )?(reached|exceeded)/i,
    is: "rate_limit"
  },
  {
    from: ["rate_limit", "server", "invalid"],
    says: /capacity exceeded|over capacity|queue_exceeded|currently overloaded|server (is )?overloaded|model is (loading|overloaded)|loading model|insufficient_system_resource|ModelNotReady/i,
    is: "overloaded"
  },
  {
    from: ["invalid"],
    says: /model_not_found|model_decommissioned|has been decommissioned|model[^.]{0,80}(not found|does not exist|not exist)|unknown model|no such model|not a valid model|invalid model/i,
    is: "missing_model"
  }
]

const general = (kind: Kind, { provider }: Whose): string | undefined => {
  switch (kind) {
    case "authentication":
      return `Check the key: \`code-mesh auth status ${provider}\`, or store another with \`code-mesh auth login ${provider}\`.`
    case "missing_model":
      return "`code-mesh models` lists the models that can be used here."
    case "quota":
      return `The account at ${provider} has no credit left for this; top it up or use another model.`
    case "too_long":
      return "Compact the conversation, choose a model with a larger window, or start a new session."
    case "network":
      return `Check that the server of ${provider} is running and can be reached.`
    case "permission":
      return "The key may not use this model or endpoint; use another model or key."
    default:
      return undefined
  }
}

const meaningOf = (kind: Kind, words: string, { provider }: Whose): Meaning | undefined =>
  meanings.find(
    ({ from, of, says }) => from.includes(kind) && (of === undefined || of === provider) && says.test(words)
  )

/** The kind that words without a status speak of: one that stays where they say so, and else one that may pass. */
export const guessOf = (words: string, whose: Whose): Kind =>
  meaningOf("invalid", words, whose) === undefined ? "server" : "invalid"

/** What a fault is, by its status and its words. */
export const kindOf = (kind: Kind, words: string, whose: Whose): Kind => meaningOf(kind, words, whose)?.is ?? kind

/** What to do about a fault of this kind; nothing where nobody can do a thing. `said` is the kind that its status named. */
export const remedyOf = (said: Kind, words: string, whose: Whose): string | undefined => {
  const meaning = meaningOf(said, words, whose)
  return meaning?.remedy?.(whose) ?? general(meaning?.is ?? said, whose)
}
