/** Every setting. All keys are optional in a file; `defaults` fills what nobody set. */
import * as Schema from "effect/Schema"
import { Duration } from "./Duration.ts"
import { EnsembleWay } from "./Ensemble.ts"
import { Json } from "./Json.ts"
import { ModelName, Price, Reasoning } from "./Model.ts"
import { Rule } from "./Rule.ts"

const table = <F extends Schema.Struct.Fields>(fields: F) => Schema.partial(Schema.Struct(fields))
const Strings = Schema.Array(Schema.String)
const Named = Schema.Record({ key: Schema.String, value: Json })

/** The protocol that an endpoint speaks; `openai` is Chat Completions. */
export const Api = Schema.Literal("anthropic", "openai", "openai-responses", "google", "ollama")
/** The protocol that an endpoint speaks. */
export type Api = typeof Api.Type

/** How a model is to answer. What nobody sets is not sent, and the provider decides. */
export const ModelOptions = Schema.partialWith(
  Schema.Struct({
    maxOutputTokens: Schema.Int.pipe(Schema.positive()),
    temperature: Schema.Number.pipe(Schema.between(0, 2)).annotations({ description: "a number from 0 to 2" }),
    topP: Schema.Number.pipe(Schema.between(0, 1)).annotations({ description: "a number from 0 to 1" }),
    reasoning: Reasoning
  }),
  { exact: true }
)
/** How a model is to answer. */
export type ModelOptions = typeof ModelOptions.Type

/** What a person knows of one model of a provider, and how it is to answer. */
export const ModelConfig = table({
  context: Schema.Int.pipe(Schema.positive()),
  output: Schema.Int.pipe(Schema.positive()),
  images: Schema.Boolean,
  files: Schema.Boolean,
  reasoning: Schema.Boolean,
  tools: Schema.Boolean,
  price: Price,
  options: ModelOptions
})
/** What a person knows of one model of a provider, and how it is to answer. */
export type ModelConfig = typeof ModelConfig.Type

/** The models that a provider offers: a list of names, or a table of what is known of each beside those known already. */
const Models = Schema.Union(Strings, Schema.Record({ key: Schema.String, value: ModelConfig }))

/** How a request carries its key: as a bearer token, or in the header of that name. */
export const KeyHeader = Schema.Literal("bearer", "x-api-key", "api-key", "x-goog-api-key")
/** How a request carries its key. */
export type KeyHeader = typeof KeyHeader.Type

/** How a person signs in at a provider of their own: OAuth with PKCE, and the device flow where it has an address. */
export const SignInConfig = Schema.Struct({
  authorizeUrl: Schema.optional(Schema.String),
  deviceUrl: Schema.optional(Schema.String),
  tokenUrl: Schema.String,
  clientId: Schema.String,
  scope: Schema.optional(Schema.String)
})
/** How a person signs in at a provider of their own. */
export type SignInConfig = typeof SignInConfig.Type

/**
 * One provider: protocol, endpoint, where the key is, and what it offers. `{model}` in `baseUrl` is the model's name. What
 * is odd about a known provider holds for one that is `like` it.
 */
export const ProviderConfig = table({
  api: Api,
  baseUrl: Schema.String,
  apiKeyEnv: Schema.String,
  auth: KeyHeader,
  like: Schema.String,
  headers: Schema.Record({ key: Schema.String, value: Schema.String }),
  models: Models,
  /** At most so many requests to it at once. */
  concurrency: Schema.Int.pipe(Schema.positive()),
  options: ModelOptions,
  /** Which of the stored accounts counts. */
  account: Schema.String,
  oauth: SignInConfig,
  /** What the provider offers to its own programs only may be used all the same. */
  unofficial: Schema.Boolean
})
/** One provider. */
export type ProviderConfig = typeof ProviderConfig.Type

/**
 * How commands are confined: `workspace` to the working copy, with the system readable; `strict` without the person's
 * files and without any network; `off` not at all. A sandbox that is asked for and cannot start ends the run; `auto`,
 * which nobody asked for, is `workspace` where that works, and says so where it does not.
 */
