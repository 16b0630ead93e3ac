/** What providers offer to programs of their own only: off until the person says otherwise. */
import type { AuthEntry } from "../model/AuthEntry.ts"

/** The provider whose sign-in other programs use without its owner's leave. */
export const copilot = "copilot"

/** What a person is told before the first sign-in. */
export const unofficialNotice =
  "GitHub offers Copilot's models to its own editors. Using them here is unofficial: it signs in as an editor does, may stop at any time, and may be against GitHub's terms for your account."

/** Why an account may not be used; nothing where it may. */
export const notAllowed = (provider: string, entry: AuthEntry, configured: boolean | undefined): string | undefined => {
  if (provider !== copilot || configured === true) return undefined
  if (configured === undefined && entry.type === "oauth" && entry.unofficial === true) return undefined
  return "Copilot's models are unofficial here and off until you say otherwise; sign in with `code-mesh auth login copilot`, or set providers.copilot.unofficial = true"
}

/** Why signing in with a subscription is not offered, by provider. */
export const notOffered: Readonly<Record<string, string>> = {
  anthropic:
    "Signing in with a Claude subscription (Pro, Max) is not offered: Anthropic forbids it to programs of others, and its servers refuse it. Use an API key from console.anthropic.com."
}
