/** The program `code-mesh`. */
import { processIo } from "./processIo.ts"
import { program } from "./program.ts"
import { runMain, type Signals } from "./runMain.ts"

const signals: Signals = { handle: undefined }
runMain(program(process.argv.slice(2), processIo(signals)), signals)