export const SandboxMode = Schema.Literal("workspace", "strict", "off", "auto")
/** How commands are confined. */
export type SandboxMode = typeof SandboxMode.Type

const HostPattern = Schema.String.pipe(
  Schema.pattern(/^(?:localhost|\[[0-9a-fA-F:.]+\]|(?:\*\.)?[\w-]+(?:\.[\w-]+)+)(?::[1-9]\d{0,4})?$/)
).annotations({ description: 'hosts as "example.com", "*.example.com" or "example.com:8080"' })

/** The network of commands: none, all of it, or these hosts alone, through a proxy that checks each connection. */
export const SandboxNetwork = Schema.Union(Schema.Boolean, Schema.Array(HostPattern))

/**
 * A search engine. `{query}` in `url` takes the query; without it `{ "query": … }` is posted. The rest says where in its
 * JSON the results are, and by which names: `results`, and in each of them `title`, `url` and `content` where absent.
 */
export const SearchConfig = Schema.Struct({
  url: Schema.String.pipe(Schema.pattern(/^https?:\/\//)).annotations({
    description: "an address that starts with http:// or https://"
  }),
  apiKeyEnv: Schema.optional(Schema.String),
  /** The header for the key; `Authorization: Bearer …` where absent. */
  apiKeyHeader: Schema.optional(Schema.String),
  results: Schema.optional(Schema.String),
  title: Schema.optional(Schema.String),
  link: Schema.optional(Schema.String),
  text: Schema.optional(Schema.String)
})
/** A search engine. */
export type SearchConfig = typeof SearchConfig.Type

const Whole = Schema.Int.pipe(Schema.positive())
const Dollars = Schema.JsonNumber.pipe(Schema.positive()).annotations({ description: "a number above 0" })

/** Where keys are kept: a file of mode 0600, the system's keyring, or a file under a passphrase. */
export const AuthStore = Schema.Literal("file", "keyring", "encrypted")
/** Where keys are kept. */
export type AuthStore = typeof AuthStore.Type

/** The modes that are always there; every other one stands on one of them. */
export const BaseMode = Schema.Literal("build", "plan", "chat")
/** A mode that is always there. */
export type BaseMode = typeof BaseMode.Type

const modeFields = {
  description: Schema.String,
  prompt: Schema.String,
  /** The built-in mode whose limits hold; `build` where absent. */
  base: BaseMode,
  tools: Strings,
  ask: Strings,
  deny: Strings,
  model: ModelName
}

/**
 * A mode of one's own, or what is added to a built-in one: it takes abilities away and never gives any. `tools` are those
 * that are left; `ask` and `deny` are rules beside all others.
 */
export const ModeConfig = table(modeFields)
/** A mode of one's own. */
export type ModeConfig = typeof ModeConfig.Type

/**
 * A role of one's own, or what is said of one that is always there, by its name; of a mode (`build`, `plan`, `chat`) only
 * `options` count. As a mode, it takes abilities away and never gives any.
 */
export const AgentConfig = table({
  ...modeFields,
  /** How its models are to answer. */
  options: ModelOptions,
  /** How often a task that failed is begun again. */
  restart: Schema.Int.pipe(Schema.between(0, 10)).annotations({ description: "a whole number from 0 to 10" })
})
/** A role of one's own, or what is said of one that is always there. */
export type AgentConfig = typeof AgentConfig.Type

/** When a route matches: for a task or a role of that name, or by how many tokens the conversation has. */
const RouteKey = Schema.String.pipe(
  Schema.pattern(/^(?:(?:(?:task|role):)?[A-Za-z][\w-]{0,60}|tokens ?[<>] ?\d{1,9})$/)
).annotations({ description: "a task or a role (title, plan), task:NAME, role:NAME, tokens > N or tokens < N" })

