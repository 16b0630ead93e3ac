/** The command `chat`. */
import { leaf, on } from "./spec.ts"
import { from, runFlags } from "./treeParts.ts"

const {
  agent,
  allow,
  apply,
  cost,
  deny,
  fork,
  last,
  mode,
  model,
  reasoning,
  sandbox,
  session,
  timeout,
  tokens,
  turns,
  yes
} = runFlags

/** `chat`: many prompts, one after the other. */
export const chat = leaf(
  {
    name: "chat",
    summary: "Prompts and commands line by line, in one session",
    flags: {
      plain: on("plain", "Plain lines, for any terminal and for logs: no colour, nothing is drawn over"),
      ...{ model, last, session, fork, agent, mode, apply, yes, turns, tokens, cost, timeout },
      ...{ reasoning, sandbox, allow, deny }
    }
  },
  (flags, call) =>
    from(
      () => import("./chat.ts"),
      (it) => it.chat(flags, call)
    )
)
