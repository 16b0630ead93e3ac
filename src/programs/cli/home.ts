/** Where the person's own files are. */
import { homedir } from "node:os"

/** The person's home folder in this environment. */
export const homeOf = (env: Readonly<Record<string, string | undefined>>): string =>
  env.HOME === undefined || env.HOME === "" ? homedir() : env.HOME