const fields = {
  project: table({ name: Schema.String, instructions: Strings }),
  model: table({
    default: ModelName,
    small: ModelName,
    fallback: Schema.Array(ModelName),
    /** Where models are named, they are asked for their answers as well, and `how` says what comes of them. */
    ensemble: table({ models: Schema.Array(ModelName), how: EnsembleWay, judge: ModelName }),
    /** The longest that one whole answer may take. */
    max_seconds: Whole,
    max_tokens: Schema.Int.pipe(Schema.positive()),
    temperature: Schema.Number,
    options: ModelOptions,
    /** The first that matches wins. */
    routes: Schema.Record({ key: RouteKey, value: ModelName })
  }),
  providers: Schema.Record({ key: Schema.String, value: ProviderConfig }),
  agents: Schema.Struct(
    {
      max_count: Schema.optional(Schema.Int.pipe(Schema.positive())),
      /** How deep agents may begin others: 0, not at all. */
      max_depth: Schema.optional(Schema.Int.pipe(Schema.nonNegative())),
      default_strategy: Schema.optional(Schema.Literal("hierarchical", "pipeline", "mesh", "swarm")),
      /** How many try each step where candidates are compared, and how one of them is chosen. */
      candidates: Schema.optional(Schema.Int.pipe(Schema.between(2, 8))),
      choose: Schema.optional(Schema.Literal("vote", "judge", "debate")),
      /** A reviewer sums up what a plan came to. */
      review: Schema.optional(Schema.Boolean),
      auto_spawn: Schema.optional(Schema.Boolean),
      /** How long an agent may take for a step of a plan. */
      timeout: Schema.optional(Duration)
    },
    { key: Schema.String, value: Schema.Union(AgentConfig, Schema.String, Schema.JsonNumber, Schema.Boolean) }
  ),
  permission: table({ allow: Strings, ask: Strings, deny: Strings, rules: Schema.Array(Rule) }),
  sandbox: table({
    mode: SandboxMode,
    network: SandboxNetwork,
    max_seconds: Whole,
    idle_seconds: Whole,
    cpu_seconds: Whole,
    memory_mb: Whole,
    processes: Whole,
    output_mb: Whole
  }),
  memory: table({
    session_timeout: Schema.String,
    max_context_size: Schema.Int,
    auto_summarize: Schema.Boolean,
    persistence: Schema.Boolean,
    retention: Schema.String,
    /** What sessions record from now on is kept encrypted, under a key that is where the API keys are. */
    encrypt: Schema.Boolean
  }),
  /** What one session may use in all its turns, and everything that it begins. */
  budget: table({ max_cost: Dollars, max_tokens: Whole, max_calls: Whole, max_seconds: Whole }),
  auth: table({ store: AuthStore }),
  /** The machines that share plans: their PostgreSQL database, the repository that files go by, and where they are put. */
  cluster: table({ database_url: Schema.String, hub: Schema.String, work: Schema.String }),
  modes: Schema.Record({ key: Schema.String, value: ModeConfig }),
  context: table({ max: Schema.Int.pipe(Schema.greaterThanOrEqualTo(4000)) }),
  tools: table({
    git: Schema.Boolean,
    package_manager: Schema.String,
    test_runner: Schema.String,
    formatter: Schema.String,
    linter: Schema.String,
    bash: Schema.Boolean,
    websearch: SearchConfig
  }),
  mcp: Named,
  server: Named,
  theme: Named,
  telemetry: Named
} as const

const Plain = table(fields)
const Profiles = table({ profiles: Schema.Record({ key: Schema.String, value: Plain }) })

/**
 * One layer of configuration, as a file, the environment or flags give it. `profiles` holds named layers on top,
 * chosen by `--profile` or `CODE_MESH_PROFILE`.
 */
export const Config = Schema.extend(Plain, Profiles)
/** One layer of configuration. */
export type Config = typeof Config.Type

/** What holds where nobody said anything. The model has no default: it comes from credentials or a local server. */
export const defaults = {
  permission: { allow: [], ask: [], deny: [], rules: [] },
  sandbox: {
    // No `network`: who says `false` wants no tool that connects either.
    mode: "auto",
    max_seconds: 600,
    idle_seconds: 300,
    cpu_seconds: 3600,
    memory_mb: 8192,
    processes: 2048,
    output_mb: 256
  },
  memory: { auto_summarize: true, persistence: true, encrypt: false },
  auth: { store: "file" },
  tools: { bash: true, git: true }
} satisfies Config
