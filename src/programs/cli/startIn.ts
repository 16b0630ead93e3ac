/** The program in a process: the entry that the shipped main and the tests share. */
import type { HostProcess } from "./HostProcess.ts"
import { processIo } from "./processIo.ts"
import { program } from "./program.ts"
import { runMain, type Signals } from "./runMain.ts"

/** Does what the words of this process say, on its streams, and ends it with the answered code. */
export const startIn = (host: HostProcess): void => {
  const signals: Signals = { handle: undefined, stays: false }
  runMain(program(host.argv.slice(2), processIo(signals, host)), signals, host)
}
