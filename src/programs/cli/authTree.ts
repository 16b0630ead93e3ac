/** The commands below `auth`. */
import { choice, leaf, on, text, word } from "./spec.ts"
import { asJson, from, pick } from "./treeParts.ts"

const provider = word("provider", "anthropic, openai, …")

const account = text("account", "NAME", "Which of the provider's accounts; the one without a name where left out")

/** `auth` and what is below it. */
export const auth = pick("auth", "Keys and sign-ins: login, logout, list, use, status, import", [
  leaf(
    {
      name: "login",
      summary:
        "Store a provider's key, or sign in; a Claude subscription cannot be used: Anthropic forbids it to others",
      flags: {
        stdin: on("key-stdin", "Read the key from stdin"),
        account,
        method: choice("method", ["key", "browser", "device"], "How to sign in, where there are several ways")
      },
      operands: provider
    },
    (flags, call) =>
      from(
        () => import("./authLogin.ts"),
        (it) => it.login(flags, call)
      )
  ),
  leaf(
    {
      name: "logout",
      summary: "Forget a stored key or sign-in",
      flags: { account },
      operands: word("provider", "whose key", 1)
    },
    (flags, call) =>
      from(
        () => import("./auth.ts"),
        (it) => it.logout(flags, call)
      )
  ),
  leaf({ name: "list", summary: "The stored accounts", flags: { format: asJson } }, (flags, call) =>
    from(
      () => import("./auth.ts"),
      (it) => it.list(flags, call)
    )
  ),
  leaf(
    {
      name: "use",
      summary: "Choose which of a provider's accounts counts",
      flags: {},
      operands: { label: "provider account", help: "As anthropic work", min: 2, max: 2 }
    },
    (_, call) =>
      from(
        () => import("./auth.ts"),
        (it) => it.use(call)
      )
  ),
  leaf(
    {
      name: "status",
      summary: "Which providers have a key, and where it comes from",
      flags: { format: asJson, check: on("check", "Ask each provider whether it takes the key; costs nothing") },
      operands: provider
    },
    (flags, call) =>
      from(
        () => import("./authStatus.ts"),
        (it) => it.status(flags, call)
      )
  ),
  leaf(
    {
      name: "import",
      summary: "Take over keys from opencode's auth.json, after showing which",
      flags: {
        from: text("from", "PATH", "Another file than opencode's usual one"),
        replace: on("replace", "Also where a key is stored already"),
        dryRun: on("dry-run", "Only show what would be taken over"),
        yes: on("yes", "Do not ask")
      }
    },
    (flags, call) =>
      from(
        () => import("./authImport.ts"),
        (it) => it.importKeys(flags, call)
      )
  )
])
