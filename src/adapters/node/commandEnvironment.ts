/** The environment that commands get: the person's own, without secrets and without what would run code by itself. */
import { outsideProject } from "./findProgram.ts"

const secret = /(_KEY|APIKEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL)/i

/** Ways to the person's agents and desktop, and variables that make a shell, git or ripgrep run or read something else. */
const dropped =
  /^(CODE_MESH_.*|SSH_AUTH_SOCK|SSH_AGENT_.*|GPG_AGENT_INFO|(GIT|SSH|SUDO)_ASKPASS|DBUS_.*|BASH_ENV|ENV|BASH_FUNC_.*|BASHOPTS|SHELLOPTS|PROMPT_COMMAND|PS4|CDPATH|GLOBIGNORE|IFS|GIT_(DIR|WORK_TREE|INDEX_FILE|COMMON_DIR|EXTERNAL_DIFF|PAGER|CONFIG.*)|RIPGREP_CONFIG_PATH|LESSOPEN|LESSCLOSE)$/

const set: Readonly<Record<string, string>> = {
  TERM: "dumb",
  GIT_TERMINAL_PROMPT: "0",
  PAGER: "cat",
  GIT_PAGER: "cat"
}

/** A clean copy of an environment for commands; relative folders and the project's own leave the search path. */
export const commandEnvironment = (
  env: Readonly<Record<string, string | undefined>>,
  project: string
): Record<string, string> => {
  const kept = Object.entries(env).flatMap(
    ([name, value]): ReadonlyArray<readonly [string, string]> =>
      value === undefined || secret.test(name) || dropped.test(name) ? [] : [[name, value]]
  )
  const clean: Record<string, string> = { ...Object.fromEntries(kept), ...set }
  if (clean.PATH !== undefined) clean.PATH = outsideProject(clean.PATH, project)
  return clean
}
